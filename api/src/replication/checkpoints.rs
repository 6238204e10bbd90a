//! How far a replication has come: local documents in both databases, in the form of CouchDB's replicator.
//!
//! Only what both databases have written down counts: one of them may have been restored from a backup, or may have
//! failed over to a standby that lacks the last commits.

use md5::{Digest as _, Md5};
use serde::{Deserialize, Serialize};
use time::{OffsetDateTime, format_description::well_known::Rfc2822};

use super::{Counts, ReplicationError, error::Fault, peer::Peer, sequence::Sequence};

/// Checkpoints that are kept. A database that has gone back further is replicated from the beginning, which costs
/// questions only.
const HISTORY: usize = 20;

/// The form of the document (`replication_id_version` of CouchDB 1.2 and later).
const VERSION: u8 = 3;

/// The checkpoints of one direction.
pub(super) struct Checkpoints {
    path: String,
    /// The last ones that both databases have, newest first.
    history: Vec<Checkpoint>,
    source_revision: Option<String>,
    target_revision: Option<String>,
}

/// The document.
#[derive(Serialize, Deserialize)]
struct Log {
    #[serde(rename = "_rev", skip_serializing_if = "Option::is_none")]
    revision: Option<String>,
    /// Of the newest checkpoint. Other replicators look here first.
    session_id: String,
    source_last_seq: Sequence,
    replication_id_version: u8,
    history: Vec<Checkpoint>,
}

/// What every document has.
#[derive(Deserialize)]
struct Head {
    #[serde(rename = "_rev")]
    revision: Option<String>,
}

/// One checkpoint. Its session id is its own. CouchDB's replicator has one for each run: a run can last for months, and a
/// database that is restored to a state in the middle of it would pass for one that has seen it all.
#[derive(Clone, Serialize, Deserialize)]
struct Checkpoint {
    session_id: String,
    /// The sequence of the source up to which the target has everything.
    recorded_seq: Sequence,
    #[serde(default)]
    end_time: String,
    #[serde(default)]
    missing_checked: u64,
    #[serde(default)]
    missing_found: u64,
    #[serde(default)]
    docs_read: u64,
    #[serde(default)]
    docs_written: u64,
    #[serde(default)]
    doc_write_failures: u64,
}

/// What a database says about itself.
#[derive(Deserialize)]
struct Information {
    #[serde(rename = "db_name")]
    _name: String,
}

#[derive(Deserialize)]
struct Written {
    rev: String,
}

impl Checkpoints {
    /// Reads what both databases say about a replication between them, unless it is to begin at the start.
    ///
    /// # Errors
    /// If one of them is no database.
    pub(super) fn read(
        source: &Peer,
        target: &Peer,
        is_from_start: bool,
    ) -> Result<Self, ReplicationError> {
        for peer in [source, target] {
            let _: Information = peer.read(&peer.get("")?)?;
        }
        let path = format!("/_local/{}", replication_id(source.url(), target.url()));
        let (source_revision, at_source) = log(source, &path)?;
        let (target_revision, at_target) = log(target, &path)?;
        Ok(Self {
            path,
            history: match is_from_start {
                true => Vec::new(),
                false => common(at_source, &at_target),
            },
            source_revision,
            target_revision,
        })
    }

    /// The sequence from which to go on.
    pub(super) fn since(&self) -> Sequence {
        let newest = self.history.first();
        newest.map_or_else(Sequence::start, |newest| newest.recorded_seq.clone())
    }

    /// Writes down that the target has everything up to a sequence.
    ///
    /// # Errors
    /// [`ReplicationError::Overtaken`] if a database does not have the checkpoint that was written last.
    pub(super) fn write(
        &mut self,
        source: &Peer,
        target: &Peer,
        sequence: &Sequence,
        done: &Counts,
    ) -> Result<(), ReplicationError> {
        let newest = Checkpoint::now(sequence, done);
        self.history.insert(0, newest.clone());
        self.history.truncate(HISTORY);
        for (peer, revision) in [
            (source, &mut self.source_revision),
            (target, &mut self.target_revision),
        ] {
            let log = Log {
                revision: revision.take(),
                session_id: newest.session_id.clone(),
                source_last_seq: sequence.clone(),
                replication_id_version: VERSION,
                history: self.history.clone(),
            };
            let reply = peer.put(&self.path, &log).map_err(overtaken)?;
            let Written { rev } = peer.read(&reply)?;
            *revision = Some(rev);
        }
        Ok(())
    }
}

impl Checkpoint {
    fn now(sequence: &Sequence, done: &Counts) -> Self {
        let now = OffsetDateTime::now_utc().format(&Rfc2822);
        Self {
            session_id: random_id(),
            recorded_seq: sequence.clone(),
            end_time: now.unwrap_or_default(),
            missing_checked: done.checked,
            missing_found: done.missing,
            docs_read: done.read,
            docs_written: done.written,
            doc_write_failures: done.refused,
        }
    }
}

/// The same for each run between two addresses, and another one for the other direction.
fn replication_id(source: &str, target: &str) -> String {
    hex(Md5::digest(format!("switchhook\n{source}\n{target}")).into())
}

fn random_id() -> String {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    hex(bytes)
}

fn hex(bytes: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(bytes))
}

/// A database's document and its revision. A document that somebody else wrote in another form has no checkpoints.
fn log(peer: &Peer, path: &str) -> Result<(Option<String>, Vec<Checkpoint>), ReplicationError> {
    let reply = match peer.get(path) {
        Err(error) if error.is_not_found() => return Ok((None, Vec::new())),
        reply => reply?,
    };
    let Head { revision } = peer.read(&reply)?;
    let log: Option<Log> = serde_json::from_slice(&reply).ok();
    let mut history = log.map(|log| log.history).unwrap_or_default();
    history.truncate(HISTORY);
    Ok((revision, history))
}

/// The checkpoints from the newest one on that both databases have.
fn common(mut at_source: Vec<Checkpoint>, at_target: &[Checkpoint]) -> Vec<Checkpoint> {
    let is_common = |one: &Checkpoint| at_target.iter().any(|it| it.session_id == one.session_id);
    let newest = at_source.iter().position(is_common);
    at_source.split_off(newest.unwrap_or(at_source.len()))
}

fn overtaken(error: ReplicationError) -> ReplicationError {
    match error {
        ReplicationError::Peer {
            peer,
            fault: Fault::Status { status: 409, .. },
        } => ReplicationError::Overtaken(peer),
        error => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(ids: &[&str]) -> Vec<Checkpoint> {
        let checkpoint = |id: &&str| Checkpoint {
            session_id: (*id).to_owned(),
            ..Checkpoint::now(&Sequence::start(), &Counts::default())
        };
        ids.iter().map(checkpoint).collect()
    }

    #[test]
    fn only_what_both_databases_know_counts() {
        for (source, target, expected) in [
            (
                &["c", "b", "a"][..],
                &["c", "b", "a"][..],
                &["c", "b", "a"][..],
            ),
            // The process ended between the two writes.
            (&["c", "b", "a"], &["b", "a"], &["b", "a"]),
            // The source was restored.
            (&["b", "a"], &["c", "b", "a"], &["b", "a"]),
            // Both went on with somebody else.
            (&["x", "b", "a"], &["y", "b", "a"], &["b", "a"]),
            (&["c"], &["a"], &[]),
            (&[], &["a"], &[]),
            (&["a"], &[], &[]),
        ] {
            let common = common(history(source), &history(target));
            let ids: Vec<_> = common.iter().map(|it| it.session_id.as_str()).collect();
            assert_eq!(ids, expected, "{source:?} {target:?}");
        }
    }

    #[test]
    fn both_directions_have_checkpoints_of_their_own() {
        let id = replication_id("http://a/f", "http://b/f");
        assert_eq!(id, replication_id("http://a/f", "http://b/f"));
        assert_ne!(id, replication_id("http://b/f", "http://a/f"));
    }
}
