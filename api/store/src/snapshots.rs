//! Snapshots of compiled functions: a cache, by account, engine and source.
//!
//! Accounts share no snapshots. Otherwise the time of an upload would reveal that somebody has the same source.

use std::{io::Read as _, sync::Arc};

use switchhook_runtime::{Digest, Snapshot};

use super::{
    Quota, Revision, Store, StoreError,
    database::{Lock, Session},
    functions, quota, revisions,
};

/// zstd's default level, which takes a fraction of a millisecond for a small function.
const COMPRESSION_LEVEL: i32 = 3;

/// The result of a compilation, to be stored.
pub struct NewSnapshot {
    /// Digest of the engine.
    pub engine: Digest,
    /// Digest of the source.
    pub source: Digest,
    compressed: Vec<u8>,
}

impl NewSnapshot {
    /// Compresses a snapshot on a thread that may block. Other writes need not wait for this.
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
            compressed: compressed.map_err(StoreError::Compression)?,
        })
    }

    /// Bytes of the snapshot in the database.
    pub(super) fn bytes(&self) -> usize {
        self.compressed.len()
    }
}

impl Store {
    /// The snapshot of `source`, compiled with `engine`, in an account. `None` also if it cannot be read or has more
    /// than `most_bytes`. The function is then compiled again.
    pub async fn snapshot(
        &self,
        account_id: String,
        engine: Digest,
        source: Digest,
        most_bytes: usize,
    ) -> Result<Option<Snapshot>, StoreError> {
        let read = self.read(move |session| {
            let compressed: Option<Vec<u8>> = session.one(
                "SELECT snapshot FROM snapshots WHERE account_id = ?1 AND source = ?2 AND guest = ?3",
                &[&account_id, &source, &engine],
            )?;
            Ok(compressed)
        });
        let Some(compressed) = read.await? else {
            return Ok(None);
        };
        // Decoded on another thread, because there are few threads for reads.
        let decode = move || decoded(&compressed, most_bytes);
        let snapshot = tokio::task::spawn_blocking(decode).await?;
        if snapshot.is_none() {
            tracing::warn!(%engine, %source, "a stored snapshot cannot be used");
        }
        Ok(snapshot)
    }

    /// Stores a revision's snapshot and the version of the pack that made it, unless the database has the snapshot
    /// already or the account has no room for it. Returns whether the revision was still current.
    pub async fn compiled(
        &self,
        function_id: String,
        revision: Revision,
        new: Option<NewSnapshot>,
        engine: String,
        quota: Quota,
    ) -> Result<bool, StoreError> {
        self.write(Lock::document(&function_id), move |session| {
            let is_current = functions::is_current(session, &function_id, &revision)?;
            if is_current {
                if let Some(new) = new
                    && quota::has_room(session, &function_id, new.bytes(), &quota)?
                {
                    if !is_there(session, &function_id, &new)? {
                        revisions::charge(session, &function_id, &revision, new.bytes())?;
                    }
                    insert(session, &function_id, &new)?;
                }
                functions::set_engine(session, &function_id, &engine)?;
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

/// Stores a snapshot for the account of a function that exists. It replaces one that could not be read.
pub(super) fn insert(
    session: &Session,
    function_id: &str,
    new: &NewSnapshot,
) -> Result<(), StoreError> {
    session.execute(
        "INSERT INTO snapshots (account_id, source, guest, snapshot)
         SELECT account_id, ?2, ?3, ?4 FROM functions WHERE id = ?1
         ON CONFLICT (account_id, source, guest) DO UPDATE SET snapshot = excluded.snapshot",
        &[&function_id, &new.source, &new.engine, &new.compressed],
    )?;
    Ok(())
}

/// Whether there is a snapshot of this source and engine already, which may be one that cannot be read.
fn is_there(session: &Session, function_id: &str, new: &NewSnapshot) -> Result<bool, StoreError> {
    let found = session.one::<i64>(
        "SELECT 1 FROM snapshots
         WHERE account_id = (SELECT account_id FROM functions WHERE id = ?1) AND source = ?2 AND guest = ?3",
        &[&function_id, &new.source, &new.engine],
    )?;
    Ok(found.is_some())
}

/// Deletes the snapshots of a function that no other function of its account needs.
pub(super) fn delete_of(session: &Session, function_id: &str) -> Result<(), StoreError> {
    session.execute(
        "DELETE FROM snapshots
         WHERE account_id = (SELECT account_id FROM functions WHERE id = ?1)
           AND source IN (SELECT source FROM revisions WHERE function_id = ?1)
           AND NOT EXISTS (
             SELECT 1 FROM revisions JOIN functions ON functions.id = function_id
             WHERE revisions.source = snapshots.source AND functions.account_id = snapshots.account_id
               AND functions.id <> ?1)",
        &[&function_id],
    )?;
    Ok(())
}
