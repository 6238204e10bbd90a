//! Black-box tests: the real binary, real HTTP, a real database.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test may fail by panicking"
)]

mod certificates;
mod client;
mod cluster;
mod command_line;
mod couchdb;
mod couchjs;
mod crossbar;
mod database;
mod documentation;
mod functions;
mod memory;
mod operations;
mod packs;
mod postgres;
mod proxy;
mod replication;
mod routers;
mod sandbox;
mod server;
