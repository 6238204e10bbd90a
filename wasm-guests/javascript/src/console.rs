//! `console`: five levels as the host's logs, and the methods that build on them.

use std::cell::Cell;

use javy::{
    quickjs::{Ctx, Function, Object, Result, Value, function::Func, prelude::Rest},
    val_to_string,
};
use switchhook_guest::{Level, log};

use crate::{error::or_none, function, stack, web};

/// Most columns that groups indent: more would only help a loop that opens groups.
const MAX_INDENTATION: usize = 64;

thread_local! {
    /// Columns that the open groups indent.
    static INDENTATION: Cell<usize> = const { Cell::new(0) };
}

/// Puts `console` into the global object.
pub fn install(ctx: &Ctx) -> Result<()> {
    let console = Object::new(ctx.clone())?;
    for level in Level::ALL {
        let write = Function::new(ctx.clone(), writer(level))?;
        console.set(level.name(), write.with_name(level.name())?)?;
    }
    ctx.globals().set("console", console.clone())?;
    let native = Object::new(ctx.clone())?;
    native.set("show", Func::from(show))?;
    native.set("placed", Func::from(placed))?;
    native.set("indent", Func::from(indent))?;
    let methods: Object =
        web::evaluate(ctx, "console.js", include_str!("console.js"))?.call((native,))?;
    for method in methods.props::<String, Value>() {
        let (name, method) = method?;
        console.set(name, method)?;
    }
    Ok(())
}

fn show<'js>(ctx: Ctx<'js>, value: Value<'js>) -> String {
    shown(&ctx, &value)
}

/// A stack with places in the author's source.
fn placed(stack: String) -> String {
    stack::in_source(&stack, &function::source().places()).0
}

fn indent(columns: i32) {
    let indentation = INDENTATION
        .get()
        .saturating_add_signed(columns as isize)
        .min(MAX_INDENTATION);
    INDENTATION.set(indentation);
}

/// The text with `columns` spaces before every line.
fn indented(text: &str, columns: usize) -> String {
    let margin = " ".repeat(columns);
    format!("{margin}{}", text.replace('\n', &format!("\n{margin}")))
}

fn writer(level: Level) -> impl for<'js> Fn(Ctx<'js>, Rest<Value<'js>>) {
    move |ctx, arguments| {
        let texts: Vec<_> = arguments
            .iter()
            .map(|argument| shown(&ctx, argument))
            .collect();
        match INDENTATION.get() {
            0 => log(level, &texts),
            columns => log(level, &[indented(&texts.join(" "), columns)]),
        }
    }
}

/// The text of a value: strings as they are, errors with their stack, other objects as JSON. Never throws.
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
