//! The guest ABI of Switchhook, version 1 (`docs/guest-abi.md`), for language engines written in Rust or wrapped by Rust.
//!
//! A *guest* is a language engine as a WebAssembly module. The host uses a guest in three steps:
//!
//! 1. [`Engine::boot`] runs once, when the guest is built. The memory that it leaves behind is the initial memory of every
//!    instance.
//! 2. [`Engine::compile`] runs once for each function. The host keeps what changed in memory: the function's snapshot.
//! 3. [`Engine::call`] runs once for each call of the function, in a new instance that resumes the snapshot. The host drops
//!    the instance afterwards.
//!
//! A guest implements [`Engine`] and names the implementation in [`guest!`], which exports what the host calls. The module
//! is also a WASI command: its `_start` reads a call from stdin and writes the result to stdout.
//!
//! # A complete guest
//!
//! ```no_run
#![doc = include_str!("../../skeleton/src/lib.rs")]
//! ```
//!
//! Its `Cargo.toml` says `crate-type = ["cdylib"]`. `cargo build --release --target wasm32-wasip1` builds the module, and
//! `switchhook packs new NAME` writes this guest as a language pack with everything around it. `docs/language-packs.md`
//! shows how to go on from there.
//!
//! # What else an engine needs
//!
//! | to | use |
//! |---|---|
//! | say why a function failed, and where in its source | [`Failure`], [`place`] |
//! | write a function's log | [`log()`], [`Level`] |
//! | read a function's constants and secrets | [`environment`] |
//! | seed a generator of random numbers | [`random`] |
//! | know the call's time zone | the feature `time-zone` |
//! | know whether a call runs or a compilation | [`is_being_compiled`] |
//! | keep a call's memory on few pages, which makes calls faster | [`heap::fill_holes`] |
//! | write JSON that holds no half of a surrogate pair | [`without_half_pairs`] |
//!
//! # Features
//!
//! `allocator`, which is on by default, exports `cabi_realloc`. Switch the feature off if the engine exports its own.
//! `time-zone` adds the module `time_zone` and the IANA time zone database, which WASI lacks.

mod abi;
#[cfg(feature = "allocator")]
mod allocator;
mod command;
pub mod environment;
mod failure;
pub mod heap;
mod log;
pub mod place;
pub mod random;
// The host does the same to results: one file, so that both always do.
#[path = "../../../runtime/src/surrogates.rs"]
mod surrogates;
#[cfg(feature = "time-zone")]
pub mod time_zone;

use std::borrow::Cow;

pub use abi::is_being_compiled;
#[doc(hidden)]
pub use abi::{Returned, answer, boot, call, compile, text_from_host};
#[doc(hidden)]
pub use command::start;
pub use failure::{Failure, Status, Thrown, cut};
pub use log::{Level, log};

/// A language engine. All of it happens in one thread; the host never goes on with an instance after an answer to
/// [`Engine::compile`] or [`Engine::call`] but with a copy of its memory.
pub trait Engine {
    /// Runs once, when the guest is built: the memory it leaves behind is every instance's initial memory. Panics if the
    /// engine does not boot.
    fn boot();

    /// Keeps what [`Engine::call`] will run. Runs once for each source, with a clock that says 1970, random numbers that
    /// are always the same, and an empty environment: none of these may be kept.
    ///
    /// # Errors
    /// [`Status::CompileError`] if the source cannot be compiled.
    fn compile(source: &'static str) -> Result<(), Failure>;

    /// Runs the compiled function on one JSON document, UTF-8, and answers with another. Need not free anything.
    ///
    /// # Errors
    /// [`Status::Exception`], and the others as they say.
    fn call(input: Vec<u8>) -> Result<Cow<'static, str>, Failure>;
}

/// A JSON document with each half of a surrogate pair that has no other half replaced by U+FFFD: calls can hold them, and
/// most readers of JSON refuse them.
pub fn without_half_pairs(json: String) -> String {
    surrogates::repaired(json)
}

/// Exports an [`Engine`] as a guest.
#[macro_export]
macro_rules! guest {
    ($engine:ty) => {
        #[unsafe(export_name = "initialize-runtime")]
        extern "C" fn switchhook_boot() {
            $crate::boot::<$engine>();
        }

        /// # Safety
        /// The host calls it with text that it wrote to where `cabi_realloc` said.
        #[unsafe(export_name = "compile")]
        unsafe extern "C" fn switchhook_compile(
            pointer: *mut u8,
            length: usize,
        ) -> *const $crate::Returned {
            // SAFETY: as this function demands of the host.
            $crate::compile::<$engine>(unsafe { $crate::text_from_host(pointer, length) })
        }

        /// # Safety
        /// The host calls it with text that it wrote to where `cabi_realloc` said.
        #[unsafe(export_name = "call")]
        unsafe extern "C" fn switchhook_call(
            pointer: *mut u8,
            length: usize,
        ) -> *const $crate::Returned {
            // SAFETY: as this function demands of the host.
            $crate::call::<$engine>(unsafe { $crate::text_from_host(pointer, length) })
        }

        #[unsafe(export_name = "_start")]
        extern "C" fn switchhook_start() {
            $crate::start::<$engine>();
        }
    };
}
