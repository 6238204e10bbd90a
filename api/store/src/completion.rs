//! Writes that are seen to their end.

use std::future::Future;

use super::StoreError;

/// Sees a write, and what must follow it, to the end, also when nobody waits for it any more: memory must notice what is on the disk.
pub async fn to_the_end<T: Send + 'static>(
    write: impl Future<Output = Result<T, StoreError>> + Send + 'static,
) -> Result<T, StoreError> {
    tokio::spawn(write).await?
}
