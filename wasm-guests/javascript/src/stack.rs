//! Stacks as authors read them. QuickJS names places in the text that it compiled, with columns in bytes of UTF-8.
//! Authors count characters, in their own files.

use crate::source::{FILE_NAME, Found, Places};

/// The stack with the author's places, and the innermost of these places.
pub fn in_source<'a>(stack: &str, places: &'a Places) -> (String, Option<Found<'a>>) {
    let mut innermost = None;
    let frames = stack.lines().map(|frame| {
        let Some(Frame {
            before,
            line,
            column,
            after,
        }) = Frame::of(frame)
        else {
            return format!("{frame}\n");
        };
        let found = places.find(line, column);
        let (file, place) = (&found.file, found.place);
        let told = format!("{before}{file}:{}:{}{after}\n", place.line, place.column);
        innermost.get_or_insert(found);
        told
    });
    (frames.collect(), innermost)
}

/// Line and column of the innermost frame in the text, as QuickJS counts.
pub fn innermost(stack: &str) -> Option<(u32, u32)> {
    stack
        .lines()
        .find_map(|frame| Frame::of(frame).map(|frame| (frame.line, frame.column)))
}

/// A line of a stack in three parts: `    at f (`, `function.js:3:14`, `)`
struct Frame<'a> {
    before: &'a str,
    line: u32,
    column: u32,
    after: &'a str,
}

impl<'a> Frame<'a> {
    fn of(frame: &'a str) -> Option<Self> {
        let file = FILE_NAME.to_str().ok()?;
        let start = frame.rfind(file)?;
        let (before, rest) = (&frame[..start], &frame[start + file.len()..]);
        let numbers = rest.trim_end_matches(')');
        let after = &rest[numbers.len()..];
        let (line, column) = numbers.strip_prefix(':')?.split_once(':')?;
        let (line, column) = (line.parse().ok()?, column.parse().ok()?);
        // A function can set its error's stack to anything.
        (line > 0 && column > 0).then_some(Self {
            before,
            line,
            column,
            after,
        })
    }
}
