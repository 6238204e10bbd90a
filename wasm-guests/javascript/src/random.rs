//! `Math.random`, seeded at its first use in a call.
//!
//! The seed must never be part of a snapshot, or every call would draw the same numbers; so it is not taken when
//! the engine boots, and [`forget_seed`] drops one that code took while it was compiled.

use std::cell::RefCell;

use fastrand::Rng;
use javy::quickjs::{Ctx, Function, Object, Result};

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

/// Makes the next `Math.random` take a new seed.
pub fn forget_seed() {
    GENERATOR.with(|cell| cell.replace(None));
}

fn random() -> f64 {
    GENERATOR.with(|cell| {
        cell.borrow_mut()
            .get_or_insert_with(|| Rng::with_seed(seed()))
            .f64()
    })
}

fn seed() -> u64 {
    // WASI's `random_get` fails only if the host refuses it; a function may then see a fixed sequence.
    getrandom::u64().unwrap_or_default()
}
