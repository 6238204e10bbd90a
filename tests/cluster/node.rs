//! A server of a cluster that is killed and started again while other threads use it.

use std::sync::{Mutex, PoisonError, RwLock};

use crate::{client::Client, server::Server};

pub(super) struct Node {
    server: Mutex<Server>,
    reached: RwLock<Reached>,
}

/// How a server is reached, which changes when the server is started again.
#[derive(Clone)]
struct Reached {
    client: Client,
    couchdb: Option<String>,
}

impl Reached {
    fn of(server: &Server) -> Self {
        Self {
            client: server.client.clone(),
            couchdb: server.couchdb.clone(),
        }
    }
}

impl Node {
    pub(super) fn of(server: Server) -> Self {
        Self {
            reached: RwLock::new(Reached::of(&server)),
            server: Mutex::new(server),
        }
    }

    fn reached(&self) -> Reached {
        let reached = self.reached.read();
        reached.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// A client of the master account. While the server is started again, its requests fail.
    pub(super) fn client(&self) -> Client {
        self.reached().client
    }

    /// A client of the CouchDB listener.
    ///
    /// # Panics
    /// If the server has none.
    pub(super) fn couchdb(&self) -> Client {
        let Reached { client, couchdb } = self.reached();
        client.at(&couchdb.unwrap())
    }

    /// Kills the server and starts it again.
    pub(super) fn restart(&self) {
        let mut server = self.server.lock().unwrap();
        server.restart();
        *self.reached.write().unwrap() = Reached::of(&server);
    }
}
