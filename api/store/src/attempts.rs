//! Attempts: records of calls, kept for a while.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::{
    Store, StoreError,
    database::{Lock, Value},
};

/// An attempt to store.
#[derive(Clone, Debug)]
pub struct NewAttempt {
    /// The function's account.
    pub account_id: String,
    /// The function that was called.
    pub function_id: String,
    /// Unix milliseconds.
    pub time_ms: i64,
    /// The revision that ran.
    pub revision: String,
    /// The name of the outcome: `ok`, or what went wrong.
    pub outcome: &'static str,
    /// The router that sent the call, if one did.
    pub router: Option<&'static str>,
    /// The router's own id of the call.
    pub call_id: Option<String>,
    /// A JSON object, as replies show it.
    pub attempt: String,
}

/// A selection of an account's attempts. Each further field narrows it, if given.
#[derive(Clone, Default)]
pub struct Attempts {
    /// The account of the called functions.
    pub account_id: String,
    /// The called function.
    pub function_id: Option<String>,
    /// The name of the outcome.
    pub outcome: Option<String>,
    /// Whether the call succeeded.
    pub succeeded: Option<bool>,
    /// The revision that ran.
    pub revision: Option<String>,
    /// The router that sent the call.
    pub router: Option<String>,
    /// The router's own id of the call.
    pub call_id: Option<String>,
}

/// Bounds of a page of attempts, newest first.
pub struct AttemptsRange {
    /// Time and number of the first attempt.
    pub start: (i64, i64),
    /// The largest number of attempts.
    pub limit: usize,
    /// The earliest time, in Unix milliseconds.
    pub from_ms: i64,
    /// The latest time, in Unix milliseconds.
    pub to_ms: i64,
}

/// A page of attempts, newest first.
pub struct AttemptsPage {
    /// JSON objects.
    pub attempts: Vec<Box<RawValue>>,
    /// Time and number of the attempt that the next page starts with.
    pub next: Option<(i64, i64)>,
}

/// The outcome of a successful call.
const SUCCESS: &str = "ok";

/// The condition of a selection, with the values of [`Attempts::parameters`]. The condition names account and function,
/// so that neither index ever finds another account's attempts. An account has few enough attempts to compare each.
const MEANT: &str = "account_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR function_id = ?2)
    AND (CAST(?3 AS TEXT) IS NULL OR outcome = ?3) AND (CAST(?4 AS INTEGER) IS NULL OR (outcome = ?5) = (?4 <> 0))
    AND (CAST(?6 AS TEXT) IS NULL OR revision = ?6) AND (CAST(?7 AS TEXT) IS NULL OR router = ?7)
    AND (CAST(?8 AS TEXT) IS NULL OR call_id = ?8)";

impl Attempts {
    fn parameters(&self) -> [&dyn Value; 8] {
        [
            &self.account_id,
            &self.function_id,
            &self.outcome,
            &self.succeeded,
            &SUCCESS,
            &self.revision,
            &self.router,
            &self.call_id,
        ]
    }
}

impl Store {
    /// Stores attempts. Of each account in the batch, only the `per_account` newest attempts are kept. Attempts of
    /// functions that no longer exist are not stored.
    pub async fn add_attempts(
        &self,
        batch: impl Into<Arc<[NewAttempt]>>,
        per_account: u32,
    ) -> Result<(), StoreError> {
        let batch = batch.into();
        self.write(Lock::attempts(), move |session| {
            let insert =
                "INSERT INTO attempts (account_id, function_id, time, revision, outcome, router, call_id, attempt)
                 SELECT account_id, id, ?3, ?4, ?5, ?6, ?7, ?8 FROM functions WHERE account_id = ?1 AND id = ?2";
            for new in batch.iter() {
                session.execute(
                    insert,
                    &[
                        &new.account_id,
                        &new.function_id,
                        &new.time_ms,
                        &new.revision,
                        &new.outcome,
                        &new.router,
                        &new.call_id,
                        &new.attempt,
                    ],
                )?;
            }
            let mut accounts: Vec<_> = batch.iter().map(|new| &new.account_id).collect();
            accounts.sort_unstable();
            accounts.dedup();
            let trim =
                "DELETE FROM attempts WHERE number IN (
                     SELECT number FROM attempts WHERE account_id = ?1
                     ORDER BY time DESC, number DESC LIMIT 9223372036854775807 OFFSET ?2)";
            for account_id in accounts {
                session.execute(trim, &[account_id, &i64::from(per_account)])?;
            }
            Ok(())
        })
        .await
    }

    /// A page of the selected attempts, newest first.
    pub async fn attempts(
        &self,
        meant: Attempts,
        range: AttemptsRange,
    ) -> Result<AttemptsPage, StoreError> {
        self.read_list(move |session| {
            let one_more = i64::try_from(range.limit)
                .unwrap_or(i64::MAX)
                .saturating_add(1);
            let (start_ms, start_number) = range.start;
            let sql = format!(
                "SELECT time, number, attempt FROM attempts
                 WHERE {MEANT} AND time BETWEEN ?9 AND ?10 AND (time, number) <= (?11, ?12)
                 ORDER BY time DESC, number DESC LIMIT ?13"
            );
            let to_ms = range.to_ms.min(start_ms);
            let range: [&dyn Value; 5] =
                [&range.from_ms, &to_ms, &start_ms, &start_number, &one_more];
            let parameters = [&meant.parameters()[..], &range[..]].concat();
            let mut rows: Vec<(i64, i64, String)> = session.all(&sql, &parameters)?;
            let limit = usize::try_from(one_more - 1).unwrap_or(usize::MAX);
            let next = (rows.len() > limit).then(|| rows.pop()).flatten();
            Ok(AttemptsPage {
                attempts: rows
                    .into_iter()
                    .map(|(_, _, attempt)| json(attempt))
                    .collect::<Result<_, _>>()?,
                next: next.map(|(time, number, _)| (time, number)),
            })
        })
        .await
    }

    /// The number of the last written attempt of any account; 0 if there is none.
    pub async fn last_attempt(&self) -> Result<i64, StoreError> {
        self.read(|session| Ok(session.only("SELECT coalesce(max(number), 0) FROM attempts", &[])?))
            .await
    }

    /// At most `limit` of the selected attempts with higher numbers than `number`, in the order of their numbers, each
    /// with its number.
    pub async fn attempts_behind(
        &self,
        meant: Attempts,
        number: i64,
        limit: usize,
    ) -> Result<Vec<(i64, Box<RawValue>)>, StoreError> {
        self.read_list(move |session| {
            let index = session.index("attempts_as_written");
            let sql = format!(
                "SELECT number, attempt FROM attempts {index}
                 WHERE {MEANT} AND number > ?9 ORDER BY number LIMIT ?10"
            );
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let range: [&dyn Value; 2] = [&number, &limit];
            let parameters = [&meant.parameters()[..], &range[..]].concat();
            let rows: Vec<(i64, String)> = session.all(&sql, &parameters)?;
            rows.into_iter()
                .map(|(number, attempt)| Ok((number, json(attempt)?)))
                .collect()
        })
        .await
    }

    /// The number of attempts of all accounts.
    pub async fn count_attempts(&self) -> Result<i64, StoreError> {
        self.read(|session| Ok(session.only("SELECT count(*) FROM attempts", &[])?))
            .await
    }

    /// Deletes at most `limit` attempts from before a time, the oldest first. The time is in Unix milliseconds. Returns
    /// how many were deleted.
    pub async fn delete_attempts(&self, before_ms: i64, limit: i64) -> Result<u64, StoreError> {
        self.write(Lock::nothing(), move |session| {
            Ok(session.execute(
                "DELETE FROM attempts WHERE number IN (
                     SELECT number FROM attempts WHERE time < ?1 ORDER BY time, number LIMIT ?2)",
                &[&before_ms, &limit],
            )?)
        })
        .await
    }
}

fn json(attempt: String) -> Result<Box<RawValue>, StoreError> {
    RawValue::from_string(attempt).map_err(|source| StoreError::Broken {
        what: "attempt",
        source,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{draft, with_account};

    /// A database in a new folder, with account `a` and its function `f`.
    async fn store() -> (Store, tempfile::TempDir) {
        let (store, folder) = with_account().await;
        store.create_function(draft("f")).await.unwrap();
        (store, folder)
    }

    fn at(function_id: &str, time_ms: i64) -> NewAttempt {
        NewAttempt {
            account_id: "a".into(),
            function_id: function_id.into(),
            time_ms,
            revision: "1-a".into(),
            outcome: "ok",
            router: None,
            call_id: None,
            attempt: format!("{{\"time\":{time_ms}}}"),
        }
    }

    fn of_f() -> Attempts {
        Attempts {
            account_id: "a".into(),
            function_id: Some("f".into()),
            ..Attempts::default()
        }
    }

    async fn read(store: &Store, start: (i64, i64), limit: usize) -> AttemptsPage {
        let meant = of_f();
        let range = AttemptsRange {
            start,
            limit,
            from_ms: 0,
            to_ms: i64::MAX,
        };
        store.attempts(meant, range).await.unwrap()
    }

    fn texts(page: &AttemptsPage) -> Vec<&str> {
        page.attempts.iter().map(|attempt| attempt.get()).collect()
    }

    #[tokio::test]
    async fn the_newest_of_an_account_are_kept_and_paged_through() {
        let (store, _folder) = store().await;
        let batch = [1, 2, 3, 3, 3].map(|time| at("f", time)).to_vec();
        store.add_attempts(batch, 4).await.unwrap();
        let first = read(&store, (i64::MAX, i64::MAX), 2).await;
        assert_eq!(texts(&first), [r#"{"time":3}"#, r#"{"time":3}"#]);
        let second = read(&store, first.next.unwrap(), 2).await;
        assert_eq!(texts(&second), [r#"{"time":3}"#, r#"{"time":2}"#]);
        assert_eq!(second.next, None);
    }

    #[tokio::test]
    async fn the_oldest_are_deleted_in_steps() {
        let (store, _folder) = store().await;
        let batch: Vec<_> = (0..10).map(|time| at("f", time)).collect();
        store.add_attempts(batch, 100).await.unwrap();
        assert_eq!(store.delete_attempts(5, 3).await.unwrap(), 3);
        assert_eq!(store.delete_attempts(5, 3).await.unwrap(), 2);
        assert_eq!(store.delete_attempts(5, 3).await.unwrap(), 0);
        assert_eq!(store.count_attempts().await.unwrap(), 5);
    }

    #[tokio::test]
    async fn attempts_with_what_is_gone_are_nobodys() {
        let (store, _folder) = store().await;
        store
            .add_attempts(vec![at("gone", 1), at("f", 2)], 100)
            .await
            .unwrap();
        let kept = read(&store, (i64::MAX, i64::MAX), 10).await;
        assert_eq!(texts(&kept), [r#"{"time":2}"#]);
    }

    #[tokio::test]
    async fn only_those_that_are_meant_are_read() {
        let (store, _folder) = store().await;
        let failed = NewAttempt {
            outcome: "exception",
            revision: "2-b".into(),
            router: Some("pivot"),
            call_id: Some("c".into()),
            ..at("f", 2)
        };
        let batch = vec![at("f", 1), failed, at("f", 3)];
        store.add_attempts(batch, 100).await.unwrap();
        let meant = |set: fn(&mut Attempts)| {
            let mut meant = of_f();
            set(&mut meant);
            meant
        };
        for meant in [
            meant(|it| it.outcome = Some("exception".into())),
            meant(|it| it.succeeded = Some(false)),
            meant(|it| it.revision = Some("2-b".into())),
            meant(|it| it.router = Some("pivot".into())),
            meant(|it| it.call_id = Some("c".into())),
        ] {
            let found = store.attempts_behind(meant.clone(), 0, 10).await.unwrap();
            let texts: Vec<_> = found.iter().map(|(_, attempt)| attempt.get()).collect();
            assert_eq!(texts, [r#"{"time":2}"#]);
            let range = AttemptsRange {
                start: (i64::MAX, i64::MAX),
                limit: 10,
                from_ms: 0,
                to_ms: i64::MAX,
            };
            let page = store.attempts(meant, range).await.unwrap();
            assert_eq!(self::texts(&page), [r#"{"time":2}"#]);
        }
        let succeeded = meant(|it| it.succeeded = Some(true));
        let found = store.attempts_behind(succeeded, 0, 10).await.unwrap();
        assert_eq!(found.len(), 2);
    }

    #[tokio::test]
    async fn a_number_is_never_used_again() {
        let (store, _folder) = store().await;
        store.add_attempts(vec![at("f", 1)], 100).await.unwrap();
        let last = store.last_attempt().await.unwrap();
        store.delete_attempts(i64::MAX, 10).await.unwrap();
        store.add_attempts(vec![at("f", 2)], 100).await.unwrap();
        let behind = store.attempts_behind(of_f(), last, 10).await.unwrap();
        assert_eq!(behind.len(), 1);
        assert!(behind[0].0 > last);
    }
}
