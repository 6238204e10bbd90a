//! What a function cannot have, and what to do instead: authors look for these where other platforms have them, and
//! `fetch is not defined` would leave them wondering.

use javy::quickjs::{Ctx, Error, Exception, Function, Result, object::Property};

/// The number of parameters that other platforms declare, whether `new` may stand before it, and why it is not there.
const ABSENT: [(&str, usize, bool, &str); 7] = [
    ("fetch", 1, false, NO_NETWORK),
    ("XMLHttpRequest", 0, true, NO_NETWORK),
    ("WebSocket", 1, true, NO_NETWORK),
    ("setTimeout", 1, false, NO_TIMERS),
    ("setInterval", 1, false, NO_TIMERS),
    ("setImmediate", 1, false, NO_TIMERS),
    ("require", 1, false, NO_MODULES),
];

const NO_NETWORK: &str = "a function has no network; put what it needs into `env` or into the call";
const NO_TIMERS: &str = "a function has no timers, the caller is waiting; to run something after the current code, \
    use `queueMicrotask`; to pause the call, return an action that does";
const NO_MODULES: &str = "a function has no modules; put the code that it needs into its source";

pub fn install(ctx: &Ctx) -> Result<()> {
    for (name, parameters, constructor, reason) in ABSENT {
        let refuse = move |ctx: Ctx| -> Result<()> { Err(refusal(&ctx, name, reason)) };
        let function = Function::new(ctx.clone(), refuse)?
            .with_name(name)?
            .with_length(parameters)?
            .with_constructor(constructor);
        let property = Property::from(function).writable().configurable();
        ctx.globals().prop(name, property)?;
    }
    Ok(())
}

fn refusal(ctx: &Ctx, name: &str, reason: &str) -> Error {
    Exception::throw_message(ctx, &format!("there is no {name}: {reason}"))
}
