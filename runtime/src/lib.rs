//! The sandbox: wasmtime, and nothing else.
//!
//! A [`Guest`] is a language engine compiled to Wasm. [`Guest::compile`] runs it on source text in a fresh
//! instance and keeps what changed as a [`Snapshot`]; [`Guest::call`] resumes that snapshot in another fresh
//! instance, runs the function on one JSON document, and drops the instance. [`Guest::link`] joins both halves
//! into one ordinary Wasm module. [`Guest::converse`] runs a program that stays, line after line. [`CustomerModules::load`] makes a
//! guest of a module that a function brings itself.
//!
//! This crate knows no HTTP, no SQL and no language. What a guest must export is written in `docs/guest-abi.md`.

mod absent;
mod call;
mod command;
mod conversation;
mod depth;
mod digest;
mod engine;
mod guest;
mod guest_error;
mod image;
mod last_words;
mod layout;
mod limits;
mod logs;
mod memory;
mod modules;
mod moment;
mod outbox;
mod outcome;
mod preinitialize;
mod random;
mod running;
mod sandbox;
mod snapshot;
#[expect(unsafe_code, reason = "fibres rely on it")]
mod stacks;
mod surrogates;

pub use call::Call;
pub use digest::{Digest, NoDigest};
pub use engine::{Engine, EngineConfig, EngineError, Making};
pub use guest::Guest;
pub use guest_error::GuestError;
pub use limits::{Limit, Limits, Usage};
pub use logs::{Level, LogRecord, Logs};
pub use modules::{
    CustomerModules, KeptCode, MakingLimits, ModuleError, ModuleSettings, make_machine_code,
};
pub use moment::Moment;
pub use outcome::{Class, Failure, FunctionError, Metrics, Outcome};
pub use preinitialize::preinitialize;
pub use sandbox::Variable;
pub use snapshot::{Snapshot, SnapshotError};
