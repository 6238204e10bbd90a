//! Counts a thread's page faults. A shared page, or a page of a file, becomes a memory's own only by a page fault
//! ([`super`] says why), and the kernel counts the faults of each thread.

use std::{
    cell::Cell,
    future::{Future, poll_fn},
    mem::MaybeUninit,
    pin::pin,
    sync::atomic::{AtomicU64, Ordering},
};

/// How often a watched future has moved to another thread.
static MOVES: AtomicU64 = AtomicU64::new(0);
static THREADS: AtomicU64 = AtomicU64::new(0);

thread_local! {
    /// A number that no other thread has, not even after this one has ended.
    static THREAD: u64 = THREADS.fetch_add(1, Ordering::Relaxed);
    /// Page faults of this thread before the current turn of the watched future.
    static BEFORE: Cell<Option<u64>> = const { Cell::new(None) };
}

/// A point in the life of a thread.
#[derive(PartialEq, Eq)]
pub(crate) struct Mark {
    thread: u64,
    moves: u64,
    /// Page faults so far. `None` outside of a watched future, where other threads may do the work, and if the kernel
    /// does not count faults.
    faults: Option<u64>,
}

impl Mark {
    /// The current point, in the current turn of the running future.
    pub(crate) fn now() -> Self {
        Self {
            thread: THREAD.with(|thread| *thread),
            moves: MOVES.load(Ordering::Relaxed),
            faults: BEFORE.get(),
        }
    }

    /// Whether the future's work may have caused a page fault since the mark was made. The answer may be a false yes,
    /// but never a false no.
    pub(crate) fn may_have_faulted(&self) -> bool {
        self.moves != MOVES.load(Ordering::Relaxed)
            || self.thread != THREAD.with(|thread| *thread)
            || self.faults.is_none()
            || self.faults != faults()
    }
}

/// Runs a future and notices when it moves to another thread, whose faults are counted apart.
pub(crate) async fn watched<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut last = None;
    poll_fn(move |context| {
        let here = THREAD.with(|thread| *thread);
        if last.replace(here).is_some_and(|last| last != here) {
            MOVES.fetch_add(1, Ordering::Relaxed);
        }
        let _turn = TurnOfFuture(BEFORE.replace(faults()));
        future.as_mut().poll(context)
    })
    .await
}

/// Ends with a turn of a watched future, also by a panic.
struct TurnOfFuture(Option<u64>);

impl Drop for TurnOfFuture {
    fn drop(&mut self) {
        BEFORE.set(self.0);
    }
}

/// Page faults of this thread since it began, if the kernel counts them.
pub(super) fn faults() -> Option<u64> {
    let mut usage = MaybeUninit::<libc::rusage>::uninit();
    // SAFETY: the kernel writes the whole structure, whose type is the one it expects.
    let answered = unsafe { libc::getrusage(libc::RUSAGE_THREAD, usage.as_mut_ptr()) };
    if answered != 0 {
        return None;
    }
    // SAFETY: it was just written.
    let usage = unsafe { usage.assume_init() };
    Some(usage.ru_minflt as u64 + usage.ru_majflt as u64)
}

#[cfg(test)]
mod tests {
    use std::hint::black_box;

    use super::*;
    use crate::memory::{Mapping, page_bytes};

    fn touch_a_new_page() {
        let mut mapping = Mapping::reserve(page_bytes()).unwrap();
        mapping.open(0..page_bytes()).unwrap();
        // SAFETY: it is open and known here only.
        black_box(unsafe { mapping.slice_mut(0..1) })[0] = 1;
    }

    #[tokio::test]
    async fn a_new_page_is_a_fault() {
        // Other code may fault once or twice, but not again and again.
        let quiet = async || watched(async { !Mark::now().may_have_faulted() }).await;
        assert!(quiet().await || quiet().await || quiet().await);
        watched(async {
            let mark = Mark::now();
            touch_a_new_page();
            assert!(mark.may_have_faulted());
        })
        .await;
    }

    #[test]
    fn outside_a_watched_future_anything_may_have_happened() {
        assert!(Mark::now().may_have_faulted());
    }

    #[test]
    fn a_future_that_came_back_from_another_thread_may_have_faulted_there() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let mut turn = 0;
        let mut future = Box::pin(watched(poll_fn(move |_| {
            turn += 1;
            match turn {
                1 => sender.send(Mark::now()).unwrap(),
                2 => {}
                _ => return std::task::Poll::Ready(()),
            }
            std::task::Poll::Pending
        })));
        let mut context = std::task::Context::from_waker(std::task::Waker::noop());
        assert!(future.as_mut().poll(&mut context).is_pending());
        let mark = receiver.recv().unwrap();
        assert_eq!(mark.moves, MOVES.load(Ordering::Relaxed));
        std::thread::scope(|scope| {
            let other = scope.spawn(|| {
                let mut context = std::task::Context::from_waker(std::task::Waker::noop());
                assert!(future.as_mut().poll(&mut context).is_pending());
            });
            other.join().unwrap();
        });
        assert_ne!(mark.moves, MOVES.load(Ordering::Relaxed));
        assert!(mark.may_have_faulted());
    }
}
