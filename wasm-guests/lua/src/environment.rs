//! The table `env`: the function's constants and secrets, read when a call first uses the table.

use std::ffi::c_int;

use switchhook_guest::{environment, is_being_compiled};

use crate::{
    ffi::{
        State, lua_createtable, lua_getglobal, lua_pushcclosure, lua_pushnil, lua_pushvalue,
        lua_rawget, lua_rawset, lua_setfield, lua_setglobal, lua_setmetatable, lua_settop,
    },
    stack,
};

/// Makes the table `env`.
///
/// # Safety
/// The state must be alive and have room for three values.
pub unsafe fn install(state: *mut State) {
    // SAFETY: as this function demands of its caller.
    unsafe {
        lua_createtable(state, 0, 0);
        lua_createtable(state, 0, 2);
        lua_pushcclosure(state, get, 0);
        lua_setfield(state, -2, c"__index".as_ptr());
        lua_pushcclosure(state, pairs, 0);
        lua_setfield(state, -2, c"__pairs".as_ptr());
        lua_setmetatable(state, -2);
        lua_setglobal(state, c"env".as_ptr());
    }
}

/// The metamethod `__index`. Arguments: the table and a name.
unsafe extern "C-unwind" fn get(state: *mut State) -> c_int {
    // SAFETY: Lua calls it with these two, and room for more.
    unsafe {
        lua_settop(state, 2);
        lua_pushvalue(state, 1);
        fill(state);
        stack::pop(state, 1);
        lua_rawget(state, 1);
    }
    1
}

/// The metamethod `__pairs`. Argument: the table.
unsafe extern "C-unwind" fn pairs(state: *mut State) -> c_int {
    // SAFETY: as above.
    unsafe {
        lua_settop(state, 1);
        fill(state);
        lua_getglobal(state, c"next".as_ptr());
        lua_pushvalue(state, 1);
        lua_pushnil(state);
    }
    3
}

/// Fills the table on top with all variables and makes it an ordinary table.
unsafe fn fill(state: *mut State) {
    // SAFETY: a function of Lua runs, which has room for some values.
    unsafe {
        if is_being_compiled() {
            let message = "env is for calls: what is read here would be the same in all of them";
            stack::raise(state, message);
        }
        lua_pushnil(state);
        lua_setmetatable(state, -2);
        for (name, value) in environment::variables() {
            stack::push_text(state, name.as_bytes());
            stack::push_text(state, value.as_bytes());
            lua_rawset(state, -3);
        }
    }
}
