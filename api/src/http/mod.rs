//! The doors of the server: KAZOO's API (`crossbar`), call routers (`routers`), and CouchDB's API (`couchdb`). What they share lies
//! beside them.

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
pub(crate) use metrics::{Scrape, metrics_routes};
pub(crate) use pages::restrict;
pub(crate) use rate::{Buckets, Rate};

use switchhook_store::LowPriorityThread;

use crate::{
    accounts::{Accounts, Identity},
    functions::{Functions, Reloads},
};

/// Takes large bodies apart and joins long lists.
static LOW_PRIORITY: LazyLock<LowPriorityThread> =
    LazyLock::new(|| LowPriorityThread::start("bodies"));

/// What all requests share.
pub(crate) struct Shared {
    pub(crate) functions: Arc<Functions>,
    /// For language packs.
    pub(crate) reloads: Reloads,
    pub(crate) identity: Arc<Identity>,
    pub(crate) accounts: Arc<Accounts>,
    pub(crate) node: Node,
    /// For requests: their bodies, and what these are parsed into.
    pub(crate) bodies: Budget,
    /// For replies, until they are sent.
    pub(crate) replies: Budget,
    pub(crate) buckets: Buckets,
    /// Of attempts.
    pub(crate) feeds: Feeds,
    /// Where this server is to be found from outside; unless set, where the request went.
    pub(crate) public_url: Option<String>,
    /// Unless the operator wants none.
    pub(crate) console: Option<Console>,
    /// Panics of handlers so far.
    pub(crate) panics: AtomicU64,
}
