//! The one Lua state of this module.

use std::{cell::Cell, ffi::c_int, ptr};

use switchhook_guest::heap;

use crate::{
    allocator, environment, error,
    ffi::{
        Function, GC_COLLECT, GC_STEP, State, lua_checkstack, lua_gc, lua_getglobal, lua_newstate,
        lua_pushnil, lua_setfield, luaL_requiref, luaopen_coroutine, luaopen_string, luaopen_table,
        luaopen_utf8, switchhook_open_base, switchhook_open_debug, switchhook_open_math,
        switchhook_open_os,
    },
    json, log, stack,
};

/// Growth of a call's memory, in KiB, before the first collection of garbage. Later collections follow when the memory
/// has doubled.
const FIRST_COLLECTION_KIB: i32 = 2048;

/// Slots of Lua's stack that exist before a call: enough to read its document.
const CALL_SLOTS: c_int = 200;

thread_local! {
    static STATE: Cell<*mut State> = const { Cell::new(ptr::null_mut()) };
}

/// The state, after booting.
pub fn state() -> *mut State {
    STATE.get()
}

/// Boots Lua; traps if that fails, since a guest that cannot boot must not be built.
pub fn boot() {
    // SAFETY: a new state has room for some twenty values, and none of this leaves any there. An error would end in a
    // trap.
    unsafe {
        let state = lua_newstate(allocator::allocate, ptr::null_mut());
        assert!(!state.is_null(), "there is memory for Lua");
        STATE.set(state);
        error::install(state);
        json::boot(state);
        open(state);
        log::install(state);
        environment::install(state);
        lua_gc(state, GC_COLLECT);
        // After the collections, which shrink the stack.
        lua_checkstack(state, CALL_SLOTS);
        lua_gc(state, GC_STEP, -FIRST_COLLECTION_KIB);
    }
    heap::fill_holes();
    allocator::get_room();
}

unsafe fn open(state: *mut State) {
    let libraries = [
        (c"_G", switchhook_open_base as Function),
        (c"coroutine", luaopen_coroutine),
        (c"debug", switchhook_open_debug),
        (c"math", switchhook_open_math),
        (c"os", switchhook_open_os),
        (c"string", luaopen_string),
        (c"table", luaopen_table),
        (c"utf8", luaopen_utf8),
        // Libraries of this guest:
        (c"json", json::open),
        (c"log", log::open),
    ];
    // SAFETY: the caller has made the state.
    unsafe {
        for (name, open) in libraries {
            luaL_requiref(state, name.as_ptr(), open, 1);
            stack::pop(state, 1);
        }
        // Removed: `load` refuses the bytecode that it makes.
        lua_getglobal(state, c"string".as_ptr());
        lua_pushnil(state);
        lua_setfield(state, -2, c"dump".as_ptr());
        stack::pop(state, 1);
    }
}
