//! Reasons from outside that end a guest, beside the limits.

use std::io;

use crate::{Failure, Limit, Limits, Usage};

/// Why the host interrupted a guest.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Interruption {
    #[error("a line has at least {bytes} bytes")]
    LineTooLong { bytes: usize },
    #[error("at least {bytes} bytes were written for one line")]
    OutputTooLarge { bytes: usize },
    #[error("cannot read")]
    Read(#[source] io::Error),
    #[error("cannot write")]
    Write(#[source] io::Error),
}

impl Interruption {
    pub(crate) fn to_failure(&self, limits: &Limits) -> Failure {
        match self {
            Self::LineTooLong { bytes } => {
                Failure::limit(Usage::of(Limit::InputBytes, limits.input_bytes, *bytes))
            }
            Self::OutputTooLarge { bytes } => {
                Failure::limit(Usage::of(Limit::OutputBytes, limits.output_bytes, *bytes))
            }
            Self::Read(error) => Failure::internal(format!("{self}: {error}")),
            Self::Write(error) => Failure::internal(format!("{self}: {error}")),
        }
    }
}
