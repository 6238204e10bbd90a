//! JSON and values of Lua.
//!
//! | JSON | Lua |
//! |---|---|
//! | `null` | one value that is nothing else, `json.null`: `nil` cannot be kept in a table |
//! | array | a table with the metatable that [`mark_array`] sets |
//! | object | a table without it |
//! | whole number | an integer; a float if it has more than 64 bits |
//! | other number | a float |
//!
//! The other way, a table without the mark is an array if its keys are 1 to n, and else an object.

mod library;
mod number;
mod read;
mod text;
mod write;

pub use library::open;
pub use read::push;
pub use write::write;

use std::ffi::c_int;

use crate::{
    ffi::{
        REGISTRY, State, lua_createtable, lua_getmetatable, lua_newuserdatauv, lua_pushcclosure,
        lua_rawequal, lua_rawgeti, lua_rawseti, lua_setfield, lua_setmetatable,
    },
    registry, stack,
};

/// Deepest nesting that is read and written: both recurse.
const MAX_DEPTH: usize = 512;

/// Makes the value for `null` and the metatable of arrays.
///
/// # Safety
/// The state must be alive and have room for three values.
pub unsafe fn boot(state: *mut State) {
    unsafe extern "C-unwind" fn null_to_text(state: *mut State) -> c_int {
        // SAFETY: a function has room for some values.
        unsafe { stack::push_text(state, b"null") };
        1
    }
    // SAFETY: as this function demands of its caller.
    unsafe {
        // Error messages use `__name`: attempt to index a null value.
        lua_newuserdatauv(state, 0, 0);
        lua_createtable(state, 0, 2);
        stack::push_text(state, b"null");
        lua_setfield(state, -2, c"__name".as_ptr());
        lua_pushcclosure(state, null_to_text, 0);
        lua_setfield(state, -2, c"__tostring".as_ptr());
        lua_setmetatable(state, -2);
        lua_rawseti(state, REGISTRY, registry::NULL);
        lua_createtable(state, 0, 1);
        stack::push_text(state, b"array");
        lua_setfield(state, -2, c"__name".as_ptr());
        lua_rawseti(state, REGISTRY, registry::ARRAY);
    }
}

/// Marks the table on top as an array.
unsafe fn mark_array(state: *mut State) {
    // SAFETY: the caller has put a table there, and there is room for another.
    unsafe {
        lua_rawgeti(state, REGISTRY, registry::ARRAY);
        lua_setmetatable(state, -2);
    }
}

/// Whether the table on top is marked as an array.
unsafe fn is_marked(state: *mut State) -> bool {
    // SAFETY: the caller has put a table there, and there is room for two more.
    unsafe {
        if lua_getmetatable(state, -1) == 0 {
            return false;
        }
        lua_rawgeti(state, REGISTRY, registry::ARRAY);
        let is = lua_rawequal(state, -1, -2) != 0;
        stack::pop(state, 2);
        is
    }
}
