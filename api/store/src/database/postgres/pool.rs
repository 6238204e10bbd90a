//! The pool of connections.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{super::DatabaseError, Connection, ServerError, connector::Connector, reach::Reach};

/// How long after a failure somebody tries to connect again. Requests fail at once meanwhile.
const PAUSE: Duration = Duration::from_millis(250);

/// Connections that nobody uses at the moment. Places elsewhere bound how many there are in all.
pub(super) struct Pool {
    connector: Connector,
    reach: Reach,
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
    pub(super) fn new(connector: Connector, reach: Reach) -> Self {
        Self {
            connector,
            reach,
            idle: Mutex::default(),
            server: Mutex::new(Server::There),
        }
    }

    /// A connection, at once if one is idle.
    pub(super) fn take(&self) -> Result<Connection, DatabaseError> {
        if self.reach.is_away() {
            // A connection through a broken network does not know that it is of no use.
            locked(&self.idle).clear();
            return Err(ServerError::Away.into());
        }
        while let Some(connection) = locked(&self.idle).pop() {
            if connection.is_sound() {
                return Ok(connection);
            }
        }
        // One attempt that failed says little where a task looks all the time.
        let mut attempt = match self.reach.is_watched() {
            true => None,
            false => Some(Attempt::begin(&self.server)?),
        };
        let driver = self.connector.driver();
        let (client, _, epoch) = driver.block_on(self.connector.connect())?;
        if let Some(attempt) = &mut attempt {
            attempt.has_succeeded = true;
        }
        Ok(Connection::new(
            client,
            driver.clone(),
            epoch,
            self.reach.clone(),
        ))
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
