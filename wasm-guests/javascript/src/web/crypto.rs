//! `crypto.getRandomValues` and `crypto.randomUUID` (W3C Web Cryptography, section 10), with random bytes straight from
//! the host.

use javy::quickjs::{Ctx, Exception, Object, Result, TypedArray, function::Func};
use switchhook_guest::is_being_compiled;

use crate::function;

pub fn install(ctx: &Ctx) -> Result<()> {
    let native = Object::new(ctx.clone())?;
    native.set("randomBytes", Func::from(random_bytes))?;
    native.set("randomUUID", Func::from(random_uuid))?;
    super::define(ctx, "crypto.js", include_str!("crypto.js"), native)
}

fn random_bytes<'js>(ctx: Ctx<'js>, count: usize) -> Result<TypedArray<'js, u8>> {
    let mut bytes = vec![0; count];
    fill(&ctx, &mut bytes)?;
    TypedArray::new(ctx, bytes)
}

/// RFC 9562, section 5.4.
fn random_uuid(ctx: Ctx) -> Result<String> {
    let mut bytes = [0; 16];
    fill(&ctx, &mut bytes)?;
    const VERSION: u128 = 4 << 76;
    const VARIANT: u128 = 0b10 << 62;
    let random = u128::from_be_bytes(bytes) & !(0xf << 76) & !(0b11 << 62);
    let digits = format!("{:032x}", random | VERSION | VARIANT);
    Ok([0..8, 8..12, 12..16, 16..20, 20..32]
        .map(|group| &digits[group])
        .join("-"))
}

fn fill(ctx: &Ctx, bytes: &mut [u8]) -> Result<()> {
    if is_being_compiled() {
        return Err(function::not_in_set_up(ctx, "crypto"));
    }
    getrandom::fill(bytes)
        .map_err(|_| Exception::throw_message(ctx, "the host gives no random numbers"))
}
