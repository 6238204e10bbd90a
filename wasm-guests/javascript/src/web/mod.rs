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

/// What stands before the name of a script of ours in a stack. It must not look like a place in the user's source.
const ORIGIN: &str = "switchhook:";

/// Puts the interfaces into the global object.
pub fn install(ctx: &Ctx) -> Result<()> {
    base64::install(ctx)?;
    encoding::install(ctx)?;
    crypto::install(ctx)?;
    url::install(ctx)?;
    // Refuses instances of the classes above, so it has to find them.
    clone::install(ctx)
}

/// Evaluates a script, which is a function of `native` that returns its globals by name, and defines these.
fn define<'js>(ctx: &Ctx<'js>, name: &str, script: &str, native: Object<'js>) -> Result<()> {
    let globals: Object = evaluate(ctx, name, script)?.call((native,))?;
    evaluate(ctx, "define.js", include_str!("define.js"))?.call((globals,))
}

/// Evaluates a script of ours, which is a function.
pub fn evaluate<'js>(ctx: &Ctx<'js>, name: &str, script: &str) -> Result<Function<'js>> {
    let mut options = EvalOptions::default();
    options.filename = Some(format!("{ORIGIN}{name}"));
    ctx.eval_with_options(script, options)
}
