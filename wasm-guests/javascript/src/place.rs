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

/// Where `text`, which has no line breaks, stands first in `source`.
pub fn of(text: &str, source: &str) -> Option<Place> {
    source.split('\n').zip(1..).find_map(|(content, line)| {
        let (before, _) = content.split_once(text)?;
        Some(Place {
            line,
            column: before.chars().count() as u32 + 1,
        })
    })
}

/// Characters of a long line that are shown around a place: what fits on a terminal's line.
const FRAME_CHARACTERS: usize = 100;

/// The line of a place and, under it, a caret: `2 | return x` and `  |        ^`.
pub fn frame(source: &str, place: Place) -> String {
    let Place { line, column } = place;
    let Some(text) = source.split('\n').nth(line.saturating_sub(1) as usize) else {
        return String::new();
    };
    let text: Vec<char> = text.trim_end_matches('\r').chars().collect();
    // A column past the end points behind it.
    let at = (column.saturating_sub(1) as usize).min(text.len());
    let first = at.saturating_sub(FRAME_CHARACTERS / 2);
    let last = text.len().min(first + FRAME_CHARACTERS);
    let mark = |is_cut| if is_cut { "…" } else { "" };
    let shown: String = text[first..last].iter().collect();
    // Tabs stay what they are, so that the caret stands where it should however wide they are.
    let blank = |char: &char| if *char == '\t' { '\t' } else { ' ' };
    let before: String = text[first..at].iter().map(blank).collect();
    let (cut_before, cut_after) = (mark(first > 0), mark(last < text.len()));
    let indent = if first > 0 { " " } else { "" };
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    format!("{number} | {cut_before}{shown}{cut_after}\n{margin} | {indent}{before}^")
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
