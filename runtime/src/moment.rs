//! What a call takes from the world around it: the time and randomness. With both written down, a call can be
//! repeated to the bit.

use std::time::{Duration, SystemTime};

use chacha20::ChaCha20Rng;
use rand::{Rng, SeedableRng};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// The most random bytes given at once: what `crypto.getRandomValues` allows (Web Cryptography API, section 10.1.1).
const MAX_RANDOM_BYTES: u64 = 65_536;

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

    /// Makes it the whole of a guest's time and randomness.
    pub(crate) fn give_to(&self, wasi: &mut WasiCtxBuilder) {
        wasi.wall_clock(StoppedClock(self.clock))
            .monotonic_clock(StoppedClock(self.clock))
            .secure_random(ChaCha20Rng::from_seed(self.seed))
            .insecure_random(ChaCha20Rng::from_seed(self.seed))
            .insecure_random_seed(0)
            .max_random_size(MAX_RANDOM_BYTES);
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
