//! How many calls and compilations run and wait at one time. Further requests are refused.

use std::time::Duration;

use serde::Deserialize;

use super::at_least_one;
use crate::functions::Bounds;

/// Calls do not block, so a few for each core would keep the machine busy. The others are for endless loops, which take
/// turns with all calls. Even among this many, small calls take milliseconds.
const CALLS: u32 = 256;

/// Half of all: a tenant leaves as much to the others.
const CALLS_PER_TENANT: u32 = 128;

/// A quarter of all: only after four accounts run nothing but loops, another one has to wait.
const CALLS_PER_ACCOUNT: u32 = 64;

/// As many small calls as 256 places run in some 30 ms. A waiting call takes its body and some 10 KiB.
const QUEUED: u32 = 1_024;

/// Half of all.
const QUEUED_PER_TENANT: u32 = 512;

/// Twice its places, and an eighth of all.
const QUEUED_PER_ACCOUNT: u32 = 128;

/// The caller on the phone hears silence meanwhile, as long as for the call itself.
const QUEUE_WAIT_MS: u64 = 1_000;

/// 512 MiB in all. Each may take 128 MiB, and a core for 10 s.
const COMPILATIONS: u32 = 4;

/// Half of all, so that a tenant's uploads leave room for another's.
const COMPILATIONS_PER_TENANT: u32 = 2;

/// As many as its tenant has.
const COMPILATIONS_PER_ACCOUNT: u32 = 2;

/// A usual function compiles in 0.1 ms. Waiting sources of up to 1 MiB take memory.
const QUEUED_COMPILATIONS: u32 = 64;

/// Half of all.
const QUEUED_COMPILATIONS_PER_TENANT: u32 = 32;

/// A deployment of this many functions at one time.
const QUEUED_COMPILATIONS_PER_ACCOUNT: u32 = 16;

/// Calls and compilations that run and wait at one time. Further ones get `overloaded`.
#[derive(Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Concurrency {
    /// Calls that run at one time.
    #[serde(deserialize_with = "at_least_one")]
    calls: u32,
    /// The same for one tenant: an account directly below the master account, with all accounts below it.
    #[serde(deserialize_with = "at_least_one")]
    calls_per_tenant: u32,
    /// The same for one account.
    #[serde(deserialize_with = "at_least_one")]
    calls_per_account: u32,
    /// Calls that wait for a place.
    queued: u32,
    /// The same for one tenant.
    queued_per_tenant: u32,
    /// The same for one account.
    queued_per_account: u32,
    /// How long a call or a compilation waits for a place.
    #[serde(deserialize_with = "at_least_one")]
    queue_wait_ms: u64,
    /// Compilations that run at one time.
    #[serde(deserialize_with = "at_least_one")]
    compilations: u32,
    /// The same for one tenant.
    #[serde(deserialize_with = "at_least_one")]
    compilations_per_tenant: u32,
    /// The same for one account.
    #[serde(deserialize_with = "at_least_one")]
    compilations_per_account: u32,
    /// Compilations that wait for a place.
    queued_compilations: u32,
    /// The same for one tenant.
    queued_compilations_per_tenant: u32,
    /// The same for one account.
    queued_compilations_per_account: u32,
}

impl Default for Concurrency {
    fn default() -> Self {
        Self {
            calls: CALLS,
            calls_per_tenant: CALLS_PER_TENANT,
            calls_per_account: CALLS_PER_ACCOUNT,
            queued: QUEUED,
            queued_per_tenant: QUEUED_PER_TENANT,
            queued_per_account: QUEUED_PER_ACCOUNT,
            queue_wait_ms: QUEUE_WAIT_MS,
            compilations: COMPILATIONS,
            compilations_per_tenant: COMPILATIONS_PER_TENANT,
            compilations_per_account: COMPILATIONS_PER_ACCOUNT,
            queued_compilations: QUEUED_COMPILATIONS,
            queued_compilations_per_tenant: QUEUED_COMPILATIONS_PER_TENANT,
            queued_compilations_per_account: QUEUED_COMPILATIONS_PER_ACCOUNT,
        }
    }
}

impl Concurrency {
    pub(crate) fn calls(&self) -> Bounds {
        Bounds {
            places: self.calls,
            places_per_tenant: self.calls_per_tenant,
            places_per_account: self.calls_per_account,
            queued: self.queued,
            queued_per_tenant: self.queued_per_tenant,
            queued_per_account: self.queued_per_account,
            max_wait: Duration::from_millis(self.queue_wait_ms),
        }
    }

    pub(crate) fn compilations(&self) -> Bounds {
        Bounds {
            places: self.compilations,
            places_per_tenant: self.compilations_per_tenant,
            places_per_account: self.compilations_per_account,
            queued: self.queued_compilations,
            queued_per_tenant: self.queued_compilations_per_tenant,
            queued_per_account: self.queued_compilations_per_account,
            max_wait: Duration::from_millis(self.queue_wait_ms),
        }
    }

    /// Number of sandboxes: one for each call and compilation that may run.
    pub(super) fn sandboxes(&self) -> u32 {
        self.calls.saturating_add(self.compilations)
    }
}
