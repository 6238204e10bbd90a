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
        let Self { id, error, reason } = self;
        match error.as_deref().unwrap_or_default() {
            // A conflict of a revision that has its name already is a write that came between.
            "service unavailable" | "timeout" | "conflict" => Err(peer.failed(Fault::Document {
                id: shortened(id),
                reason: shortened(reason),
            })),
            error => {
                refuse(peer, id, &format!("{error}: {reason}"), done);
                Ok(())
            }
        }
    }
}

/// Counts a document as refused.
pub(super) fn refuse(peer: &Peer, id: &str, reason: &str, done: &mut Counts) {
    done.refused += 1;
    let (peer, id, reason) = (peer.url(), shortened(id), shortened(reason));
    tracing::warn!("{peer} refuses the document {id}: {reason}");
}
