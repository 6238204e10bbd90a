//! `env`: the constants and secrets of a function, as the host's WASI environment holds them during a call.

use javy::quickjs::{
    Ctx, Object, Result, Value,
    object::{Accessor, Property},
};
use switchhook_guest::{environment::variables, is_being_compiled};

use crate::function;

/// Puts `env` into the global object. It is read at its first use in a call: most functions have none.
///
/// While a source is compiled it cannot be used: it would become part of the snapshot, which outlives it.
pub fn install(ctx: &Ctx) -> Result<()> {
    ctx.globals()
        .prop("env", Accessor::new(env, assign).configurable())
}

/// A function may have a variable of this name without declaring it.
fn assign<'js>(ctx: Ctx<'js>, value: Value<'js>) -> Result<()> {
    ctx.globals()
        .prop("env", Property::from(value).writable().configurable())
}

fn env(ctx: Ctx<'_>) -> Result<Object<'_>> {
    if is_being_compiled() {
        return Err(function::not_in_set_up(&ctx, "env"));
    }
    let env = Object::new(ctx.clone())?;
    for (name, value) in variables() {
        // Defined, not assigned: `__proto__` is a name like others.
        env.prop(
            name,
            Property::from(value).writable().enumerable().configurable(),
        )?;
    }
    // From now on a property like others.
    assign(ctx, env.clone().into_value())?;
    Ok(env)
}
