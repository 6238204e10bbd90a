//! The steps of the schema.

use super::{
    super::{DatabaseError, Session},
    Connection, ServerError,
};

/// The steps of the schema. The database records how many of them it has passed, so steps are only ever added.
const STEPS: &[&str] = &[
    include_str!("../schema/postgres/1.sql"),
    include_str!("../schema/postgres/2.sql"),
];

/// The first version of PostgreSQL that is supported, as `server_version_num` has it.
const FIRST_VERSION: i64 = 140_000;

/// The advisory lock of whoever changes the schema. Servers that start at once change it one after the other.
const LOCK: i64 = 7_310_587_012_873_318_001;

/// Passes the steps that the database has not passed.
pub(super) fn bring_up_to_date(connection: &mut Connection) -> Result<(), DatabaseError> {
    expect_supported(connection)?;
    // A lock of the transaction: one of the session would outlive this behind a proxy that shares connections. The steps may take
    // longer than other statements.
    connection.batch(&format!(
        "BEGIN; SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = 0;
         SET LOCAL idle_in_transaction_session_timeout = 0; SELECT pg_advisory_xact_lock({LOCK});
         CREATE TABLE IF NOT EXISTS schema_steps (step bigint PRIMARY KEY)"
    ))?;
    let session = Session::Postgres(connection);
    let passed: i64 = session.only("SELECT coalesce(max(step), 0) FROM schema_steps", &[])?;
    if passed > STEPS.len() as i64 {
        return Err(ServerError::Later(passed).into());
    }
    for (step, sql) in (1..).zip(STEPS).skip(passed.unsigned_abs() as usize) {
        connection.batch(sql)?;
        session.execute("INSERT INTO schema_steps (step) VALUES (?1)", &[&step])?;
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
