//! Writes that finish even if nobody waits for them.

use std::future::Future;

use super::StoreError;

/// Runs a write and the work that must follow it to the end, even if the request is dropped, because memory must notice
/// every write on the disk.
pub async fn to_the_end<T: Send + 'static>(
    write: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::spawn(write).await?
}
