//! A server under load, under attack and after a crash.

mod connections;
mod contention;
mod crash;
mod greedy_requests;
mod internal_failures;
mod overload;
mod pages;
