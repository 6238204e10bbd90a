//! Several servers on one database. The tests run beside a PostgreSQL server: see `tests/postgres/run`.

mod balanced;
mod coherence;
mod failover;
mod feeds;
mod killed;
mod local_copy;
mod node;
mod versions;

use std::env;

use crate::{database::Database, server::Server};

/// A number that whoever runs the tests has set.
fn number(name: &str) -> Option<u64> {
    Some(env::var(name).ok()?.parse().unwrap())
}

/// Servers on one database.
pub(super) struct Cluster {
    pub(super) servers: Vec<Server>,
}

impl Cluster {
    /// Three servers on a new database. `None` if tests run on SQLite, because a file has only one server.
    pub(super) fn start(config: &str) -> Option<Self> {
        env::var("SWITCHHOOK_TEST_POSTGRES").ok()?;
        let folder = tempfile::tempdir().unwrap();
        let database = Database::new(folder.path());
        let first = Server::start_on(database, folder, config);
        let (second, third) = (first.another(), first.another());
        Some(Self {
            servers: vec![first, second, third],
        })
    }
}
