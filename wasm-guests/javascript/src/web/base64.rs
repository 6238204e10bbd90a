//! `atob`, `btoa`, `DOMException`: QuickJS has them, but only in a context with all it has.

use javy::quickjs::{Ctx, Error, Result, qjs};

pub fn install(ctx: &Ctx) -> Result<()> {
    // SAFETY: the context is alive and entered, and the function does no more than define globals in it.
    match unsafe { qjs::JS_AddIntrinsicAToB(ctx.as_raw().as_ptr()) } {
        0 => Ok(()),
        _ => Err(Error::Exception),
    }
}
