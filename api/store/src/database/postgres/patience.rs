//! Waits that end after a time in which this process ran. A machine that stood still, as a virtual one does while it is moved,
//! has not given the server that time: the answer may just have come in.

use std::time::Duration;

use tokio::{select, time::sleep};

/// A wait is made of steps, and a step counts as one however long the process stood still in it.
const STEP: Duration = Duration::from_millis(50);

/// Waits for an answer. `None` if it does not come within this time, in whole steps of 50 ms.
pub(super) async fn within<T>(time: Duration, answer: impl Future<Output = T>) -> Option<T> {
    select! {
        biased;
        answered = answer => Some(answered),
        () = passed(time) => None,
    }
}

/// Waits for this time, in whole steps of 50 ms.
pub(super) async fn passed(time: Duration) {
    for _ in 0..time.as_millis().div_ceil(STEP.as_millis()) {
        sleep(STEP).await;
    }
}

#[cfg(test)]
mod tests {
    use std::{future::pending, thread};

    use super::*;

    fn run<T>(future: impl Future<Output = T>) -> T {
        let mut runtime = tokio::runtime::Builder::new_current_thread();
        runtime.enable_time().build().unwrap().block_on(future)
    }

    #[test]
    fn an_answer_that_never_comes_is_waited_for_no_longer() {
        assert_eq!(run(within(STEP, pending::<()>())), None);
    }

    #[test]
    fn a_process_that_stood_still_waits_on() {
        let time = 2 * STEP;
        let answer = async {
            sleep(STEP / 2).await;
            thread::sleep(2 * time);
            sleep(STEP / 2).await;
        };
        assert_eq!(run(within(time, answer)), Some(()));
    }
}
