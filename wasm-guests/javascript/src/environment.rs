//! `env`: the constants and secrets of a function, as the host's WASI environment holds them during a call.

use javy::quickjs::{
    Ctx, Object, Result,
    object::{Accessor, Property},
};

use crate::function;

/// Names the time zone of `Date`; not part of `env`.
pub const TIME_ZONE: &str = "TZ";

/// Puts `env` into the global object. It is read at its first use in a call: most functions have none.
///
/// While a source is compiled it cannot be used: it would become part of the snapshot, which outlives it.
pub fn install(ctx: &Ctx) -> Result<()> {
    ctx.globals()
        .prop("env", Accessor::from(env).configurable())
}

fn env(ctx: Ctx<'_>) -> Result<Object<'_>> {
    if function::is_being_compiled() {
        return Err(function::not_in_set_up(&ctx, "env"));
    }
    let env = Object::new(ctx.clone())?;
    for (name, value) in variables() {
        if name != TIME_ZONE {
            // Defined, not assigned: `__proto__` is a name like others.
            env.prop(
                name,
                Property::from(value).writable().enumerable().configurable(),
            )?;
        }
    }
    // From now on a property like others.
    ctx.globals()
        .prop("env", Property::from(env.clone()).writable().configurable())?;
    Ok(env)
}

/// The value of one variable.
pub fn variable(name: &str) -> Option<String> {
    variables().find_map(|(known, value)| (known == name).then_some(value))
}

/// All variables. Asks the host each time: what the C library remembers would get into snapshots.
fn variables() -> impl Iterator<Item = (String, String)> {
    read()
        .unwrap_or_default()
        .split(|byte| *byte == 0)
        .filter_map(|variable| {
            let (name, value) = str::from_utf8(variable).ok()?.split_once('=')?;
            Some((name.to_owned(), value.to_owned()))
        })
        .collect::<Vec<_>>()
        .into_iter()
}

/// `NAME=value`, each with a NUL behind it.
fn read() -> std::result::Result<Vec<u8>, wasip1::Errno> {
    // SAFETY: takes no pointers; WASI's own answer says how large the buffers must be.
    let (count, bytes) = unsafe { wasip1::environ_sizes_get()? };
    let mut variables = vec![std::ptr::null_mut(); count];
    let mut buffer = vec![0; bytes];
    // SAFETY: both buffers have the sizes asked for a moment ago, and the environment does not change.
    unsafe { wasip1::environ_get(variables.as_mut_ptr(), buffer.as_mut_ptr())? };
    Ok(buffer)
}
