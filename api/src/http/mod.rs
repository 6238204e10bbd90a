//! KAZOO's Crossbar API, version 2, as far as functions need it (KAZOO `applications/crossbar`).

mod access_log;
mod account_lists;
mod accounts;
mod attempts;
mod bodies;
mod call_keys;
mod call_parameters;
mod catalogue;
mod conditions;
mod connections;
mod cors;
mod couchdb;
mod enabling;
mod envelope;
mod error;
mod front;
mod functions;
mod intake;
mod listing;
mod logins;
mod metrics;
mod object;
mod openapi;
mod packs;
mod pages;
mod pretty;
mod rate;
mod request;
mod revisions;
mod routers;
mod routes;
mod run;
mod sending;
mod start_key;
mod users;

#[cfg(test)]
mod tests;

use std::sync::{Arc, LazyLock, atomic::AtomicU64};

pub(crate) use bodies::MAX_BODY_BYTES;
pub(crate) use connections::Listener;
pub(crate) use couchdb::{CouchDb, Users, couchdb_routes};
pub(crate) use envelope::Node;
pub(crate) use front::front;
pub(crate) use metrics::{Scrape, metrics_routes};
pub(crate) use pages::restrict;
pub(crate) use rate::{Buckets, Rate};
pub(crate) use routes::routes;

use switchhook_store::LowPriorityThread;

use crate::{
    accounts::{Accounts, Identity},
    budget::Budget,
    functions::{Functions, Reloads},
};

/// Takes large bodies apart and joins long lists.
static BESIDE: LazyLock<LowPriorityThread> = LazyLock::new(|| LowPriorityThread::start("bodies"));

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
    /// Where this server is to be found from outside; unless set, where the request went.
    pub(crate) public_url: Option<String>,
    /// Panics of handlers so far.
    pub(crate) panics: AtomicU64,
}
