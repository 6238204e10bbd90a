//! How often a replication begins anew after a failure, and when.

use std::time::Duration;

use super::ReplicationError;

/// The pause after a first failure. Each further one is twice as long.
const FIRST_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause: so much later than the network a replication is back.
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// Failures after which a one-off replication gives up, some 13 seconds after the first: a server that is being restarted
/// is back by then.
const MOST_FAILURES: u32 = 7;

/// How long peers may stay away.
pub(super) struct Patience {
    is_endless: bool,
    /// Failures since there was some progress.
    failures: u32,
}

impl Patience {
    pub(super) fn new(is_endless: bool) -> Self {
        Self {
            is_endless,
            failures: 0,
        }
    }

    /// How long to wait after an error.
    ///
    /// # Errors
    /// The error itself, if it does not pass or there were enough failures.
    pub(super) fn after(&mut self, error: ReplicationError) -> Result<Duration, ReplicationError> {
        self.failures += 1;
        if !error.passes() || (!self.is_endless && self.failures == MOST_FAILURES) {
            return Err(error);
        }
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.failures - 1));
        if pause < LONGEST_PAUSE {
            tracing::warn!("{error}; the next try is in {pause:?}");
        } else if pause < 2 * LONGEST_PAUSE {
            // Once: a zone can be away for hours.
            tracing::warn!("{error}; from now on there is a try every {LONGEST_PAUSE:?}");
        }
        Ok(pause.min(LONGEST_PAUSE))
    }

    /// There was some progress.
    pub(super) fn renew(&mut self) {
        let failures = std::mem::take(&mut self.failures);
        if failures > 0 {
            tracing::info!("the replication goes on after {failures} failures");
        }
    }
}
