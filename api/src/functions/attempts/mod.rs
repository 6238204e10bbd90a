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
    time::{Duration, SystemTime, UNIX_EPOCH},
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
use super::{Environment, Functions, FunctionsError, Record};

/// Attempts that wait to be written: most take 2.5 KiB, the largest some 20 KiB.
const MAX_WAITING: usize = 1_024;

/// How often attempts that other servers on the database have written are looked for, while somebody looks at attempts.
const OTHERS: Duration = Duration::from_secs(1);

/// Calls of more bytes are not searched for the id that their router has for them.
const MAX_SEARCHED_BYTES: usize = 64 * 1024;

/// Who asked for a call.
#[derive(Clone, Copy)]
pub(crate) struct Caller<'a> {
    /// The id of the request.
    pub(crate) request_id: &'a str,
    /// None if the request came with a token and not from a router.
    pub(crate) router: Option<RouterName>,
}

/// A router, as attempts name it.
#[derive(Clone, Copy)]
pub(crate) struct RouterName {
    pub(crate) name: &'static str,
    /// Where its calls have its own id of them, as a JSON pointer (RFC 6901).
    pub(crate) call_id: &'static str,
}

/// A call that came to its end.
pub(super) struct Ended<'a> {
    pub(super) account_id: &'a str,
    pub(super) function_id: &'a str,
    pub(super) revision: &'a str,
    pub(super) call: &'a RawValue,
    pub(super) caller: Caller<'a>,
    /// Without its secrets.
    pub(super) outcome: &'a Outcome<Box<RawValue>>,
    /// Whether KAZOO would run the result, where that was checked.
    pub(super) valid: Option<bool>,
    /// What repeats the call, without a capture.
    pub(super) record: &'a Record,
    /// Whose secrets no record may have.
    pub(super) environment: &'a Environment,
}

/// Which attempts are kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AttemptsKept {
    /// The part of successful calls that is kept: from 0 (none) to 1 (all).
    pub(crate) successes: f64,
    /// For how many days.
    pub(crate) days: u32,
}

/// Takes the records of calls.
pub(crate) struct Recorder {
    waiting: mpsc::Sender<NewAttempt>,
    kept: AttemptsKept,
    dropped: Arc<AtomicU64>,
    written: watch::Sender<()>,
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

    /// Hands a call's record over. Never waits.
    pub(super) fn ended(&self, ended: &Ended) {
        if !self.keeps(ended) {
            return;
        }
        let now_ms = now_ms();
        let call_id = ended.caller.router.and_then(|it| it.call_id_of(ended.call));
        // A caller may be told a secret. Whoever reads records later may not.
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

    /// Calls that were not even tried are left out: they would only hide the rest.
    fn keeps(&self, ended: &Ended) -> bool {
        match ended.outcome.class() {
            Class::Ok => is_sampled(&ended.record.seed, self.kept.successes),
            Class::Disabled | Class::Overloaded => false,
            _ => true,
        }
    }
}

/// Whether a call belongs to the `part` of all calls that is kept. Its seed is random, so no other dice are needed.
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
        // The database refuses such texts, and the other attempts of a batch with them.
        if id.contains('\0') {
            return None;
        }
        Some(beginning(id, MAX_ID_BYTES).to_owned())
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

    /// The records to come. They begin behind a number, or else with those that are not written yet.
    ///
    /// # Errors
    /// [`FunctionsError::NotFound`] if the account has no such function.
    pub(crate) async fn follow_attempts(
        &self,
        meant: Attempts,
        behind: Option<i64>,
    ) -> Result<Followed, FunctionsError> {
        self.check_owner(&meant).await?;
        // Subscribed before the database is read, so that what is written meanwhile is not missed.
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

    /// Attempts that could not be kept, so far.
    pub(crate) fn attempts_dropped(&self) -> u64 {
        self.recorder.dropped.load(Ordering::Relaxed)
    }
}

/// Records of calls, as they are written.
pub(crate) struct Followed {
    store: Store,
    meant: Attempts,
    /// The number of the last record that was seen.
    last: i64,
    written: watch::Receiver<()>,
}

impl Followed {
    /// The number behind which the next records are.
    pub(crate) fn last(&self) -> i64 {
        self.last
    }

    /// Records at once, some 300 KiB at most: a client that reads slowly makes the server keep no more.
    const PIECE: usize = 16;

    /// Waits for the next records: JSON objects, each with the number behind which the next ones are. Dropping the future loses none.
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
            // The sender lives as long as the functions.
            let _ = timeout(OTHERS, self.written.changed()).await;
        }
    }
}

/// Unix milliseconds.
fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_millis() as i64)
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
