//! Globals that functions cannot have, and what to use instead. Authors know them from other platforms, and `fetch is
//! not defined` alone would leave them wondering.

use std::ffi::{CStr, c_char};

const ABSENT: [(&CStr, &CStr); 7] = [
    (c"fetch", NO_NETWORK),
    (c"XMLHttpRequest", NO_NETWORK),
    (c"WebSocket", NO_NETWORK),
    (c"setTimeout", NO_TIMERS),
    (c"setInterval", NO_TIMERS),
    (c"setImmediate", NO_TIMERS),
    (c"require", NO_MODULES),
];

const NO_NETWORK: &CStr =
    c": a function has no network; put what it needs into `env` or into the call";
const NO_TIMERS: &CStr =
    c": a function has no timers, the caller is waiting; to run something after the current code, \
    use `queueMicrotask`; to pause the call, return an action that does";
const NO_MODULES: &CStr =
    c": a function has no modules; put the code that it needs into its source";

/// Called by QuickJS for the message of a ReferenceError (`quickjs/absent.patch`): returns what follows `… is not
/// defined`.
///
/// # Safety
/// The name ends with a NUL.
#[unsafe(no_mangle)]
unsafe extern "C" fn switchhook_why_absent(name: *const c_char) -> *const c_char {
    // SAFETY: as this function demands of its caller.
    let name = unsafe { CStr::from_ptr(name) };
    let known = ABSENT.iter().find(|(absent, _)| *absent == name);
    known.map_or(c"", |&(_, reason)| reason).as_ptr()
}
