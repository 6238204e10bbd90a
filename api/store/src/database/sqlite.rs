//! SQLite: one file, one connection that writes, and some that read. In WAL mode they do not wait for each other. A
//! write is acknowledged after it is on the disk (`synchronous = FULL`), so neither a killed process nor a power cut
//! loses it.

use std::{
    ops::ControlFlow,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use r2d2::Pool;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{
    Connection, ErrorCode, MAIN_DB, OpenFlags, ToSql, TransactionBehavior,
    config::DbConfig,
    ffi,
    types::{ToSqlOutput, ValueRef},
};
use rusqlite_migration::{M, Migrations};
use tokio::sync::Semaphore;

use super::{
    Cell, DatabaseError, Row, Session, Value, Violation, at_a_place,
    work::{After, Done, Work},
};
use crate::{LowPriorityThread, StoreError};

/// Connections for reads. A read takes tens of microseconds, so a few connections serve thousands of requests a second.
const READERS: u32 = 4;

/// Connections for reads of lists.
const LIST_READERS: u32 = 1;

/// How long a connection waits for another process, such as a backup, to unlock the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a read or a write waits for a place: twice as long as the read or write before it may wait for the file. So
/// requests do not pile up behind a blocked file.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The steps of the schema. The database records how many of them it has passed, so steps are only ever added.
const MIGRATION_STEPS: &[M] = &[
    M::up(include_str!("schema/sqlite/1.sql")),
    M::up(include_str!("schema/sqlite/2.sql")),
    M::up(include_str!("schema/sqlite/3.sql")),
    M::up(include_str!("schema/sqlite/4.sql")),
    M::up(include_str!("schema/sqlite/5.sql")),
    M::up(include_str!("schema/sqlite/6.sql")),
    M::up(include_str!("schema/sqlite/7.sql")),
    M::up(include_str!("schema/sqlite/8.sql")),
    M::up(include_str!("schema/sqlite/9.sql")),
    M::up(include_str!("schema/sqlite/10.sql")),
    M::up(include_str!("schema/sqlite/11.sql")),
    M::up(include_str!("schema/sqlite/12.sql")),
    M::up(include_str!("schema/sqlite/13.sql")),
    M::up(include_str!("schema/sqlite/14.sql")),
];
pub(super) const MIGRATIONS: Migrations = Migrations::from_slice(MIGRATION_STEPS);

/// How many steps there are.
pub(super) fn steps() -> i64 {
    MIGRATION_STEPS.len() as i64
}

/// An open file.
pub(crate) struct Sqlite {
    readers: Pool<SqliteConnectionManager>,
    lists: LowPriorityThread,
    /// Places for reads and writes. Without them, more threads than connections would wait, each with memory of its
    /// own.
    reading: Arc<Semaphore>,
    writing: Arc<Semaphore>,
    writer: Arc<Mutex<Connection>>,
}

impl Sqlite {
    /// Opens the file, creates it if it is missing, and brings its schema up to date.
    pub(super) fn open(path: &Path) -> Result<Self, DatabaseError> {
        let mut writer = Connection::open(path)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.pragma_update(None, "synchronous", "FULL")?;
        prepare(&mut writer)?;
        if writer.is_readonly(MAIN_DB)? {
            tracing::error!(
                "{} can be read and not written: every write will fail",
                path.display()
            );
        }
        MIGRATIONS.to_latest(&mut writer)?;
        let manager = SqliteConnectionManager::file(path)
            .with_flags(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .with_init(prepare);
        Ok(Self {
            readers: Pool::builder()
                .max_size(READERS + LIST_READERS)
                .build(manager)?,
            lists: LowPriorityThread::start("lists"),
            reading: Arc::new(Semaphore::new(READERS as usize)),
            writing: Arc::new(Semaphore::new(1)),
            writer: Arc::new(Mutex::new(writer)),
        })
    }

    /// Opens the file of a local copy, marks it with `application`, and bounds its size. A power cut may lose the last
    /// transactions; earlier ones stay whole. Foreign keys and triggers are off, because the tables have only some of
    /// the rows.
    pub(super) fn open_copy(
        path: &Path,
        application: u32,
        max_bytes: i64,
    ) -> Result<Self, DatabaseError> {
        // A new file is marked before it has a WAL file, so that the mark is in the file itself.
        Connection::open(path)?.pragma_update(None, "application_id", application)?;
        let sqlite = Self::open(path)?;
        {
            let writer = locked(&sqlite.writer);
            writer.pragma_update(None, "synchronous", "NORMAL")?;
            writer.pragma_update(None, "foreign_keys", false)?;
            writer.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
            let page: i64 = writer.pragma_query_value(None, "page_size", |row| row.get(0))?;
            let pages = max_bytes / page;
            writer.pragma_update(None, "max_page_count", pages)?;
            writer.execute_batch(include_str!("schema/local_copy.sql"))?;
        }
        Ok(sqlite)
    }

    pub(super) async fn read(&self, work: Work) -> Result<Done, StoreError> {
        let readers = self.readers.clone();
        let reading = Box::new(move || with_reader(&readers, work));
        at_a_place(&self.reading, MAX_WAIT, reading).await
    }

    pub(super) async fn read_list(&self, work: Work) -> Result<Done, StoreError> {
        let readers = self.readers.clone();
        let reading = move || with_reader(&readers, work);
        self.lists.work(reading).await
    }

    pub(super) fn in_one_state<T, E: From<DatabaseError>>(
        &self,
        work: impl FnOnce(&Session<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let reader = self.readers.get().map_err(DatabaseError::from)?;
        let transaction = reader
            .unchecked_transaction()
            .map_err(DatabaseError::from)?;
        work(&Session::Sqlite(&transaction))
    }

    pub(super) fn in_transaction<T, E: From<DatabaseError>>(
        &self,
        work: impl FnOnce(&Session<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        in_transaction(&mut locked(&self.writer), work)
    }

    /// Writes run one after the other, so they need no locks.
    pub(super) async fn write(&self, work: Work, after: After) -> Result<Done, StoreError> {
        let writer = Arc::clone(&self.writer);
        let writing = Box::new(move || {
            let written = in_transaction(&mut locked(&writer), work)?;
            after();
            Ok(written)
        });
        at_a_place(&self.writing, MAX_WAIT, writing).await
    }
}

/// The connection for writes. A panic in another write has rolled its transaction back, and the connection itself is intact.
fn locked(writer: &Mutex<Connection>) -> MutexGuard<'_, Connection> {
    writer.lock().unwrap_or_else(PoisonError::into_inner)
}

fn in_transaction<T, E: From<DatabaseError>>(
    connection: &mut Connection,
    work: impl FnOnce(&Session<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let transaction = connection
        .transaction_with_behavior(TransactionBehavior::Immediate)
        .map_err(DatabaseError::from)?;
    let done = work(&Session::Sqlite(&transaction))?;
    transaction.commit().map_err(DatabaseError::from)?;
    Ok(done)
}

fn with_reader(readers: &Pool<SqliteConnectionManager>, work: Work) -> Result<Done, StoreError> {
    let reader = readers.get().map_err(DatabaseError::from)?;
    work(&Session::Sqlite(&reader))
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "foreign_keys", true)
}

pub(super) fn execute(
    connection: &Connection,
    sql: &str,
    values: &[&dyn Value],
) -> Result<u64, DatabaseError> {
    let mut statement = connection.prepare_cached(sql)?;
    let changed = statement.execute(rusqlite::params_from_iter(
        values.iter().copied().map(Bound),
    ))?;
    Ok(changed as u64)
}

pub(super) fn each<E: From<DatabaseError>>(
    connection: &Connection,
    sql: &str,
    values: &[&dyn Value],
    take: &mut dyn FnMut(&Row<'_>) -> Result<ControlFlow<()>, E>,
) -> Result<(), E> {
    let failed = |error: rusqlite::Error| E::from(error.into());
    let mut statement = connection.prepare_cached(sql).map_err(failed)?;
    let values = rusqlite::params_from_iter(values.iter().copied().map(Bound));
    let mut rows = statement.query(values).map_err(failed)?;
    while let Some(row) = rows.next().map_err(failed)? {
        if take(&Row::Sqlite(row))?.is_break() {
            break;
        }
    }
    Ok(())
}

/// A column of a row.
pub(super) fn cell<'a>(
    row: &'a rusqlite::Row<'_>,
    column: usize,
) -> Result<Cell<'a>, DatabaseError> {
    let mistyped = DatabaseError::Type { column };
    match row.get_ref(column)? {
        ValueRef::Null => Ok(Cell::Null),
        ValueRef::Integer(number) => Ok(Cell::Integer(number)),
        ValueRef::Text(text) => std::str::from_utf8(text)
            .map(Cell::Text)
            .map_err(|_| mistyped),
        ValueRef::Blob(bytes) => Ok(Cell::Bytes(bytes)),
        ValueRef::Real(_) => Err(mistyped),
    }
}

/// Whether the file cannot be read or written at the moment: its disk is full, read-only or failing, or another process
/// has locked the file.
pub(super) fn is_unavailable(error: &rusqlite::Error) -> bool {
    matches!(
        error.sqlite_error_code(),
        Some(
            ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::ReadOnly
                | ErrorCode::SystemIoFailure
                | ErrorCode::DiskFull
                | ErrorCode::CannotOpen
        )
    )
}

/// The rule that a write would break, if the error says so. SQLite names the columns and not the index.
pub(super) fn violation(error: &rusqlite::Error) -> Option<Violation> {
    match error.sqlite_error()?.extended_code {
        ffi::SQLITE_CONSTRAINT_UNIQUE | ffi::SQLITE_CONSTRAINT_PRIMARYKEY => {
            Some(Violation::Unique(error.to_string()))
        }
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => Some(Violation::Reference),
        _ => None,
    }
}

struct Bound<'a>(&'a dyn Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self.0.cell() {
            Cell::Null => ValueRef::Null,
            Cell::Integer(number) => ValueRef::Integer(number),
            Cell::Text(text) => ValueRef::Text(text.as_bytes()),
            Cell::Bytes(bytes) => ValueRef::Blob(bytes),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With another query plan, SQLite would read every document for each piece of a list.
    #[test]
    fn documents_are_found_by_their_ids() {
        let mut database = Connection::open_in_memory().unwrap();
        MIGRATIONS.to_latest(&mut database).unwrap();
        let condition = Session::Sqlite(&database).is_among("id", 1);
        let explained = |columns: &str| {
            let sql =
                format!("EXPLAIN QUERY PLAN SELECT {columns} FROM all_documents WHERE {condition}");
            let mut plan = database.prepare(&sql).unwrap();
            let steps = plan
                .query_map(["[]"], |row| row.get::<_, String>(3))
                .unwrap();
            steps.collect::<Result<Vec<_>, _>>().unwrap().join("\n")
        };
        for columns in ["id, body", "id, octet_length(body) + octet_length(private)"] {
            let plan = explained(columns);
            for table in ["functions", "revisions", "documents"] {
                assert!(plan.contains(&format!("SEARCH {table} ")), "{plan}");
            }
        }
    }
}
