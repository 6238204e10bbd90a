//! Places in the user's source, as people count them.
//!
//! QuickJS counts columns in bytes of UTF-8; authors and their editors count characters.

use std::ffi::CStr;

/// The name that stands in every stack frame of the user's source.
pub const FILE_NAME: &CStr = c"function.js";

/// A line and a column, both from 1.
#[derive(Clone, Copy)]
pub struct Place {
    pub line: u32,
    pub column: u32,
}

/// A stack with its columns in characters, and the innermost place in `source` that it names.
pub fn in_characters(stack: &str, source: &str) -> (String, Option<Place>) {
    let mut innermost = None;
    let frames = stack.lines().map(|frame| {
        let Some((before, place, after)) = split(frame) else {
            return format!("{frame}\n");
        };
        let place = counted(place, source);
        innermost = innermost.or(Some(place));
        let Place { line, column } = place;
        format!("{before}:{line}:{column}{after}\n")
    });
    (frames.collect(), innermost)
}

/// The place one past the end of `source`.
pub fn end(source: &str) -> Place {
    let last = source.rsplit('\n').next().unwrap_or_default();
    Place {
        line: source.split('\n').count() as u32,
        column: last.chars().count() as u32 + 1,
    }
}

/// `at f (function.js`, `3:14`, `)`
fn split(frame: &str) -> Option<(&str, Place, &str)> {
    let file = FILE_NAME.to_str().ok()?;
    let end_of_file = frame.rfind(file)? + file.len();
    let (before, rest) = frame.split_at(end_of_file);
    let numbers = rest.trim_end_matches(')');
    let (line, column) = numbers.strip_prefix(':')?.split_once(':')?;
    let place = Place {
        line: line.parse().ok()?,
        column: column.parse().ok()?,
    };
    // A stack is a property that a function can set to anything.
    (place.line > 0 && place.column > 0).then_some((before, place, &rest[numbers.len()..]))
}

fn counted(bytes: Place, source: &str) -> Place {
    let line = source
        .split('\n')
        .nth(bytes.line.saturating_sub(1) as usize);
    let before = line.and_then(|line| line.get(..bytes.column.saturating_sub(1) as usize));
    Place {
        line: bytes.line,
        column: before.map_or(bytes.column, |before| before.chars().count() as u32 + 1),
    }
}
