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
mod contention;
mod contract;
mod conventions;
mod couchjs;
mod crash;
mod cross_account;
mod flow_validation;
mod functions;
mod greedy_requests;
mod history;
mod hostile;
mod isolation;
mod javy_plugin;
mod kazoo_sequence;
mod listing;
mod logins;
mod module;
mod openapi;
mod overload;
mod pivot;
mod replay;
mod requests;
mod sandbox_settings;
mod server;
mod signed_tokens;
mod stored_snapshots;
mod users;
mod workloads;
