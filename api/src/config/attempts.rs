//! What is kept of calls that were made.

use serde::Deserialize;

use super::at_least_one;
use crate::functions::AttemptsKept;

/// Long enough to look into what a customer complains about a month later.
const KEEP_DAYS: u32 = 30;

/// Attempts: the records of calls that their authors can read.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Attempts {
    /// Whether successful calls are recorded too.
    successes: bool,
    /// How long attempts are kept.
    #[serde(deserialize_with = "at_least_one")]
    keep_days: u32,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            successes: false,
            keep_days: KEEP_DAYS,
        }
    }
}

impl Attempts {
    pub(crate) fn kept(&self) -> AttemptsKept {
        AttemptsKept {
            successes: self.successes,
            days: self.keep_days,
        }
    }
}
