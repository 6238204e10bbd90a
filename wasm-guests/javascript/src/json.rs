//! A call's document and its result, copied no more often than QuickJS needs.

use std::slice;

use javy::quickjs::{Ctx, Error, Result, Value, qjs};

/// Parses a JSON document. Its text is never freed: the host drops the instance after the call.
///
/// # Errors
/// An exception if the text is not JSON.
pub fn parse<'js>(ctx: &Ctx<'js>, mut text: Vec<u8>) -> Result<Value<'js>> {
    let length = text.len();
    // Usually there is room behind the last allocation, and nothing is moved.
    text.reserve_exact(1);
    text.push(0);
    let text = text.leak();
    // SAFETY: the context is alive and entered, and a NUL that is not counted follows the text, as QuickJS asks. The
    // value is owned by us and handed to `Value`; an exception is left pending for the caller to catch.
    unsafe {
        let raw = ctx.as_raw().as_ptr();
        let name = c"<input>".as_ptr();
        let value = qjs::JS_ParseJSON(raw, text.as_ptr().cast(), length as _, name);
        if qjs::JS_IsException(value) {
            return Err(Error::Exception);
        }
        Ok(Value::from_raw(ctx.clone(), value))
    }
}

/// The JSON form of a value, or `None` if it has none. The text stays where QuickJS made it.
///
/// # Errors
/// What a `toJSON` or a getter throws, and the exceptions for cycles and for halves of surrogate pairs.
pub fn stringify(ctx: &Ctx, value: &Value) -> Result<Option<&'static str>> {
    // SAFETY: the context is alive and entered, and the value is alive. What is returned is owned by us and never
    // freed, so that the text may be used for as long as the instance lives.
    let bytes = unsafe {
        let raw = ctx.as_raw().as_ptr();
        let text = qjs::JS_JSONStringify(raw, value.as_raw(), qjs::JS_UNDEFINED, qjs::JS_UNDEFINED);
        if qjs::JS_IsException(text) {
            return Err(Error::Exception);
        }
        if qjs::JS_IsUndefined(text) {
            return Ok(None);
        }
        let mut length = 0;
        let pointer = qjs::JS_ToCStringLen2(raw, &raw mut length, text, false);
        if pointer.is_null() {
            return Err(Error::Exception);
        }
        slice::from_raw_parts(pointer.cast(), length as usize)
    };
    Ok(Some(str::from_utf8(bytes)?))
}
