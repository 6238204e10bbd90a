//! What is done with Lua's stack in many places.

use std::ffi::{CStr, c_char, c_int};

use crate::ffi::{
    Function, State, lua_createtable, lua_error, lua_pushcclosure, lua_pushlstring, lua_rotate,
    lua_setfield, lua_settop, lua_tolstring, luaL_tolstring, luaL_where,
};

/// Drops values from the top.
///
/// # Safety
/// There must be as many.
pub unsafe fn pop(state: *mut State, values: c_int) {
    // SAFETY: as this function demands of its caller.
    unsafe { lua_settop(state, -values - 1) };
}

/// Moves the value on top to an index, and what lies above that up.
///
/// # Safety
/// There must be a value on top, and one at the index.
pub unsafe fn insert(state: *mut State, index: c_int) {
    // SAFETY: as this function demands of its caller.
    unsafe { lua_rotate(state, index, 1) };
}

/// Pushes a text. May raise an error, as everything that allocates.
///
/// # Safety
/// There must be room for it.
pub unsafe fn push_text(state: *mut State, text: &[u8]) {
    // SAFETY: so many bytes are there; the rest is the caller's to see to.
    unsafe { lua_pushlstring(state, text.as_ptr().cast(), text.len()) };
}

/// The bytes of a text on the stack, for as long as it is there.
///
/// # Safety
/// There must be a text at the index: a number would be made one in its place.
pub unsafe fn text<'a>(state: *mut State, index: c_int) -> &'a [u8] {
    let mut length = 0;
    // SAFETY: as this function demands of its caller.
    unsafe { bytes(lua_tolstring(state, index, &raw mut length), length) }
}

/// The bytes of any value as `tostring` gives them, pushed. Runs its `__tostring` and may raise an error.
///
/// # Safety
/// There must be a value at the index, and room for another.
pub unsafe fn push_described<'a>(state: *mut State, index: c_int) -> &'a [u8] {
    let mut length = 0;
    // SAFETY: as this function demands of its caller.
    unsafe { bytes(luaL_tolstring(state, index, &raw mut length), length) }
}

/// # Safety
/// There must be so many bytes, for as long as the result is used.
pub unsafe fn bytes<'a>(start: *const c_char, length: usize) -> &'a [u8] {
    if start.is_null() {
        return b"";
    }
    // SAFETY: as this function demands of its caller.
    unsafe { std::slice::from_raw_parts(start.cast(), length) }
}

/// Raises an error with the place of the function that called the one that runs.
///
/// # Safety
/// A function must be running, and whatever must be dropped be dropped by unwinding.
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

/// Pushes a table of functions.
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
