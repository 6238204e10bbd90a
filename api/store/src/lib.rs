//! The database, one SQLite file. This crate alone knows SQL.
//!
//! One connection writes and some read. In WAL mode they do not wait for each other. A write is acknowledged after it
//! is on the disk (`synchronous = FULL`), so neither a killed process nor a power cut loses it.

#![expect(
    clippy::missing_errors_doc,
    reason = "methods of the store fail as `StoreError` says, and those that fail in a way of their own say so"
)]

mod account_lists;
mod accounts;
mod actor;
mod attempts;
mod call_keys;
mod callable;
mod completion;
pub mod document;
mod document_text;
mod document_writes;
mod documents;
mod engines;
mod function_lists;
mod functions;
pub mod gregorian;
pub mod ids;
mod local_documents;
mod low_priority;
mod passed_tests;
mod quota;
mod remembered;
mod revision;
mod revision_tree;
mod revisions;
mod running;
mod snapshots;
mod stored;
mod tokens;
mod users;

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use r2d2::Pool;
use r2d2_sqlite::SqliteConnectionManager;
use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};
use rusqlite_migration::{M, Migrations};
use tokio::{
    sync::{Semaphore, watch},
    time::timeout,
};

pub use account_lists::{AccountKey, AccountPage, AccountRow, Below, SearchBy};
pub use accounts::{Account, ApiKey, NewAccount};
pub use actor::Actor;
pub use attempts::{Attempts, AttemptsPage, AttemptsRange, NewAttempt};
pub use callable::Callable;
pub use completion::to_the_end;
pub use document_writes::{FunctionDocument, NextRevision};
pub use documents::{Counts, FIRST_ID, FunctionPart, IdRange, LAST_ID, Piece, StoredDocument};
pub use engines::{EngineChange, FunctionEngine};
pub use function_lists::{Listing, Page, Scope};
pub use functions::Draft;
pub use low_priority::LowPriorityThread;
pub use quota::{OverQuota, Quota};
pub use remembered::{AsOf, Remembered};
pub use revision::Revision;
pub use revision_tree::MAX_ANCESTRY;
pub use revisions::{History, Past, RevisionSummary};
pub use running::Running;
pub use snapshots::NewSnapshot;
pub use stored::{FunctionKey, Stored};
pub use tokens::Token;
pub use users::{LoginHashes, LoginMethod, LoginProof, User, UserDraft, UserPage};

/// Connections for reads. A read takes tens of microseconds, so a few connections serve thousands of requests a second.
const READERS: u32 = 4;

/// Connections for reads of lists.
const LIST_READERS: u32 = 1;

/// How long a connection waits for another process, such as a backup, to unlock the file.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a read or a write waits for its turn: twice as long as the one before it may wait for the file. Requests do not
/// pile up behind a database that is stuck.
const MAX_WAIT: Duration = Duration::from_secs(10);

/// The steps of the schema. The database records how many of them it has passed, so steps are only ever added.
const MIGRATION_STEPS: &[M] = &[
    M::up(include_str!("schema/1.sql")),
    M::up(include_str!("schema/2.sql")),
    M::up(include_str!("schema/3.sql")),
    M::up(include_str!("schema/4.sql")),
    M::up(include_str!("schema/5.sql")),
    M::up(include_str!("schema/6.sql")),
    M::up(include_str!("schema/7.sql")),
    M::up(include_str!("schema/8.sql")),
    M::up(include_str!("schema/9.sql")),
    M::up(include_str!("schema/10.sql")),
    M::up(include_str!("schema/11.sql")),
    M::up(include_str!("schema/12.sql")),
    M::up(include_str!("schema/13.sql")),
];
const MIGRATIONS: Migrations = Migrations::from_slice(MIGRATION_STEPS);

/// Most bytes of documents on one page of a list, as JSON: 10,000 functions of usual size. Larger documents take more
/// pages.
const PAGE_BYTES: usize = 32 * 1024 * 1024;

/// Why a read or write failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The file cannot be opened, or its schema cannot be updated.
    #[error("cannot open the database {}", path.display())]
    Open {
        /// The database's file.
        path: PathBuf,
        /// The cause.
        #[source]
        source: Box<StoreError>,
    },
    /// SQLite reported an error.
    #[error("the database failed")]
    Sqlite(#[from] rusqlite::Error),
    /// A migration failed, or a later version of the program has written the file.
    #[error("the database could not be brought up to date")]
    Migration(#[from] rusqlite_migration::Error),
    /// No connection became free in time.
    #[error("no database connection is free")]
    Pool(#[from] r2d2::Error),
    /// Reads or writes before this one took too long.
    #[error("the database is busy")]
    Busy,
    /// A row contains something else than was written.
    #[error("the database holds a broken {what}")]
    Broken {
        /// The kind of content.
        what: &'static str,
        /// Why it cannot be read.
        #[source]
        source: serde_json::Error,
    },
    /// The document has changed meanwhile, or its id is taken.
    #[error("the document has been changed meanwhile")]
    Conflict,
    /// The account's quota is used up.
    #[error(transparent)]
    OverQuota(#[from] OverQuota),
    /// Others have the same values in these fields.
    #[error("{} must be unique", .0.join(" and "))]
    NotUnique(Vec<&'static str>),
    /// The account has descendants.
    #[error("the account has descendants")]
    HasDescendants,
    /// There already is a master account.
    #[error("the database has a master account already")]
    AlreadyBootstrapped,
    /// The thread that did the work ended early.
    #[error("the database thread failed")]
    Thread(#[from] tokio::task::JoinError),
}

impl StoreError {
    /// Whether the database cannot be reached or written at the moment: its disk is full, read-only or failing, or somebody else holds
    /// the file. What was asked for may succeed later.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Busy | Self::Pool(_) => true,
            Self::Sqlite(error) => matches!(
                error.sqlite_error_code(),
                Some(
                    ErrorCode::DatabaseBusy
                        | ErrorCode::DatabaseLocked
                        | ErrorCode::ReadOnly
                        | ErrorCode::SystemIoFailure
                        | ErrorCode::DiskFull
                        | ErrorCode::CannotOpen
                )
            ),
            _ => false,
        }
    }
}

/// A handle to the database; clones share it.
#[derive(Clone)]
pub struct Store {
    readers: Pool<SqliteConnectionManager>,
    lists: Arc<LowPriorityThread>,
    /// Places for reads and writes. Without them, more threads than connections would wait, each with memory of its
    /// own.
    reading: Arc<Semaphore>,
    writing: Arc<Semaphore>,
    writer: Arc<Mutex<Connection>>,
    written: watch::Sender<()>,
}

impl Store {
    /// Opens the file, creates it if it is missing, and brings its schema up to date.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        Self::try_open(path).map_err(|source| StoreError::Open {
            path: path.to_owned(),
            source: Box::new(source),
        })
    }

    fn try_open(path: &Path) -> Result<Self, StoreError> {
        let mut writer = Connection::open(path)?;
        writer.pragma_update(None, "journal_mode", "WAL")?;
        writer.pragma_update(None, "synchronous", "FULL")?;
        prepare(&mut writer)?;
        MIGRATIONS.to_latest(&mut writer)?;
        let manager = SqliteConnectionManager::file(path)
            .with_flags(OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
            .with_init(prepare);
        Ok(Self {
            readers: Pool::builder()
                .max_size(READERS + LIST_READERS)
                .build(manager)?,
            lists: Arc::new(LowPriorityThread::start("lists")),
            reading: Arc::new(Semaphore::new(READERS as usize)),
            writing: Arc::new(Semaphore::new(1)),
            writer: Arc::new(Mutex::new(writer)),
            written: watch::Sender::new(()),
        })
    }

    /// Runs a read on a thread that may block.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = self.readers.clone();
        at_a_place(&self.reading, move || work(&*readers.get()?)).await
    }

    /// Runs a read that may take milliseconds, such as a piece of a list. Such reads run one after the other. Calls do
    /// not wait for them, because calls use [`Self::read`].
    async fn read_list<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let readers = self.readers.clone();
        self.lists.work(move || work(&*readers.get()?)).await
    }

    /// Runs a write on a thread that may block. After an error, none of it takes effect.
    async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Transaction) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let writer = Arc::clone(&self.writer);
        let written = self.written.clone();
        at_a_place(&self.writing, move || {
            // A panic in another write has rolled its transaction back. The connection itself is intact.
            let mut connection = writer.lock().unwrap_or_else(PoisonError::into_inner);
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&transaction)?;
            transaction.commit()?;
            written.send_replace(());
            Ok(result)
        })
        .await
    }

    /// A channel that reports each write of this process after it took effect.
    pub fn written(&self) -> watch::Receiver<()> {
        self.written.subscribe()
    }
}

/// Runs `work` on a thread that may block, at a place. The place becomes free when the work ends, even if nobody waits
/// for it.
async fn at_a_place<T: Send + 'static>(
    places: &Arc<Semaphore>,
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    let place = timeout(MAX_WAIT, Arc::clone(places).acquire_owned());
    let place = place.await.map_err(|_| StoreError::Busy)?;
    let working = move || {
        let _place = place;
        work()
    };
    tokio::task::spawn_blocking(working).await?
}

fn prepare(connection: &mut Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(BUSY_TIMEOUT)?;
    connection.pragma_update(None, "foreign_keys", true)
}

/// The time in Unix seconds.
fn now() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs() as i64)
}

#[cfg(test)]
mod tests {
    use switchhook_runtime::Digest;

    use super::*;

    /// A database in a new folder, with account `a`.
    pub(super) async fn with_account() -> (Store, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("test.db")).unwrap();
        let account = NewAccount {
            id: "a".into(),
            enabled: true,
            document: serde_json::Map::new(),
            api_key: ApiKey {
                hash: Digest::of(b"key"),
                sealed: None,
            },
        };
        store.create_master_account(account).await.unwrap();
        (store, folder)
    }

    /// A draft of a function of account `a`.
    pub(super) fn draft(id: &str) -> Draft {
        Draft {
            account_id: "a".into(),
            id: id.into(),
            document: serde_json::Map::new(),
            secrets: None,
            source: Digest::of(b""),
            new_snapshot: None,
            engine: None,
            by: None,
            message: None,
            disable_reason: None,
            quota: None,
        }
    }

    #[test]
    fn the_migrations_are_sound() {
        MIGRATIONS.validate().unwrap();
    }
}
