//! Exceptions of QuickJS as failures with places in the author's source.

use javy::{
    quickjs::{Ctx, Object, Value},
    val_to_string,
};
use switchhook_guest::{Failure, Status, cut};

use crate::{
    engine,
    source::{Places, Source},
    stack,
};

/// Longest stack that is read, in bytes. QuickJS lists ten frames, whose names the author chose.
const MAX_STACK_BYTES: usize = 8 * 1024;

/// Longest message of a rejection, in bytes, including the error's name.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;

/// Name and message of the error that QuickJS throws when the stack is used up.
const STACK_OVERFLOW: [&str; 2] = ["RangeError", "Maximum call stack size exceeded"];
/// Name and message of the error that QuickJS throws when it gets no memory.
const OUT_OF_MEMORY: [&str; 2] = ["InternalError", "out of memory"];

/// Beginnings of messages that may be about the text that this guest puts around a source.
const ABOUT_THE_TEXT_AROUND: [&str; 3] = ["unexpected token", "Unexpected token", "expecting"];

/// The engine's pending exception as a failure in `source`.
pub fn caught(status: Status, ctx: &Ctx, source: Source) -> Failure {
    Thrown::catch(ctx).failure(status, &source.places()).0
}

/// The engine's pending exception as a failure to compile `source`. An error in the text around the source is placed at
/// the source's end.
pub fn caught_compiling(ctx: &Ctx, source: Source) -> Failure {
    let places = source.places();
    let (mut failure, is_behind_end) = Thrown::catch(ctx).failure(Status::CompileError, &places);
    if is_behind_end {
        let thrown = &mut failure.thrown;
        thrown.stack.clear();
        if ABOUT_THE_TEXT_AROUND
            .iter()
            .any(|beginning| thrown.message.starts_with(beginning))
        {
            thrown.message = "unexpected end of the function: are all brackets paired?".into();
        }
    }
    failure
}

/// Whether an error is the one that QuickJS throws when the stack is used up.
pub fn is_stack_overflow<'js>(ctx: &Ctx<'js>, error: &Object<'js>) -> bool {
    let said = |name| property(ctx, error, name).unwrap_or_default();
    STACK_OVERFLOW == [said("name"), said("message")]
}

/// The value, or `None` for an exception, which is cleared: a pending exception would fail the engine's next call.
pub fn or_none<T, E>(ctx: &Ctx, given: Result<T, E>) -> Option<T> {
    if given.is_err() {
        ctx.catch();
    }
    given.ok()
}

/// A value that was thrown, as text.
struct Thrown {
    /// `TypeError`, `SyntaxError`, …; `Error` for values that are not errors.
    name: String,
    message: String,
    /// The stack as QuickJS writes it; empty if the value has none.
    stack: String,
}

impl Thrown {
    /// Takes the pending exception. Exceptions thrown while the value is read, for example by a getter, are ignored.
    fn catch(ctx: &Ctx) -> Self {
        let value = ctx.catch();
        match value.as_object().filter(|object| object.is_error()) {
            Some(error) => Self::from_error(ctx, error),
            None => Self::from_value(ctx, value),
        }
    }

    fn from_error<'js>(ctx: &Ctx<'js>, error: &Object<'js>) -> Self {
        Self {
            name: property(ctx, error, "name").unwrap_or_else(|| "Error".into()),
            message: property(ctx, error, "message").unwrap_or_default(),
            stack: cut(
                property(ctx, error, "stack").unwrap_or_default(),
                MAX_STACK_BYTES,
            ),
        }
    }

    fn from_value<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> Self {
        let json = value
            .is_object()
            .then(|| or_none(ctx, ctx.json_stringify(value.clone())).flatten())
            .flatten()
            .and_then(|text| text.to_string().ok());
        let text = json
            .or_else(|| or_none(ctx, val_to_string(ctx, value)))
            .unwrap_or_else(|| "a value that has no text form".into());
        Self {
            name: "Error".to_owned(),
            message: format!("uncaught {text}"),
            stack: String::new(),
        }
    }

    /// The failure with its place in the author's source, and whether the place was behind the end of the source.
    fn failure(self, status: Status, places: &Places) -> (Failure, bool) {
        let status = match [self.name.as_str(), self.message.as_str()] {
            STACK_OVERFLOW => Status::StackOverflow,
            OUT_OF_MEMORY => Status::OutOfMemory,
            _ => status,
        };
        let (stack, mut found) = stack::in_source(&self.stack, places);
        let mut message = self.message;
        if let Some(module) = not_loaded(&message) {
            // QuickJS gives a failed `import` no place. The failure gets the place of the module's name.
            found = found.or_else(|| {
                ['\'', '"']
                    .iter()
                    .find_map(|quote| places.find_word(&format!("{quote}{module}{quote}")))
            });
            message = format!("there is no module '{module}': functions cannot import");
        }
        let mut failure = Failure::new(status, &self.name, message).with_stack(stack);
        if status == Status::StackOverflow {
            failure = failure.with_limit(engine::MAX_STACK_BYTES);
        }
        match found {
            Some(found) => (failure.at(found.place, found.content), found.was_behind_end),
            None => (failure, false),
        }
    }
}

/// The module that a message says could not be loaded.
fn not_loaded(message: &str) -> Option<&str> {
    message
        .strip_prefix("could not load module '")?
        .strip_suffix('\'')
}

/// The failure of a promise that was rejected without a handler.
pub fn unhandled<'js>(
    status: Status,
    ctx: &Ctx<'js>,
    reason: Value<'js>,
    source: Source,
) -> Failure {
    ctx.throw(reason);
    let thrown = Thrown::catch(ctx);
    let (mut failure, _) = thrown.failure(status, &source.places());
    let message = format!("{}: {}", failure.thrown.name, failure.thrown.message);
    failure.thrown.message = cut(message, MAX_MESSAGE_BYTES);
    failure.thrown.name = "UnhandledRejection".to_owned();
    failure
}

fn property<'js>(ctx: &Ctx<'js>, object: &Object<'js>, name: &str) -> Option<String> {
    let value: Value = or_none(ctx, object.get(name))?;
    if value.is_undefined() || value.is_null() {
        return None;
    }
    or_none(ctx, val_to_string(ctx, value))
}
