//! Work that takes milliseconds, beside the workers that answer calls.

use std::{
    panic::{self, AssertUnwindSafe},
    sync::{
        LazyLock,
        mpsc::{Sender, channel},
    },
    thread,
};

use tokio::sync::oneshot;

type Work = Box<dyn FnOnce() + Send>;

/// How much less than a worker the thread counts where both want the processor: about a tenth.
const NICENESS: i32 = 10;

/// One thread does all of it, one after the other. Whoever asks for much of it at once takes this thread's time, and calls have the
/// rest.
static THREAD: LazyLock<Option<Sender<Work>>> = LazyLock::new(|| {
    let (sender, works) = channel::<Work>();
    let worker = move || {
        // Where that may not be set, it counts as much as they do.
        let _ = rustix::process::setpriority_process(None, NICENESS);
        for work in works {
            work();
        }
    };
    let started = thread::Builder::new().name("beside".into()).spawn(worker);
    started.is_ok().then_some(sender)
});

/// Does the work there. It goes on when nobody waits for it any more.
///
/// # Panics
/// If the work does.
pub(super) async fn work<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> T {
    let (tell, told) = oneshot::channel();
    let work = move || {
        // Nobody may be left.
        let _ = tell.send(panic::catch_unwind(AssertUnwindSafe(work)));
    };
    match &*THREAD {
        Some(thread) => {
            let _ = thread.send(Box::new(work));
        }
        // There is no thread to be had: late is better than never.
        None => work(),
    }
    match told.await {
        Ok(Ok(done)) => done,
        Ok(Err(panic)) => panic::resume_unwind(panic),
        Err(_) => unreachable!("the thread ends with the process and drops no work"),
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::join;

    use super::*;

    #[actix_web::test]
    async fn work_is_done_one_after_the_other_and_its_panics_are_its_own() {
        let (begin, begun) = channel::<()>();
        let first = work(move || begun.recv().is_ok());
        let panics = AssertUnwindSafe(work(|| panic!("of the work"))).catch_unwind();
        let last = work(|| 3);
        let all = async { join!(first, panics, last) };
        tokio::pin!(all);
        assert!(all.as_mut().now_or_never().is_none(), "the first one waits");
        begin.send(()).unwrap();
        let (first, panics, last) = all.await;
        assert!(first && panics.is_err());
        assert_eq!(last, 3);
    }
}
