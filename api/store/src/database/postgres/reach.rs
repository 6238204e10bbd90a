//! Whether the server can be reached, as one task finds out for all.

use std::sync::Arc;

use tokio::sync::watch;

/// Whether the server can be reached. Nobody waits for a server that is known to be away: what waits for its answer fails
/// at once, and so does what would connect to it. Clones share the state.
#[derive(Clone)]
pub(super) struct Reach(Arc<watch::Sender<bool>>);

impl Reach {
    /// The server counts as there until somebody looks.
    pub(super) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(true)))
    }

    pub(super) fn is_away(&self) -> bool {
        !*self.0.borrow()
    }

    /// Returns whether this is news.
    pub(super) fn set_away(&self, away: bool) -> bool {
        self.0.send_replace(!away) == away
    }

    /// Waits until the server is away.
    pub(super) async fn lost(&self) {
        let mut reached = self.0.subscribe();
        // The sender is in this value.
        let _ = reached.wait_for(|reached| !reached).await;
    }
}
