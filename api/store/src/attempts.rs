//! Attempts: calls that were made, kept for a while.

use rusqlite::params;
use serde_json::value::RawValue;

use super::{Store, StoreError};

/// A call that was made.
#[derive(Clone, Debug)]
pub struct NewAttempt {
    /// The function's account.
    pub account_id: String,
    /// The function that was called.
    pub function_id: String,
    /// Unix milliseconds.
    pub time_ms: i64,
    /// A JSON object, as replies show it.
    pub attempt: String,
}

/// Whose attempts are meant.
pub struct Attempts {
    /// Whose functions were called.
    pub account_id: String,
    /// Of one function; else of all the account's.
    pub function_id: Option<String>,
}

/// Which of them to read, newest first.
pub struct AttemptsRange {
    /// Time and number of the one to begin with.
    pub start: (i64, i64),
    /// At most so many.
    pub limit: usize,
    /// Not before this, in Unix milliseconds.
    pub from_ms: i64,
    /// Not after this.
    pub to_ms: i64,
}

/// A piece of the attempts, newest first.
pub struct AttemptsPage {
    /// JSON objects.
    pub attempts: Vec<Box<RawValue>>,
    /// Time and number of the one that the next piece starts with.
    pub next: Option<(i64, i64)>,
}

impl Store {
    /// Keeps some attempts, and of each of their accounts the `per_account` newest. What was attempted with a
    /// function that is gone altogether is gone with it.
    pub async fn add_attempts(
        &self,
        batch: Vec<NewAttempt>,
        per_account: u32,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let mut insert = transaction.prepare_cached(
                "INSERT INTO attempts (account_id, function_id, time, attempt)
                 SELECT account_id, id, ?3, ?4 FROM functions WHERE account_id = ?1 AND id = ?2",
            )?;
            for new in &batch {
                insert.execute(params![
                    new.account_id,
                    new.function_id,
                    new.time_ms,
                    new.attempt
                ])?;
            }
            let mut accounts: Vec<_> = batch.iter().map(|new| &new.account_id).collect();
            accounts.sort_unstable();
            accounts.dedup();
            let mut trim = transaction.prepare_cached(
                "DELETE FROM attempts WHERE number IN (
                     SELECT number FROM attempts WHERE account_id = ?1
                     ORDER BY time DESC, number DESC LIMIT -1 OFFSET ?2)",
            )?;
            for account_id in accounts {
                trim.execute(params![account_id, per_account])?;
            }
            Ok(())
        })
        .await
    }

    /// Some of the attempts, newest first.
    pub async fn attempts(
        &self,
        of: Attempts,
        range: AttemptsRange,
    ) -> Result<AttemptsPage, StoreError> {
        self.read_list(move |connection| {
            let one_more = i64::try_from(range.limit)
                .unwrap_or(i64::MAX)
                .saturating_add(1);
            let (start_ms, start_number) = range.start;
            // Both, so that neither index ever finds another account's.
            let condition = match of.function_id {
                Some(_) => "function_id = ?2 AND account_id = ?1",
                None => "account_id = ?1 AND ?2 IS NULL",
            };
            let mut statement = connection.prepare_cached(&format!(
                "SELECT time, number, attempt FROM attempts
                 WHERE {condition} AND time BETWEEN ?3 AND ?4 AND (time, number) <= (?5, ?6)
                 ORDER BY time DESC, number DESC LIMIT ?7"
            ))?;
            let rows = statement.query_map(
                params![
                    of.account_id,
                    of.function_id,
                    range.from_ms,
                    range.to_ms.min(start_ms),
                    start_ms,
                    start_number,
                    one_more
                ],
                |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)),
            )?;
            let mut rows: Vec<((i64, i64), String)> = rows.collect::<Result<_, _>>()?;
            let next = (rows.len() > range.limit).then(|| rows.pop()).flatten();
            let json = |(_, attempt)| {
                RawValue::from_string(attempt).map_err(|source| StoreError::Broken {
                    what: "attempt",
                    source,
                })
            };
            Ok(AttemptsPage {
                attempts: rows.into_iter().map(json).collect::<Result<_, _>>()?,
                next: next.map(|(place, _)| place),
            })
        })
        .await
    }

    /// How many there are of all accounts.
    pub async fn count_attempts(&self) -> Result<i64, StoreError> {
        self.read(|connection| {
            Ok(connection.query_row("SELECT count(*) FROM attempts", [], |row| row.get(0))?)
        })
        .await
    }

    /// Deletes the oldest ones, at most `limit`, of those before a time in Unix milliseconds. Returns how many.
    pub async fn delete_attempts(&self, before_ms: i64, limit: i64) -> Result<usize, StoreError> {
        self.write(move |transaction| {
            Ok(transaction.execute(
                "DELETE FROM attempts WHERE number IN (
                     SELECT number FROM attempts WHERE time < ?1 ORDER BY time, number LIMIT ?2)",
                params![before_ms, limit],
            )?)
        })
        .await
    }
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
            attempt: format!("{{\"time\":{time_ms}}}"),
        }
    }

    async fn read(store: &Store, start: (i64, i64), limit: usize) -> AttemptsPage {
        let of = Attempts {
            account_id: "a".into(),
            function_id: Some("f".into()),
        };
        let range = AttemptsRange {
            start,
            limit,
            from_ms: 0,
            to_ms: i64::MAX,
        };
        store.attempts(of, range).await.unwrap()
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
        let batch = (0..10).map(|time| at("f", time)).collect();
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
}
