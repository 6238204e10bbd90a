//! `structuredClone` (HTML, section 2.7).
//!
//! The engine's own serialiser is not used: it copies symbols, calls no getters, does not know errors, and numbers
//! references wrongly behind a regular expression.

use javy::quickjs::{Ctx, Object, Result, Value, function::Func, qjs};

pub fn install(ctx: &Ctx) -> Result<()> {
    let native = Object::new(ctx.clone())?;
    native.set("classOf", Func::from(class_of))?;
    super::define(ctx, "clone.js", include_str!("clone.js"), native)
}

/// The engine's number of an object's class, whatever the object's prototype.
fn class_of(object: Value) -> u32 {
    // SAFETY: the value is alive for as long as `object` is, and is only looked at.
    unsafe { qjs::JS_GetClassID(object.as_raw()) }
}
