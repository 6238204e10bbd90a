//! `console`: five levels, written to stderr as records that the host can tell apart.
//!
//! A record is the byte 0x1E (ASCII "record separator"), the level's name, a space, the text. Text that holds
//! the separator has it replaced, so a function cannot forge a record. As a command (`_start`) the module writes
//! plain lines instead, for a person to read.

use std::{
    cell::Cell,
    io::{self, BufWriter, Write},
};

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
    let texts: Vec<_> = arguments
        .iter()
        .map(|argument| shown(ctx, argument))
        .collect();
    // A log that cannot be written must not change what the function does.
    let _ = write(level, &texts);
}

/// The most that is written at once, in bytes: hosts take a bounded amount from a guest at a time.
const PIECE_BYTES: usize = 64 * 1024;

/// Writes in one piece what is small, and what is large without copying it.
fn write(level: &str, texts: &[String]) -> io::Result<()> {
    let mut stderr = BufWriter::new(io::stderr());
    let plain_lines = PLAIN_LINES.get();
    if !plain_lines {
        write!(stderr, "{RECORD_SEPARATOR}{level} ")?;
    }
    for (index, text) in texts.iter().enumerate() {
        if index > 0 {
            stderr.write_all(b" ")?;
        }
        if plain_lines {
            write_text(&mut stderr, text)?;
            continue;
        }
        for (index, text) in text.split(RECORD_SEPARATOR).enumerate() {
            if index > 0 {
                stderr.write_all("\u{fffd}".as_bytes())?;
            }
            write_text(&mut stderr, text)?;
        }
    }
    if plain_lines {
        stderr.write_all(b"\n")?;
    }
    stderr.flush()
}

fn write_text(to: &mut impl Write, text: &str) -> io::Result<()> {
    text.as_bytes()
        .chunks(PIECE_BYTES)
        .try_for_each(|piece| to.write_all(piece))
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
