//! Operations on Lua's stack.

use std::ffi::{CStr, c_char, c_int};

use crate::ffi::{
    Function, State, lua_createtable, lua_error, lua_pushcclosure, lua_pushlstring, lua_rotate,
    lua_setfield, lua_settop, lua_tolstring, luaL_tolstring, luaL_where,
};

/// Pops values.
///
/// # Safety
/// There must be as many values.
pub unsafe fn pop(state: *mut State, values: c_int) {
    // SAFETY: as this function demands of its caller.
    unsafe { lua_settop(state, -values - 1) };
}

/// Moves the value on top to an index, and shifts the values above that index up.
///
/// # Safety
/// There must be a value on top, and one at the index.
pub unsafe fn insert(state: *mut State, index: c_int) {
    // SAFETY: as this function demands of its caller.
    unsafe { lua_rotate(state, index, 1) };
}

/// Pushes a string. Like everything that allocates, it may raise an error.
///
/// # Safety
/// There must be room for it.
pub unsafe fn push_text(state: *mut State, text: &[u8]) {
    // SAFETY: so many bytes are there; the rest is the caller's to see to.
    unsafe { lua_pushlstring(state, text.as_ptr().cast(), text.len()) };
}

/// The bytes of a string on the stack, valid while the string stays there.
///
/// # Safety
/// The value at the index must be a string. Lua would convert a number in place.
pub unsafe fn text<'a>(state: *mut State, index: c_int) -> &'a [u8] {
    let mut length = 0;
    // SAFETY: as this function demands of its caller.
    unsafe { bytes(lua_tolstring(state, index, &raw mut length), length) }
}

/// Pushes the text of any value, as `tostring` makes it, and returns its bytes. Runs `__tostring` and may raise an
/// error.
///
/// # Safety
/// There must be a value at the index, and room for another.
pub unsafe fn push_described<'a>(state: *mut State, index: c_int) -> &'a [u8] {
    let mut length = 0;
    // SAFETY: as this function demands of its caller.
    unsafe { bytes(luaL_tolstring(state, index, &raw mut length), length) }
}

/// A slice of C's bytes.
///
/// # Safety
/// There must be `length` bytes at `start` while the result is used.
pub unsafe fn bytes<'a>(start: *const c_char, length: usize) -> &'a [u8] {
    if start.is_null() {
        return b"";
    }
    // SAFETY: as this function demands of its caller.
    unsafe { std::slice::from_raw_parts(start.cast(), length) }
}

/// Raises an error with the line of the running function's caller.
///
/// # Safety
/// A function must be running. Rust values that need dropping must be dropped by unwinding.
pub unsafe fn raise(state: *mut State, message: &str) -> ! {
    // SAFETY: as this function demands of its caller; a function has room for some values.
    unsafe {
        luaL_where(state, 1);
        push_text(state, message.as_bytes());
        crate::ffi::lua_concat(state, 2);
        lua_error(state);
    }
    unreachable!("an error unwinds")
}

/// Pushes a new table of functions.
///
/// # Safety
/// There must be room for two values.
pub unsafe fn push_functions(state: *mut State, functions: &[(&CStr, Function)]) {
    // SAFETY: as this function demands of its caller.
    unsafe {
        lua_createtable(state, 0, functions.len() as c_int);
        for (name, function) in functions {
            lua_pushcclosure(state, *function, 0);
            lua_setfield(state, -2, name.as_ptr());
        }
    }
}
