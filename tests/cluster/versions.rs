//! Checks a recorded history: when each version of a function may be seen, as docs/cluster.md promises.

use std::{
    collections::BTreeMap,
    sync::Mutex,
    time::{Duration, Instant},
};

/// The history of one function. Versions are numbers from 0. Version 0 existed before.
#[derive(Default)]
pub(super) struct History(Mutex<Events>);

#[derive(Default)]
struct Events {
    sent: u64,
    acknowledged: Vec<Acknowledged>,
    seen: Vec<Seen>,
}

struct Acknowledged {
    node: usize,
    version: u64,
    at: Instant,
}

struct Seen {
    node: usize,
    version: u64,
    /// When the call was sent.
    begun: Instant,
}

impl History {
    /// Records that the next version is sent now. Returns its number.
    pub(super) fn send(&self) -> u64 {
        let mut events = self.0.lock().unwrap();
        events.sent += 1;
        events.sent
    }

    /// Records that a node has acknowledged a version.
    pub(super) fn acknowledged(&self, node: usize, version: u64) {
        let at = Instant::now();
        let acknowledged = Acknowledged { node, version, at };
        self.0.lock().unwrap().acknowledged.push(acknowledged);
    }

    /// Records a node's answer to a call that was sent at `begun`. Answers of one node must be recorded one after the
    /// other.
    pub(super) fn seen(&self, node: usize, version: u64, begun: Instant) {
        let seen = Seen {
            node,
            version,
            begun,
        };
        self.0.lock().unwrap().seen.push(seen);
    }

    /// How often versions were acknowledged and seen.
    pub(super) fn counts(&self) -> (usize, usize) {
        let events = self.0.lock().unwrap();
        (events.acknowledged.len(), events.seen.len())
    }

    /// Checks every answer. The node that acknowledged a version answers with this version or a later one. Every other
    /// node does the same after `staleness`. No node goes back to an earlier version, or answers with a version that
    /// was not sent yet.
    ///
    /// # Panics
    /// If an answer breaks the promise.
    pub(super) fn check(&self, staleness: Duration) {
        let events = self.0.lock().unwrap();
        let mut last = BTreeMap::new();
        for seen in &events.seen {
            let known = events.acknowledged.iter().filter(|it| {
                let grace = match it.node == seen.node {
                    true => Duration::ZERO,
                    false => staleness,
                };
                it.at + grace < seen.begun
            });
            let least = known.map(|it| it.version).max().unwrap_or(0);
            let (node, version) = (seen.node, seen.version);
            assert!(
                version >= least,
                "node {node} answers {version} after {least}"
            );
            assert!(version <= events.sent, "node {node} answers {version}");
            let before = last.insert(node, version).unwrap_or(0);
            assert!(
                version >= before,
                "node {node} goes from {before} to {version}"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STALENESS: Duration = Duration::from_secs(1);

    fn history(seen: &[(usize, u64, f32)]) -> History {
        let history = History::default();
        let start = Instant::now();
        history.send();
        history.send();
        history.acknowledged(0, 1);
        for (node, version, after) in seen {
            history.seen(*node, *version, start + Duration::from_secs_f32(*after));
        }
        history
    }

    #[test]
    fn the_promise_is_checked() {
        history(&[(0, 1, 0.5), (1, 0, 0.5), (1, 1, 1.5), (2, 2, 1.5)]).check(STALENESS);
        for broken in [
            [(0, 0, 0.5)].as_slice(),
            &[(1, 0, 1.5)],
            &[(1, 2, 0.1), (1, 1, 0.2)],
            &[(1, 3, 0.1)],
        ] {
            let checked = std::panic::catch_unwind(|| history(broken).check(STALENESS));
            assert!(checked.is_err(), "{broken:?}");
        }
    }
}
