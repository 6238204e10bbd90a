//! Lua's errors as Wasm exceptions, thrown and caught here for ldo.c (`lua/luaconf_local.h`).

use std::{
    ffi::{c_int, c_void},
    panic::{self, AssertUnwindSafe},
};

use crate::ffi::State;

/// The exception. Lua keeps the error itself.
struct LuaError;

#[unsafe(no_mangle)]
extern "C-unwind" fn switchhook_throw() -> ! {
    panic::resume_unwind(Box::new(LuaError))
}

/// Runs a piece of Lua. Returns 0 if it ended with an error.
///
/// # Safety
/// The function must be one that Lua gave together with this state and data.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn switchhook_try(
    function: unsafe extern "C-unwind" fn(*mut State, *mut c_void),
    state: *mut State,
    data: *mut c_void,
) -> c_int {
    // SAFETY: as this function demands of its caller.
    let work = AssertUnwindSafe(|| unsafe { function(state, data) });
    match panic::catch_unwind(work) {
        Ok(()) => 1,
        Err(thrown) if thrown.is::<LuaError>() => 0,
        // A panic of this guest. No function may continue after it.
        Err(panic) => panic::resume_unwind(panic),
    }
}
