//! Snapshots: a cache of compilations, keyed by account, engine and source.
//!
//! Nothing is shared between accounts: whoever uploads the source of somebody else must not learn from what is compiled that
//! somebody has it.

use std::{io::Read as _, sync::Arc};

use rusqlite::{OptionalExtension, Transaction, params};
use switchhook_runtime::{Digest, Snapshot};

use super::{Quota, Revision, Store, StoreError, functions, quota, revisions};

/// zstd's own default: most of the gain at a fraction of a millisecond for a small function.
const COMPRESSION_LEVEL: i32 = 3;

/// What a compilation gave.
pub struct NewSnapshot {
    /// Names the engine it was compiled with.
    pub engine: Digest,
    /// Of the text.
    pub source: Digest,
    compressed: Vec<u8>,
}

impl NewSnapshot {
    /// Compressed here, on a thread that may block, and not in the transaction: others wait to write meanwhile.
    pub async fn new(
        engine: Digest,
        source: Digest,
        snapshot: Arc<Snapshot>,
    ) -> Result<Self, StoreError> {
        let compress = move || zstd::encode_all(snapshot.to_bytes().as_slice(), COMPRESSION_LEVEL);
        let compressed = tokio::task::spawn_blocking(compress).await?;
        Ok(Self {
            engine,
            source,
            compressed: compressed
                .map_err(|error| rusqlite::Error::ToSqlConversionFailure(error.into()))?,
        })
    }

    /// What it takes in the database.
    pub(super) fn bytes(&self) -> usize {
        self.compressed.len()
    }
}

impl Store {
    /// What compiling `source` with `engine` once gave in an account. Anything unreadable counts as missing, and so does what has more
    /// than `most_bytes`: it is compiled again and written over.
    pub async fn snapshot(
        &self,
        account_id: String,
        engine: Digest,
        source: Digest,
        most_bytes: usize,
    ) -> Result<Option<Snapshot>, StoreError> {
        let read = self.read(move |connection| {
            let compressed: Option<Vec<u8>> = connection
                .prepare_cached(
                    "SELECT snapshot FROM snapshots WHERE account_id = ?1 AND source = ?2 AND guest = ?3",
                )?
                .query_row(
                    params![account_id, source.as_bytes(), engine.as_bytes()],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(compressed)
        });
        let Some(compressed) = read.await? else {
            return Ok(None);
        };
        // Not by a reader, of which there are few.
        let decode = move || decoded(&compressed, most_bytes);
        let snapshot = tokio::task::spawn_blocking(decode).await?;
        if snapshot.is_none() {
            tracing::warn!(%engine, %source, "a stored snapshot cannot be used");
        }
        Ok(snapshot)
    }

    /// Keeps what a revision of a function was compiled to, unless the database has it already or the account has no room for
    /// it, and with which version of which pack. Whether the revision was still current.
    pub async fn compiled(
        &self,
        function_id: String,
        revision: Revision,
        new: Option<NewSnapshot>,
        engine: String,
        quota: Quota,
    ) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let is_current = functions::is_current(transaction, &function_id, &revision)?;
            if is_current {
                if let Some(new) = new
                    && quota::has_room(transaction, &function_id, new.bytes(), &quota)?
                {
                    insert(transaction, &function_id, &new)?;
                    revisions::charge(transaction, &function_id, &revision, new.bytes())?;
                }
                functions::set_engine(transaction, &function_id, &engine)?;
            }
            Ok(is_current)
        })
        .await
    }
}

fn decoded(compressed: &[u8], most_bytes: usize) -> Option<Snapshot> {
    let mut bytes = Vec::new();
    let decoder = zstd::Decoder::new(compressed).ok()?;
    let mut bounded = decoder.take(most_bytes as u64 + 1);
    bounded.read_to_end(&mut bytes).ok()?;
    (bytes.len() <= most_bytes)
        .then(|| Snapshot::from_bytes(&bytes).ok())
        .flatten()
}

/// Keeps it for the account of a function that there is.
pub(super) fn insert(
    transaction: &Transaction,
    function_id: &str,
    new: &NewSnapshot,
) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO snapshots (account_id, source, guest, snapshot)
             SELECT account_id, ?2, ?3, ?4 FROM functions WHERE id = ?1
             ON CONFLICT (account_id, source, guest) DO UPDATE SET snapshot = excluded.snapshot",
        )?
        .execute(params![
            function_id,
            new.source.as_bytes(),
            new.engine.as_bytes(),
            new.compressed
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
