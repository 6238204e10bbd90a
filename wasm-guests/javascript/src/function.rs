//! The function's life: compiled once, called on one document.

use std::{
    cell::{Cell, RefCell},
    mem, ptr,
};

use javy::quickjs::{Ctx, Error, Exception, Function, Persistent, Value, qjs};

use crate::{
    engine,
    error::{Failure, Status},
    place::FILE_NAME,
    random,
};

/// KAZOO runs the text as `new Function('call', text)`; this is what that constructor puts around it.
const BEFORE: &str = "(function anonymous(call\n) {\n";
/// The name in [`BEFORE`].
const NAME: &str = "anonymous";
const AFTER: &str = "\n})";

/// The line number of the first line of [`BEFORE`], two lines above the user's line 1.
///
/// QuickJS takes 0 to mean "not given", which this number avoids.
const FIRST_LINE: i32 = -1;

thread_local! {
    /// Where the host wrote it: errors are counted in it.
    static SOURCE: Cell<&'static str> = const { Cell::new("") };
    static FUNCTION: RefCell<Option<Persistent<Function<'static>>>> = const { RefCell::new(None) };
}

/// Compiles the body of `function (call) {…}` and keeps the function for [`call`].
///
/// # Errors
/// `CompileError` if the text is no such body.
pub fn compile(source: &'static [u8]) -> Result<(), Failure> {
    let source = str::from_utf8(source).map_err(|error| {
        Failure::new(
            Status::CompileError,
            "SyntaxError",
            format!("the source is not UTF-8: {error}"),
        )
    })?;
    engine::with(|ctx| {
        let function = evaluate(&ctx, source).map_err(|_| {
            let mut failure = Failure::caught(Status::CompileError, &ctx, source);
            failure.thrown.keep_inside(source);
            failure
        })?;
        let kept = Persistent::save(&ctx, function);
        FUNCTION.with(|cell| cell.replace(Some(kept)));
        SOURCE.set(source);
        random::forget_seed();
        Ok(())
    })
}

/// Runs the compiled function on a JSON document and returns its result as JSON.
///
/// # Errors
/// `Exception` if the function throws, `InvalidResult` if what it returns has no JSON form, `InvalidInput` if
/// the document is not JSON or nothing has been compiled.
pub fn call(input: &[u8]) -> Result<String, Failure> {
    engine::with(|ctx| {
        let caught = |status| Failure::caught(status, &ctx, SOURCE.get());
        let kept = FUNCTION.with(|cell| cell.borrow().clone()).ok_or_else(|| {
            Failure::new(
                Status::InvalidInput,
                "Error",
                "no function has been compiled into this module",
            )
        })?;
        let function = kept.restore(&ctx).map_err(|_| caught(Status::Exception))?;
        let document = ctx
            .json_parse(input)
            .map_err(|_| caught(Status::InvalidInput))?;
        // The instance is dropped after the call: giving values back one by one would only cost fuel.
        mem::forget(document.clone());
        let returned: Value = function
            .call((document,))
            .map_err(|_| caught(Status::Exception))?;
        let settled = settle(&ctx, returned)?;
        mem::forget(settled.clone());
        let text = ctx
            .json_stringify(settled.clone())
            .map_err(|_| caught(Status::InvalidResult))?
            .ok_or_else(|| no_json_form(&settled))?;
        text.to_string().map_err(|_| caught(Status::InvalidResult))
    })
}

/// Waits for a promise by running the jobs it depends on; any other value is returned as it is.
fn settle<'js>(ctx: &Ctx<'js>, returned: Value<'js>) -> Result<Value<'js>, Failure> {
    let Some(promise) = returned.as_promise() else {
        return Ok(returned);
    };
    promise.finish().map_err(|error| match error {
        Error::WouldBlock => Failure::new(
            Status::InvalidResult,
            "TypeError",
            "the promise that the function returned never settles",
        ),
        _ => Failure::caught(Status::Exception, ctx, SOURCE.get()),
    })
}

fn no_json_form(value: &Value) -> Failure {
    let what = if value.is_undefined() {
        "nothing (did it end without `return`?)".to_owned()
    } else {
        format!("a {}", value.type_name())
    };
    Failure::new(
        Status::InvalidResult,
        "TypeError",
        format!("the function returned {what}, which has no JSON form"),
    )
}

/// Evaluates the function expression around `body`, with line 1 being the first line of `body`.
fn evaluate<'js>(ctx: &Ctx<'js>, body: &str) -> Result<Function<'js>, Error> {
    let mut text = String::with_capacity(BEFORE.len() + body.len() + AFTER.len() + 1);
    text.push_str(BEFORE);
    text.push_str(body);
    text.push_str(AFTER);
    let length = text.len();
    text.push('\0');
    let mut options = qjs::JSEvalOptions {
        version: qjs::JS_EVAL_OPTIONS_VERSION as i32,
        eval_flags: qjs::JS_EVAL_TYPE_GLOBAL as i32,
        filename: FILE_NAME.as_ptr(),
        line_num: FIRST_LINE,
    };
    // SAFETY: the context is alive and entered, `text` has `length` bytes and a NUL behind them as QuickJS asks,
    // and the options and the file name outlive the evaluation. The returned value is owned by us and handed to
    // `Value`, which frees it; an exception is left pending for the caller to catch.
    let value = unsafe {
        let raw = qjs::JS_Eval2(
            ctx.as_raw().as_ptr(),
            text.as_ptr().cast(),
            length as _,
            ptr::from_mut(&mut options),
        );
        if qjs::JS_IsException(raw) {
            return Err(Error::Exception);
        }
        Value::from_raw(ctx.clone(), raw)
    };
    // A source can close the brackets around it and open others. What is left then is not this function.
    value
        .into_function()
        .filter(|function| function.get("name").is_ok_and(|name: String| name == NAME))
        .ok_or_else(|| Exception::throw_syntax(ctx, "the source is not the body of one function"))
}
