//! Which attempts are kept, and for how long.

use serde::{
    Deserialize, Deserializer,
    de::{Error as _, Unexpected},
};

use super::at_least_one;
use crate::functions::AttemptsKept;

/// Long enough to look into a complaint a month later.
const KEEP_DAYS: u32 = 30;

/// Attempts: the records of calls that their authors can read.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Attempts {
    /// Whether successful calls are recorded too.
    successes: bool,
    /// The part of successful calls that is recorded if `successes` is off: 0.01 for every hundredth call, at random.
    #[serde(deserialize_with = "part")]
    sample: f64,
    /// How long attempts are kept.
    #[serde(deserialize_with = "at_least_one")]
    keep_days: u32,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            successes: false,
            sample: 0.0,
            keep_days: KEEP_DAYS,
        }
    }
}

impl Attempts {
    pub(crate) fn kept(&self) -> AttemptsKept {
        AttemptsKept {
            successes: if self.successes { 1.0 } else { self.sample },
            days: self.keep_days,
        }
    }
}

/// A number from 0 to 1.
fn part<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let part = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&part) {
        Ok(part)
    } else {
        Err(D::Error::invalid_value(
            Unexpected::Float(part),
            &"a number from 0 to 1",
        ))
    }
}
