//! Snapshots: a cache of compilations, keyed by account, engine and source.
//!
//! Nothing is shared between accounts: whoever uploads the source of somebody else must not learn from what is compiled that
//! somebody has it.

use std::sync::Arc;

use rusqlite::{OptionalExtension, Transaction, params};
use switchhook_runtime::{Digest, Snapshot};

use super::{Revision, Store, StoreError, functions};

/// zstd's own default: most of the gain at a fraction of a millisecond for a small function.
const COMPRESSION_LEVEL: i32 = 3;

/// What a compilation gave.
pub(crate) struct NewSnapshot {
    /// Names the engine it was compiled with.
    pub(crate) engine: Digest,
    /// Of the text.
    pub(crate) source: Digest,
    pub(crate) snapshot: Arc<Snapshot>,
}

impl Store {
    /// What compiling `source` with `engine` once gave in an account. Anything unreadable counts as missing: it is compiled
    /// again and written over.
    pub(crate) async fn snapshot(
        &self,
        account_id: String,
        engine: Digest,
        source: Digest,
    ) -> Result<Option<Snapshot>, StoreError> {
        self.read(move |connection| {
            let compressed: Option<Vec<u8>> = connection
                .prepare_cached(
                    "SELECT snapshot FROM snapshots WHERE account_id = ?1 AND source = ?2 AND guest = ?3",
                )?
                .query_row(
                    params![account_id, source.as_bytes(), engine.as_bytes()],
                    |row| row.get(0),
                )
                .optional()?;
            let Some(compressed) = compressed else {
                return Ok(None);
            };
            let snapshot = zstd::decode_all(compressed.as_slice())
                .ok()
                .and_then(|bytes| Snapshot::from_bytes(&bytes).ok());
            if snapshot.is_none() {
                tracing::warn!(%engine, %source, "a stored snapshot is unreadable");
            }
            Ok(snapshot)
        })
        .await
    }

    /// Keeps what a revision of a function was compiled to, unless the database has it already, and with which version of
    /// which pack. Whether the revision was still current.
    pub(crate) async fn compiled(
        &self,
        function_id: String,
        revision: Revision,
        new: Option<NewSnapshot>,
        engine: String,
    ) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let is_current = functions::is_current(transaction, &function_id, &revision)?;
            if is_current {
                if let Some(new) = new {
                    insert(transaction, &function_id, &new)?;
                }
                functions::set_engine(transaction, &function_id, &engine)?;
            }
            Ok(is_current)
        })
        .await
    }
}

/// Keeps it for the account of a function that there is.
pub(super) fn insert(
    transaction: &Transaction,
    function_id: &str,
    new: &NewSnapshot,
) -> Result<(), StoreError> {
    let compressed = zstd::encode_all(new.snapshot.to_bytes().as_slice(), COMPRESSION_LEVEL)
        .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?;
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO snapshots (account_id, source, guest, snapshot)
             SELECT account_id, ?2, ?3, ?4 FROM functions WHERE id = ?1",
        )?
        .execute(params![
            function_id,
            new.source.as_bytes(),
            new.engine.as_bytes(),
            compressed
        ])?;
    Ok(())
}

/// Deletes the snapshots of sources that no revision of the account has any more.
pub(super) fn delete_unused(
    transaction: &Transaction,
    account_id: &str,
    sources: &[[u8; 32]],
) -> Result<(), StoreError> {
    for source in sources {
        transaction.execute(
            "DELETE FROM snapshots WHERE account_id = ?1 AND source = ?2 AND NOT EXISTS (
                 SELECT 1 FROM revisions JOIN functions ON functions.id = function_id
                 WHERE revisions.source = ?2 AND functions.account_id = ?1)",
            params![account_id, source],
        )?;
    }
    Ok(())
}
