//! The HTTP APIs of the server: KAZOO's (`crossbar`), that of call routers (`routers`), and CouchDB's (`couchdb`). The
//! files beside these folders are shared by all three.

mod access_log;
mod bodies;
mod budget;
mod call_parameters;
mod calling;
mod connections;
mod console;
mod content;
mod couchdb;
mod crossbar;
mod error;
mod gauges;
mod health;
mod metrics;
mod pages;
mod public_url;
mod rate;
mod routers;
mod sending;

use std::sync::{Arc, LazyLock, atomic::AtomicU64};

pub(crate) use bodies::MAX_BODY_BYTES;
pub(crate) use budget::Budget;
pub(crate) use connections::Listener;
pub(crate) use console::Console;
pub(crate) use couchdb::{CouchDb, Users, couchdb_routes};
pub(crate) use crossbar::{Feeds, Node, front, routes};
pub(crate) use gauges::Gauges;
pub(crate) use health::Health;
pub(crate) use metrics::{Scrape, metrics_routes};
pub(crate) use pages::restrict;
pub(crate) use rate::{Buckets, Rate};

use switchhook_store::LowPriorityThread;

use crate::{
    accounts::{Accounts, Identity},
    functions::{Functions, Reloads},
};

/// Parses large bodies and joins long lists.
static LOW_PRIORITY: LazyLock<LowPriorityThread> =
    LazyLock::new(|| LowPriorityThread::start("bodies"));

/// State that all requests share.
pub(crate) struct Shared {
    pub(crate) functions: Arc<Functions>,
    /// Asks for language packs to be read again.
    pub(crate) reloads: Reloads,
    pub(crate) identity: Arc<Identity>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) node: Node,
    /// Memory for the bodies of requests, and for what they are parsed into.
    pub(crate) bodies: Budget,
    /// Memory for replies, until they are sent.
    pub(crate) replies: Budget,
    pub(crate) buckets: Buckets,
    /// Feeds of attempts.
    pub(crate) feeds: Feeds,
    /// Whether requests may be sent here.
    pub(crate) health: Health,
    /// The server's address from outside. Unless set, it is the address that the request was sent to.
    pub(crate) public_url: Option<String>,
    /// The console, unless the operator has disabled it.
    pub(crate) console: Option<Console>,
    /// Panics of handlers.
    pub(crate) panics: AtomicU64,
}
