//! Interfaces of the web platform, as far as they need no network, no timers and no files.
//!
//! What has state or a prototype is written in JavaScript, over native functions that do the work. The scripts are
//! evaluated when the engine boots, so a call finds their globals in its memory.

mod absent;
mod base64;
mod clone;
mod crypto;
mod encoding;
mod url;

use javy::quickjs::{Ctx, Function, Object, Result, context::EvalOptions};

/// Prefix of a script's name in stacks. It must not look like a place in the author's source.
const ORIGIN: &str = "switchhook:";

/// Puts the interfaces into the global object.
pub fn install(ctx: &Ctx) -> Result<()> {
    base64::install(ctx)?;
    encoding::install(ctx)?;
    crypto::install(ctx)?;
    url::install(ctx)?;
    // After the classes above, of which it refuses instances.
    clone::install(ctx)
}

/// Evaluates a script, a function of `native` that returns globals by name, and defines these globals.
fn define<'js>(ctx: &Ctx<'js>, name: &str, script: &str, native: Object<'js>) -> Result<()> {
    let globals: Object = evaluate(ctx, name, script)?.call((native,))?;
    evaluate(ctx, "define.js", include_str!("define.js"))?.call((globals,))
}

/// Evaluates a script of this guest, which is a function.
pub fn evaluate<'js>(ctx: &Ctx<'js>, name: &str, script: &str) -> Result<Function<'js>> {
    let mut options = EvalOptions::default();
    options.filename = Some(format!("{ORIGIN}{name}"));
    ctx.eval_with_options(script, options)
}
