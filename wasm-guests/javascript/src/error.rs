//! What went wrong, in the user's own coordinates.

use javy::{
    quickjs::{Ctx, Object, Value},
    val_to_string,
};
use serde::Serialize;

use crate::{
    engine,
    place::{self, Place},
};

/// Longest error name kept, in bytes.
const MAX_NAME_BYTES: usize = 128;
/// Longest message kept, in bytes: room for any sentence, not for a payload.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;
/// Longest stack kept, in bytes. QuickJS lists ten frames; their names are the user's.
const MAX_STACK_BYTES: usize = 8 * 1024;

/// The guest ABI's statuses other than 0, "ok".
#[derive(Clone, Copy)]
#[repr(u32)]
pub enum Status {
    /// The source cannot be compiled.
    CompileError = 1,
    /// The function threw.
    Exception = 2,
    /// The function's result has no JSON form.
    InvalidResult = 3,
    /// The document given to the function is not JSON, or no function has been compiled.
    InvalidInput = 4,
    /// The function recursed too deeply.
    StackOverflow = 5,
    /// There is not as much memory as the function wanted.
    OutOfMemory = 6,
}

/// What QuickJS throws at the end of its stack: name and message.
const STACK_OVERFLOW: [&str; 2] = ["RangeError", "Maximum call stack size exceeded"];
/// What it throws when it gets no memory.
const OUT_OF_MEMORY: [&str; 2] = ["InternalError", "out of memory"];

/// Why `compile` or `call` gave no result.
pub struct Failure {
    /// Which kind of failure.
    pub status: Status,
    /// What the author is told.
    pub thrown: Thrown,
}

impl Failure {
    /// A failure that is the engine's pending exception, come from `source`.
    pub fn caught(status: Status, ctx: &Ctx, source: &str) -> Self {
        let mut thrown = Thrown::catch(ctx, source);
        let status = match [thrown.name.as_str(), thrown.message.as_str()] {
            STACK_OVERFLOW => {
                thrown.limit = Some(engine::MAX_STACK_BYTES);
                Status::StackOverflow
            }
            OUT_OF_MEMORY => Status::OutOfMemory,
            _ => status,
        };
        Self { status, thrown }
    }

    /// A failure that the guest itself found.
    pub fn new(status: Status, name: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            thrown: Thrown::new(name, message),
        }
    }
}

/// A thrown value, reduced to bounded text.
#[derive(Serialize)]
pub struct Thrown {
    /// `TypeError`, `SyntaxError`, …; `Error` for values that are no errors.
    pub name: String,
    /// The message alone, without the name.
    pub message: String,
    /// One line a frame, innermost first; empty where QuickJS gives none.
    pub stack: String,
    /// From 1, in the user's source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// From 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The line of the source, with a caret under the column.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub frame: String,
    /// Bytes of stack there are, for [`Status::StackOverflow`].
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<usize>,
}

impl Thrown {
    /// An error of the guest's own.
    fn new(name: &str, message: impl Into<String>) -> Self {
        Self {
            name: name.to_owned(),
            message: message.into(),
            stack: String::new(),
            line: None,
            column: None,
            frame: String::new(),
            limit: None,
        }
    }

    /// Takes the pending exception. Anything the thrown value does while it is read, such as throwing from a
    /// getter, is swallowed.
    fn catch(ctx: &Ctx, source: &str) -> Self {
        let value = ctx.catch();
        let mut thrown = match value.as_object().filter(|object| object.is_error()) {
            Some(error) => Self::from_error(ctx, error, source),
            None => Self::from_value(ctx, value),
        };
        // A getter or `toString` that threw has left an exception behind.
        ctx.catch();
        thrown.place_import(source);
        thrown
    }

    fn from_error<'js>(ctx: &Ctx<'js>, error: &Object<'js>, source: &str) -> Self {
        let stack = cut(
            property(ctx, error, "stack").unwrap_or_default(),
            MAX_STACK_BYTES,
        );
        let (stack, place) = place::in_characters(&stack, source);
        Self {
            name: cut(
                property(ctx, error, "name").unwrap_or_else(|| "Error".into()),
                MAX_NAME_BYTES,
            ),
            message: cut(
                property(ctx, error, "message").unwrap_or_default(),
                MAX_MESSAGE_BYTES,
            ),
            stack,
            line: place.map(|place| place.line),
            column: place.map(|place| place.column),
            frame: place.map_or_else(String::new, |place| place::frame(source, place)),
            limit: None,
        }
    }

    fn from_value<'js>(ctx: &Ctx<'js>, value: Value<'js>) -> Self {
        let json = value
            .is_object()
            .then(|| ctx.json_stringify(value.clone()).ok().flatten())
            .flatten()
            .and_then(|text| text.to_string().ok());
        let text = json
            .or_else(|| val_to_string(ctx, value).ok())
            .unwrap_or_else(|| "a value that has no text form".into());
        Self::new("Error", cut(format!("uncaught {text}"), MAX_MESSAGE_BYTES))
    }

    /// The error document of the guest ABI.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers have a JSON form")
    }

    /// Moves a place behind the end of `source`, in the text around it, to its end. What the parser says there may
    /// be about that text: then it says what it means for `source`.
    pub fn keep_inside(&mut self, source: &str) {
        let end = place::end(source);
        let Place { line, column } = end;
        if self.line.is_none_or(|named| named <= line) {
            return;
        }
        let about_the_text_around = ["unexpected token", "Unexpected token", "expecting"];
        if about_the_text_around
            .iter()
            .any(|beginning| self.message.starts_with(beginning))
        {
            self.message = "unexpected end of the function: are all brackets paired?".into();
        }
        self.line = Some(line);
        self.column = Some(column);
        self.frame = place::frame(source, end);
        self.stack.clear();
    }

    /// Gives an `import` that failed, which QuickJS leaves without a place, the place of the module's name.
    fn place_import(&mut self, source: &str) {
        let name = self
            .message
            .strip_prefix("could not load module '")
            .and_then(|rest| rest.strip_suffix('\''));
        let Some(name) = name else { return };
        let place = ['\'', '"']
            .into_iter()
            .find_map(|quote| place::of(&format!("{quote}{name}{quote}"), source));
        self.message = format!("there is no module '{name}': functions cannot import");
        if let (None, Some(place)) = (self.line, place) {
            self.line = Some(place.line);
            self.column = Some(place.column);
            self.frame = place::frame(source, place);
        }
    }

    /// Says that this was the reason of a promise's rejection.
    pub fn make_unhandled(&mut self) {
        let message = format!("{}: {}", self.name, self.message);
        self.message = cut(message, MAX_MESSAGE_BYTES);
        self.name = "UnhandledRejection".to_owned();
    }
}

fn property<'js>(ctx: &Ctx<'js>, object: &Object<'js>, name: &str) -> Option<String> {
    let value: Value = object.get(name).ok()?;
    if value.is_undefined() || value.is_null() {
        return None;
    }
    val_to_string(ctx, value).ok()
}

/// The longest beginning of `text` that fits in `bytes` and ends between two characters.
fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
        text.push('…');
    }
    text
}
