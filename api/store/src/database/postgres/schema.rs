//! The steps of the schema.

use super::{
    super::{DatabaseError, Session},
    Connection, ServerError,
};

/// The steps of the schema. The database records which of them it has passed, so steps are only ever added.
const STEPS: &[Step] = &[
    Step::adding(include_str!("../schema/postgres/1.sql")),
    Step::adding(include_str!("../schema/postgres/2.sql")),
    Step::adding(include_str!("../schema/postgres/3.sql")),
];

/// How many steps there are.
pub(super) fn steps() -> usize {
    STEPS.len()
}

/// A step of the schema.
struct Step {
    sql: &'static str,
    /// Whether the step removes tables or columns that versions of the program without this step use. Such versions
    /// then refuse to start.
    removes: bool,
}

impl Step {
    const fn adding(sql: &'static str) -> Self {
        Self {
            sql,
            removes: false,
        }
    }
}

/// The first version of PostgreSQL that is supported, as `server_version_num` has it.
const FIRST_VERSION: i64 = 140_000;

/// The advisory lock for changes of the schema. Servers that start at the same time change it one after the other.
const LOCK: i64 = 7_310_587_012_873_318_001;

/// Passes the steps that the database has not passed.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> Result<(), DatabaseError> {
    expect_supported(connection)?;
    // The lock belongs to the transaction: behind a proxy that shares connections, a lock of the session would not be
    // released. The steps may take longer than other statements.
    connection.batch(&format!(
        "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
         SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock({LOCK});
         CREATE TABLE IF NOT EXISTS schema_steps (step bigint PRIMARY KEY);
         ALTER TABLE schema_steps ADD COLUMN IF NOT EXISTS removes smallint NOT NULL DEFAULT 0"
    ))?;
    let session = Session::Postgres(connection);
    let passed: i64 = session.only("SELECT coalesce(max(step), 0) FROM schema_steps", &[])?;
    let removing: Option<i64> = session.only(
        "SELECT max(step) FROM schema_steps WHERE step > ?1 AND removes = 1",
        &[&(STEPS.len() as i64)],
    )?;
    if let Some(step) = removing {
        return Err(ServerError::Later(step).into());
    }
    for (number, step) in (1..).zip(STEPS).skip(passed.unsigned_abs() as usize) {
        connection.batch(step.sql)?;
        session.execute(
            "INSERT INTO schema_steps (step, removes) VALUES (?1, ?2)",
            &[&number, &step.removes],
        )?;
    }
    connection.batch("COMMIT")
}

/// Databases that speak PostgreSQL's protocol, but have no advisory locks to rely on, are refused.
fn expect_supported(connection: &Connection) -> Result<(), DatabaseError> {
    let session = Session::Postgres(connection);
    let (name, version, encoding): (String, i64, String) = session.only(
        "SELECT version(), CAST(current_setting('server_version_num') AS BIGINT), current_setting('server_encoding')",
        &[],
    )?;
    let is_another = ["CockroachDB", "-YB-", "Redshift"];
    if is_another.iter().any(|other| name.contains(other)) || version < FIRST_VERSION {
        return Err(ServerError::Unsupported(name).into());
    }
    if encoding != "UTF8" {
        return Err(ServerError::Encoding(encoding).into());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::{Location, Store, database::Lock, tests::empty};

    async fn passes(store: &Store, step: i64, removes: bool) {
        let insert = "INSERT INTO schema_steps (step, removes) VALUES (?1, ?2)";
        let noted = store.write(Lock::nothing(), move |session| {
            Ok(session.execute(insert, &[&step, &removes])?)
        });
        noted.await.unwrap();
    }

    #[tokio::test]
    async fn a_version_goes_on_beside_a_later_one_until_that_takes_something_away() {
        let (store, _folder) = empty().await;
        if let Location::File(_) = store.location {
            return;
        }
        let open = || {
            let location = store.location.clone();
            tokio::task::spawn_blocking(move || Store::open(&location))
        };
        passes(&store, 1_000, false).await;
        assert!(open().await.unwrap().is_ok());
        passes(&store, 1_001, true).await;
        let refused = open().await.unwrap().err().unwrap();
        let cause = std::error::Error::source(&refused).unwrap();
        let cause = std::error::Error::source(cause).unwrap().to_string();
        assert!(cause.contains("a later version"), "{cause}");
    }
}
