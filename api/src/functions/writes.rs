//! Writes of functions: a bounded number at one time, each of which finishes.

use std::{future::Future, sync::Arc};

use switchhook_store::{FunctionKey, StoreError, to_the_end};
use tokio::sync::Semaphore;

use super::{FunctionsError, ready::ReadyFunctions};

/// Most writes that have begun: one is written while the next are prepared. Further writes wait with their requests,
/// which can be dropped.
const MAX_WRITES: usize = 16;

/// Places for writes. Clones share them.
#[derive(Clone)]
pub(super) struct Writes {
    places: Arc<Semaphore>,
    ready: Arc<ReadyFunctions>,
}

impl Writes {
    /// `ready` is told of each write.
    pub(super) fn new(ready: Arc<ReadyFunctions>) -> Self {
        Self {
            places: Arc::new(Semaphore::new(MAX_WRITES)),
            ready,
        }
    }

    /// Runs a write to its end, even if the request is dropped. Otherwise memory might never notice a write that is on
    /// the disk, and calls would run the old revision.
    pub(super) async fn write<T: Send + 'static>(
        &self,
        key: FunctionKey,
        write: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, FunctionsError> {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let ready = Arc::clone(&self.ready);
        let written = to_the_end(async move {
            let _place = place;
            let written = write.await;
            // If the answer to a write was lost, memory notices the write when the database is back. Calls go on until
            // then.
            if !written.as_ref().is_err_and(StoreError::is_unavailable) {
                ready.written(&key);
            }
            written
        });
        Ok(written.await?)
    }
}
