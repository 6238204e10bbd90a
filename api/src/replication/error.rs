//! Why a replication ends early.

use std::io::ErrorKind;

/// Longest text of a peer that is repeated in a message.
const MAX_TEXT: usize = 300;

/// Why a replication ends early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ReplicationError {
    /// There was a request that failed.
    #[error("{peer} {fault}")]
    Peer { peer: String, fault: Fault },
    /// Another replicator wrote the checkpoint, or a database went back to an earlier state.
    #[error("the checkpoint at {0} is not the one that was written last")]
    Overtaken(String),
    /// The command was told to stop.
    #[error("the replication was stopped")]
    Stopped,
}

/// What went wrong at a peer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The peer, or the network, is away.
    #[error("cannot be reached: {0}")]
    Away(ureq::Error),
    /// Somebody answers, who is no HTTP server, or is not trusted.
    #[error("cannot be asked: {0}")]
    Connection(ureq::Error),
    #[error("answers {status}{said}")]
    Status { status: u16, said: String },
    #[error("answers with what no CouchDB does: {0}")]
    Strange(String),
    #[error("answers with more than {0} bytes")]
    TooLarge(u64),
    /// The peer is busy, or its database is away.
    #[error("cannot serve the document {id} now: {reason}")]
    Busy { id: String, reason: String },
    /// The fault can pass, and can be that of the document.
    #[error("fails at the document {id}: {reason}")]
    Document { id: String, reason: String },
}

impl From<ureq::Error> for Fault {
    fn from(error: ureq::Error) -> Self {
        match error {
            ureq::Error::BodyExceedsLimit(limit) => Self::TooLarge(limit),
            // TLS that fails, such as a certificate that nobody trusts.
            ureq::Error::Io(ref cause) if cause.kind() == ErrorKind::InvalidData => {
                Self::Connection(error)
            }
            ureq::Error::Io(_)
            | ureq::Error::Timeout(_)
            | ureq::Error::HostNotFound
            | ureq::Error::ConnectionFailed => Self::Away(error),
            error => Self::Connection(error),
        }
    }
}

impl ReplicationError {
    /// Whether the same request may succeed later.
    pub(super) fn passes(&self) -> bool {
        match self {
            Self::Overtaken(_) => true,
            Self::Peer { fault, .. } => match fault {
                Fault::Away(_) | Fault::Busy { .. } | Fault::Document { .. } => true,
                Fault::Status { status, .. } => {
                    matches!(status, 408 | 429 | 500 | 502..=504 | 507)
                }
                Fault::Connection(_) | Fault::Strange(_) | Fault::TooLarge(_) => false,
            },
            Self::Stopped => false,
        }
    }

    /// Whether the same request may fail for ever because of one document in it.
    pub(super) fn may_be_of_a_document(&self) -> bool {
        matches!(
            self.fault(),
            Some(Fault::Document { .. } | Fault::Status { status: 500, .. })
        )
    }

    /// Whether a request or its reply is too large, so that a part of the documents may succeed.
    pub(super) fn is_about_size(&self) -> bool {
        matches!(
            self.fault(),
            Some(Fault::TooLarge(_) | Fault::Status { status: 413, .. })
        )
    }

    /// Whether a request is refused because of some document in it.
    pub(super) fn is_about_documents(&self) -> bool {
        let is_refused = |fault: &Fault| {
            matches!(
                fault,
                Fault::Status {
                    status: 400 | 412 | 501,
                    ..
                }
            )
        };
        self.is_about_size() || self.fault().is_some_and(is_refused)
    }

    /// Whether the peer says that there is no such document or database.
    pub(super) fn is_not_found(&self) -> bool {
        matches!(self.fault(), Some(Fault::Status { status: 404, .. }))
    }

    fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Peer { fault, .. } => Some(fault),
            Self::Overtaken(_) | Self::Stopped => None,
        }
    }
}

/// The beginning of a peer's text.
pub(super) fn shortened(text: &str) -> String {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
