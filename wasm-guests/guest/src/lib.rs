//! The guest ABI, version 1 (`docs/guest-abi.md`), for engines written in Rust or wrapped by it.
//!
//! A guest implements [`Engine`] and names it once:
//!
//! ```ignore
//! switchhook_guest::guest!(MyEngine);
//! ```
//!
//! That gives the module all the exports a host asks for, `_start` of a WASI command among them. What else an
//! engine needs is here too: [`log()`] and its levels, the call's [`environment`], where an error is in the author's source
//! ([`place`]), a seed for [`random`] numbers, and the call's time zone.

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
