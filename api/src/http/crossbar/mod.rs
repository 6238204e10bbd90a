//! KAZOO's Crossbar API, version 2, as far as functions need it (KAZOO `applications/crossbar`).

mod account_lists;
mod accounts;
mod attempts;
mod call_keys;
mod catalogue;
mod conditions;
mod cors;
mod enabling;
mod envelope;
mod filter;
mod following;
mod front;
mod functions;
mod intake;
mod listing;
mod logins;
mod object;
mod openapi;
mod packs;
mod pretty;
mod request;
mod revisions;
mod routes;
mod run;
mod start_key;
mod stats;
mod users;

#[cfg(test)]
mod tests;

pub(crate) use envelope::Node;
pub(crate) use following::Feeds;
pub(crate) use front::front;
pub(crate) use routes::routes;
