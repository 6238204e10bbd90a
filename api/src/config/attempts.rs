//! What is kept of calls that were made.

use serde::Deserialize;

use super::at_least_one;
use crate::functions::AttemptsKept;

/// Long enough to look into what a customer complains about a month later.
const KEEP_DAYS: u32 = 30;

/// Which attempts are kept, and for how long.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Attempts {
    /// Calls that went well too: of these there are many.
    successes: bool,
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
