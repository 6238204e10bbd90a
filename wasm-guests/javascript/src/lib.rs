//! The JavaScript guest: QuickJS, through the `javy` crate, behind the Switchhook guest ABI.
//!
//! The module this crate builds is used in four ways. The host calls `compile` once in a fresh instance, keeps
//! what changed in memory, and resumes that memory for every `call`. Linked with such a snapshot it is a WASI
//! command (`_start`). It is a Javy plugin, so stock Javy tools can use it too. And it runs a program that goes on for as
//! long as there are lines to read (`serve`).
//!
//! The module imports WASI preview 1 and nothing else. Nothing here frees what a call made: the host drops the
//! whole instance when the call is over.

mod console;
mod engine;
mod environment;
mod error;
mod form;
mod function;
mod intl;
mod json;
mod names;
mod plugin;
mod random;
mod realm;
mod rejection;
mod serve;
mod source;
mod source_map;
mod stack;
mod timezone;
mod web;

use std::borrow::Cow;

use switchhook_guest::{Engine, Failure};

switchhook_guest::guest!(JavaScript);

struct JavaScript;

impl Engine for JavaScript {
    fn boot() {
        engine::boot();
    }

    fn compile(source: &'static str) -> Result<(), Failure> {
        function::compile(source)
    }

    fn call(input: Vec<u8>) -> Result<Cow<'static, str>, Failure> {
        function::call(input).map(Cow::Borrowed)
    }
}

/// Runs a program on the lines of stdin, and answers when it ends.
///
/// # Safety
/// The host calls it with text that it wrote to where `cabi_realloc` said.
#[unsafe(export_name = "serve")]
unsafe extern "C" fn serve(pointer: *mut u8, length: usize) -> *const switchhook_guest::Returned {
    // SAFETY: as this function demands of the host.
    let program = unsafe { switchhook_guest::text_from_host(pointer, length) };
    switchhook_guest::answer(serve::serve(&program).map(Cow::Owned))
}
