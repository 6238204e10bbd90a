//! Promises that were rejected and that nobody looked after.

use std::{cell::RefCell, ffi::c_void};

use javy::quickjs::{Ctx, Value, qjs};

/// The most that is remembered: one is reported, the others may be handled before the end.
const MAX_REMEMBERED: usize = 1_000;

thread_local! {
    /// Promise and reason. Never freed: the instance is dropped after the call.
    static UNHANDLED: RefCell<Vec<(qjs::JSValue, qjs::JSValue)>> = const { RefCell::new(Vec::new()) };
}

/// From now on remembers the promises of this context.
pub fn watch(ctx: &Ctx) {
    // SAFETY: the context is alive, and the tracker is a function of the whole program's life.
    unsafe {
        let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
        qjs::JS_SetHostPromiseRejectionTracker(runtime, Some(track), std::ptr::null_mut());
    }
}

/// From now on remembers none.
pub fn ignore(ctx: &Ctx) {
    // SAFETY: the context is alive.
    unsafe {
        let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
        qjs::JS_SetHostPromiseRejectionTracker(runtime, None, std::ptr::null_mut());
    }
}

/// The reason of the first rejection that is still unhandled; afterwards there is none.
pub fn take<'js>(ctx: &Ctx<'js>) -> Option<Value<'js>> {
    let (_, reason) = UNHANDLED.with(|cell| cell.borrow_mut().drain(..).next())?;
    // SAFETY: the value is of this context, and `track` made a reference of it that is handed over here.
    Some(unsafe { Value::from_raw(ctx.clone(), reason) })
}

unsafe extern "C" fn track(
    context: *mut qjs::JSContext,
    promise: qjs::JSValueConst,
    reason: qjs::JSValueConst,
    is_handled: bool,
    _: *mut c_void,
) {
    UNHANDLED.with(|cell| {
        let mut unhandled = cell.borrow_mut();
        if is_handled {
            // SAFETY: both are objects, as every promise is, and alive.
            let address = |value| unsafe { qjs::JS_VALUE_GET_PTR(value) };
            unhandled.retain(|(known, _)| address(*known) != address(promise));
        } else if unhandled.len() < MAX_REMEMBERED {
            // SAFETY: QuickJS passes values that are alive for the time of this call; these are references of our own.
            let kept = unsafe {
                (
                    qjs::JS_DupValue(context, promise),
                    qjs::JS_DupValue(context, reason),
                )
            };
            unhandled.push(kept);
        }
    });
}
