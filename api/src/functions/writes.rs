//! Writes of functions: a bounded number at one time, each seen to its end.

use std::{future::Future, sync::Arc};

use switchhook_store::{FunctionKey, StoreError, to_the_end};
use tokio::sync::Semaphore;

use super::{FunctionsError, ready::ReadyFunctions};

/// Writes that have begun: one is written, and the next are at hand. The others wait with their requests, which can
/// be given up.
const MAX_WRITES: usize = 16;

/// Clones share the places.
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

    /// Sees a write to the end, also when nobody waits for it any more: what is on the disk but not noticed here
    /// would be called in its old revision for ever.
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
            ready.written(&key);
            written
        });
        Ok(written.await?)
    }
}
