//! The table `json`.

use std::ffi::c_int;

use super::{mark_array, read, write};
use crate::{
    ffi::{
        REGISTRY, State, TABLE, lua_rawgeti, lua_setfield, lua_settop, luaL_checkany,
        luaL_checklstring, luaL_checktype,
    },
    registry, stack,
};

/// Pushes the table, as Lua's libraries do.
pub unsafe extern "C-unwind" fn open(state: *mut State) -> c_int {
    // SAFETY: Lua calls it with a state that has room for some values.
    unsafe {
        stack::push_functions(
            state,
            &[(c"array", array), (c"decode", decode), (c"encode", encode)],
        );
        lua_rawgeti(state, REGISTRY, registry::NULL);
        lua_setfield(state, -2, c"null".as_ptr());
    }
    1
}

/// `json.encode(value)`
unsafe extern "C-unwind" fn encode(state: *mut State) -> c_int {
    // SAFETY: Lua calls it with a state that has room for some values.
    unsafe {
        luaL_checkany(state, 1);
        lua_settop(state, 1);
        let mut json = String::new();
        if let Err(error) = write::write(state, &mut json) {
            stack::raise(state, &format!("json.encode: the value{error}"));
        }
        stack::push_text(state, json.as_bytes());
    }
    1
}

/// `json.decode(text)`
unsafe extern "C-unwind" fn decode(state: *mut State) -> c_int {
    // SAFETY: Lua calls it with a state that has room for some values. The text stays where it is.
    unsafe {
        let mut length = 0;
        let text = luaL_checklstring(state, 1, &raw mut length);
        let json = stack::bytes(text, length);
        if let Err(error) = read::push(state, json) {
            let message = format!("json.decode: {} (at byte {})", error.message, error.at + 1);
            stack::raise(state, &message);
        }
    }
    1
}

/// `json.array(table)`: marks the table as an array, so that it is one even if it is empty. Without an argument,
/// returns a new empty array.
unsafe extern "C-unwind" fn array(state: *mut State) -> c_int {
    // SAFETY: as above.
    unsafe {
        if crate::ffi::lua_gettop(state) == 0 {
            crate::ffi::lua_createtable(state, 0, 0);
        }
        luaL_checktype(state, 1, TABLE);
        lua_settop(state, 1);
        mark_array(state);
    }
    1
}
