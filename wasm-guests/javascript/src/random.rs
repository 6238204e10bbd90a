//! `Math.random`, seeded at its first use in a call.
//!
//! No random number may come to be while a source is compiled: it would be part of the snapshot, and the same in
//! every call.

use std::cell::RefCell;

use fastrand::Rng;
use javy::quickjs::{Ctx, Function, Object, Result};
use switchhook_guest::{is_being_compiled, random::seed};

use crate::function;

thread_local! {
    static GENERATOR: RefCell<Option<Rng>> = const { RefCell::new(None) };
}

/// Replaces `Math.random`.
pub fn install(ctx: &Ctx) -> Result<()> {
    let math: Object = ctx.globals().get("Math")?;
    math.set(
        "random",
        Function::new(ctx.clone(), random)?.with_name("random")?,
    )
}

fn random(ctx: Ctx) -> Result<f64> {
    if is_being_compiled() {
        return Err(function::not_in_set_up(&ctx, "Math.random"));
    }
    Ok(GENERATOR.with(|cell| {
        cell.borrow_mut()
            .get_or_insert_with(|| Rng::with_seed(seed()))
            .f64()
    }))
}
