//! Lua's errors as failures of the guest ABI.

use std::{
    cell::RefCell,
    ffi::{CStr, c_int},
    mem::MaybeUninit,
};

use switchhook_guest::{Failure, Status};

use crate::{
    ffi::{
        Debug, MAX_STACK, MEMORY_ERROR, NIL, REGISTRY, SLOT_BYTES, STRING, State, TABLE,
        lua_getinfo, lua_getstack, lua_pushcclosure, lua_pushvalue, lua_rawget, lua_rawseti,
        lua_settop, lua_type, luaL_getmetafield, luaL_traceback,
    },
    json, registry, stack,
};

/// Lua's name for the source. Messages begin with this name and the line.
pub const CHUNK_NAME: &CStr = c"=function.lua";
const FILE_NAME: &str = "function.lua";

/// Most frames that are searched for a function of the author.
const LEVELS: c_int = 100;

thread_local! {
    /// The last error that was raised and not caught at once.
    static RAISED: RefCell<Option<Raised>> = const { RefCell::new(None) };
}

struct Raised {
    name: String,
    message: String,
    line: Option<u32>,
    stack: String,
}

/// Puts the message handler into the registry.
///
/// # Safety
/// The state must be alive and have room for one value.
pub unsafe fn install(state: *mut State) {
    // SAFETY: as this function demands of its caller.
    unsafe {
        lua_pushcclosure(state, handle, 0);
        lua_rawseti(state, REGISTRY, registry::HANDLER);
    }
}

/// The failure of a function that ended with `status`, which is not [`crate::ffi::OK`].
pub fn failure(status: c_int, source: &str) -> Failure {
    let raised = RAISED.take();
    if status == MEMORY_ERROR {
        return Failure::new(Status::OutOfMemory, "Error", "not enough memory");
    }
    let Some(raised) = raised else {
        // The stack had no room for the message handler.
        return Failure::new(Status::StackOverflow, "Error", C_STACK_OVERFLOW);
    };
    let Raised {
        name,
        message,
        line,
        stack,
    } = raised;
    let status = if message == C_STACK_OVERFLOW || is_stack_overflow(&message) {
        Status::StackOverflow
    } else {
        Status::Exception
    };
    let has_limit = is_stack_overflow(&message);
    let mut failure = Failure::new(status, &name, message).with_stack(stack);
    if has_limit {
        failure = failure.with_limit(MAX_STACK as usize * SLOT_BYTES);
    }
    match line {
        Some(line) => failure.on_line(line, source),
        None => failure,
    }
}

/// Lua's message for too many nested calls of C functions that call back, such as `string.gsub` and metamethods
/// (lstate.c).
const C_STACK_OVERFLOW: &str = "C stack overflow";

/// Whether it is one of the messages of ldo.c and lauxlib.c for a stack that is used up.
fn is_stack_overflow(message: &str) -> bool {
    message == "stack overflow" || message.starts_with("stack overflow (")
}

/// The failure of a source that Lua refuses to compile, with Lua's message.
pub fn syntax_error(message: &str, source: &str) -> Failure {
    let (line, message) = without_line(message);
    let failure = Failure::new(Status::CompileError, "SyntaxError", message);
    match line {
        Some(line) => failure.on_line(line, source),
        None => failure,
    }
}

/// Splits a message into the line that it begins with and the rest. An error that was raised again, as by a coroutine,
/// begins with several lines. The last one is where it comes from.
fn without_line(mut message: &str) -> (Option<u32>, &str) {
    let mut last = None;
    while let Some((line, rest)) = message
        .strip_prefix(FILE_NAME)
        .and_then(|rest| rest.strip_prefix(':')?.split_once(": "))
        && let Ok(line) = line.parse()
    {
        last = Some(line);
        message = rest;
    }
    (last, message)
}

/// The message handler. Lua calls it where an error is raised, while the frames are still on the stack.
unsafe extern "C-unwind" fn handle(state: *mut State) -> c_int {
    // SAFETY: Lua calls it with the error, and room for some values.
    unsafe {
        lua_settop(state, 1);
        let (name, message) = described(state);
        let (line, message) = without_line(&message);
        let line = line.or_else(|| line_in_stack(state));
        luaL_traceback(state, state, std::ptr::null(), 1);
        let trace = String::from_utf8_lossy(stack::text(state, -1));
        // The first line is a title.
        let frames: Vec<&str> = trace.lines().skip(1).map(str::trim).collect();
        RAISED.set(Some(Raised {
            name,
            message: message.to_owned(),
            line,
            stack: frames.join("\n"),
        }));
        lua_settop(state, 1);
    }
    1
}

/// Name and message of the error at index 1. An error can be any value.
unsafe fn described(state: *mut State) -> (String, String) {
    let mut name = None;
    // SAFETY: the caller is a function with room for some values.
    unsafe {
        if lua_type(state, 1) == TABLE {
            name = field(state, b"name");
            let says_itself = luaL_getmetafield(state, 1, c"__tostring".as_ptr()) != NIL;
            if !says_itself {
                if let Some(message) = field(state, b"message") {
                    return (name.unwrap_or_else(unnamed), message);
                }
                let mut text = String::new();
                lua_pushvalue(state, 1);
                if json::write(state, &mut text).is_ok() {
                    return (name.unwrap_or_else(unnamed), text);
                }
            }
        }
        let message = String::from_utf8_lossy(stack::push_described(state, 1)).into_owned();
        (name.unwrap_or_else(unnamed), message)
    }
}

/// The name for errors without one.
fn unnamed() -> String {
    "Error".to_owned()
}

/// A field of the table at index 1, or `None` if it is not a text.
unsafe fn field(state: *mut State, name: &[u8]) -> Option<String> {
    // SAFETY: the caller is a function with room for some values.
    unsafe {
        stack::push_text(state, name);
        let text = (lua_rawget(state, 1) == STRING)
            .then(|| String::from_utf8_lossy(stack::text(state, -1)).into_owned());
        stack::pop(state, 1);
        text
    }
}

/// The line of the author's innermost function on the stack.
unsafe fn line_in_stack(state: *mut State) -> Option<u32> {
    let mut debug = MaybeUninit::<Debug>::uninit();
    (0..LEVELS).find_map(|level| {
        // SAFETY: what is asked for of a level that is there is written, and the source is a text of so many bytes.
        unsafe {
            if lua_getstack(state, level, debug.as_mut_ptr()) == 0 {
                return None;
            }
            lua_getinfo(state, c"Sl".as_ptr(), debug.as_mut_ptr());
            let debug = debug.assume_init_ref();
            let source = stack::bytes(debug.source, debug.srclen);
            let line = u32::try_from(debug.currentline).ok()?;
            (source == CHUNK_NAME.to_bytes()).then_some(line)
        }
    })
}
