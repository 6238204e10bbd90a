//! The source's changes, a batch at a time.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{BATCH, ReplicationError, peer::Peer, sequence::Sequence};

/// Milliseconds between two signs of life of a feed that waits: three may get lost before the peer counts as silent.
const HEARTBEAT_MS: u32 = 10_000;

/// Documents that never travel.
const LOCAL: &str = "_local/";

/// Whether to wait for a change where there is none.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Feed {
    Normal,
    LongPoll,
}

/// Changes of some documents.
pub(super) struct Changes {
    /// The present revisions of each document, conflicts included.
    pub(super) documents: BTreeMap<String, BTreeSet<String>>,
    /// The sequence from which to go on.
    pub(super) last: Sequence,
}

#[derive(Deserialize)]
struct Reply {
    results: Vec<Row>,
    last_seq: Sequence,
}

#[derive(Deserialize)]
struct Row {
    id: String,
    changes: Vec<Leaf>,
}

#[derive(Deserialize)]
struct Leaf {
    rev: String,
}

impl Changes {
    /// Reads the changes after a sequence.
    pub(super) fn read(
        source: &Peer,
        since: &Sequence,
        feed: Feed,
    ) -> Result<Self, ReplicationError> {
        let feed = match feed {
            Feed::Normal => String::new(),
            Feed::LongPoll => format!("&feed=longpoll&heartbeat={HEARTBEAT_MS}"),
        };
        let path = format!(
            "/_changes?style=all_docs&limit={BATCH}&since={}{feed}",
            since.parameter()
        );
        let reply = source.get(&path)?;
        let Reply { results, last_seq } = source.read(&reply)?;
        if results.len() > BATCH {
            return Err(source.strange("more changes than were asked for"));
        }
        if !results.is_empty() && last_seq == *since {
            return Err(source.strange("changes that do not say where they end"));
        }
        let mut documents: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for Row { id, changes } in results {
            if !id.starts_with(LOCAL) {
                let revisions = changes.into_iter().map(|leaf| leaf.rev);
                documents.entry(id).or_default().extend(revisions);
            }
        }
        Ok(Self {
            documents,
            last: last_seq,
        })
    }

    pub(super) fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// The number of revisions.
    pub(super) fn revisions(&self) -> u64 {
        self.documents.values().map(|it| it.len() as u64).sum()
    }
}
