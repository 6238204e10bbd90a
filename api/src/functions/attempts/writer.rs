//! Writes attempts to the database, and deletes old ones.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use switchhook_store::{NewAttempt, Store, StoreError};
use tokio::{
    select,
    sync::{mpsc, oneshot, watch},
    time::{interval, sleep},
};

use crate::functions::unix_time::milliseconds;

/// Most attempts in one transaction. The transaction takes a few milliseconds, and other writes wait for it.
const BATCH: usize = 128;

/// Pause between two transactions, for other writes. So at most 1,280 attempts a second are written.
const PAUSE: Duration = Duration::from_millis(100);

/// How often old attempts are looked for.
const CLEANING: Duration = Duration::from_secs(60);

/// Most attempts that one transaction deletes. It takes some milliseconds.
const DELETED_AT_ONCE: i64 = 500;

/// Most attempts of one account: as many as a person pages through. The newest replace the oldest.
const MAX_OF_ACCOUNT: u32 = 1_000;

/// Most attempts of all accounts: 250 MB at the common size, 2 GB at the largest.
const MAX_OF_ALL: i64 = 100_000;

/// Writes attempts, and deletes those that are too old or too many.
pub(super) struct Writer {
    pub(super) store: Store,
    /// How long attempts are kept.
    pub(super) keep_ms: i64,
    /// Counts attempts that could not be written.
    pub(super) dropped: Arc<AtomicU64>,
    /// Notified of every written batch.
    pub(super) written: watch::Sender<()>,
}

impl Writer {
    /// Runs until it is told to stop. Then it writes the attempts that wait, and ends.
    pub(super) async fn run(
        self,
        mut waiting: mpsc::Receiver<NewAttempt>,
        mut stopped: oneshot::Receiver<()>,
    ) {
        let mut received = Vec::new();
        let mut cleaning = interval(CLEANING);
        let mut unwritten: Option<Arc<[NewAttempt]>> = None;
        loop {
            unwritten = match unwritten {
                Some(batch) => self.write_or_keep(batch, true).await,
                None => select! {
                    _ = &mut stopped => break,
                    count = waiting.recv_many(&mut received, BATCH) => match count {
                        0 => return,
                        _ => self.write_or_keep(mem::take(&mut received).into(), false).await,
                    },
                    _ = cleaning.tick() => {
                        if self.clean().await {
                            cleaning.reset_after(PAUSE);
                        }
                        None
                    }
                },
            };
            select! {
                _ = &mut stopped => break,
                () = sleep(PAUSE) => {}
            }
        }
        waiting.close();
        loop {
            let batch = match unwritten.take() {
                Some(batch) => batch,
                None if waiting.recv_many(&mut received, BATCH).await == 0 => return,
                None => mem::take(&mut received).into(),
            };
            if let Err(error) = self.write(&batch).await {
                self.give_up(&batch, &error);
            }
        }
    }

    /// Writes a batch. Returns the batch if it has to wait, because the database is away or busy.
    async fn write_or_keep(
        &self,
        batch: Arc<[NewAttempt]>,
        has_waited: bool,
    ) -> Option<Arc<[NewAttempt]>> {
        let error = self.write(&batch).await.err()?;
        if !error.is_unavailable() {
            self.give_up(&batch, &error);
            return None;
        }
        if !has_waited {
            tracing::warn!("attempts wait until they can be written: {error}");
        }
        Some(batch)
    }

    async fn write(&self, batch: &Arc<[NewAttempt]>) -> Result<(), StoreError> {
        let written = self.store.add_attempts(Arc::clone(batch), MAX_OF_ACCOUNT);
        written.await?;
        self.written.send_replace(());
        Ok(())
    }

    fn give_up(&self, batch: &[NewAttempt], error: &StoreError) {
        let attempts = batch.len() as u64;
        tracing::error!("{attempts} attempts are not kept: {error}");
        self.dropped.fetch_add(attempts, Ordering::Relaxed);
    }

    /// Deletes some attempts that are too old or too many. Returns whether more may be left.
    async fn clean(&self) -> bool {
        let cleaned = async {
            let expired = milliseconds(SystemTime::now()) - self.keep_ms;
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
