//! `console`: five levels, written to stderr as records that the host can tell apart.
//!
//! A record is the byte 0x1E (ASCII "record separator"), the level's name, a space, the text. Text that holds
//! the separator has it replaced, so a function cannot forge a record. As a command (`_start`) the module writes
//! plain lines instead, for a person to read.

use std::{cell::Cell, io::Write};

use javy::{
    quickjs::{Ctx, Function, Object, Result, Value, prelude::Rest},
    val_to_string,
};

const RECORD_SEPARATOR: char = '\u{1e}';
const LEVELS: [&str; 5] = ["log", "info", "warn", "error", "debug"];

thread_local! {
    static PLAIN_LINES: Cell<bool> = const { Cell::new(false) };
}

/// From now on writes lines for a person instead of records for the host.
pub fn write_plain_lines() {
    PLAIN_LINES.set(true);
}

/// Puts `console` into the global object.
pub fn install(ctx: &Ctx) -> Result<()> {
    let console = Object::new(ctx.clone())?;
    for level in LEVELS {
        let write = Function::new(ctx.clone(), writer(level))?;
        console.set(level, write.with_name(level)?)?;
    }
    ctx.globals().set("console", console)
}

fn writer(level: &'static str) -> impl for<'js> Fn(Ctx<'js>, Rest<Value<'js>>) {
    move |ctx, arguments| record(&ctx, level, &arguments)
}

fn record<'js>(ctx: &Ctx<'js>, level: &str, arguments: &[Value<'js>]) {
    let text = arguments
        .iter()
        .map(|argument| shown(ctx, argument))
        .collect::<Vec<_>>()
        .join(" ");
    let record = if PLAIN_LINES.get() {
        format!("{text}\n")
    } else {
        let text = text.replace(RECORD_SEPARATOR, "\u{fffd}");
        format!("{RECORD_SEPARATOR}{level} {text}")
    };
    // A log that cannot be written must not change what the function does.
    let _ = std::io::stderr().write_all(record.as_bytes());
}

/// Strings as they are, errors with their stack, other objects as JSON, and never an exception.
fn shown<'js>(ctx: &Ctx<'js>, value: &Value<'js>) -> String {
    let text = match value.as_object() {
        Some(object) if object.is_error() => {
            let stack = object.get::<_, String>("stack").unwrap_or_default();
            val_to_string(ctx, value.clone())
                .ok()
                .map(|title| format!("{title}\n{stack}").trim_end().to_owned())
        }
        Some(_) if !value.is_function() => ctx
            .json_stringify(value.clone())
            .ok()
            .flatten()
            .and_then(|json| json.to_string().ok())
            .or_else(|| val_to_string(ctx, value.clone()).ok()),
        _ => val_to_string(ctx, value.clone()).ok(),
    };
    text.unwrap_or_else(|| {
        ctx.catch();
        "[a value that cannot be shown]".to_owned()
    })
}
