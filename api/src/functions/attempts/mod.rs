//! Records of calls, kept for the authors of functions (after KAZOO's webhook attempts, `webhooks_util.erl`).
//!
//! A call hands its record to another task and does not wait. That task writes the records. If records arrive faster
//! than the task can write them, it drops and counts the excess.

mod row;
mod writer;

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use serde_json::{Value, value::RawValue};
use switchhook_runtime::{Class, Outcome};
use switchhook_store::{Attempts, AttemptsPage, AttemptsRange, NewAttempt, Store};
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
    time::timeout,
};

use self::{
    row::{Attempt, MAX_ID_BYTES, beginning},
    writer::Writer,
};
use super::{Environment, Functions, FunctionsError, Record, unix_time::milliseconds};

/// Most attempts in the queue of the writing task. Most attempts take 2.5 KiB, the largest some 20 KiB.
const MAX_WAITING: usize = 1_024;

/// How often a feed looks for attempts that other servers have written to the database.
const OTHERS: Duration = Duration::from_secs(1);

/// Largest call, in bytes, that is searched for the router's own id of the call.
const MAX_SEARCHED_BYTES: usize = 64 * 1024;

/// The origin of a call.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    /// The id of the request.
    pub(crate) request_id: &'a str,
    /// `None` if the request came with a token and not from a router.
    pub(crate) router: Option<RouterName>,
}

/// A router, as attempts name it.
#[derive(Clone, Copy)]
pub(crate) struct RouterName {
    pub(crate) name: &'static str,
    /// Where the router's calls contain its own id of the call, as a JSON pointer (RFC 6901).
    pub(crate) call_id: &'static str,
}

/// A call that has ended.
pub(super) struct Ended<'a> {
    pub(super) account_id: &'a str,
    pub(super) function_id: &'a str,
    pub(super) revision: &'a str,
    pub(super) call: &'a RawValue,
    pub(super) caller: Caller<'a>,
    /// The outcome, with secrets masked in log and error. A result can still contain secrets.
    pub(super) outcome: &'a Outcome<Box<RawValue>>,
    /// Whether KAZOO would run the result. `None` if that was not checked.
    pub(super) valid: Option<bool>,
    /// The record that repeats the call, without a capture.
    pub(super) record: &'a Record,
    /// The environment with the secrets that no record may contain.
    pub(super) environment: &'a Environment,
}

/// Which attempts are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttemptsKept {
    /// The part of successful calls whose attempts are kept: from 0 (none) to 1 (all).
    pub(crate) successes: f64,
    /// Days until an attempt is deleted.
    pub(crate) days: u32,
}

/// Passes records of calls to the writing task.
pub(crate) struct Recorder {
    waiting: mpsc::Sender<NewAttempt>,
    kept: AttemptsKept,
    dropped: Arc<AtomicU64>,
    written: watch::Sender<()>,
}

/// The writing task.
pub(crate) struct Recording {
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Recorder {
    /// Starts the task that writes attempts and deletes old ones.
    pub(crate) fn start(store: Store, kept: AttemptsKept) -> (Self, Recording) {
        let (waiting, receiver) = mpsc::channel(MAX_WAITING);
        let (stop, stopped) = oneshot::channel();
        let dropped = Arc::new(AtomicU64::new(0));
        let written = watch::Sender::new(());
        let day_ms = 24 * 60 * 60 * 1000;
        let writer = Writer {
            store,
            keep_ms: i64::from(kept.days) * day_ms,
            dropped: Arc::clone(&dropped),
            written: written.clone(),
        };
        let task = tokio::spawn(writer.run(receiver, stopped));
        let recorder = Self {
            waiting,
            kept,
            dropped,
            written,
        };
        (recorder, Recording { stop, task })
    }

    /// Passes a call's record to the writing task. Never waits.
    pub(super) fn ended(&self, ended: &Ended) {
        if !self.keeps(ended) {
            return;
        }
        let now_ms = milliseconds(SystemTime::now());
        let call_id = ended.caller.router.and_then(|it| it.call_id_of(ended.call));
        // A function may tell its caller a secret. Later readers of the record must not see the secret.
        let flow = ended.outcome.result.as_deref().ok();
        let flow = flow.and_then(|flow| ended.environment.masked(flow));
        let attempt = Attempt::of(ended, call_id.as_deref(), flow.as_deref(), now_ms);
        let attempt = match serde_json::to_string(&attempt) {
            Ok(attempt) => attempt,
            Err(error) => return tracing::error!("an attempt has no JSON form: {error}"),
        };
        let new = NewAttempt {
            account_id: ended.account_id.to_owned(),
            function_id: ended.function_id.to_owned(),
            time_ms: now_ms,
            revision: ended.revision.to_owned(),
            outcome: ended.outcome.class().name(),
            router: ended.caller.router.map(|router| router.name),
            call_id,
            attempt,
        };
        if self.waiting.try_send(new).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Calls that never reached a sandbox are not recorded, because they would crowd out the others.
    fn keeps(&self, ended: &Ended) -> bool {
        match ended.outcome.class() {
            Class::Ok => is_sampled(&ended.record.seed, self.kept.successes),
            Class::Disabled | Class::Overloaded => false,
            _ => true,
        }
    }
}

/// Whether a call is in the sampled `part` of all calls. The call's seed is random, so the seed decides.
fn is_sampled(seed: &[u8; 32], part: f64) -> bool {
    let [a, b, c, d, ..] = *seed;
    f64::from(u32::from_le_bytes([a, b, c, d])) < part * 2_f64.powi(32)
}

impl RouterName {
    /// The router's own id of a call.
    fn call_id_of(self, call: &RawValue) -> Option<String> {
        let text = call.get();
        if text.len() > MAX_SEARCHED_BYTES {
            return None;
        }
        let call: Value = serde_json::from_str(text).ok()?;
        let id = call.pointer(self.call_id)?.as_str()?;
        // The database refuses texts with a NUL, and would refuse the whole batch.
        if id.contains('\0') {
            return None;
        }
        Some(beginning(id, MAX_ID_BYTES).to_owned())
    }
}

impl Recording {
    /// Writes the attempts in the queue, and ends the task.
    pub(crate) async fn finish(self) {
        // Sending fails if the task has ended, and then waiting for the task says how.
        let _ = self.stop.send(());
        if let Err(error) = self.task.await {
            tracing::error!("attempts were not written: {error}");
        }
    }
}

impl Functions {
    /// Records of calls, newest first: JSON objects.
    ///
    /// # Errors
    /// [`FunctionsError::NotFound`] if the account has no such function.
    pub(crate) async fn attempts(
        &self,
        meant: Attempts,
        range: AttemptsRange,
    ) -> Result<AttemptsPage, FunctionsError> {
        self.check_owner(&meant).await?;
        Ok(self.store.attempts(meant, range).await?)
    }

    /// A feed of new records: those after the number `behind`, or else those that are written from now on.
    ///
    /// # Errors
    /// [`FunctionsError::NotFound`] if the account has no such function.
    pub(crate) async fn follow_attempts(
        &self,
        meant: Attempts,
        behind: Option<i64>,
    ) -> Result<Followed, FunctionsError> {
        self.check_owner(&meant).await?;
        // Subscribed before the database is read, so that no record between the two is missed.
        let written = self.recorder.written.subscribe();
        let last = match behind {
            Some(number) => number,
            None => self.store.last_attempt().await?,
        };
        Ok(Followed {
            store: self.store.clone(),
            meant,
            last,
            written,
        })
    }

    async fn check_owner(&self, meant: &Attempts) -> Result<(), FunctionsError> {
        let Some(id) = &meant.function_id else {
            return Ok(());
        };
        let owner = self.store.account_of_function(id.clone()).await?;
        if owner.as_ref() == Some(&meant.account_id) {
            Ok(())
        } else {
            Err(FunctionsError::NotFound { id: id.clone() })
        }
    }

    /// The number of attempts that were dropped so far.
    pub(crate) fn attempts_dropped(&self) -> u64 {
        self.recorder.dropped.load(Ordering::Relaxed)
    }
}

/// A feed of records.
pub(crate) struct Followed {
    store: Store,
    meant: Attempts,
    /// The number of the last record that the feed returned.
    last: i64,
    written: watch::Receiver<()>,
}

impl Followed {
    /// The number of the last record that the feed returned. The next records have higher numbers.
    pub(crate) fn last(&self) -> i64 {
        self.last
    }

    /// Most records in one piece, some 300 KiB at most: the server keeps no more for a client that reads slowly.
    const PIECE: usize = 16;

    /// Waits for the next records: JSON objects, each with its number. Dropping the future loses no record.
    pub(crate) async fn next(&mut self) -> Result<Vec<(i64, Box<RawValue>)>, FunctionsError> {
        loop {
            self.written.mark_unchanged();
            let meant = self.meant.clone();
            let behind = self.store.attempts_behind(meant, self.last, Self::PIECE);
            let found = behind.await?;
            if let Some((number, _)) = found.last() {
                self.last = *number;
                return Ok(found);
            }
            // A change and the end of the time both lead to the next read.
            let _ = timeout(OTHERS, self.written.changed()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_all_calls_is_kept() {
        let seed = |first: u32| {
            let mut seed = [0; 32];
            seed[..4].copy_from_slice(&first.to_le_bytes());
            seed
        };
        for (first, part, expected) in [
            (0, 0.0, false),
            (u32::MAX, 1.0, true),
            (0, 0.01, true),
            (u32::MAX / 100, 0.01, true),
            (u32::MAX / 100 + 1, 0.01, false),
            (u32::MAX, 0.01, false),
        ] {
            assert_eq!(is_sampled(&seed(first), part), expected, "{first} {part}");
        }
    }

    #[test]
    fn a_router_has_its_own_id_of_a_call() {
        let router = |call_id| RouterName {
            name: "router",
            call_id,
        };
        let call = |text: &str| RawValue::from_string(text.to_owned()).unwrap();
        let found = |pointer, text| router(pointer).call_id_of(&call(text));
        assert_eq!(found("/id", r#"{"id":"1"}"#).as_deref(), Some("1"));
        assert_eq!(found("/a/id", r#"{"a":{"id":"1"}}"#).as_deref(), Some("1"));
        assert_eq!(found("/id", r#"{"id":1}"#), None);
        assert_eq!(found("/id", "[]"), None);
        let long = format!(r#"{{"id":"{}"}}"#, "x".repeat(1_000));
        assert_eq!(found("/id", &long).unwrap().len(), MAX_ID_BYTES);
    }
}
