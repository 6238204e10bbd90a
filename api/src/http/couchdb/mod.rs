//! The `functions` database as CouchDB's HTTP API shows it (CouchDB 3.3, `chttpd_db.erl`), so that a KAZOO keeps its functions
//! here and has them run here. A listener of its own, with users of its own.

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

/// The one database there is (KAZOO `kz_databases.hrl`, `KZ_FUNCTIONS_DB`).
const DATABASE: &str = "functions";

/// Feeds of changes that wait at one time. Each looks into the database whenever something is written.
const MAX_FEEDS: usize = 256;

/// Lists that are sent at one time. Each holds some megabytes of documents.
const MAX_LISTS: usize = 64;

/// Bytes of all bodies without a password at one time: hundreds of logins.
const STRANGERS_BYTES: usize = 64 * 1024;

/// What all requests share.
pub(crate) struct CouchDb {
    shared: Arc<Shared>,
    database: Database,
    users: Users,
    allow: Vec<IpNet>,
    sessions: Sessions,
    /// For the bodies of those who have shown no password yet, so that they take nothing from others.
    strangers: Budget,
    feeds: Arc<Semaphore>,
    lists: Arc<Semaphore>,
    /// Told when the server is asked to stop: feeds would go on for ever.
    closing: watch::Sender<bool>,
}

impl CouchDb {
    /// `allow` says where clients may come from: anywhere if it is empty.
    pub(crate) fn new(
        shared: Arc<Shared>,
        database: Database,
        users: Users,
        allow: Vec<IpNet>,
    ) -> Self {
        Self {
            shared,
            database,
            users,
            allow,
            sessions: Sessions::new(),
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

/// Makes an application of it.
pub(crate) fn couchdb_routes(couchdb: Arc<CouchDb>) -> impl FnOnce(&mut web::ServiceConfig) {
    move |config| {
        config
            .app_data(web::Data::from(couchdb))
            .default_service(web::to(front::answer));
    }
}
