//! Reads documents from the source, as many at a time as fit into one reply.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::{
    Counts, ReplicationError,
    missing::Revision,
    peer::Peer,
    refusal::{Failure, refuse},
};

/// With ancestors, with attachments, and with the newest revision where one was replaced meanwhile: the parameters of
/// CouchDB's own replicator.
const BULK_GET: &str = "/_bulk_get?revs=true&latest=true&attachments=true";

/// A document as the source sent it.
pub(super) struct Document<'a> {
    pub(super) id: String,
    pub(super) json: &'a RawValue,
}

#[derive(Serialize)]
struct Wanted<'a> {
    docs: Vec<WantedRevision<'a>>,
}

#[derive(Serialize)]
struct WantedRevision<'a> {
    id: &'a str,
    rev: &'a str,
}

#[derive(Deserialize)]
struct Reply<'a> {
    #[serde(borrow)]
    results: Vec<Row<'a>>,
}

#[derive(Deserialize)]
struct Row<'a> {
    id: String,
    #[serde(borrow)]
    docs: Vec<Found<'a>>,
}

#[derive(Deserialize)]
struct Found<'a> {
    #[serde(borrow)]
    ok: Option<&'a RawValue>,
    error: Option<Failure>,
    /// How PouchDB says that it does not have the revision.
    missing: Option<String>,
}

#[derive(Deserialize)]
struct Head {
    #[serde(rename = "_id")]
    id: String,
    #[serde(rename = "_rev")]
    rev: String,
}

/// Takes the documents of one reply to the target.
pub(super) type Write<'a> =
    dyn Fn(&[Document<'_>], &mut Counts) -> Result<(), ReplicationError> + 'a;

/// Reads revisions, and has `write` write them. Where a reply would be too large, it reads half of them at a time, so
/// that memory is bounded whatever the size of documents.
pub(super) fn read(
    source: &Peer,
    revisions: &[Revision],
    done: &mut Counts,
    write: &Write<'_>,
) -> Result<(), ReplicationError> {
    if revisions.is_empty() {
        return Ok(());
    }
    let reply = match source.post(BULK_GET, &wanted(revisions)) {
        Ok(reply) => reply,
        Err(error) if error.is_about_size() => {
            return read_in_parts(source, revisions, &error, done, write);
        }
        Err(error) => return Err(error),
    };
    let (documents, failures) = found(source, &reply, revisions)?;
    // One that is not found has lost meanwhile, and the winner is a later change.
    for failure in failures.iter().filter(|it| !it.is_not_found()) {
        failure.count(source, done)?;
    }
    done.read += documents.len() as u64;
    write(&documents, done)
}

fn read_in_parts(
    source: &Peer,
    revisions: &[Revision],
    error: &ReplicationError,
    done: &mut Counts,
    write: &Write<'_>,
) -> Result<(), ReplicationError> {
    if let [revision] = revisions {
        refuse(source, &revision.id, &error.to_string(), done);
        return Ok(());
    }
    let (first, second) = revisions.split_at(revisions.len() / 2);
    read(source, first, done, write)?;
    read(source, second, done, write)
}

fn wanted(revisions: &[Revision]) -> Wanted<'_> {
    let docs = revisions.iter();
    let docs = docs.map(|Revision { id, rev }| WantedRevision { id, rev });
    Wanted {
        docs: docs.collect(),
    }
}

/// The documents of a reply, and the revisions that it does not have.
fn found<'a>(
    source: &Peer,
    reply: &'a [u8],
    revisions: &[Revision],
) -> Result<(Vec<Document<'a>>, Vec<Failure>), ReplicationError> {
    let Reply { results } = source.read(reply)?;
    let mut wanted: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for Revision { id, rev } in revisions {
        wanted.entry(id).or_default().insert(rev);
    }
    let mut answered = BTreeSet::new();
    let (mut documents, mut failures) = (Vec::new(), Vec::new());
    for Row { id: row, docs } in results {
        for Found { ok, error, missing } in docs {
            if error.is_some() || missing.is_some() {
                answered.insert(row.clone());
                failures.extend(error);
            }
            let Some(json) = ok else { continue };
            let Head { id, rev } = source.read(json.get().as_bytes())?;
            // It cannot have others written at the target, least of all local ones.
            let asked = wanted.get(id.as_str());
            if !asked.is_some_and(|asked| asked.contains(rev.as_str()) || is_newer(&rev, asked)) {
                return Err(source.strange("a document that was not asked for"));
            }
            answered.insert(id.clone());
            documents.push(Document { id, json });
        }
    }
    // The checkpoint would pass it by.
    if wanted.keys().any(|id| !answered.contains(*id)) {
        return Err(source.strange("no answer for a document"));
    }
    Ok((documents, failures))
}

/// Whether a revision can have replaced one of others, as `latest=true` allows.
fn is_newer(rev: &str, others: &BTreeSet<&str>) -> bool {
    others
        .iter()
        .any(|other| generation(rev) > generation(other))
}

/// The number of changes that led to a revision.
fn generation(rev: &str) -> Option<u64> {
    rev.split_once('-')?.0.parse().ok()
}
