//! The time and the randomness of a call. With both written down, a call can be repeated to the bit.

use std::time::{Duration, SystemTime};

use rand::Rng;
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// The time of a call, and the seed of all its random numbers.
///
/// The clock stands still during a call: it runs for a moment only, and a clock that it could read twice would tell
/// it how fast others' code runs beside it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    /// Since the beginning of 1970, UTC.
    pub clock: Duration,
    /// Of a ChaCha20 generator.
    pub seed: [u8; 32],
}

impl Moment {
    /// What every compilation sees, so that the same source always gives the same snapshot.
    pub const COMPILE: Self = Self {
        clock: Duration::ZERO,
        seed: [0; 32],
    };

    /// Now, with a seed that nobody can guess.
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

    /// Makes its clock the only one a guest has.
    pub(crate) fn give_clocks_to(&self, wasi: &mut WasiCtxBuilder) {
        wasi.wall_clock(StoppedClock(self.clock))
            .monotonic_clock(StoppedClock(self.clock));
    }
}

/// Always says the same.
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
