//! The `functions` database through CouchDB's HTTP API (CouchDB 3.3, `chttpd_db.erl`), so that a KAZOO stores its
//! functions here and runs them here. The API has a listener of its own, with users of its own.

mod all_docs;
mod authentication;
mod bulk;
mod changes;
mod database;
mod documents;
mod error;
mod feeds;
mod front;
mod local;
mod open_revisions;
mod parameters;
mod replication;
mod request;
mod routes;
mod server;
mod sessions;
mod shows;
mod stream;
mod views;

use std::sync::Arc;

use actix_web::web;
use ipnet::IpNet;
use tokio::sync::{Semaphore, watch};

pub(crate) use authentication::Users;

use self::sessions::Sessions;
use super::{Shared, budget::Budget};
use crate::couchdb::Database;

/// The name of the only database (KAZOO `kz_databases.hrl`, `KZ_FUNCTIONS_DB`).
const DATABASE: &str = "functions";

/// Most feeds that wait at one time. Each reads the database after every write.
const MAX_FEEDS: usize = 256;

/// Most lists that are sent at one time. Each takes some megabytes for documents.
const MAX_LISTS: usize = 64;

/// Most bytes of bodies without a password at one time: hundreds of logins.
const STRANGERS_BYTES: usize = 64 * 1024;

/// State that all requests share.
pub(crate) struct CouchDb {
    shared: Arc<Shared>,
    database: Database,
    users: Users,
    allow: Vec<IpNet>,
    sessions: Sessions,
    /// Memory for bodies of clients without a password, separate from that of users.
    strangers: Budget,
    feeds: Arc<Semaphore>,
    lists: Arc<Semaphore>,
    /// Closed when the server is asked to stop, because feeds would never end.
    closing: watch::Sender<bool>,
}

impl CouchDb {
    /// `allow` lists the networks of clients. If it is empty, clients may come from anywhere. Servers with the same
    /// `cookie_key` believe each other's cookies.
    pub(crate) fn new(
        shared: Arc<Shared>,
        database: Database,
        users: Users,
        allow: Vec<IpNet>,
        cookie_key: [u8; 32],
    ) -> Self {
        Self {
            shared,
            database,
            users,
            allow,
            sessions: Sessions::new(cookie_key),
            strangers: Budget::new(STRANGERS_BYTES),
            feeds: Arc::new(Semaphore::new(MAX_FEEDS)),
            lists: Arc::new(Semaphore::new(MAX_LISTS)),
            closing: watch::Sender::new(false),
        }
    }

    /// Ends all feeds.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }
}

/// Adds the routes to an application.
pub(crate) fn couchdb_routes(couchdb: Arc<CouchDb>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .app_data(web::Data::from(couchdb))
            .default_service(web::to(front::answer));
    }
}
