//! The Lua guest: Lua 5.4 (`docs/lua.md`).

mod allocator;
mod engine;
mod environment;
mod error;
mod exceptions;
mod ffi;
mod form;
mod function;
mod json;
mod log;
mod random;
mod registry;
mod stack;
mod time;

use std::borrow::Cow;

use switchhook_guest::{Engine, Failure};

struct Lua;

impl Engine for Lua {
    fn boot() {
        engine::boot();
    }

    fn compile(source: &'static str) -> Result<(), Failure> {
        function::compile(source)
    }

    fn call(input: Vec<u8>) -> Result<Cow<'static, str>, Failure> {
        function::call(&input)
    }
}

switchhook_guest::guest!(Lua);
