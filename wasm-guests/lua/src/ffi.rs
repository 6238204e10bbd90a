//! The functions of Lua's C interface that this guest uses (lua.h and lauxlib.h of Lua 5.4).
//!
//! Functions that can raise an error unwind: Rust values that live across such a call are dropped.

use std::ffi::{c_char, c_int, c_uchar, c_ushort, c_void};

/// `lua_State`
#[repr(C)]
pub struct State {
    _opaque: [u8; 0],
}

/// `lua_CFunction`
pub type Function = unsafe extern "C-unwind" fn(*mut State) -> c_int;
/// `lua_Alloc`
pub type Allocate = unsafe extern "C" fn(*mut c_void, *mut c_void, usize, usize) -> *mut c_void;
/// `lua_Reader`
pub type Read = unsafe extern "C" fn(*mut State, *mut c_void, *mut usize) -> *const c_char;
/// `lua_WarnFunction`
pub type Warn = unsafe extern "C-unwind" fn(*mut c_void, *const c_char, c_int);

/// `LUAI_MAXSTACK`, as `lua/luaconf_local.h` has it: slots of Lua's stack.
pub const MAX_STACK: c_int = 200_000;
/// Bytes of a slot.
pub const SLOT_BYTES: usize = 16;

/// `LUA_REGISTRYINDEX`
pub const REGISTRY: c_int = -MAX_STACK - 1000;

pub const OK: c_int = 0;
pub const MEMORY_ERROR: c_int = 4;

pub const NIL: c_int = 0;
pub const BOOLEAN: c_int = 1;
pub const NUMBER: c_int = 3;
pub const STRING: c_int = 4;
pub const TABLE: c_int = 5;
pub const FUNCTION: c_int = 6;
pub const USERDATA: c_int = 7;

pub const GC_COLLECT: c_int = 2;
pub const GC_STEP: c_int = 5;

/// `lua_Debug`
#[repr(C)]
pub struct Debug {
    pub event: c_int,
    pub name: *const c_char,
    pub namewhat: *const c_char,
    pub what: *const c_char,
    pub source: *const c_char,
    pub srclen: usize,
    pub currentline: c_int,
    pub linedefined: c_int,
    pub lastlinedefined: c_int,
    pub nups: c_uchar,
    pub nparams: c_uchar,
    pub isvararg: c_char,
    pub istailcall: c_char,
    pub ftransfer: c_ushort,
    pub ntransfer: c_ushort,
    pub short_src: [c_char; 60],
    pub i_ci: *mut c_void,
}

unsafe extern "C-unwind" {
    pub fn lua_newstate(allocate: Allocate, data: *mut c_void) -> *mut State;
    pub fn lua_setwarnf(state: *mut State, warn: Warn, data: *mut c_void);
    pub fn lua_gc(state: *mut State, what: c_int, ...) -> c_int;

    pub fn lua_gettop(state: *mut State) -> c_int;
    pub fn lua_settop(state: *mut State, index: c_int);
    pub fn lua_checkstack(state: *mut State, slots: c_int) -> c_int;
    pub fn lua_pushvalue(state: *mut State, index: c_int);
    pub fn lua_copy(state: *mut State, from: c_int, to: c_int);
    pub fn lua_rotate(state: *mut State, index: c_int, by: c_int);

    pub fn lua_type(state: *mut State, index: c_int) -> c_int;
    pub fn lua_typename(state: *mut State, kind: c_int) -> *const c_char;
    pub fn lua_isinteger(state: *mut State, index: c_int) -> c_int;
    pub fn lua_tonumberx(state: *mut State, index: c_int, is: *mut c_int) -> f64;
    pub fn lua_tointegerx(state: *mut State, index: c_int, is: *mut c_int) -> i64;
    pub fn lua_toboolean(state: *mut State, index: c_int) -> c_int;
    pub fn lua_tolstring(state: *mut State, index: c_int, length: *mut usize) -> *const c_char;
    pub fn lua_topointer(state: *mut State, index: c_int) -> *const c_void;
    pub fn lua_rawlen(state: *mut State, index: c_int) -> u64;
    pub fn lua_rawequal(state: *mut State, one: c_int, other: c_int) -> c_int;

    pub fn lua_pushnil(state: *mut State);
    pub fn lua_pushnumber(state: *mut State, number: f64);
    pub fn lua_pushinteger(state: *mut State, number: i64);
    pub fn lua_pushboolean(state: *mut State, value: c_int);
    pub fn lua_pushlstring(state: *mut State, text: *const c_char, length: usize) -> *const c_char;
    pub fn lua_pushcclosure(state: *mut State, function: Function, values: c_int);

    pub fn lua_createtable(state: *mut State, items: c_int, fields: c_int);
    pub fn lua_newuserdatauv(state: *mut State, bytes: usize, values: c_int) -> *mut c_void;
    pub fn lua_setfield(state: *mut State, index: c_int, key: *const c_char);
    pub fn lua_getglobal(state: *mut State, name: *const c_char) -> c_int;
    pub fn lua_setglobal(state: *mut State, name: *const c_char);
    pub fn lua_rawget(state: *mut State, index: c_int) -> c_int;
    pub fn lua_rawset(state: *mut State, index: c_int);
    pub fn lua_rawgeti(state: *mut State, index: c_int, item: i64) -> c_int;
    pub fn lua_rawseti(state: *mut State, index: c_int, item: i64);
    pub fn lua_getmetatable(state: *mut State, index: c_int) -> c_int;
    pub fn lua_setmetatable(state: *mut State, index: c_int) -> c_int;
    pub fn lua_next(state: *mut State, index: c_int) -> c_int;

    pub fn lua_load(
        state: *mut State,
        read: Read,
        data: *mut c_void,
        name: *const c_char,
        mode: *const c_char,
    ) -> c_int;
    pub fn lua_pcallk(
        state: *mut State,
        arguments: c_int,
        results: c_int,
        handler: c_int,
        context: isize,
        continuation: Option<Function>,
    ) -> c_int;
    pub fn lua_concat(state: *mut State, values: c_int);
    /// Never returns, despite its type.
    pub fn lua_error(state: *mut State) -> c_int;
    pub fn lua_getstack(state: *mut State, level: c_int, debug: *mut Debug) -> c_int;
    pub fn lua_getinfo(state: *mut State, what: *const c_char, debug: *mut Debug) -> c_int;

    pub fn luaL_tolstring(state: *mut State, index: c_int, length: *mut usize) -> *const c_char;
    pub fn luaL_checklstring(
        state: *mut State,
        argument: c_int,
        length: *mut usize,
    ) -> *const c_char;
    pub fn luaL_checkany(state: *mut State, argument: c_int);
    pub fn luaL_checktype(state: *mut State, argument: c_int, kind: c_int);
    pub fn luaL_getmetafield(state: *mut State, index: c_int, name: *const c_char) -> c_int;
    pub fn luaL_where(state: *mut State, level: c_int);
    pub fn luaL_requiref(state: *mut State, name: *const c_char, open: Function, is_global: c_int);
    pub fn luaL_traceback(state: *mut State, of: *mut State, message: *const c_char, level: c_int);

    pub fn luaopen_coroutine(state: *mut State) -> c_int;
    pub fn luaopen_string(state: *mut State) -> c_int;
    pub fn luaopen_table(state: *mut State) -> c_int;
    pub fn luaopen_utf8(state: *mut State) -> c_int;
    // Functions of the files in `lua/`:
    pub fn switchhook_open_base(state: *mut State) -> c_int;
    pub fn switchhook_open_debug(state: *mut State) -> c_int;
    pub fn switchhook_open_math(state: *mut State) -> c_int;
    pub fn switchhook_open_os(state: *mut State) -> c_int;
}
