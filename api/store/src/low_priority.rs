//! Threads for work that takes milliseconds, which the workers that answer calls must not do.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::mpsc::{Sender, channel},
    thread,
};

use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// The priority of such a thread: if the processor is busy, it gets about a tenth of a worker's share.
const NICENESS: i32 = 10;

/// A thread of low priority that does one piece of work after the other. A client that asks for much takes this
/// thread's time, and calls have the rest.
pub struct LowPriorityThread(Option<Sender<Work>>);

impl LowPriorityThread {
    /// Starts the thread. The operating system shows it as `name`.
    pub fn start(name: &str) -> Self {
        let (sender, works) = channel::<Work>();
        let worker = move || {
            // If the priority cannot be lowered, the thread has the usual one.
            let _ = rustix::process::setpriority_process(None, NICENESS);
            for work in works {
                work();
            }
        };
        let started = thread::Builder::new().name(name.into()).spawn(worker);
        Self(started.is_ok().then_some(sender))
    }

    /// Runs `work` on the thread. Skips it if the caller has stopped waiting before it begins.
    ///
    /// # Panics
    /// If `work` panics.
    pub async fn work<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> T {
        let (tell, told) = oneshot::channel();
        let work = move || {
            if !tell.is_closed() {
                // The caller may have stopped waiting.
                let _ = tell.send(panic::catch_unwind(AssertUnwindSafe(work)));
            }
        };
        match &self.0 {
            Some(thread) => {
                let _ = thread.send(Box::new(work));
            }
            // Without a thread, the caller's own thread does the work.
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
