//! The JavaScript guest: QuickJS, through the `javy` crate, behind the Switchhook guest ABI.
//!
//! The module this crate builds is used in four ways. The host calls `compile` once in a fresh instance, keeps
//! what changed in memory, and resumes that memory for every `call`. Linked with such a snapshot it is a WASI
//! command (`_start`). It is a Javy plugin, so stock Javy tools can use it too. And it runs a program that goes on for as
//! long as there are lines to read (`serve`).
//!
//! The module imports WASI preview 1 and nothing else. Nothing here frees what a call made: the host drops the
//! whole instance when the call is over.

mod abi;
mod command;
mod console;
mod engine;
mod environment;
mod error;
mod form;
mod function;
mod heap;
mod json;
mod names;
mod place;
mod random;
mod realm;
mod rejection;
mod serve;
mod timezone;
mod web;
