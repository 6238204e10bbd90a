//! Counts the failures of each revision of a function. A successful call costs nothing here.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use quick_cache::sync::Cache;
use switchhook_runtime::Class;
use switchhook_store::FunctionKey;

/// `count` failures within `window` are too many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FailureBounds {
    /// At least 1.
    pub(crate) count: u32,
    pub(crate) window: Duration,
}

/// Most functions whose failures are counted: those that failed last. Each takes some 300 bytes.
const MAX_FAILING: usize = 10_000;

/// Whether a failure is the function's own fault. Failures that its caller, the server or the load caused do not switch
/// a function off.
///
/// A timeout does not count, because other accounts' calls can make a call slow. An endless loop runs out of fuel
/// instead. A result never counts as a failure, even if the router refuses it; `null` and an empty list are results. A
/// function that returns nothing at all returns `null` if the caller takes nothing for an answer
/// ([`Question`](super::Question)). Otherwise a `return` is missing, and the failure is an
/// [`InvalidResult`](Class::InvalidResult).
pub(super) fn is_its_own_fault(class: Class) -> bool {
    match class {
        Class::CompileError
        | Class::Exception
        | Class::InvalidResult
        | Class::FuelExhausted
        | Class::MemoryLimit
        | Class::StackOverflow
        | Class::OutputTooLarge => true,
        Class::Ok
        | Class::Timeout
        | Class::InputTooLarge
        | Class::Disabled
        | Class::Overloaded
        | Class::Internal => false,
    }
}

/// The latest failures of each function.
pub(super) struct Failures(Cache<FunctionKey, Arc<Mutex<Recent>>>);

/// The latest failures of one revision.
#[derive(Default)]
struct Recent {
    revision: String,
    times: VecDeque<Instant>,
    /// Whether [`Failures::are_too_many`] has returned `true` for this revision.
    said: bool,
}

impl Failures {
    pub(super) fn new() -> Self {
        Self(Cache::new(MAX_FAILING))
    }

    /// Counts a failure. Returns `true` once for each revision: when its failures become too many.
    pub(super) fn are_too_many(
        &self,
        key: &FunctionKey,
        revision: &str,
        bounds: FailureBounds,
        now: Instant,
    ) -> bool {
        let recent = self
            .0
            .get_or_insert_with(key, || Ok::<_, Infallible>(Arc::default()))
            .unwrap_or_else(|never| match never {});
        // After a panic elsewhere, this is still a list of times.
        let mut recent = recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.are_too_many(revision, bounds, now)
    }

    /// Forgets the failures of a function.
    pub(super) fn forget(&self, key: &FunctionKey) {
        self.0.remove(key);
    }
}

impl Recent {
    fn are_too_many(&mut self, revision: &str, bounds: FailureBounds, now: Instant) -> bool {
        if self.revision != revision {
            *self = Self {
                revision: revision.to_owned(),
                ..Self::default()
            };
        }
        if self.said {
            return false;
        }
        let counts = |time: &Instant| now.saturating_duration_since(*time) < bounds.window;
        while self.times.front().is_some_and(|oldest| !counts(oldest)) {
            self.times.pop_front();
        }
        self.times.push_back(now);
        self.said = self.times.len() >= bounds.count as usize;
        self.said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOUNDS: FailureBounds = FailureBounds {
        count: 3,
        window: Duration::from_secs(60),
    };

    /// The returned values for failures at these seconds.
    fn said(recent: &mut Recent, revision: &str, seconds: &[u64]) -> Vec<bool> {
        let start = Instant::now();
        let at = |second: &u64| start + Duration::from_secs(*second);
        let mut said = |second| recent.are_too_many(revision, BOUNDS, at(second));
        seconds.iter().map(&mut said).collect()
    }

    #[test]
    fn too_many_within_the_window_are_said_once() {
        let mut recent = Recent::default();
        assert_eq!(
            said(&mut recent, "1-a", &[0, 10, 59, 59, 60, 61]),
            [false, false, true, false, false, false]
        );
    }

    #[test]
    fn what_is_older_than_the_window_does_not_count() {
        let mut recent = Recent::default();
        assert_eq!(
            said(&mut recent, "1-a", &[0, 30, 60, 90, 120, 149]),
            [false, false, false, false, false, true]
        );
    }

    #[test]
    fn another_revision_starts_anew() {
        let mut recent = Recent::default();
        assert_eq!(said(&mut recent, "1-a", &[0, 0]), [false, false]);
        assert_eq!(said(&mut recent, "2-b", &[0, 0, 0]), [false, false, true]);
    }

    #[test]
    fn functions_are_counted_apart() {
        let failures = Failures::new();
        let now = Instant::now();
        let key = |account: &str, id: &str| (account.to_owned(), id.to_owned());
        let too_many = |key| failures.are_too_many(key, "1-a", BOUNDS, now);
        let (ours, theirs) = (key("a", "f"), key("b", "g"));
        for _ in 0..2 {
            assert!(!too_many(&ours) && !too_many(&theirs));
        }
        assert!(too_many(&ours));
        failures.forget(&ours);
        assert!(!too_many(&ours));
        assert!(too_many(&theirs));
    }
}
