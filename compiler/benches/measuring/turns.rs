//! Cases that take turns, so that changes of the machine's speed reach all of them.

use std::time::{Duration, Instant};

const WARM_UP: Duration = Duration::from_secs(1);
const MEASURED: Duration = Duration::from_secs(5);
/// Time that a case runs before the next case takes its turn.
const TURN: Duration = Duration::from_millis(10);

/// Times in nanoseconds, in ascending order.
pub(crate) struct Samples(Vec<u64>);

impl Samples {
    fn new(mut nanoseconds: Vec<u64>) -> Self {
        nanoseconds.sort_unstable();
        Self(nanoseconds)
    }

    /// A percentile in microseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let index = (self.0.len() - 1) * percent / 100;
        self.0[index] as f64 / 1000.0
    }
}

/// Runs the cases in turns and returns the times of each.
pub(crate) fn measure(cases: &mut [&mut dyn FnMut()]) -> Vec<Samples> {
    take_turns(cases, WARM_UP);
    take_turns(cases, MEASURED)
}

fn take_turns(cases: &mut [&mut dyn FnMut()], time: Duration) -> Vec<Samples> {
    let mut nanoseconds = vec![Vec::new(); cases.len()];
    let end = Instant::now() + time;
    while Instant::now() < end {
        for (case, nanoseconds) in cases.iter_mut().zip(&mut nanoseconds) {
            let end_of_turn = Instant::now() + TURN;
            let mut now = Instant::now();
            while now < end_of_turn {
                case();
                let after = Instant::now();
                nanoseconds.push((after - now).as_nanos() as u64);
                now = after;
            }
        }
    }
    nanoseconds.into_iter().map(Samples::new).collect()
}
