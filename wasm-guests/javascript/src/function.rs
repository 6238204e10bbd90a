//! The function's life: compiled once, called on one document.

use std::{
    cell::{Cell, RefCell},
    mem,
};

use javy::quickjs::{Ctx, Error, Exception, Function, Persistent, Value};
use switchhook_guest::{Failure, Status};

use crate::{engine, error, form, json, rejection, source::Source};

thread_local! {
    /// The text where the host wrote it. Errors get their places from it.
    static SOURCE: Cell<Source<'static>> = const { Cell::new(Source::NONE) };
    static FUNCTION: RefCell<Option<Persistent<Function<'static>>>> = const { RefCell::new(None) };
}

/// The source of the function that runs.
pub fn source() -> Source<'static> {
    SOURCE.get()
}

/// The exception for using something that has no value before there is a call.
pub fn not_in_set_up(ctx: &Ctx, what: &str) -> Error {
    let message = format!(
        "{what} cannot be used at the top level of a module: it runs once, before all calls; use it in the function"
    );
    Exception::throw_message(ctx, &message)
}

/// Compiles a source of any [`form`] and keeps the function for [`call`].
///
/// # Errors
/// `CompileError` if the text is no source, or if its top level fails.
pub fn compile(source: &'static str) -> Result<(), Failure> {
    let source = Source::new(source);
    SOURCE.set(source);
    engine::with(|ctx| {
        let function =
            form::function(&ctx, source.text).map_err(|_| error::caught_compiling(&ctx, source))?;
        unhandled_rejection(&ctx, Status::CompileError)?;
        let kept = Persistent::save(&ctx, function);
        FUNCTION.with(|cell| cell.replace(Some(kept)));
        Ok(())
    })
}

/// Runs the compiled function on a JSON document and returns its result as JSON.
///
/// # Errors
/// `Exception` if the function throws, `ReturnedNothing` if it returns `undefined`, `InvalidResult` if another result has
/// no JSON form, `InvalidInput` if the document is not JSON or nothing has been compiled.
pub fn call(input: Vec<u8>) -> Result<&'static str, Failure> {
    engine::with(|ctx| {
        let caught = |status| error::caught(status, &ctx, SOURCE.get());
        let kept = FUNCTION
            .with(|cell| cell.borrow().clone())
            .ok_or_else(Failure::nothing_compiled)?;
        let function = kept.restore(&ctx).map_err(|_| caught(Status::Exception))?;
        let document = json::parse(&ctx, input).map_err(|_| caught(Status::InvalidInput))?;
        // Leaked: the host drops the instance after the call, so freeing values would only cost fuel.
        mem::forget(document.clone());
        let returned: Value = function
            .call((document,))
            .map_err(|_| caught(Status::Exception))?;
        let settled = settle(&ctx, returned)?;
        unhandled_rejection(&ctx, Status::Exception)?;
        mem::forget(settled.clone());
        json::stringify(&ctx, &settled)
            .map_err(|_| caught(Status::InvalidResult))?
            .ok_or_else(|| no_json_form(&settled))
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
        _ => error::caught(Status::Exception, ctx, SOURCE.get()),
    })
}

/// Fails if a promise was rejected without a handler: a result would hide the error.
fn unhandled_rejection(ctx: &Ctx, status: Status) -> Result<(), Failure> {
    match rejection::take(ctx) {
        None => Ok(()),
        Some(reason) => Err(error::unhandled(status, ctx, reason, SOURCE.get())),
    }
}

fn no_json_form(value: &Value) -> Failure {
    let (status, what) = if value.is_undefined() {
        let what = "nothing (did it end without `return`?)".to_owned();
        (Status::ReturnedNothing, what)
    } else {
        (Status::InvalidResult, format!("a {}", value.type_name()))
    };
    Failure::new(
        status,
        "TypeError",
        format!("the function returned {what}, which has no JSON form"),
    )
}
