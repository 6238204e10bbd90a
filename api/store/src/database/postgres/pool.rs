//! The pool of connections.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::{runtime::Handle, time::timeout};
use tokio_postgres::{Client, Config, NoTls};

use super::{
    super::{DatabaseError, ServerLocation},
    Connection, ServerError, Tls,
};

/// The longest time that connecting may take: a few round trips, and a TLS handshake.
const MAX_CONNECTING: Duration = Duration::from_secs(1);

/// For how long after a failure nobody else tries to connect. Requests fail at once meanwhile.
const PAUSE: Duration = Duration::from_millis(250);

/// Limits of every connection. A statement takes milliseconds. A server that vanished within a transaction holds its
/// locks no longer than this.
const LIMITS: &str = "SET statement_timeout = '5s'; SET lock_timeout = '3s'; \
     SET idle_in_transaction_session_timeout = '5s'; SET client_min_messages = 'warning'";

/// Connections that nobody uses at the moment. Places elsewhere bound how many there are in all.
pub(super) struct Pool {
    connector: Connector,
    idle: Mutex<Vec<Connection>>,
    /// When connecting failed last.
    failed: Mutex<Option<Instant>>,
}

impl Pool {
    pub(super) fn new(location: &ServerLocation, driver: Handle) -> Result<Self, DatabaseError> {
        Ok(Self {
            connector: Connector::new(location, driver)?,
            idle: Mutex::default(),
            failed: Mutex::default(),
        })
    }

    /// A connection, at once if one is idle.
    pub(super) fn take(&self) -> Result<Connection, DatabaseError> {
        while let Some(connection) = locked(&self.idle).pop() {
            if connection.is_sound() {
                return Ok(connection);
            }
        }
        if locked(&self.failed).is_some_and(|failed| failed.elapsed() < PAUSE) {
            return Err(ServerError::Away.into());
        }
        let connected = self.connector.connect();
        *locked(&self.failed) = connected.is_err().then(Instant::now);
        connected
    }

    /// Keeps a connection for the next, unless it failed. Then all idle ones are likely to fail too.
    pub(super) fn give_back(&self, connection: Connection) {
        let mut idle = locked(&self.idle);
        if connection.is_sound() {
            idle.push(connection);
        } else {
            idle.clear();
        }
    }
}

/// Makes connections.
pub(super) struct Connector {
    config: Config,
    tls: Option<Tls>,
    driver: Handle,
}

impl Connector {
    pub(super) fn new(location: &ServerLocation, driver: Handle) -> Result<Self, DatabaseError> {
        Ok(Self {
            config: location.config().clone(),
            tls: location.verification().map(Tls::new).transpose()?,
            driver,
        })
    }

    pub(super) fn connect(&self) -> Result<Connection, DatabaseError> {
        let connecting = async { timeout(MAX_CONNECTING, self.client()).await };
        let client = self
            .driver
            .block_on(connecting)
            .map_err(|_| ServerError::NoAnswer)?
            .map_err(ServerError::from)?;
        Ok(Connection::new(client, self.driver.clone()))
    }

    /// A client with the limits of every connection. Its task runs on the driver's thread.
    pub(super) async fn client(&self) -> Result<Client, tokio_postgres::Error> {
        let client = match &self.tls {
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.connector()).await?;
                // Every statement reports the connection's error.
                self.driver.spawn(async { connection.await.ok() });
                client
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                self.driver.spawn(async { connection.await.ok() });
                client
            }
        };
        client.batch_execute(LIMITS).await?;
        Ok(client)
    }
}

fn locked<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}
