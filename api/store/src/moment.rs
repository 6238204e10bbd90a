//! Time that continues while the machine is suspended.

use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// The machine's start, in milliseconds of a [`Moment`]: a year, so that moments before the start have numbers too.
const START: u64 = 365 * 24 * 60 * 60 * 1_000;

/// A moment, in milliseconds. Unlike [`std::time::Instant`], moments count the time for which the machine was
/// suspended, because other servers may have written meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Moment(u64);

impl Moment {
    /// A moment before all others.
    pub(crate) const NEVER: Self = Self(0);

    pub(crate) fn now() -> Self {
        let now = clock_gettime(ClockId::Boottime);
        // Neither part is negative.
        let since_start =
            now.tv_sec.unsigned_abs() * 1_000 + now.tv_nsec.unsigned_abs() / 1_000_000;
        Self(START + since_start)
    }

    pub(crate) fn milliseconds(self) -> u64 {
        self.0
    }

    pub(crate) fn from_milliseconds(milliseconds: u64) -> Self {
        Self(milliseconds)
    }

    pub(crate) fn elapsed(self) -> Duration {
        Duration::from_millis(Self::now().0.saturating_sub(self.0))
    }

    pub(crate) fn ago(time: Duration) -> Self {
        let milliseconds = u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self(Self::now().0.saturating_sub(milliseconds))
    }
}
