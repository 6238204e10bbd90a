//! Documents that cannot be replicated. They are named in the log, and the others go on.

use serde::Deserialize;

use super::{
    Counts, ReplicationError,
    error::{Fault, shortened},
    peer::Peer,
};

/// Why one document of a request failed, as CouchDB says it.
#[derive(Deserialize)]
pub(super) struct Failure {
    #[serde(default)]
    id: String,
    /// Absent where nothing failed.
    error: Option<String>,
    #[serde(default)]
    reason: String,
}

impl Failure {
    pub(super) fn is_one(&self) -> bool {
        self.error.is_some()
    }

    /// Whether there is no such revision.
    pub(super) fn is_not_found(&self) -> bool {
        self.error.as_deref() == Some("not_found")
    }

    /// Counts the document as refused.
    ///
    /// # Errors
    /// If the document may succeed a moment later.
    pub(super) fn count(&self, peer: &Peer, done: &mut Counts) -> Result<(), ReplicationError> {
        let error = self.error.as_deref().unwrap_or_default();
        let reason = format!("{error}: {}", self.reason);
        let (id, shown) = (shortened(&self.id), shortened(&reason));
        let fault = match error {
            "service unavailable" => Fault::Busy { id, reason: shown },
            // A conflict of a revision that has its name already is a write that came between. The last two are Switchhook's
            // and CouchDB's names of a fault of their own.
            "timeout" | "conflict" | "internal_server_error" | "unknown_error" => {
                Fault::Document { id, reason: shown }
            }
            _ => {
                refuse(peer, &self.id, &reason, done);
                return Ok(());
            }
        };
        Err(peer.failed(fault))
    }
}

/// Counts a document as refused.
pub(super) fn refuse(peer: &Peer, id: &str, reason: &str, done: &mut Counts) {
    done.refused += 1;
    let (peer, id, reason) = (peer.url(), shortened(id), shortened(reason));
    tracing::warn!("{peer} refuses the document {id}: {reason}");
}

/// Counts a document as refused at which a peer has failed too often.
pub(super) fn give_up(id: &str, error: &ReplicationError, done: &mut Counts) {
    done.refused += 1;
    let id = shortened(id);
    tracing::warn!("{error}; the replication goes on without the document {id}");
}
