//! Records of calls, kept for the authors of functions (after KAZOO's webhook attempts, `webhooks_util.erl`).
//!
//! A call hands its record over and goes on. Another task writes the records. Records that arrive faster than they can be written are
//! dropped and counted.

mod row;
mod writer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{SystemTime, UNIX_EPOCH},
};

use serde_json::value::RawValue;
use switchhook_runtime::{Class, Outcome};
use switchhook_store::{Attempts, AttemptsPage, AttemptsRange, NewAttempt, Store};
use tokio::{
    sync::{mpsc, oneshot},
    task::JoinHandle,
};

use self::{row::Attempt, writer::Writer};
use super::{Functions, FunctionsError};

/// Attempts that wait to be written: most take 2 KiB, the largest some 16 KiB.
const MAX_WAITING: usize = 1_024;

/// A call that came to its end.
pub(super) struct Ended<'a> {
    pub(super) account_id: &'a str,
    pub(super) function_id: &'a str,
    pub(super) revision: &'a str,
    pub(super) call: &'a RawValue,
    pub(super) request_id: &'a str,
    /// Without its secrets.
    pub(super) outcome: &'a Outcome<Box<RawValue>>,
}

/// Which attempts are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttemptsKept {
    /// Calls that went well, too.
    pub(crate) successes: bool,
    /// For how many days.
    pub(crate) days: u32,
}

/// Takes the records of calls.
pub(crate) struct Recorder {
    waiting: mpsc::Sender<NewAttempt>,
    successes: bool,
    dropped: Arc<AtomicU64>,
}

/// The task that writes it.
pub(crate) struct Recording {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Begins to write, and to delete what is too old.
    pub(crate) fn start(store: Store, kept: AttemptsKept) -> (Self, Recording) {
        let (waiting, receiver) = mpsc::channel(MAX_WAITING);
        let (stop, stopped) = oneshot::channel();
        let dropped = Arc::new(AtomicU64::new(0));
        let day_ms = 24 * 60 * 60 * 1000;
        let writer = Writer {
            store,
            keep_ms: i64::from(kept.days) * day_ms,
            dropped: Arc::clone(&dropped),
        };
        let task = tokio::spawn(writer.run(receiver, stopped));
        let recorder = Self {
            waiting,
            successes: kept.successes,
            dropped,
        };
        (recorder, Recording { stop, task })
    }

    /// Waits for nothing.
    pub(super) fn ended(&self, ended: &Ended) {
        if !self.keeps(ended.outcome.class()) {
            return;
        }
        let now_ms = now_ms();
        let attempt = match serde_json::to_string(&Attempt::of(ended, now_ms)) {
            Ok(attempt) => attempt,
            Err(error) => return tracing::error!("an attempt has no JSON form: {error}"),
        };
        let new = NewAttempt {
            account_id: ended.account_id.to_owned(),
            function_id: ended.function_id.to_owned(),
            time_ms: now_ms,
            attempt,
        };
        if self.waiting.try_send(new).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Calls that were not even tried are left out: they would only hide the rest.
    fn keeps(&self, class: Class) -> bool {
        match class {
            Class::Ok => self.successes,
            Class::Disabled | Class::Overloaded => false,
            _ => true,
        }
    }
}

impl Recording {
    /// Writes what waits, and ends.
    pub(crate) async fn finish(self) {
        // The task is there as long as nobody told it to stop.
        let _ = self.stop.send(());
        if let Err(error) = self.task.await {
            tracing::error!("attempts were not written: {error}");
        }
    }
}

impl Functions {
    /// Records of an account's calls, or of one function's, newest first: JSON objects.
    pub(crate) async fn attempts(
        &self,
        account_id: &str,
        function_id: Option<&str>,
        range: AttemptsRange,
    ) -> Result<AttemptsPage, FunctionsError> {
        if let Some(id) = function_id {
            let owner = self.store.account_of_function(id.to_owned()).await?;
            if owner.as_deref() != Some(account_id) {
                return Err(FunctionsError::NotFound { id: id.to_owned() });
            }
        }
        let of = Attempts {
            account_id: account_id.to_owned(),
            function_id: function_id.map(str::to_owned),
        };
        Ok(self.store.attempts(of, range).await?)
    }

    /// Attempts that could not be kept, so far.
    pub(crate) fn attempts_dropped(&self) -> u64 {
        self.recorder.dropped.load(Ordering::Relaxed)
    }
}

/// Unix milliseconds.
fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}
