//! Which revisions the target misses.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{ReplicationError, changes::Changes, peer::Peer};

/// A revision of a document.
pub(super) struct Revision {
    pub(super) id: String,
    pub(super) rev: String,
}

#[derive(Deserialize)]
struct Missing {
    missing: Vec<String>,
}

/// Asks the target (`_revs_diff`).
pub(super) fn of(target: &Peer, changes: &Changes) -> Result<Vec<Revision>, ReplicationError> {
    let reply = target.post("/_revs_diff", &changes.documents)?;
    let documents: BTreeMap<String, Missing> = target.read(&reply)?;
    let mut revisions = Vec::new();
    for (id, Missing { missing }) in documents {
        for rev in missing {
            // Only what it was asked for: it cannot have others read at the source.
            let known = changes.documents.get(&id);
            if !known.is_some_and(|known| known.contains(&rev)) {
                return Err(target.strange("revisions that it was not asked for"));
            }
            revisions.push(Revision {
                id: id.clone(),
                rev,
            });
        }
    }
    Ok(revisions)
}
