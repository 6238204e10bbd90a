//! The thread that copies what is missing in a local copy.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use super::{
    super::{super::DatabaseError, ONE_STATE, in_long_transaction, pool::Pool},
    file::CopyFile,
};
use crate::StoreError;

/// Between two attempts, if the database or the file failed.
const RETRY: Duration = Duration::from_secs(5);

/// A handle to the thread, which ends with it.
pub(super) struct Filling {
    wake: SyncSender<()>,
}

impl Filling {
    /// Starts the thread. If there can be none, nothing is copied.
    pub(super) fn start(file: Arc<CopyFile>, pool: Arc<Pool>) -> Self {
        let (wake, woken) = sync_channel(1);
        let started = thread::Builder::new()
            .name("local copy".into())
            .spawn(move || fill(&file, &pool, &woken));
        if let Err(error) = started {
            tracing::error!("nothing is copied, because there can be no thread for it: {error}");
        }
        Self { wake }
    }

    /// Call this when something is missing.
    pub(super) fn wake(&self) {
        // The channel is full if the thread is going to look anyway.
        let _ = self.wake.try_send(());
    }
}

fn fill(file: &CopyFile, pool: &Pool, woken: &Receiver<()>) {
    let mut failed = false;
    loop {
        let word = match failed {
            true => woken.recv_timeout(RETRY),
            false => woken.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        if word == Err(RecvTimeoutError::Disconnected) {
            return;
        }
        let filled = fill_up(file, pool);
        if let Err(error) = &filled
            && !failed
            && !is_away(error)
        {
            tracing::error!("functions are missing in the local copy: {error}");
        }
        failed = filled.is_err();
    }
}

/// Whether the database failed, and not the file.
fn is_away(error: &StoreError) -> bool {
    match error {
        StoreError::Database(DatabaseError::Sqlite(_)) => false,
        error => error.is_unavailable(),
    }
}

/// Copies until nothing is missing.
fn fill_up(file: &CopyFile, pool: &Pool) -> Result<(), StoreError> {
    while file.lacks_something()? {
        in_long_transaction(pool, ONE_STATE, |from| file.fill(from))?;
    }
    Ok(())
}
