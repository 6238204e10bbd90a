//! What went wrong, in the author's own coordinates.

use serde::Serialize;

use crate::place::{self, Place};

/// Longest error name kept, in bytes.
const MAX_NAME_BYTES: usize = 128;
/// Longest message kept, in bytes: room for any sentence, not for a payload.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;
/// Longest stack kept, in bytes: some hundred frames, whose names are the author's.
const MAX_STACK_BYTES: usize = 8 * 1024;

/// The guest ABI's statuses other than 0, "ok".
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
    /// There is not as much memory as the function wanted.
    OutOfMemory = 6,
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

    /// Asked to run when nothing was compiled: the module is no function.
    pub fn nothing_compiled() -> Self {
        let message = "no function has been compiled into this module";
        Self::new(Status::InvalidInput, "Error", message)
    }

    /// At a place in `source`, and showing its line.
    #[must_use]
    pub fn at(mut self, place: Place, source: &str) -> Self {
        self.thrown.line = Some(place.line);
        self.thrown.column = Some(place.column);
        self.thrown.frame = place::frame(source, place);
        self
    }

    /// On a line of `source`, from 1, and showing it: for languages that know no columns.
    #[must_use]
    pub fn on_line(mut self, line: u32, source: &str) -> Self {
        self.thrown.line = Some(line);
        self.thrown.frame = place::line(source, line);
        self
    }

    /// With a stack: a line a frame, innermost first.
    #[must_use]
    pub fn with_stack(mut self, stack: String) -> Self {
        self.thrown.stack = cut(stack, MAX_STACK_BYTES);
        self
    }

    /// With the bytes of stack there are, for [`Status::StackOverflow`].
    #[must_use]
    pub fn with_limit(mut self, stack_bytes: usize) -> Self {
        self.thrown.limit = Some(stack_bytes);
        self
    }
}

/// An error as bounded text: the error document of the guest ABI.
#[derive(Debug, Serialize)]
pub struct Thrown {
    /// `TypeError`, `SyntaxError`, …; `Error` where the language has no names for errors.
    pub name: String,
    /// The message alone, without the name.
    pub message: String,
    /// One line a frame, innermost first; empty if there is none.
    pub stack: String,
    /// From 1, in the author's source.
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
    pub limit: Option<usize>,
}

impl Thrown {
    /// Without a place.
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

/// The longest beginning of `text` that fits in `bytes` and ends between two characters.
pub fn cut(mut text: String, bytes: usize) -> String {
    if text.len() > bytes {
        text.truncate(text.floor_char_boundary(bytes));
        text.push('…');
    }
    text
}
