//! The database: a SQLite file, or a database of a PostgreSQL server. Only this crate knows SQL, and only its folder
//! `database` knows the kind of database. A write is acknowledged after it is on the disk.

#![expect(
    clippy::missing_errors_doc,
    reason = "methods of the store fail as `StoreError` says, and those that fail in a way of their own say so"
)]

mod account_lists;
mod accounts;
mod actor;
#[cfg(test)]
mod at_once;
mod attempts;
mod call_keys;
mod callable;
mod completion;
#[cfg(test)]
mod conformance;
mod cookie_key;
mod database;
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
mod moment;
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
mod validity;
mod written;

use std::{
    path::Path,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::{sync::watch, time::timeout};

use database::{Database, Lock, Session, Violation};
use validity::UsedAlone;

pub use account_lists::{AccountKey, AccountPage, AccountRow, Below, SearchBy};
pub use accounts::{Account, ApiKey, NewAccount};
pub use actor::Actor;
pub use attempts::{Attempts, AttemptsPage, AttemptsRange, NewAttempt};
pub use callable::Callable;
pub use completion::to_the_end;
pub use database::{
    CopyError, CopyState, DatabaseError, LocalCopyError, Location, LocationError, ServerError,
    ServerLocation, TableContents,
};
pub use document_writes::{FunctionDocument, NextRevision};
pub use documents::{
    Changes, Counts, FIRST_ID, FunctionPart, IdRange, LAST_ID, Piece, Sequence, StoredDocument,
};
pub use engines::{EngineChange, FunctionEngine};
pub use function_lists::{Listing, Page, Scope};
pub use functions::Draft;
pub use low_priority::LowPriorityThread;
pub use quota::{OverQuota, Quota};
pub use remembered::{AsOf, Kept, ReadError, Remembered};
pub use revision::Revision;
pub use revision_tree::MAX_ANCESTRY;
pub use revisions::{History, Past, RevisionSummary};
pub use running::Running;
pub use snapshots::NewSnapshot;
pub use stored::{FunctionKey, Stored};
pub use tokens::Token;
pub use users::{LoginHashes, LoginMethod, LoginProof, User, UserDraft, UserPage};
pub use validity::Validity;
pub use written::Written;

/// Most bytes of documents on one page of a list, as JSON: 10,000 functions of usual size. Larger documents take more
/// pages.
const PAGE_BYTES: usize = 32 * 1024 * 1024;

/// How long the database may take for a read that memory or the local copy can answer. A call can make three such
/// reads: of its token, its account and its function. The call should be answered within one and a half seconds all the
/// same.
const MAX_QUESTION: Duration = Duration::from_millis(400);

/// Why a read or write failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database cannot be opened, or its schema cannot be updated.
    #[error("cannot open the database {location}")]
    Open {
        /// Where it is.
        location: Location,
        /// The cause.
        #[source]
        source: Box<StoreError>,
    },
    /// There is no local copy of the database.
    #[error("there is no local copy of the database")]
    LocalCopy(#[from] LocalCopyError),
    /// The database reported an error.
    #[error("the database failed")]
    Database(#[source] DatabaseError),
    /// Reads or writes before this one took too long.
    #[error("the database is busy")]
    Busy,
    /// A text contains the character U+0000, which cannot be stored.
    #[error("a text contains the character U+0000, which cannot be stored")]
    Nul,
    /// A snapshot cannot be compressed.
    #[error("a snapshot could not be compressed")]
    Compression(#[source] std::io::Error),
    /// A row's contents cannot be read.
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
    /// Another document has the same values in these fields.
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

impl From<DatabaseError> for StoreError {
    fn from(error: DatabaseError) -> Self {
        match error.violation() {
            Some(Violation::Unique(index)) => match index.as_str() {
                "accounts_by_name" => Self::NotUnique(vec!["name"]),
                "accounts_by_realm" => Self::NotUnique(vec!["realm"]),
                "users_by_username" => Self::NotUnique(vec!["username"]),
                "master_account" => Self::AlreadyBootstrapped,
                _ => Self::Conflict,
            },
            Some(Violation::Reference) => Self::Conflict,
            None => match error {
                DatabaseError::Nul => Self::Nul,
                error => Self::Database(error),
            },
        }
    }
}

impl StoreError {
    /// Whether the database cannot be reached or written at the moment: its disk is full, read-only or failing, its
    /// server is away, or another process has locked it. The same request may succeed later.
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Busy => true,
            Self::Database(error) => error.is_unavailable(),
            _ => false,
        }
    }
}

/// A handle to the database. Clones share the database.
#[derive(Clone)]
pub struct Store {
    database: Arc<Database>,
    #[cfg(test)]
    location: Location,
    written: watch::Sender<()>,
    used_alone: UsedAlone,
    asked: Asked,
}

/// Where a store reads, and how long it waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asked {
    /// A read takes as long as the database needs.
    Patiently,
    /// Memory or the local copy can answer too, so a read that takes long fails as if the database were away.
    Hurriedly,
    /// Reads use the local copy, and not the database.
    Copy,
}

impl Store {
    /// Opens the database, creates the file if it is missing, and brings the schema up to date.
    pub fn open(location: &Location) -> Result<Self, StoreError> {
        Self::open_with(location, None)
    }

    /// Like [`Self::open`]. For a PostgreSQL database, `local_copy` is the file of the local copy, with the data that
    /// calls need while the server is away. With a copy of the last day, the store can be opened while the server is
    /// away.
    pub fn open_with(location: &Location, local_copy: Option<&Path>) -> Result<Self, StoreError> {
        let opened = Database::open(location, local_copy);
        let database = opened.map_err(|source| StoreError::Open {
            location: location.clone(),
            source: Box::new(source),
        })?;
        Ok(Self {
            database: Arc::new(database),
            #[cfg(test)]
            location: location.clone(),
            written: watch::Sender::new(()),
            used_alone: UsedAlone::default(),
            asked: Asked::Patiently,
        })
    }

    /// The same database, for reads that memory or the local copy can answer too.
    pub(crate) fn hurried(&self) -> Self {
        Self {
            asked: Asked::Hurriedly,
            ..self.clone()
        }
    }

    /// The local copy as a store that nobody writes to. Its rows may be used while the database is away. Rows that the
    /// copy lacks may exist in the database. `None` if there is no usable copy.
    pub fn copy(&self) -> Option<Self> {
        let database = self.database.copy()?;
        Some(Self {
            database,
            #[cfg(test)]
            location: self.location.clone(),
            written: watch::Sender::new(()),
            used_alone: UsedAlone::default(),
            asked: Asked::Copy,
        })
    }

    /// Where this store reads, and how long it waits.
    pub fn asked(&self) -> Asked {
        self.asked
    }

    /// Whether this is a local copy.
    pub fn is_copy(&self) -> bool {
        self.asked == Asked::Copy
    }

    /// The state of the local copy. `None` if no copy is configured.
    pub async fn copy_state(&self) -> Option<CopyState> {
        self.database.copy_state().await
    }

    /// Reads from the database, or, while the database is away, from the local copy. Only for data that never changes.
    async fn or_copy<T, F: Future<Output = Result<T, StoreError>>>(
        &self,
        reading: impl Fn(Self) -> F,
    ) -> Result<T, StoreError> {
        match (reading(self.clone()).await, self.copy()) {
            (Err(error), Some(copy)) if error.is_unavailable() => reading(copy).await,
            (read, _) => read,
        }
    }

    /// Copies everything into an empty database and compares the digests. Nobody may use the target meanwhile. Reports
    /// each table to `progress`. After an error, nothing of the copy is left.
    pub async fn copy_to(
        &self,
        target: Self,
        progress: impl FnMut(&TableContents) + Send + 'static,
    ) -> Result<(), CopyError> {
        let source = self.clone();
        let copying = move || source.database.copy_to(&target.database, progress);
        on_a_thread(copying).await
    }

    /// The contents of all tables.
    pub async fn contents(&self) -> Result<Vec<TableContents>, StoreError> {
        let store = self.clone();
        on_a_thread(move || Ok(store.database.contents()?)).await
    }

    /// The faults of the database, a sentence each. Empty if there are none.
    pub async fn faults(&self) -> Result<Vec<String>, StoreError> {
        let store = self.clone();
        on_a_thread(move || Ok(store.database.faults()?)).await
    }

    /// Runs a read on a thread that may block. If it runs several statements, they may see different states.
    async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let reading = self.database.read(work);
        match self.asked {
            Asked::Patiently | Asked::Copy => reading.await,
            Asked::Hurriedly => match timeout(MAX_QUESTION, reading).await {
                Ok(read) => read,
                Err(_) => Err(StoreError::Busy),
            },
        }
    }

    /// Runs a read that may take milliseconds, such as a piece of a list. Such reads run one after the other. Calls do
    /// not wait for them, because calls use [`Self::read`].
    async fn read_list<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Session) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        self.database.read_list(work).await
    }

    /// Runs a write on a thread that may block, while no other write has the same lock. After an error, none of it takes
    /// effect.
    async fn write<T: Send + 'static>(
        &self,
        lock: Lock,
        work: impl FnOnce(&Session) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let written = self.written.clone();
        // The write is reported even if nobody waits for it any more.
        let result = self
            .database
            .write(lock, work, move || {
                written.send_replace(());
            })
            .await?;
        Ok(result)
    }

    /// From now on, reports the writes of all servers on the database, this one included, in their order. A file
    /// reports nothing. `apply` must not block.
    pub fn follow(&self, apply: impl Fn(&Written) + Send + Sync + 'static) {
        let written = self.written.clone();
        self.database.follow(move |writes| {
            writes.iter().for_each(&apply);
            written.send_replace(());
        });
    }

    /// How long entries in memory may be used. A server that does not share its database uses them for `unasked`, or
    /// until a write removes them. While the database is away, entries are used for `alone`.
    pub fn validity(&self, unasked: Option<Duration>, alone: Duration) -> Validity {
        let validity = self.database.validity(unasked, alone);
        validity.counted(self.used_alone.clone())
    }

    /// How often an entry was used because the database could not be asked.
    pub fn used_alone(&self) -> u64 {
        self.used_alone.count()
    }

    /// Whether the database is known to be away. Always `false` for a file.
    pub fn is_away(&self) -> bool {
        self.database.is_away()
    }

    /// A channel that reports each write of this process after it took effect, and the writes of other servers soon
    /// after.
    pub fn written(&self) -> watch::Receiver<()> {
        self.written.subscribe()
    }
}

/// Runs `work` on a thread that may block.
async fn on_a_thread<T: Send + 'static, E: From<DatabaseError> + Send + 'static>(
    work: impl FnOnce() -> Result<T, E> + Send + 'static,
) -> Result<T, E> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|_| Err(DatabaseError::Thread.into()))
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

    /// A new database: on the server at `SWITCHHOOK_TEST_DATABASE` if that is set, or else a file.
    pub(super) async fn empty() -> (Store, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let location = match std::env::var("SWITCHHOOK_TEST_DATABASE") {
            Ok(server) => new_database(&server).await,
            Err(_) => Location::File(folder.path().join("test.db")),
        };
        (Store::open(&location).unwrap(), folder)
    }

    async fn new_database(server: &str) -> Location {
        let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls)
            .await
            .unwrap();
        tokio::spawn(connection);
        let name = format!("store_{}", ids::random_id());
        let sql = format!("CREATE DATABASE {name}");
        client.batch_execute(&sql).await.unwrap();
        // `.ci/steps/postgres` counts these databases.
        let (base, _) = server.rsplit_once('/').unwrap();
        Location::parse(&format!("{base}/{name}")).unwrap()
    }

    /// Another store on the same database.
    pub(super) async fn reopened(store: &Store) -> Store {
        let location = store.location.clone();
        tokio::task::spawn_blocking(move || Store::open(&location).unwrap())
            .await
            .unwrap()
    }

    /// A new database with account `a`.
    pub(super) async fn with_account() -> (Store, tempfile::TempDir) {
        let (store, folder) = empty().await;
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
}
