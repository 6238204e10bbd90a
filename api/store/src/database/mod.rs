//! The database: SQLite or PostgreSQL. Nothing outside this folder knows which one it is.
//!
//! Both run the same statements. Parameters are `?1`, `?2`, and so on. Where their SQL differs, a method of [`Session`]
//! returns the text.

mod check;
mod copy;
mod location;
mod lock;
#[cfg(test)]
mod older_files;
mod postgres;
mod rows;
mod server_lock;
mod sqlite;
mod tables;
mod value;
mod violation;
mod work;

use std::{ops::ControlFlow, path::Path, sync::Arc, time::Duration};

use tokio::{sync::Semaphore, time::timeout};

pub use copy::{CopyError, TableContents};
pub use location::{Location, LocationError, ServerLocation};
pub(crate) use lock::{Lock, Subject};
use postgres::{Connection, LocalCopy, Postgres};
pub use postgres::{CopyState, LocalCopyError, ServerError};
pub(crate) use rows::Rows;
pub(crate) use server_lock::ServerLock;
use sqlite::Sqlite;
use value::{Cell, KeptCell};
pub(crate) use value::{Column, FromRow, Value};
pub(crate) use violation::Violation;
use work::{Done, typed, untyped};

use crate::{StoreError, Validity, Written};

/// Why a database failed. The texts are for the log.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// SQLite reported an error.
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    /// A step of SQLite's schema failed, or a later version of the program has written the file.
    #[error("the schema could not be brought up to date")]
    SqliteSchema(#[from] rusqlite_migration::Error),
    /// No connection became free in time.
    #[error("no connection is free")]
    Pool(#[from] r2d2::Error),
    /// PostgreSQL reported an error.
    #[error(transparent)]
    Postgres(#[from] ServerError),
    /// The thread of PostgreSQL's driver cannot be started.
    #[error("the driver's thread cannot be started")]
    Driver(#[source] std::io::Error),
    /// A thread that opened the database panicked.
    #[error("a thread failed")]
    Thread,
    /// The file that keeps other servers off cannot be locked.
    #[error("cannot lock {}", path.display())]
    LockFile {
        /// The file.
        path: std::path::PathBuf,
        /// The cause.
        #[source]
        source: std::io::Error,
    },
    /// A parameter contains the character U+0000, which PostgreSQL does not store.
    #[error("a text contains the character U+0000")]
    Nul,
    /// The local copy is of another database, or by another version of the program.
    #[error("the file is a copy of something else")]
    AnotherCopy,
    /// The local copy has no room for further rows.
    #[error("the local copy has its largest size")]
    FullCopy,
    /// A query that always finds a row found none.
    #[error("a query found no row")]
    NoRow,
    /// A column has another type than the program reads.
    #[error("column {column} of a row holds something else")]
    Type {
        /// The column's index in the row, from 0.
        column: usize,
    },
}

impl DatabaseError {
    /// Whether the database cannot be reached or written at the moment. The same statement may succeed later.
    pub(crate) fn is_unavailable(&self) -> bool {
        match self {
            Self::Pool(_) => true,
            Self::Sqlite(error) => sqlite::is_unavailable(error),
            Self::Postgres(error) => error.is_unavailable(),
            Self::SqliteSchema(_)
            | Self::Driver(_)
            | Self::Thread
            | Self::LockFile { .. }
            | Self::Nul
            | Self::AnotherCopy
            | Self::FullCopy
            | Self::NoRow
            | Self::Type { .. } => false,
        }
    }

    /// The rule that a write would break, if that is the error.
    pub(crate) fn violation(&self) -> Option<Violation> {
        match self {
            Self::Sqlite(error) => sqlite::violation(error),
            Self::Postgres(error) => error.violation(),
            _ => None,
        }
    }
}

/// An open database.
pub(crate) enum Database {
    Sqlite(Sqlite),
    Postgres(Box<Postgres>),
}

impl Database {
    /// Opens a database and brings its schema up to date. `copy` is the file for the local copy.
    pub(crate) fn open(location: &Location, copy: Option<&Path>) -> Result<Self, StoreError> {
        Ok(match (location, copy) {
            (Location::File(_), Some(_)) => return Err(LocalCopyError::Needless.into()),
            (Location::File(path), None) => Self::Sqlite(Sqlite::open(path)?),
            (Location::Server(server), copy) => {
                Self::Postgres(Box::new(Postgres::open(server, copy)?))
            }
        })
    }

    /// The local copy, if there is one that can be used.
    pub(crate) fn copy(&self) -> Option<Arc<Self>> {
        self.local_copy()?.database()
    }

    /// The state of the local copy. `None` if no copy is configured.
    pub(crate) async fn copy_state(&self) -> Option<CopyState> {
        let copy = self.local_copy()?;
        let Some(database) = copy.database() else {
            return Some(CopyState::Unusable);
        };
        let missing = database
            .read(|session| Ok(postgres::missing(session)?))
            .await;
        Some(match missing {
            Ok(missing) => CopyState::Missing(missing + i64::from(copy.is_behind())),
            Err(_) => CopyState::Unusable,
        })
    }

    fn local_copy(&self) -> Option<&LocalCopy> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(postgres) => postgres.copy(),
        }
    }

    /// Reports the writes of all servers from now on. A file reports nothing, because its only server knows its own
    /// writes.
    pub(crate) fn follow(&self, apply: impl Fn(&[Written]) + Send + Sync + 'static) {
        if let Self::Postgres(postgres) = self {
            postgres.follow(apply);
        }
    }

    /// Whether the database is known to be out of reach.
    pub(crate) fn is_away(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            Self::Postgres(postgres) => postgres.is_away(),
        }
    }

    /// How long entries in memory may be used. A server that does not share its database uses them for `unasked`, or
    /// until a write removes them. While the database is away, entries are used for `alone`.
    pub(crate) fn validity(&self, unasked: Option<Duration>, alone: Duration) -> Validity {
        let confirmed = match self {
            Self::Sqlite(_) => None,
            Self::Postgres(postgres) => Some(postgres.confirmed()),
        };
        Validity::new(unasked, alone, confirmed)
    }

    /// Runs a read on a thread that may block. If it runs several statements, they may see different states.
    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let work = untyped(work);
        typed(match self {
            Self::Sqlite(sqlite) => sqlite.read(work).await,
            Self::Postgres(postgres) => postgres.read(work).await,
        })
    }

    /// Runs a read on the thread of low priority.
    pub(crate) async fn read_list<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let work = untyped(work);
        typed(match self {
            Self::Sqlite(sqlite) => sqlite.read_list(work).await,
            Self::Postgres(postgres) => postgres.read_list(work).await,
        })
    }

    /// Runs a write in a transaction that has the lock, on a thread that may block. Runs `after` once the write has
    /// taken effect, even if nobody waits for the write any more.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        lock: Lock,
        work: impl FnOnce(&Session<'_>) -> Result<T, StoreError> + Send + 'static,
        after: impl FnOnce() + Send + 'static,
    ) -> Result<T, StoreError> {
        let (work, after) = (untyped(work), Box::new(after));
        typed(match self {
            Self::Sqlite(sqlite) => sqlite.write(work, after).await,
            Self::Postgres(postgres) => postgres.write(lock, work, after).await,
        })
    }
}

/// Work on whole databases. It runs on the caller's thread, so the caller must not be a task.
impl Database {
    /// Copies everything into an empty database, in one transaction, and compares the digests.
    pub(crate) fn copy_to(
        &self,
        target: &Self,
        progress: impl FnMut(&TableContents),
    ) -> Result<(), CopyError> {
        self.in_one_state(|from| target.in_transaction(|to| copy::copy(from, to, progress)))
    }

    /// The contents of all tables.
    pub(crate) fn contents(&self) -> Result<Vec<TableContents>, DatabaseError> {
        self.in_one_state(copy::contents)
    }

    /// The rules that the database breaks, a sentence each. Empty if all is well.
    pub(crate) fn faults(&self) -> Result<Vec<String>, DatabaseError> {
        self.in_one_state(check::faults)
    }

    /// Runs `work`, whose statements see one state of the database and may take long.
    fn in_one_state<T, E: From<DatabaseError>>(
        &self,
        work: impl FnOnce(&Session<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::Sqlite(sqlite) => sqlite.in_one_state(work),
            Self::Postgres(postgres) => postgres.in_one_state(work),
        }
    }

    fn in_transaction<T, E: From<DatabaseError>>(
        &self,
        work: impl FnOnce(&Session<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        match self {
            Self::Sqlite(sqlite) => sqlite.in_transaction(work),
            Self::Postgres(postgres) => postgres.in_transaction(work),
        }
    }
}

/// Runs `work` on a thread that may block, at a place. The place becomes free when the work ends, even if nobody waits
/// for it.
async fn at_a_place(
    places: &Arc<Semaphore>,
    wait: Duration,
    work: Box<dyn FnOnce() -> Result<Done, StoreError> + Send>,
) -> Result<Done, StoreError> {
    let place = timeout(wait, Arc::clone(places).acquire_owned());
    let place = place.await.map_err(|_| StoreError::Busy)?;
    let working = move || {
        let _place = place;
        work()
    };
    tokio::task::spawn_blocking(working).await?
}

/// A connection during one read or write.
pub(crate) enum Session<'a> {
    Sqlite(&'a rusqlite::Connection),
    Postgres(&'a Connection),
}

/// A row of a result.
pub(crate) enum Row<'a> {
    Sqlite(&'a rusqlite::Row<'a>),
    Postgres(&'a tokio_postgres::Row),
}

impl Session<'_> {
    /// Runs a statement. Returns the number of rows that it changed.
    pub(crate) fn execute(&self, sql: &str, values: &[&dyn Value]) -> Result<u64, DatabaseError> {
        refuse_nul(values)?;
        match self {
            Self::Sqlite(connection) => sqlite::execute(connection, sql, values),
            Self::Postgres(connection) => connection.execute(sql, values),
        }
    }

    /// Passes the rows of a query to `take` one after the other, until `take` breaks. `take` must run no statement.
    pub(crate) fn each<E: From<DatabaseError>>(
        &self,
        sql: &str,
        values: &[&dyn Value],
        mut take: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, E>,
    ) -> Result<(), E> {
        refuse_nul(values)?;
        match self {
            Self::Sqlite(connection) => sqlite::each(connection, sql, values, &mut take),
            Self::Postgres(connection) => connection.each(sql, values, &mut take),
        }
    }

    /// The first row of a query.
    pub(crate) fn one<T: FromRow>(
        &self,
        sql: &str,
        values: &[&dyn Value],
    ) -> Result<Option<T>, DatabaseError> {
        let mut found = None;
        self.each(sql, values, |row| {
            found = Some(T::from_row(row)?);
            Ok::<_, DatabaseError>(ControlFlow::Break(()))
        })?;
        Ok(found)
    }

    /// The row of a query that always returns one row, such as a count.
    pub(crate) fn only<T: FromRow>(
        &self,
        sql: &str,
        values: &[&dyn Value],
    ) -> Result<T, DatabaseError> {
        self.one(sql, values)?.ok_or(DatabaseError::NoRow)
    }

    /// All rows of a query.
    pub(crate) fn all<T: FromRow>(
        &self,
        sql: &str,
        values: &[&dyn Value],
    ) -> Result<Vec<T>, DatabaseError> {
        let mut rows = Vec::new();
        self.each(sql, values, |row| {
            rows.push(T::from_row(row)?);
            Ok::<_, DatabaseError>(ControlFlow::Continue(()))
        })?;
        Ok(rows)
    }
}

impl Session<'_> {
    /// A table with the rows of parameter `number`, which is [`Rows`]. The column `key` rises from row to row. `value
    /// ->> 0` is the first element of a row.
    pub(crate) fn rows(&self, number: usize) -> String {
        match self {
            Self::Sqlite(_) => format!("json_each(?{number})"),
            Self::Postgres(_) => format!(
                "json_array_elements(?{number}::json) WITH ORDINALITY AS listed (value, key)"
            ),
        }
    }

    /// The condition that a column is one of the first elements of [`Self::rows`].
    pub(crate) fn is_among(&self, column: &str, number: usize) -> String {
        let first = format!("SELECT value ->> 0 FROM {}", self.rows(number));
        match self {
            Self::Sqlite(_) => format!("{column} IN ({first})"),
            // For an array, PostgreSQL uses the index of each table in a view. With `IN`, it would join the rows with
            // the whole view.
            Self::Postgres(_) => format!("{column} = ANY (ARRAY({first}))"),
        }
    }

    /// The name of the database's history, unless it is the first one. Numbers of one history mean nothing in another.
    pub(crate) fn epoch(&self) -> Option<String> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres(connection) => connection.epoch().name(),
        }
    }

    /// Text that follows the name of a table: the index to use, for a database that may choose a worse one.
    pub(crate) fn index(&self, name: &str) -> String {
        match self {
            Self::Sqlite(_) => format!("INDEXED BY {name}"),
            Self::Postgres(_) => String::new(),
        }
    }
}

/// Refuses the character U+0000 on both databases, because PostgreSQL cannot store it.
fn refuse_nul(values: &[&dyn Value]) -> Result<(), DatabaseError> {
    let has_nul =
        |value: &&dyn Value| matches!(value.cell(), Cell::Text(text) if text.contains('\0'));
    match values.iter().any(has_nul) {
        true => Err(DatabaseError::Nul),
        false => Ok(()),
    }
}

/// The same statement for every table.
fn for_each_table(before: &str, behind: &str) -> String {
    let statements = tables::TABLES
        .iter()
        .map(|table| format!("{before} {} {behind};", table.name));
    statements.collect()
}

/// Differences between both databases that matter to copies and checks.
impl Session<'_> {
    /// Whether servers run on the database, if servers can share it.
    fn has_servers(&self) -> Result<bool, DatabaseError> {
        match self {
            // The program that copies a file has the file's lock.
            Self::Sqlite(_) => Ok(false),
            Self::Postgres(_) => self.only(
                "SELECT EXISTS (SELECT 1 FROM pg_stat_activity
                 WHERE datname = current_database() AND application_name = ?1)",
                &[&postgres::SERVER_NAME],
            ),
        }
    }

    /// Removes the time limits of a transaction, and disables PostgreSQL's triggers. Counting triggers are slow there:
    /// PostgreSQL keeps every earlier version of a count until the transaction ends, and reads past all of them.
    fn prepare_copy(&self) -> Result<(), DatabaseError> {
        match self {
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => {
                connection.batch(
                    "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0",
                )?;
                connection.batch(&for_each_table("ALTER TABLE", "DISABLE TRIGGER USER"))
            }
        }
    }

    /// Enables the triggers again, and updates PostgreSQL's statistics.
    fn finish_copy(&self) -> Result<(), DatabaseError> {
        match self {
            // SQLite chooses indexes without statistics, as the program expects.
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(connection) => {
                connection.batch(&for_each_table("ALTER TABLE", "ENABLE TRIGGER USER"))?;
                connection.batch(&for_each_table("ANALYZE", ""))
            }
        }
    }

    /// Runs a statement for each of some rows. Fails with the index of the first row that failed.
    fn execute_each(
        &self,
        sql: &str,
        rows: &[Vec<KeptCell>],
    ) -> Result<(), (usize, DatabaseError)> {
        let values = rows
            .iter()
            .map(|row| row.iter().map(|cell| cell as &dyn Value));
        let values: Vec<Vec<_>> = values.map(Iterator::collect).collect();
        for (at, row) in values.iter().enumerate() {
            refuse_nul(row).map_err(|error| (at, error))?;
        }
        match self {
            Self::Sqlite(connection) => {
                for (at, row) in values.iter().enumerate() {
                    sqlite::execute(connection, sql, row).map_err(|error| (at, error))?;
                }
                Ok(())
            }
            Self::Postgres(connection) => connection.execute_each(sql, &values),
        }
    }

    /// Lets the numbers of a numbered column continue after its largest number.
    fn count_on(&self, table: &str, column: &str) -> Result<(), DatabaseError> {
        match self {
            // SQLite itself records the largest inserted number.
            Self::Sqlite(_) => Ok(()),
            Self::Postgres(_) => {
                let sql = format!(
                    "SELECT setval(pg_get_serial_sequence('{table}', '{column}'), max({column}))
                     FROM {table} HAVING count(*) > 0"
                );
                self.one::<i64>(&sql, &[]).map(drop)
            }
        }
    }

    /// Faults that the database itself finds, a sentence each.
    fn own_faults(&self) -> Result<Vec<String>, DatabaseError> {
        match self {
            Self::Sqlite(_) => {
                let mut faults: Vec<String> = self.all("PRAGMA integrity_check", &[])?;
                faults.retain(|fault| fault != "ok");
                let dangling: i64 =
                    self.only("SELECT count(*) FROM pragma_foreign_key_check", &[])?;
                if dangling > 0 {
                    faults.push(format!("rows that refer to nothing: {dangling}"));
                }
                Ok(faults)
            }
            // PostgreSQL checks its pages at each read and its references at each write.
            Self::Postgres(_) => Ok(Vec::new()),
        }
    }
}

impl Row<'_> {
    /// A column, counted from 0.
    pub(crate) fn get<T: Column>(&self, column: usize) -> Result<T, DatabaseError> {
        T::read(self.cell(column)?).ok_or(DatabaseError::Type { column })
    }

    /// A column of text, not copied.
    pub(crate) fn text(&self, column: usize) -> Result<&str, DatabaseError> {
        match self.cell(column)? {
            Cell::Text(text) => Ok(text),
            _ => Err(DatabaseError::Type { column }),
        }
    }

    fn cell(&self, column: usize) -> Result<Cell<'_>, DatabaseError> {
        match self {
            Self::Sqlite(row) => sqlite::cell(row, column),
            Self::Postgres(row) => postgres::cell(row, column),
        }
    }
}
