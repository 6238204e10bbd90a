//! Snapshots: a cache of compilations, keyed by guest and source.

use std::sync::Arc;

use rusqlite::{OptionalExtension, Transaction, params};
use switchhook_runtime::{Digest, Snapshot};

use super::{Store, StoreError};

/// zstd's own default: most of the gain at a fraction of a millisecond for a small function.
const COMPRESSION_LEVEL: i32 = 3;

impl Store {
    /// What compiling `source` with `guest` once gave. Anything unreadable counts as missing: it is compiled
    /// again and written over.
    pub(crate) async fn snapshot(
        &self,
        guest: Digest,
        source: Digest,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.read(move |connection| {
            let compressed: Option<Vec<u8>> = connection
                .prepare_cached("SELECT snapshot FROM snapshots WHERE guest = ?1 AND source = ?2")?
                .query_row(params![guest.as_bytes(), source.as_bytes()], |row| {
                    row.get(0)
                })
                .optional()?;
            let Some(compressed) = compressed else {
                return Ok(None);
            };
            let snapshot = zstd::decode_all(compressed.as_slice())
                .ok()
                .and_then(|bytes| Snapshot::from_bytes(&bytes).ok());
            if snapshot.is_none() {
                tracing::warn!(%guest, %source, "a stored snapshot is unreadable");
            }
            Ok(snapshot)
        })
        .await
    }

    pub(crate) async fn add_snapshot(
        &self,
        source: Digest,
        snapshot: Arc<Snapshot>,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| insert(transaction, source, &snapshot))
            .await
    }
}

pub(super) fn insert(
    transaction: &Transaction,
    source: Digest,
    snapshot: &Snapshot,
) -> Result<(), StoreError> {
    let compressed = zstd::encode_all(snapshot.to_bytes().as_slice(), COMPRESSION_LEVEL)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO snapshots (guest, source, snapshot) VALUES (?1, ?2, ?3)",
        )?
        .execute(params![
            snapshot.guest().as_bytes(),
            source.as_bytes(),
            compressed
        ])?;
    Ok(())
}

/// Deletes the snapshots of sources that no revision has any more.
pub(super) fn delete_unused(
    transaction: &Transaction,
    sources: &[[u8; 32]],
) -> Result<(), StoreError> {
    for source in sources {
        transaction.execute(
            "DELETE FROM snapshots WHERE source = ?1 AND NOT EXISTS (SELECT 1 FROM revisions WHERE revisions.source = ?1)",
            [source],
        )?;
    }
    Ok(())
}
