//! The time and the randomness of a call. With both, a call can be replayed exactly.

use std::time::{Duration, SystemTime};

use rand::Rng;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// The time of a call, and the seed of its random numbers.
///
/// The clock stands still during a call. With a running clock, a function could measure how fast other code on the
/// machine runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Time since the beginning of 1970, UTC.
    pub clock: Duration,
    /// Seed of a ChaCha20 generator.
    pub seed: [u8; 32],
}

impl Moment {
    /// The moment of all compilations, so that the same source always gives the same snapshot.
    pub const COMPILE: Self = Self {
        clock: Duration::ZERO,
        seed: [0; 32],
    };

    /// The current time, with a random seed.
    pub fn now() -> Self {
        let mut seed = [0; 32];
        rand::rng().fill_bytes(&mut seed);
        Self {
            clock: SystemTime::now()
                .duration_since(SystemTime::UNIX_EPOCH)
                .unwrap_or_default(),
            seed,
        }
    }

    /// Makes this time the guest's only clock.
    pub(crate) fn give_clocks_to(&self, wasi: &mut WasiCtxBuilder) {
        wasi.wall_clock(StoppedClock(self.clock))
            .monotonic_clock(StoppedClock(self.clock));
    }
}

/// A clock that always shows the same time.
struct StoppedClock(Duration);

impl HostWallClock for StoppedClock {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.0
    }
}

impl HostMonotonicClock for StoppedClock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        0
    }
}
