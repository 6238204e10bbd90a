//! Black-box tests: the real binary, real HTTP, a real SQLite file.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail by panicking"
)]

mod accounts;
mod attempts;
mod auto_disable;
mod command_line;
mod connections;
mod contention;
mod contract;
mod conventions;
mod couchdb;
mod couchdb_access;
mod couchdb_changes;
mod couchdb_couchbeam;
mod couchdb_documents;
mod couchdb_functions;
mod couchdb_helpers;
mod couchdb_replication;
mod couchdb_replicator;
mod couchdb_views;
mod couchjs;
mod crash;
mod cross_account;
mod examples;
mod flow_validation;
mod function_quotas;
mod functions;
mod greedy_requests;
mod history;
mod hostile;
mod hostile_modules;
mod hostile_packs;
mod internal_failures;
mod isolation;
mod javy_plugin;
mod kazoo_call;
mod kazoo_sequence;
mod language_packs;
mod languages;
mod listing;
mod logins;
mod module;
mod new_pack;
mod nothing_to_say;
mod openapi;
mod overload;
mod pages;
mod pivot;
mod recordings;
mod reloaded_packs;
mod replay;
mod requests;
mod router_signatures;
mod routers;
mod sandbox_settings;
mod server;
mod signed_tokens;
mod stored_snapshots;
mod users;
mod wasm_modules;
mod workloads;
