//! The command line without a server.

mod linked_modules;
mod replay;
mod streams;
