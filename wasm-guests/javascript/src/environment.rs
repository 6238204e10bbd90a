//! `env`: the constants and secrets of a function, as the host's WASI environment holds them during a call.

use javy::quickjs::{
    Ctx, Object, Result, Value,
    object::{Accessor, Property},
};
use switchhook_guest::{environment::variables, is_being_compiled};

use crate::function;

/// Puts `env` into the global object. A call reads the environment when it first uses `env`: most functions have none.
///
/// During a compilation, using `env` throws: its values would become part of the snapshot.
pub fn install(ctx: &Ctx) -> Result<()> {
    ctx.globals()
        .prop("env", Accessor::new(env, assign).configurable())
}

/// Replaces `env` by a variable: a function may assign to this name without declaring it.
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
        // Defined and not assigned, because a variable may be called `__proto__`.
        env.prop(
            name,
            Property::from(value).writable().enumerable().configurable(),
        )?;
    }
    // From here on, `env` is an ordinary property.
    assign(ctx, env.clone().into_value())?;
    Ok(env)
}
