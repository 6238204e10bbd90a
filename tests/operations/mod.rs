//! A server under load, under attack, after a crash, and on a failing database.

mod away_database;
mod connections;
mod contention;
mod crash;
mod database_tls;
mod databases;
mod draining;
mod failing_database;
mod full_disk;
mod greedy_requests;
mod internal_failures;
mod outages;
mod overload;
mod pages;
mod shared_connections;
mod statements;
