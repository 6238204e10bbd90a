//! The sandbox: wasmtime, and nothing else.
//!
//! A [`Guest`] is a language engine compiled to Wasm. [`Guest::compile`] runs it on source text in a fresh
//! instance and keeps what changed as a [`Snapshot`]; [`Guest::call`] resumes that snapshot in another fresh
//! instance, runs the function on one JSON document, and drops the instance. [`Guest::link`] joins both halves
//! into one ordinary Wasm module. [`Guest::converse`] runs a program that stays, line after line. [`CustomerModules::load`] makes a
//! guest of a module that a function brings itself.
//!
//! This crate knows no HTTP, no SQL and no language. What a guest must export is written in `docs/guest-abi.md`.

mod call;
mod digest;
mod engine;
mod guest;
mod host;
mod limits;
mod logs;
mod memory;
mod modules;
mod outcome;
mod snapshot;
mod surrogates;

pub use call::Call;
pub use digest::{Digest, NoDigest};
pub use engine::{Engine, EngineConfig, EngineError, Making};
pub use guest::{Guest, GuestError, preinitialize};
pub use host::{Moment, Variable};
pub use limits::{Limit, Limits, Usage};
pub use logs::{Level, LogRecord, Logs};
pub use modules::{
    CustomerModules, KeptCode, MakingLimits, ModuleError, ModuleSettings, make_machine_code,
};
pub use outcome::{Class, Failure, FunctionError, Metrics, Outcome};
pub use snapshot::{Snapshot, SnapshotError};
