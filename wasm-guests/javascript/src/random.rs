//! `Math.random`, seeded when a call first uses it.
//!
//! During a compilation there are no random numbers: a seed in the snapshot would give every call the same numbers.

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
