//! Promises that were rejected and have no handler.

use std::{cell::RefCell, ffi::c_void};

use javy::quickjs::{Ctx, Value, qjs};

/// Most promises that are remembered. Only one is reported, and the others may still get a handler.
const MAX_REMEMBERED: usize = 1_000;

thread_local! {
    /// Each promise with its reason. Never freed: the host drops the instance after the call.
    static UNHANDLED: RefCell<Vec<(qjs::JSValue, qjs::JSValue)>> = const { RefCell::new(Vec::new()) };
}

/// Starts to remember the rejected promises of this context.
pub fn watch(ctx: &Ctx) {
    // SAFETY: the context is alive, and the tracker is a function of the whole program's life.
    unsafe {
        let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
        qjs::JS_SetHostPromiseRejectionTracker(runtime, Some(track), std::ptr::null_mut());
    }
}

/// Stops to remember rejected promises.
pub fn ignore(ctx: &Ctx) {
    // SAFETY: the context is alive.
    unsafe {
        let runtime = qjs::JS_GetRuntime(ctx.as_raw().as_ptr());
        qjs::JS_SetHostPromiseRejectionTracker(runtime, None, std::ptr::null_mut());
    }
}

/// Takes the reason of the first rejection without a handler, and forgets the others.
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
