//! `TextEncoder` and `TextDecoder` (WHATWG Encoding), for UTF-8.

use javy::quickjs::{Ctx, Exception, Object, Result, TypedArray, convert::List, function::Func};

pub fn install(ctx: &Ctx) -> Result<()> {
    let native = Object::new(ctx.clone())?;
    native.set("encode", Func::from(encode))?;
    native.set("encodeWithin", Func::from(encode_within))?;
    native.set("decode", Func::from(decode))?;
    super::define(ctx, "encoding.js", include_str!("encoding.js"), native)
}

fn encode<'js>(ctx: Ctx<'js>, text: String) -> Result<TypedArray<'js, u8>> {
    TypedArray::new_copy(ctx, text)
}

/// The longest beginning of `text`, in whole characters, that fits into `room` bytes, and its length in UTF-16 code
/// units.
fn encode_within<'js>(
    ctx: Ctx<'js>,
    text: String,
    room: usize,
) -> Result<List<(TypedArray<'js, u8>, usize)>> {
    let fitting = &text[..text.floor_char_boundary(room)];
    let units = fitting.encode_utf16().count();
    Ok(List((TypedArray::new_copy(ctx, fitting)?, units)))
}

/// The text, and the bytes that are left over: if `more` bytes are to come, the unfinished character at the end.
///
/// # Errors
/// `TypeError` if `fatal` and the bytes are not UTF-8.
fn decode<'js>(
    ctx: Ctx<'js>,
    bytes: TypedArray<'js, u8>,
    fatal: bool,
    more: bool,
) -> Result<List<(String, TypedArray<'js, u8>)>> {
    // A buffer of no length may have no address.
    let bytes = bytes.as_bytes().unwrap_or_default();
    let mut text = String::with_capacity(bytes.len());
    let mut rest: &[u8] = &[];
    let mut read = 0;
    for chunk in bytes.utf8_chunks() {
        let invalid = chunk.invalid();
        text.push_str(chunk.valid());
        read += chunk.valid().len() + invalid.len();
        if invalid.is_empty() {
            continue;
        }
        if more && read == bytes.len() && is_unfinished(invalid) {
            rest = invalid;
        } else if fatal {
            return Err(Exception::throw_type(&ctx, "the data is not valid UTF-8"));
        } else {
            text.push(char::REPLACEMENT_CHARACTER);
        }
    }
    Ok(List((text, TypedArray::new_copy(ctx, rest)?)))
}

/// Whether further bytes could complete these to a character.
fn is_unfinished(bytes: &[u8]) -> bool {
    str::from_utf8(bytes).is_err_and(|error| error.error_len().is_none())
}
