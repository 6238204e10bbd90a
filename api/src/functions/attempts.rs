//! What became of calls, kept for the authors of functions (after KAZOO's webhook attempts, `webhooks_util.erl`).
//!
//! A call puts down what it came to and goes on; a task of its own writes that. What comes faster than it can be
//! written is dropped and counted.

use std::{
    mem,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use serde::Serialize;
use serde_json::value::RawValue;
use switchhook_runtime::{Class, FunctionError, LogRecord, Outcome, Usage};
use tokio::{
    select,
    sync::{
        mpsc::{self, error::TrySendError},
        oneshot,
    },
    task::JoinHandle,
    time::{interval, sleep},
};

use super::service::{Functions, FunctionsError};
use crate::{
    config, gregorian,
    ids::random_id,
    outcome::MetricsReply,
    store::{Attempts, AttemptsPage, AttemptsRange, NewAttempt, Store, StoreError},
};

/// Attempts that wait to be written: most take 2 KiB, the largest some 16 KiB.
const MAX_WAITING: usize = 1_024;

/// Written in one transaction: it takes a few milliseconds, for which other writes wait.
const BATCH: usize = 128;

/// Between two transactions, for other writes: 1,280 attempts a second are the most there can be.
const PAUSE: Duration = Duration::from_millis(100);

/// How often it is looked for what is too old.
const CLEANING: Duration = Duration::from_secs(60);

/// Deleted in one transaction: some milliseconds too.
const DELETED_AT_ONCE: i64 = 500;

/// Of one account: what a person pages through. The oldest make room for the newest.
const MAX_OF_ACCOUNT: u32 = 1_000;

/// Of all accounts: 200 MB as most are, 1.6 GB if all are of the largest.
const MAX_OF_ALL: i64 = 100_000;

/// A call as KAZOO makes it has some 1.5 KiB.
const MAX_INPUT_BYTES: usize = 4 * 1024;

/// Of all messages: two screens.
const MAX_LOG_BYTES: usize = 4 * 1024;

/// Of each text of an error: what it begins with tells what it is.
const MAX_ERROR_BYTES: usize = 1024;

/// Clients choose the ids of their requests; most have 32 or 36 bytes.
const MAX_REQUEST_ID_BYTES: usize = 128;

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

/// Where calls put down what they came to.
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
    pub(crate) fn start(store: Store, settings: &config::Attempts) -> (Self, Recording) {
        let (waiting, receiver) = mpsc::channel(MAX_WAITING);
        let (stop, stopped) = oneshot::channel();
        let dropped = Arc::new(AtomicU64::new(0));
        let day_ms = 24 * 60 * 60 * 1000;
        let writer = Writer {
            store,
            keep_ms: i64::from(settings.keep_days) * day_ms,
            dropped: Arc::clone(&dropped),
        };
        let task = tokio::spawn(writer.run(receiver, stopped));
        let recorder = Self {
            waiting,
            successes: settings.successes,
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
        if let Err(TrySendError::Full(_) | TrySendError::Closed(_)) = self.waiting.try_send(new) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// What was not even tried would only hide the rest.
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

struct Writer {
    store: Store,
    keep_ms: i64,
    dropped: Arc<AtomicU64>,
}

impl Writer {
    async fn run(
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

impl Functions {
    /// What calls of an account's functions came to, or of one of them, newest first: JSON objects.
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

/// As replies show it.
#[derive(Serialize)]
struct Attempt<'a> {
    id: String,
    function_id: &'a str,
    revision: &'a str,
    result: &'static str,
    outcome: Class,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorReply<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Usage>,
    metrics: MetricsReply,
    logs: Vec<LogRecord>,
    #[serde(skip_serializing_if = "is_false")]
    logs_truncated: bool,
    input: Input<'a>,
    #[serde(skip_serializing_if = "is_false")]
    input_truncated: bool,
    /// Gregorian seconds, as KAZOO's attempts have it.
    timestamp: i64,
    request_id: &'a str,
}

#[derive(Serialize)]
struct ErrorReply<'a> {
    name: &'a str,
    message: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    #[serde(skip_serializing_if = "str::is_empty")]
    frame: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Input<'a> {
    Whole(&'a RawValue),
    /// What its text begins with.
    Beginning(&'a str),
}

impl<'a> Attempt<'a> {
    fn of(ended: &Ended<'a>, now_ms: i64) -> Self {
        let Outcome {
            result,
            logs,
            metrics,
            ..
        } = ended.outcome;
        let failure = result.as_ref().err();
        let (logs, cut) = first_logs(&logs.records, logs.truncated);
        let text = ended.call.get();
        let input_truncated = text.len() > MAX_INPUT_BYTES;
        Self {
            id: random_id(),
            function_id: ended.function_id,
            revision: ended.revision,
            result: if failure.is_some() {
                "failure"
            } else {
                "success"
            },
            outcome: ended.outcome.class(),
            error: failure.map(|failure| ErrorReply::of(&failure.error)),
            limit: failure.and_then(|failure| failure.limit),
            metrics: MetricsReply::of(metrics),
            logs,
            logs_truncated: cut,
            input: if input_truncated {
                Input::Beginning(beginning(text, MAX_INPUT_BYTES))
            } else {
                Input::Whole(ended.call)
            },
            input_truncated,
            timestamp: gregorian::from_unix(now_ms / 1_000),
            request_id: beginning(ended.request_id, MAX_REQUEST_ID_BYTES),
        }
    }
}

impl<'a> ErrorReply<'a> {
    fn of(error: &'a FunctionError) -> Self {
        Self {
            name: beginning(&error.name, MAX_ERROR_BYTES),
            message: beginning(&error.message, MAX_ERROR_BYTES),
            line: error.line,
            column: error.column,
            frame: beginning(&error.frame, MAX_ERROR_BYTES),
        }
    }
}

/// The first of some records, and whether any was cut.
fn first_logs(records: &[LogRecord], cut_before: bool) -> (Vec<LogRecord>, bool) {
    let (mut kept, mut cut, mut left) = (Vec::new(), cut_before, MAX_LOG_BYTES);
    for LogRecord { level, message } in records {
        // An empty record takes some bytes too.
        if left == 0 {
            return (kept, true);
        }
        let shown = beginning(message, left);
        cut |= shown.len() < message.len();
        left = left.saturating_sub(shown.len().max(16));
        kept.push(LogRecord {
            level: *level,
            message: shown.to_owned(),
        });
    }
    (kept, cut)
}

fn beginning(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// Unix milliseconds.
fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
}
