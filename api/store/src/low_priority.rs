//! Work that takes milliseconds, kept off the workers that answer calls.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::mpsc::{Sender, channel},
    thread,
};

use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// How much less than a worker such a thread counts where both want the processor: about a tenth.
const NICENESS: i32 = 10;

/// A thread of low priority. What it is given it does one after the other: whoever asks for much of it at once takes this thread's time,
/// and calls have the rest.
pub struct LowPriorityThread(Option<Sender<Work>>);

impl LowPriorityThread {
    /// Starts the thread. `name` is what the operating system shows.
    pub fn start(name: &str) -> Self {
        let (sender, works) = channel::<Work>();
        let worker = move || {
            // Where that may not be set, it counts as much as they do.
            let _ = rustix::process::setpriority_process(None, NICENESS);
            for work in works {
                work();
            }
        };
        let started = thread::Builder::new().name(name.into()).spawn(worker);
        Self(started.is_ok().then_some(sender))
    }

    /// Does the work there, unless nobody waits for it any more when its turn comes. What has begun goes on.
    ///
    /// # Panics
    /// If the work does.
    pub async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let (tell, told) = oneshot::channel();
        let work = move || {
            if !tell.is_closed() {
                // Nobody may be left.
                let _ = tell.send(panic::catch_unwind(AssertUnwindSafe(work)));
            }
        };
        match &self.0 {
            Some(thread) => {
                let _ = thread.send(Box::new(work));
            }
            // There is no thread to be had: late is better than never.
            None => work(),
        }
        match told.await {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => panic::resume_unwind(panic),
            Err(_) => {
                unreachable!("the thread outlives whoever waits here, and drops no work of theirs")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::join;

    use super::*;

    #[tokio::test]
    async fn work_is_done_one_after_the_other_and_its_panics_are_its_own() {
        let thread = LowPriorityThread::start("test");
        let (begin, begun) = channel::<()>();
        let first = thread.work(move || begun.recv().is_ok());
        let panics = AssertUnwindSafe(thread.work(|| panic!("of the work"))).catch_unwind();
        let last = thread.work(|| 3);
        let all = async { join!(first, panics, last) };
        tokio::pin!(all);
        assert!(all.as_mut().now_or_never().is_none(), "the first one waits");
        begin.send(()).unwrap();
        let (first, panics, last) = all.await;
        assert!(first && panics.is_err());
        assert_eq!(last, 3);
    }

    #[tokio::test]
    async fn work_that_nobody_waits_for_is_not_begun() {
        let thread = LowPriorityThread::start("test");
        let (begin, begun) = channel::<()>();
        let (tell, told) = channel::<()>();
        let mut first = Box::pin(thread.work(move || begun.recv().is_ok()));
        assert!(first.as_mut().now_or_never().is_none());
        let mut given_up = Box::pin(thread.work(move || tell.send(())));
        assert!(given_up.as_mut().now_or_never().is_none());
        drop(given_up);
        begin.send(()).unwrap();
        assert!(first.await);
        thread.work(|| ()).await;
        assert!(told.recv().is_err(), "nothing was sent");
    }
}
