//! What the server takes from its network, and what it shows there.

use std::net::SocketAddr;

use serde::{Deserialize, Deserializer, de::Error as _};

use super::at_least_one;
use crate::http::MAX_BODY_BYTES;

/// Three times as many as may run and wait, so that refusals get through, too. A connection takes a file descriptor and
/// some 10 KiB.
const CONNECTIONS: usize = 4_096;

/// 33 of the largest bodies, or 100,000 calls, with the values that documents among them are parsed into.
const BODY_BYTES: usize = 256 * 1024 * 1024;

/// Eight of the longest lists.
const REPLY_BYTES: usize = 256 * 1024 * 1024;

/// One client may have a quarter of the memory for bodies, and its largest body must fit.
const MIN_BODY_BYTES: usize = 4 * MAX_BODY_BYTES;

/// Resources for connections, requests and replies.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Http {
    /// Connections at one time. The server closes further ones at once.
    #[serde(deserialize_with = "at_least_one")]
    pub(crate) connections: usize,
    /// Memory for all request bodies at one time and for their parsed values; at least 32,000,000.
    #[serde(deserialize_with = "at_least_one_body")]
    pub(crate) body_bytes: usize,
    /// Memory for all replies of more than 64 KiB that are being sent at one time.
    #[serde(deserialize_with = "at_least_one")]
    pub(crate) reply_bytes: usize,
    /// Seconds between SIGTERM and the end of the listeners. Until then requests are answered, and `/readyz` answers 503, so
    /// that a load balancer sends no more.
    pub(crate) drain_seconds: u64,
    /// The beginning of the URLs for call routers, and of the URLs that routers sign. Unless set, it is the address that
    /// a request was sent to.
    pub(crate) public_url: Option<String>,
}

/// The web console.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Console {
    /// Whether the API listener serves the web console at `/console/`.
    pub(crate) enabled: bool,
}

/// The metrics listener.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Monitoring {
    /// The address that serves `/metrics`. Unless set, nothing is counted.
    pub(crate) listen: Option<SocketAddr>,
}

impl Default for Http {
    fn default() -> Self {
        Self {
            connections: CONNECTIONS,
            body_bytes: BODY_BYTES,
            reply_bytes: REPLY_BYTES,
            drain_seconds: 0,
            public_url: None,
        }
    }
}

impl Default for Console {
    fn default() -> Self {
        Self { enabled: true }
    }
}

fn at_least_one_body<'de, D: Deserializer<'de>>(deserializer: D) -> Result<usize, D::Error> {
    let bytes = usize::deserialize(deserializer)?;
    if bytes < MIN_BODY_BYTES {
        let message =
            format!("must be at least {MIN_BODY_BYTES}: one client may have a quarter of them");
        return Err(D::Error::custom(message));
    }
    Ok(bytes)
}
