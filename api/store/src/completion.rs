//! Writes that finish even if nobody waits for them.

use std::{future::Future, pin::Pin};

use super::StoreError;

/// Runs a write and the work that must follow it to the end, even if the request is dropped, because memory must notice
/// every write on the disk.
pub async fn to_the_end<T: Send + 'static>(
    write: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    // Boxed, so that tasks are compiled once for each `T`, and not once for each caller.
    let write: Pin<Box<dyn Future<Output = _> + Send>> = Box::pin(write);
    tokio::spawn(write).await?
}
