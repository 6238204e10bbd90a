//! The pool of connections.

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use super::{super::DatabaseError, Connection, ServerError, connector::Connector, reach::Reach};

/// For how long after a failure nobody else tries to connect. Requests fail at once meanwhile.
const PAUSE: Duration = Duration::from_millis(250);

/// Connections that nobody uses at the moment. Places elsewhere bound how many there are in all.
pub(super) struct Pool {
    connector: Connector,
    reach: Reach,
    idle: Mutex<Vec<Connection>>,
    /// When connecting failed last.
    failed: Mutex<Option<Instant>>,
}

impl Pool {
    pub(super) fn new(connector: Connector, reach: Reach) -> Self {
        Self {
            connector,
            reach,
            idle: Mutex::default(),
            failed: Mutex::default(),
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
        if locked(&self.failed).is_some_and(|failed| failed.elapsed() < PAUSE) {
            return Err(ServerError::Away.into());
        }
        let driver = self.connector.driver();
        let connected = driver.block_on(self.connector.connect());
        *locked(&self.failed) = connected.is_err().then(Instant::now);
        let (client, _, epoch) = connected?;
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

fn locked<T>(it: &Mutex<T>) -> MutexGuard<'_, T> {
    it.lock().unwrap_or_else(PoisonError::into_inner)
}
