//! The pool of connections.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{super::DatabaseError, Connection, ServerError, connector::Connector, reach::Reach};

/// The idle connections. Semaphores elsewhere bound the number of all connections.
pub(super) struct Pool {
    connector: Connector,
    reach: Reach,
    idle: Mutex<Vec<Connection>>,
}

impl Pool {
    pub(super) fn new(connector: Connector, reach: Reach) -> Self {
        Self {
            connector,
            reach,
            idle: Mutex::default(),
        }
    }

    /// A connection, at once if one is idle.
    pub(super) fn take(&self) -> Result<Connection, DatabaseError> {
        if self.reach.is_away() {
            // An idle connection does not notice that its network is broken.
            self.idle().clear();
            return Err(ServerError::Away.into());
        }
        while let Some(connection) = self.idle().pop() {
            if connection.is_sound() {
                return Ok(connection);
            }
        }
        let driver = self.connector.driver();
        let (client, _, epoch) = driver.block_on(self.connector.connect())?;
        let (driver, reach) = (driver.clone(), self.reach.clone());
        Ok(Connection::new(client, driver, epoch, reach))
    }

    /// Keeps a connection for the next use, unless it failed. If it failed, all idle connections are likely to fail
    /// too.
    pub(super) fn give_back(&self, connection: Connection) {
        let mut idle = self.idle();
        if connection.is_sound() {
            idle.push(connection);
        } else {
            idle.clear();
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
