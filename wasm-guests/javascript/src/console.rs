//! `console`: five levels, written as the host's logs.

use javy::{
    quickjs::{Ctx, Function, Object, Result, Value, prelude::Rest},
    val_to_string,
};
use switchhook_guest::{Level, log};

use crate::{error::or_none, function, stack};

/// Puts `console` into the global object.
pub fn install(ctx: &Ctx) -> Result<()> {
    let console = Object::new(ctx.clone())?;
    for level in Level::ALL {
        let write = Function::new(ctx.clone(), writer(level))?;
        console.set(level.name(), write.with_name(level.name())?)?;
    }
    ctx.globals().set("console", console)
}

fn writer(level: Level) -> impl for<'js> Fn(Ctx<'js>, Rest<Value<'js>>) {
    move |ctx, arguments| {
        let texts: Vec<_> = arguments
            .iter()
            .map(|argument| shown(&ctx, argument))
            .collect();
        log(level, &texts);
    }
}

/// Strings as they are, errors with their stack, other objects as JSON, and never an exception.
fn shown<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> String {
    let text = match value.as_object() {
        Some(object) if object.is_error() => {
            let stack = or_none(ctx, object.get::<_, String>("stack")).unwrap_or_default();
            let (stack, _) = stack::in_source(&stack, &function::source().places());
            or_none(ctx, val_to_string(ctx, value.clone()))
                .map(|title| format!("{title}\n{stack}").trim_end().to_owned())
        }
        Some(_) if !value.is_function() => or_none(ctx, ctx.json_stringify(value.clone()))
            .flatten()
            .and_then(|json| json.to_string().ok())
            .or_else(|| or_none(ctx, val_to_string(ctx, value.clone()))),
        _ => or_none(ctx, val_to_string(ctx, value.clone())),
    };
    text.unwrap_or_else(|| "[a value that cannot be shown]".to_owned())
}
