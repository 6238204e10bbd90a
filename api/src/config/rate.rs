//! How many requests a client may make.

use std::num::NonZeroU32;

use serde::Deserialize;

use crate::http;

/// Ten times KAZOO's (`kz_buckets.erl`), so that a script can deploy hundreds of functions at once.
const BURST: NonZeroU32 = NonZeroU32::new(1_000).unwrap();

/// Ten times KAZOO's. A write keeps the disk busy for about a millisecond.
const PER_SECOND: NonZeroU32 = NonZeroU32::new(100).unwrap();

/// A bucket of tokens for each client. Requests cost tokens; running a function with a valid auth token costs none.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Rate {
    /// Tokens of a full bucket.
    burst: NonZeroU32,
    /// Tokens that each bucket gets per second.
    per_second: NonZeroU32,
}

impl Default for Rate {
    fn default() -> Self {
        Self {
            burst: BURST,
            per_second: PER_SECOND,
        }
    }
}

impl From<&Rate> for http::Rate {
    fn from(rate: &Rate) -> Self {
        Self {
            burst: rate.burst,
            per_second: rate.per_second,
        }
    }
}
