//! The forms that a source can have, and how each becomes the function that is called.
//!
//! Most sources are the body of `function (call) {…}`, as KAZOO runs them. A body that awaits is one of an async
//! function. A module exports its function as `default`; what stands around it runs once, when it is compiled.

use std::ptr;

use javy::quickjs::{Ctx, Error, Exception, Function, Module, Object, Result, Value, qjs};

use crate::{error, source::FILE_NAME, stack};

/// KAZOO runs the text as `new Function('call', text)`; this is what that constructor puts around it.
const BODY: [&str; 2] = ["(function anonymous(call\n) {\n", "\n})"];
/// What `new AsyncFunction('call', text)` puts around the text.
const ASYNC_BODY: [&str; 2] = ["(async function anonymous(call\n) {\n", "\n})"];
/// The function's name in both.
const NAME: &str = "anonymous";

/// The line number of the first line of [`BODY`], two lines above the user's line 1.
///
/// QuickJS takes 0 to mean "not given", which this number avoids.
const FIRST_LINE: i32 = -1;

/// The function in `source`.
///
/// The parser decides which form a source has: the first form that it can read. If it can read none, the author meant
/// the form in which the parser came furthest. The text alone does not tell: a line that begins with `export` may be
/// part of a string.
pub fn function<'js>(ctx: &Ctx<'js>, source: &str) -> Result<Function<'js>> {
    let mut furthest = match body(ctx, source, BODY) {
        Ok(function) => return Ok(function),
        Err(_) => Mistake::catch(ctx),
    };
    if source.contains("await") {
        match body(ctx, source, ASYNC_BODY) {
            Ok(function) => return Ok(function),
            Err(_) => furthest = furthest.or_further(Mistake::catch(ctx)),
        }
    }
    if source.contains("export") || source.contains("import") {
        match Module::declare(ctx.clone(), FILE_NAME.to_bytes(), source) {
            Ok(module) => return exported(ctx, module),
            Err(_) => furthest = furthest.or_further(Mistake::catch(ctx)),
        }
    }
    Err(furthest.throw(ctx))
}

/// Why a source cannot be read in one of the forms.
struct Mistake<'js> {
    thrown: Value<'js>,
    /// Line and column. `None` for a mistake of the text as a whole, which the parser has read to its end.
    place: Option<(u32, u32)>,
}

impl<'js> Mistake<'js> {
    /// Takes the pending exception.
    fn catch(ctx: &Ctx<'js>) -> Self {
        let thrown = ctx.catch();
        let stack = thrown
            .as_object()
            .and_then(|error| error::or_none(ctx, error.get::<_, String>("stack")));
        Self {
            place: stack.and_then(|stack| stack::innermost(&stack)),
            thrown,
        }
    }

    fn or_further(self, other: Self) -> Self {
        match (self.place, other.place) {
            (Some(own), Some(others)) if own >= others => self,
            (None, _) => self,
            _ => other,
        }
    }

    /// Makes the mistake the pending exception. A source that nests too deeply gets another message than code that
    /// recurses too deeply.
    fn throw(self, ctx: &Ctx<'js>) -> Error {
        if let Some(error) = self.thrown.as_object()
            && error::is_stack_overflow(ctx, error)
        {
            error::or_none(ctx, say_nested_too_deeply(error));
        }
        ctx.throw(self.thrown)
    }
}

fn say_nested_too_deeply(error: &Object) -> Result<()> {
    error.set("name", "SyntaxError")?;
    error.set("message", "the source is nested too deeply")
}

/// Evaluates the function expression around `text`, with line 1 being the first line of `text`.
fn body<'js>(ctx: &Ctx<'js>, text: &str, [before, after]: [&str; 2]) -> Result<Function<'js>> {
    let mut expression = String::with_capacity(before.len() + text.len() + after.len() + 1);
    expression.push_str(before);
    expression.push_str(text);
    expression.push_str(after);
    let length = expression.len();
    expression.push('\0');
    let mut options = qjs::JSEvalOptions {
        version: qjs::JS_EVAL_OPTIONS_VERSION as i32,
        eval_flags: qjs::JS_EVAL_TYPE_GLOBAL as i32,
        filename: FILE_NAME.as_ptr(),
        line_num: FIRST_LINE,
    };
    // SAFETY: the context is alive and entered, `expression` has `length` bytes and a NUL behind them as QuickJS
    // asks, and the options and the file name outlive the evaluation. The returned value is owned by us and handed
    // to `Value`, which frees it; an exception is left pending for the caller to catch.
    let value = unsafe {
        let raw = qjs::JS_Eval2(
            ctx.as_raw().as_ptr(),
            expression.as_ptr().cast(),
            length as _,
            ptr::from_mut(&mut options),
        );
        if qjs::JS_IsException(raw) {
            return Err(Error::Exception);
        }
        Value::from_raw(ctx.clone(), raw)
    };
    // A source can close the brackets around it and open others. The value is then not this function.
    value
        .into_function()
        .filter(|function| function.get("name").is_ok_and(|name: String| name == NAME))
        .ok_or_else(|| Exception::throw_syntax(ctx, "the source is not the body of one function"))
}

/// Evaluates a module, top-level `await` included, and takes its default export.
fn exported<'js>(ctx: &Ctx<'js>, module: Module<'js>) -> Result<Function<'js>> {
    let (module, set_up) = module.eval()?;
    set_up.finish::<()>().map_err(|error| match error {
        Error::WouldBlock => {
            Exception::throw_type(ctx, "the module's top-level `await` never ends")
        }
        error => error,
    })?;
    let exported: Value = module.get("default")?;
    if exported.is_undefined() {
        let message = "the module has no default export: `export default function (call) {…}`";
        return Err(Exception::throw_syntax(ctx, message));
    }
    exported
        .into_function()
        .ok_or_else(|| Exception::throw_type(ctx, "the module's default export is not a function"))
}
