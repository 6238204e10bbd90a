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

/// Failures of documents after which those of a batch are tried one at a time, some 3 seconds after the first: a lock or a
/// restart is over by then, and a one-off replication has not given up.
const MOST_TOGETHER: u32 = 4;

/// Failures between two warnings of a peer that stays away, five minutes: a zone can be away for hours.
const REMINDER: u32 = 30;

/// How long peers may stay away.
pub(super) struct Patience {
    is_endless: bool,
    /// Failures since there was some progress.
    failures: u32,
    /// Those of them that can be the fault of one document.
    of_documents: u32,
}

impl Patience {
    pub(super) fn new(is_endless: bool) -> Self {
        Self {
            is_endless,
            failures: 0,
            of_documents: 0,
        }
    }

    /// How long to wait after an error.
    ///
    /// # Errors
    /// The error itself, if it does not pass or there were enough failures.
    pub(super) fn after(&mut self, error: ReplicationError) -> Result<Duration, ReplicationError> {
        self.failures += 1;
        self.of_documents += u32::from(error.may_be_of_a_document());
        if !error.passes() || (!self.is_endless && self.failures == MOST_FAILURES) {
            return Err(error);
        }
        let pause = FIRST_PAUSE.saturating_mul(2_u32.saturating_pow(self.failures - 1));
        let failures = self.failures;
        if pause < LONGEST_PAUSE {
            tracing::warn!("{error}; the next try is in {pause:?}");
        } else if pause < 2 * LONGEST_PAUSE || failures.is_multiple_of(REMINDER) {
            tracing::warn!(
                "{error}; after {failures} failures there is a try every {LONGEST_PAUSE:?}"
            );
        }
        Ok(pause.min(LONGEST_PAUSE))
    }

    /// Whether documents are to be tried one at a time.
    pub(super) fn suspects_documents(&self) -> bool {
        self.of_documents >= MOST_TOGETHER
    }

    /// There was some progress.
    pub(super) fn renew(&mut self) {
        let failures = std::mem::take(&mut self.failures);
        self.of_documents = 0;
        if failures > 0 {
            tracing::info!("the replication goes on after {failures} failures");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{super::error::Fault, *};

    fn failure(status: u16) -> ReplicationError {
        ReplicationError::Peer {
            peer: "http://peer/db".to_owned(),
            fault: Fault::Status {
                status,
                said: String::new(),
            },
        }
    }

    #[test]
    fn a_one_off_replication_gives_up_and_a_continuous_one_does_not() {
        for is_endless in [false, true] {
            let mut patience = Patience::new(is_endless);
            let pauses: Vec<_> = (1..MOST_FAILURES)
                .map(|_| patience.after(failure(503)).unwrap())
                .collect();
            assert!(pauses.is_sorted() && pauses[0] == FIRST_PAUSE, "{pauses:?}");
            assert_eq!(patience.after(failure(503)).is_ok(), is_endless);
            // What does not pass is not tried again.
            assert!(patience.after(failure(401)).is_err());
        }
        let mut patience = Patience::new(true);
        for _ in 0..100 {
            assert!(patience.after(failure(503)).unwrap() <= LONGEST_PAUSE);
        }
    }

    #[test]
    fn only_failures_that_can_be_of_a_document_cast_suspicion() {
        let mut patience = Patience::new(true);
        for (status, expected) in [(503, false), (500, true)] {
            for _ in 0..MOST_TOGETHER {
                assert!(!patience.suspects_documents());
                patience.after(failure(status)).unwrap();
            }
            assert_eq!(patience.suspects_documents(), expected);
        }
        patience.renew();
        assert!(!patience.suspects_documents());
    }
}
