//! Failures with their place in the author's source.

use serde::Serialize;

use crate::place::{self, Place};

/// Longest error name kept, in bytes.
const MAX_NAME_BYTES: usize = 128;
/// Longest message kept, in bytes: room for any sentence, not for a payload.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;
/// Longest stack kept, in bytes: some hundred frames, whose names are the author's.
const MAX_STACK_BYTES: usize = 8 * 1024;

/// The guest ABI's statuses, except 0, which means success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
    /// The function needed more memory than there is.
    OutOfMemory = 6,
    /// The function ended well and returned nothing at all: JavaScript's `undefined`, a filter without output.
    ReturnedNothing = 7,
}

/// Why `compile` or `call` gave no result.
#[derive(Debug)]
pub struct Failure {
    /// Which kind of failure.
    pub status: Status,
    /// What the author is told.
    pub thrown: Thrown,
}

impl Failure {
    /// A failure without a place.
    pub fn new(status: Status, name: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            thrown: Thrown::new(name, message),
        }
    }

    /// The failure of a call of a module into which no function has been compiled.
    pub fn nothing_compiled() -> Self {
        let message = "no function has been compiled into this module";
        Self::new(Status::InvalidInput, "Error", message)
    }

    /// Adds a place in `source`, and the line there.
    #[must_use]
    pub fn at(mut self, place: Place, source: &str) -> Self {
        self.thrown.line = Some(place.line);
        self.thrown.column = Some(place.column);
        self.thrown.frame = place::frame(source, place);
        self
    }

    /// Adds a line of `source`, counted from 1, for languages whose errors have no columns.
    #[must_use]
    pub fn on_line(mut self, line: u32, source: &str) -> Self {
        self.thrown.line = Some(line);
        self.thrown.frame = place::line(source, line);
        self
    }

    /// Adds a stack: one line for each frame, innermost first.
    #[must_use]
    pub fn with_stack(mut self, stack: String) -> Self {
        self.thrown.stack = cut(stack, MAX_STACK_BYTES);
        self
    }

    /// Adds the size of the stack in bytes, for [`Status::StackOverflow`].
    #[must_use]
    pub fn with_limit(mut self, stack_bytes: usize) -> Self {
        self.thrown.limit = Some(stack_bytes);
        self
    }
}

/// An error as the guest ABI writes it. All its texts are bounded.
#[derive(Debug, Serialize)]
pub struct Thrown {
    /// `TypeError`, `SyntaxError`, …; `Error` where the language has no names for errors.
    pub name: String,
    /// The message alone, without the name.
    pub message: String,
    /// One line for each frame, innermost first; empty if the engine gives no stack.
    pub stack: String,
    /// The line in the author's source, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The column in the author's source, from 1, in characters.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
    /// The line of the source, with a caret under the column.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub frame: String,
    /// Size of the stack in bytes, for [`Status::StackOverflow`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
}

impl Thrown {
    /// An error without a stack and a place. Cuts texts that are too long.
    pub fn new(name: &str, message: impl Into<String>) -> Self {
        Self {
            name: cut(name.to_owned(), MAX_NAME_BYTES),
            message: cut(message.into(), MAX_MESSAGE_BYTES),
            stack: String::new(),
            line: None,
            column: None,
            frame: String::new(),
            limit: None,
        }
    }

    #[expect(
        clippy::missing_panics_doc,
        reason = "strings and numbers have a JSON form"
    )]
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers have a JSON form")
    }
}

/// Cuts `text` after at most `bytes` bytes, between two characters, and marks the cut with `…`.
pub fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
        text.push('…');
    }
    text
}
