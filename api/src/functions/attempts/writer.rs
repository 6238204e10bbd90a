//! Writes attempts to the database, and deletes old ones.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use switchhook_store::{NewAttempt, Store, StoreError};
use tokio::{
    select,
    sync::{mpsc, oneshot, watch},
    time::{interval, sleep},
};

use super::now_ms;

/// Written in one transaction: it takes a few milliseconds, for which other writes wait.
const BATCH: usize = 128;

/// Between two transactions, for other writes: 1,280 attempts a second are the most there can be.
const PAUSE: Duration = Duration::from_millis(100);

/// How often old attempts are looked for.
const CLEANING: Duration = Duration::from_secs(60);

/// Deleted in one transaction: some milliseconds too.
const DELETED_AT_ONCE: i64 = 500;

/// Attempts of one account: as many as a person pages through. The newest replace the oldest.
const MAX_OF_ACCOUNT: u32 = 1_000;

/// Attempts of all accounts: 250 MB at the common size, 2 GB at the largest.
const MAX_OF_ALL: i64 = 100_000;

/// Writes attempts, and deletes what is too old or too much.
pub(super) struct Writer {
    pub(super) store: Store,
    /// How long they are kept.
    pub(super) keep_ms: i64,
    /// Counts what could not be written.
    pub(super) dropped: Arc<AtomicU64>,
    /// Told of every batch that was written.
    pub(super) written: watch::Sender<()>,
}

impl Writer {
    /// Runs until it is told to stop. Then it writes the attempts that wait, and ends.
    pub(super) async fn run(
        self,
        mut waiting: mpsc::Receiver<NewAttempt>,
        mut stopped: oneshot::Receiver<()>,
    ) {
        let mut batch = Vec::new();
        let mut cleaning = interval(CLEANING);
        loop {
            select! {
                _ = &mut stopped => break,
                received = waiting.recv_many(&mut batch, BATCH) => {
                    if received == 0 {
                        return;
                    }
                    self.write(mem::take(&mut batch)).await;
                }
                _ = cleaning.tick() => {
                    if self.clean().await {
                        cleaning.reset_after(PAUSE);
                    }
                }
            }
            select! {
                _ = &mut stopped => break,
                () = sleep(PAUSE) => {}
            }
        }
        waiting.close();
        while waiting.recv_many(&mut batch, BATCH).await > 0 {
            self.write(mem::take(&mut batch)).await;
        }
    }

    async fn write(&self, batch: Vec<NewAttempt>) {
        let attempts = batch.len() as u64;
        if let Err(error) = self.store.add_attempts(batch, MAX_OF_ACCOUNT).await {
            tracing::error!("{attempts} attempts are not kept: {error}");
            self.dropped.fetch_add(attempts, Ordering::Relaxed);
        }
        self.written.send_replace(());
    }

    /// Deletes some of those that are too old or too many. Returns whether there may be more.
    async fn clean(&self) -> bool {
        let cleaned = async {
            let expired = now_ms() - self.keep_ms;
            let deleted = self.store.delete_attempts(expired, DELETED_AT_ONCE).await?;
            let surplus = self.store.count_attempts().await? - MAX_OF_ALL;
            if surplus > 0 {
                let surplus = surplus.min(DELETED_AT_ONCE);
                return self.store.delete_attempts(i64::MAX, surplus).await;
            }
            Ok::<_, StoreError>(deleted)
        };
        match cleaned.await {
            Ok(deleted) => deleted > 0,
            Err(error) => {
                tracing::error!("attempts that are too old are still there: {error}");
                false
            }
        }
    }
}
