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

/// How long after a failure somebody tries to connect again. Requests fail at once meanwhile.
const PAUSE: Duration = Duration::from_millis(250);

/// Limits of every connection. A statement takes milliseconds. A server that vanished within a transaction holds its
/// locks no longer than this.
const LIMITS: &str = "SET statement_timeout = '5s'; SET lock_timeout = '3s'; \
     SET idle_in_transaction_session_timeout = '5s'; SET client_min_messages = 'warning'";

/// Connections that nobody uses at the moment. Places elsewhere bound how many there are in all.
pub(super) struct Pool {
    connector: Connector,
    idle: Mutex<Vec<Connection>>,
    server: Mutex<Server>,
}

/// What is known of the server.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Server {
    /// Nothing is known against it.
    There,
    /// Connecting failed then.
    Away(Instant),
    /// Connecting failed, and somebody tries again.
    Probed,
}

impl Pool {
    pub(super) fn new(location: &ServerLocation, driver: Handle) -> Result<Self, DatabaseError> {
        Ok(Self {
            connector: Connector::new(location, driver)?,
            idle: Mutex::default(),
            server: Mutex::new(Server::There),
        })
    }

    /// A connection, at once if one is idle.
    pub(super) fn take(&self) -> Result<Connection, DatabaseError> {
        while let Some(connection) = locked(&self.idle).pop() {
            if connection.is_sound() {
                return Ok(connection);
            }
        }
        let mut attempt = Attempt::begin(&self.server)?;
        let connection = self.connector.connect()?;
        attempt.has_succeeded = true;
        Ok(connection)
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

/// An attempt to connect. While the server is away, there is one at a time, and everybody else is told at once.
struct Attempt<'a> {
    server: &'a Mutex<Server>,
    is_probe: bool,
    has_succeeded: bool,
}

impl<'a> Attempt<'a> {
    fn begin(server: &'a Mutex<Server>) -> Result<Self, ServerError> {
        let mut known = locked(server);
        let is_probe = match *known {
            Server::There => false,
            Server::Away(since) if since.elapsed() >= PAUSE => true,
            Server::Away(_) | Server::Probed => return Err(ServerError::Away),
        };
        if is_probe {
            *known = Server::Probed;
        }
        Ok(Self {
            server,
            is_probe,
            has_succeeded: false,
        })
    }
}

/// However it ends: a probe that nobody ended would be the last.
impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut known = locked(self.server);
        if self.has_succeeded {
            *known = Server::There;
        } else if self.is_probe || *known != Server::Probed {
            *known = Server::Away(Instant::now());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time_tries_a_server_that_is_away() {
        let server = Mutex::new(Server::There);
        let (first, second) = (Attempt::begin(&server), Attempt::begin(&server));
        assert!(first.is_ok() && second.is_ok());
        drop(first);
        assert!(Attempt::begin(&server).is_err());
        // As after the pause.
        *locked(&server) = Server::Away(Instant::now() - PAUSE);
        let probe = Attempt::begin(&server);
        assert!(probe.is_ok());
        // One from before makes no room for another.
        drop(second);
        assert!(Attempt::begin(&server).is_err());
        let mut probe = probe.unwrap();
        probe.has_succeeded = true;
        drop(probe);
        assert!(*locked(&server) == Server::There);
    }
}
