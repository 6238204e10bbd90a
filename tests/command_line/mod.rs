//! The command line without a server.

mod backtraces;
mod linked_modules;
mod replay;
mod streams;
