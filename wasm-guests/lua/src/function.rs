//! The compiled function and its calls.

use std::{
    array,
    borrow::Cow,
    cell::Cell,
    ffi::{CStr, c_char, c_int, c_void},
};

use switchhook_guest::{Failure, Status};

use crate::{
    engine::state,
    error,
    ffi::{
        FUNCTION, NIL, OK, REGISTRY, State, lua_getglobal, lua_load, lua_pcallk, lua_pushvalue,
        lua_rawgeti, lua_rawseti, lua_settop, lua_type,
    },
    form, json, registry, stack,
};

/// Put in front of a body, on its first line.
const PARAMETER: &str = "local call = ...; ";

/// The mark that some editors put in front of UTF-8.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The name of the function that a definition defines.
const HANDLER: &CStr = c"handler";

thread_local! {
    /// The source. Errors get their lines from it.
    static SOURCE: Cell<&'static str> = const { Cell::new("") };
    static IS_BODY: Cell<bool> = const { Cell::new(true) };
}

/// Compiles a source and keeps the function for [`call`].
pub fn compile(source: &'static str) -> Result<(), Failure> {
    let state = state();
    let is_body = !form::is_definition(source);
    SOURCE.set(source);
    IS_BODY.set(is_body);
    // SAFETY: the state was booted, nothing of Lua runs and nothing is on its stack.
    unsafe {
        load(state, source, if is_body { PARAMETER } else { "" })?;
        if !is_body {
            define(state)?;
        }
        lua_rawseti(state, REGISTRY, registry::FUNCTION);
    }
    Ok(())
}

/// Compiles a chunk and pushes it.
unsafe fn load(state: *mut State, source: &str, before: &str) -> Result<(), Failure> {
    let text = source.trim_start_matches(BYTE_ORDER_MARK);
    // A first line for a Unix shell counts as a comment.
    let comment = if text.starts_with('#') { "--" } else { "" };
    let mut pieces = Pieces([before, comment, text].map(str::as_bytes).into_iter());
    // SAFETY: the caller has seen to the state; the pieces are of the type that `read` takes.
    let status = unsafe {
        let data = (&raw mut pieces).cast();
        lua_load(state, read, data, error::CHUNK_NAME.as_ptr(), c"t".as_ptr())
    };
    if status == OK {
        return Ok(());
    }
    // SAFETY: Lua has left a message on top.
    let message = String::from_utf8_lossy(unsafe { stack::text(state, -1) });
    Err(if status == crate::ffi::MEMORY_ERROR {
        Failure::new(Status::OutOfMemory, "Error", message)
    } else {
        error::syntax_error(&message, source)
    })
}

struct Pieces<'a>(array::IntoIter<&'a [u8], 3>);

/// `lua_Reader`: returns the next piece. An empty piece would be the end.
unsafe extern "C" fn read(_: *mut State, data: *mut c_void, length: *mut usize) -> *const c_char {
    // SAFETY: `load` gives this data, and Lua room for the length.
    unsafe {
        let pieces = &mut *data.cast::<Pieces<'_>>();
        let piece = pieces.0.find(|piece| !piece.is_empty()).unwrap_or_default();
        *length = piece.len();
        piece.as_ptr().cast()
    }
}

/// Runs the chunk on top, and replaces it by the function that it defines.
unsafe fn define(state: *mut State) -> Result<(), Failure> {
    // SAFETY: the caller has put the chunk there.
    unsafe {
        lua_rawgeti(state, REGISTRY, registry::HANDLER);
        stack::insert(state, 1);
        run(state, 0).map_err(|mut failure| {
            if failure.status == Status::Exception {
                failure.status = Status::CompileError;
            }
            failure
        })?;
        if lua_type(state, -1) != FUNCTION && lua_getglobal(state, HANDLER.as_ptr()) != FUNCTION {
            let message = "the source defines no global function `handler` after all";
            return Err(Failure::new(Status::CompileError, "Error", message));
        }
    }
    Ok(())
}

/// Calls the function below the arguments on top. The message handler is at index 1.
unsafe fn run(state: *mut State, arguments: c_int) -> Result<(), Failure> {
    // SAFETY: the caller has put all of them there.
    match unsafe { lua_pcallk(state, arguments, 1, 1, 0, None) } {
        OK => Ok(()),
        status => Err(error::failure(status, SOURCE.get())),
    }
}

/// Runs the compiled function on one document.
pub fn call(input: &[u8]) -> Result<Cow<'static, str>, Failure> {
    let state = state();
    // SAFETY: the state was booted, nothing of Lua runs, and its stack has room for some twenty values.
    unsafe {
        lua_settop(state, 0);
        lua_rawgeti(state, REGISTRY, registry::HANDLER);
        if lua_rawgeti(state, REGISTRY, registry::FUNCTION) != FUNCTION {
            return Err(Failure::nothing_compiled());
        }
        json::push(state, input).map_err(|error| {
            let message = format!(
                "the call is no JSON: {} (at byte {})",
                error.message,
                error.at + 1
            );
            Failure::new(Status::InvalidInput, "SyntaxError", message)
        })?;
        if IS_BODY.get() {
            // Kept for a second use: the body may turn out to define a function, which then gets the call.
            lua_pushvalue(state, -1);
            stack::insert(state, 2);
        }
        run(state, 1)?;
        if IS_BODY.get() && is_function(state) {
            lua_pushvalue(state, 2);
            run(state, 1)?;
        }
        result(state)
    }
}

/// Whether a body returned a function, or returned nothing and has defined `handler`. Leaves the function on top.
unsafe fn is_function(state: *mut State) -> bool {
    // SAFETY: the caller has put the result there.
    unsafe {
        match lua_type(state, -1) {
            FUNCTION => true,
            NIL if lua_getglobal(state, HANDLER.as_ptr()) == FUNCTION => true,
            NIL => {
                stack::pop(state, 1);
                false
            }
            _ => false,
        }
    }
}

/// The value on top as JSON.
unsafe fn result(state: *mut State) -> Result<Cow<'static, str>, Failure> {
    // SAFETY: the caller has put it there.
    unsafe {
        if lua_type(state, -1) == NIL {
            let message = "the function returned nothing (did it end without `return`?); json.null is JSON's null";
            return Err(Failure::new(Status::ReturnedNothing, "Error", message));
        }
        let mut json = String::new();
        json::write(state, &mut json).map_err(|error| {
            Failure::new(Status::InvalidResult, "Error", format!("the result{error}"))
        })?;
        Ok(json.into())
    }
}
