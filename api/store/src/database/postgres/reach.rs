//! Whether the server can be reached. One task finds this out for all.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether the server can be reached. While the server is known to be away, waiting for an answer and connecting fail
/// at once. Clones share the state.
#[derive(Clone)]
pub(super) struct Reach(Arc<watch::Sender<bool>>);

impl Reach {
    /// The server counts as reachable until the task has tried.
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(true)))
    }

    pub(super) fn is_away(&self) -> bool {
        !*self.0.borrow()
    }

    /// Returns whether the state has changed.
    pub(super) fn set_away(&self, away: bool) -> bool {
        self.0.send_replace(!away) == away
    }

    /// Waits until the server is away.
    pub(super) async fn lost(&self) {
        let mut reached = self.0.subscribe();
        // Never fails, because this value owns the sender.
        let _ = reached.wait_for(|reached| !reached).await;
    }
}
