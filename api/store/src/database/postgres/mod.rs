//! PostgreSQL: a pool of connections. Writes with different locks run at once. Writes with the same lock run one after
//! the other, by advisory locks.
//!
//! The driver's tasks run on one thread of their own. Threads that may block wait for them, so closures over a session
//! stay synchronous for both databases.

mod connection;
mod connector;
mod epoch;
mod errors;
mod following;
mod local_copy;
mod patience;
mod pool;
mod reach;
mod schema;
mod tls;

use std::{path::Path, sync::Arc, thread, time::Duration};

use tokio::{
    runtime::{Builder, Runtime},
    sync::Semaphore,
};

pub(super) use self::connection::{Connection, cell};
pub use self::errors::ServerError;
pub(super) use self::following::SERVER_NAME;
pub(super) use self::local_copy::LocalCopy;
pub(super) use self::local_copy::missing;
pub use self::local_copy::{CopyState, LocalCopyError};
use self::{connector::Connector, following::Follower, pool::Pool, reach::Reach, tls::Tls};
use super::{
    DatabaseError, Lock, ServerLocation, Session, at_a_place,
    work::{After, Done, Work},
};
use crate::{LowPriorityThread, StoreError, Written, validity::Confirmed};

/// Connections for reads. Each waits for the network most of the time.
const READERS: usize = 8;

/// Connections for writes.
const WRITERS: usize = 8;

/// How long a read or a write waits for a connection. This is short, because calls must be answered in seconds.
const MAX_WAIT: Duration = Duration::from_millis(500);

/// Begins a transaction whose statements see one state and may take long.
const ONE_STATE: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET LOCAL statement_timeout = 0; \
     SET LOCAL idle_in_transaction_session_timeout = 0";

/// An open database.
pub(crate) struct Postgres {
    connector: Connector,
    reach: Reach,
    confirmed: Confirmed,
    pool: Arc<Pool>,
    copy: Option<Arc<LocalCopy>>,
    is_up_to_date: bool,
    reading: Arc<Semaphore>,
    writing: Arc<Semaphore>,
    lists: LowPriorityThread,
    driver: Driver,
}

impl Postgres {
    /// Connects, and brings the schema up to date. With a usable local copy, this succeeds while the server is away
    /// too. Then the schema is brought up to date when the server is back.
    pub(super) fn open(location: &ServerLocation, copy: Option<&Path>) -> Result<Self, StoreError> {
        let driver = Driver::start()?;
        let connector = Connector::new(location, driver.handle())?;
        let reach = Reach::new();
        let pool = Arc::new(Pool::new(connector.clone(), reach.clone()));
        let name = location.to_string();
        let copy = copy.map(|path| LocalCopy::open(path, &name, Arc::clone(&pool)));
        let copy = copy.transpose()?.map(Arc::new);
        // The caller may be a task, and a task must not block.
        let opened = thread::scope(|scope| {
            let opening = scope.spawn(|| {
                let mut connection = pool.take()?;
                schema::bring_up_to_date(&mut connection)?;
                pool.give_back(connection);
                Ok::<_, DatabaseError>(())
            });
            opening.join()
        });
        let known = copy.as_ref().map(|copy| copy.place()).transpose()?;
        let known = known.flatten().map(|(_, moment)| moment);
        let confirmed = Confirmed::never();
        if let Some(moment) = known {
            confirmed.set(moment);
        }
        let is_up_to_date = match opened.unwrap_or(Err(DatabaseError::Thread)) {
            Ok(()) => true,
            Err(error) if known.is_some() && error.is_unavailable() => {
                tracing::error!("the server starts with its local copy: {error}");
                reach.set_away(true);
                false
            }
            Err(error) => return Err(error.into()),
        };
        Ok(Self {
            connector,
            reach,
            confirmed,
            pool,
            copy,
            is_up_to_date,
            reading: Arc::new(Semaphore::new(READERS)),
            writing: Arc::new(Semaphore::new(WRITERS)),
            lists: LowPriorityThread::start("lists"),
            driver,
        })
    }

    /// Reports the writes of all servers from now on, in the order of their commits.
    pub(super) fn follow(&self, apply: impl Fn(&[Written]) + Send + Sync + 'static) {
        // If the place cannot be read, the copy begins anew.
        let place = self.copy.as_ref().and_then(|copy| copy.place().ok()?);
        let follower = Follower {
            connector: self.connector.clone(),
            reach: self.reach.clone(),
            confirmed: self.confirmed.clone(),
            copy: self.copy.clone(),
            place: place.map(|(place, _)| place),
            is_up_to_date: self.is_up_to_date,
            unanswered: 0,
            apply: Box::new(apply),
        };
        self.driver.handle().spawn(follower.run());
    }

    /// The local copy, if one is configured.
    pub(super) fn copy(&self) -> Option<&LocalCopy> {
        self.copy.as_deref()
    }

    pub(super) fn is_away(&self) -> bool {
        self.reach.is_away()
    }

    /// The moment before which all writes were reported.
    pub(super) fn confirmed(&self) -> Confirmed {
        self.confirmed.clone()
    }

    pub(super) fn in_one_state<T, E: From<DatabaseError>>(
        &self,
        work: impl FnOnce(&Session<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        in_long_transaction(&self.pool, ONE_STATE, work)
    }

    pub(super) fn in_transaction<T, E: From<DatabaseError>>(
        &self,
        work: impl FnOnce(&Session<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        in_long_transaction(&self.pool, "BEGIN", work)
    }

    pub(super) async fn read(&self, work: Work) -> Result<Done, StoreError> {
        let pool = Arc::clone(&self.pool);
        let reading = Box::new(move || read(&pool, work));
        at_a_place(&self.reading, MAX_WAIT, reading).await
    }

    pub(super) async fn read_list(&self, work: Work) -> Result<Done, StoreError> {
        let pool = Arc::clone(&self.pool);
        self.lists.work(move || read(&pool, work)).await
    }

    pub(super) async fn write(
        &self,
        lock: Lock,
        work: Work,
        after: After,
    ) -> Result<Done, StoreError> {
        let (pool, copy) = (Arc::clone(&self.pool), self.copy.clone());
        let writing = Box::new(move || {
            // The lock is taken first, in the same round trip. So later statements see all commits of earlier holders.
            let begin = match lock.number() {
                Some(number) => format!("BEGIN; SELECT pg_advisory_xact_lock({number})"),
                None => "BEGIN".to_owned(),
            };
            let written = in_transaction(&pool, &begin, work)?;
            if let (Some(copy), Some(subject)) = (copy, lock.subject()) {
                copy.written(&subject);
            }
            after();
            Ok(written)
        });
        at_a_place(&self.writing, MAX_WAIT, writing).await
    }
}

/// The statements of a read are independent, so they need no transaction and none of its round trips.
fn read(pool: &Pool, work: Work) -> Result<Done, StoreError> {
    let connection = pool.take()?;
    let read = work(&Session::Postgres(&connection));
    pool.give_back(connection);
    read
}

/// Runs `work` between the statements `begin` and COMMIT.
fn in_transaction(pool: &Pool, begin: &str, work: Work) -> Result<Done, StoreError> {
    let connection = pool.take()?;
    let done = in_transaction_of(&connection, begin, work);
    pool.give_back(connection);
    done
}

/// Like [`in_transaction`], for work on a whole database.
fn in_long_transaction<T, E: From<DatabaseError>>(
    pool: &Pool,
    begin: &str,
    work: impl FnOnce(&Session<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let connection = pool.take()?;
    connection.may_take_long(true);
    let done = in_transaction_of(&connection, begin, work);
    connection.may_take_long(false);
    pool.give_back(connection);
    done
}

fn in_transaction_of<T, E: From<DatabaseError>>(
    connection: &Connection,
    begin: &str,
    work: impl FnOnce(&Session<'_>) -> Result<T, E>,
) -> Result<T, E> {
    let run = || {
        connection.batch(begin)?;
        let done = work(&Session::Postgres(connection))?;
        connection.batch("COMMIT")?;
        Ok(done)
    };
    let done = run();
    if done.is_err() && connection.is_sound() {
        // If the rollback fails, the transaction ends with its connection.
        let _ = connection.batch("ROLLBACK");
    }
    done
}

/// The thread on which the driver's tasks run.
struct Driver(Option<Runtime>);

impl Driver {
    fn start() -> Result<Self, DatabaseError> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("postgres")
            .enable_all()
            .build();
        Ok(Self(Some(runtime.map_err(DatabaseError::Driver)?)))
    }

    fn handle(&self) -> tokio::runtime::Handle {
        let runtime = self.0.as_ref();
        runtime
            .expect("the runtime is there until `drop`")
            .handle()
            .clone()
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // A task may drop this, and a task must not block.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}
