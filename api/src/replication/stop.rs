//! Ends replications between two batches.

use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::{Semaphore, SemaphorePermit};

use super::ReplicationError;

/// Most replications that are stopped together: both directions.
const DIRECTIONS: u32 = 2;

/// Tells replications to stop, and waits until none is in a batch.
pub(crate) struct Stop {
    is_asked: Mutex<bool>,
    asked: Condvar,
    /// Each batch in progress has one.
    batches: Semaphore,
}

impl Default for Stop {
    fn default() -> Self {
        Self {
            is_asked: Mutex::default(),
            asked: Condvar::new(),
            batches: Semaphore::new(DIRECTIONS as usize),
        }
    }
}

impl Stop {
    /// Lets no further batch begin. Returns when none is in progress: the process may end then, whatever other threads
    /// wait for.
    pub(crate) async fn finish(&self) {
        *self.flag() = true;
        self.asked.notify_all();
        // They are kept, so that no batch begins afterwards. Nobody closes the semaphore, which is the only error.
        if let Ok(all) = self.batches.acquire_many(DIRECTIONS).await {
            all.forget();
        }
    }

    /// Begins a batch, which lasts until the permit is dropped.
    pub(super) fn batch(&self) -> Result<SemaphorePermit<'_>, ReplicationError> {
        let permit = self.batches.try_acquire();
        permit.map_err(|_| ReplicationError::Stopped)
    }

    /// Waits.
    ///
    /// # Errors
    /// If it is told to stop meanwhile.
    pub(super) fn pause(&self, duration: Duration) -> Result<(), ReplicationError> {
        let waited = self
            .asked
            .wait_timeout_while(self.flag(), duration, |is_asked| !*is_asked);
        let (is_asked, _) = waited.unwrap_or_else(PoisonError::into_inner);
        match *is_asked {
            true => Err(ReplicationError::Stopped),
            false => Ok(()),
        }
    }

    fn flag(&self) -> MutexGuard<'_, bool> {
        self.is_asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
