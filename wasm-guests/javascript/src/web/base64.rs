//! `atob`, `btoa`, `DOMException`: QuickJS adds them only to contexts with all of its features.

use javy::quickjs::{Ctx, Error, Result, qjs};

pub fn install(ctx: &Ctx) -> Result<()> {
    // SAFETY: the context is alive and entered, and the function does no more than define globals in it.
    match unsafe { qjs::JS_AddIntrinsicAToB(ctx.as_raw().as_ptr()) } {
        0 => Ok(()),
        _ => Err(Error::Exception),
    }
}
