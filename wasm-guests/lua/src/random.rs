//! `math.random` (`lua/math.c`): every call seeds the generator when it first uses it.

use std::{cell::Cell, ffi::c_int};

use switchhook_guest::{is_being_compiled, random};

use crate::{ffi::State, stack};

thread_local! {
    static IS_SEEDED: Cell<bool> = const { Cell::new(false) };
}

/// Whether this call has seeded the generator. Raises an error during a compilation.
///
/// # Safety
/// The state must be alive and running a function.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn switchhook_random_is_seeded(state: *mut State) -> c_int {
    if is_being_compiled() {
        let message = "math.random is for calls: here every call would get the same number";
        // SAFETY: as this function demands of its caller.
        unsafe { stack::raise(state, message) };
    }
    IS_SEEDED.get().into()
}

#[unsafe(no_mangle)]
extern "C" fn switchhook_random_becomes_seeded() -> c_int {
    IS_SEEDED.set(!is_being_compiled());
    IS_SEEDED.get().into()
}

#[unsafe(no_mangle)]
extern "C" fn switchhook_random_seed() -> i64 {
    random::seed().cast_signed()
}
