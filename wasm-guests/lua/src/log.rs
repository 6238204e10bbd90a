//! `print`, `warn` and the table `log`, which write records of the function's log.

use std::{
    cell::RefCell,
    ffi::{CStr, c_char, c_int, c_void},
};

use switchhook_guest::{Level, log};

use crate::{
    ffi::{
        REGISTRY, State, lua_createtable, lua_gettop, lua_pushcclosure, lua_pushinteger,
        lua_setfield, lua_setglobal, lua_setwarnf, lua_tointegerx,
    },
    stack,
};

thread_local! {
    /// The pieces that `warn` has got of a message that is not complete.
    static WARNING: RefCell<String> = const { RefCell::new(String::new()) };
}

/// Makes `print`, and sets the function for warnings.
///
/// # Safety
/// The state must be alive and have room for two values.
pub unsafe fn install(state: *mut State) {
    // SAFETY: as this function demands of its caller.
    unsafe {
        push_logger(state, Level::Log);
        lua_setglobal(state, c"print".as_ptr());
        lua_setwarnf(state, warn, std::ptr::null_mut());
    }
}

/// Pushes the table `log`, as Lua's libraries do.
pub unsafe extern "C-unwind" fn open(state: *mut State) -> c_int {
    // SAFETY: Lua calls it with a state that has room for some values.
    unsafe {
        lua_createtable(state, 0, 4);
        for (name, level) in [
            (c"debug", Level::Debug),
            (c"info", Level::Info),
            (c"warn", Level::Warn),
            (c"error", Level::Error),
        ] {
            push_logger(state, level);
            lua_setfield(state, -2, name.as_ptr());
        }
    }
    1
}

/// Pushes a function that writes its arguments at this level, with tabs between them like `print`.
unsafe fn push_logger(state: *mut State, level: Level) {
    // SAFETY: the caller has seen to room.
    unsafe {
        lua_pushinteger(state, level as i64);
        lua_pushcclosure(state, write, 1);
    }
}

unsafe extern "C-unwind" fn write(state: *mut State) -> c_int {
    let mut text = String::new();
    // SAFETY: Lua calls it with its arguments and room for some values; `push_logger` has given it its level.
    let level = unsafe {
        for argument in 1..=lua_gettop(state) {
            if argument > 1 {
                text.push('\t');
            }
            let described = stack::push_described(state, argument);
            text.push_str(&String::from_utf8_lossy(described));
            stack::pop(state, 1);
        }
        lua_tointegerx(state, REGISTRY - 1, std::ptr::null_mut())
    };
    let level = Level::ALL.into_iter().find(|known| *known as i64 == level);
    log(level.unwrap_or(Level::Log), &[text]);
    0
}

/// `lua_WarnFunction`: gets a message or a piece of one. Warnings are always on: `warn('@off')` and other control
/// messages do nothing.
unsafe extern "C-unwind" fn warn(_: *mut c_void, piece: *const c_char, is_continued: c_int) {
    // SAFETY: Lua gives a text with its end.
    let piece = unsafe { CStr::from_ptr(piece) }.to_string_lossy();
    WARNING.with_borrow_mut(|text| {
        if text.is_empty() && is_continued == 0 && piece.starts_with('@') {
            return;
        }
        text.push_str(&piece);
        if is_continued == 0 {
            log(Level::Warn, &[std::mem::take(text)]);
        }
    });
}
