//! The author's source: the text that is compiled and, where a compiler wrote that text, the map from it to what the
//! author wrote.

use std::ffi::CStr;

use switchhook_guest::place::{self, Place};

use crate::source_map::SourceMap;

/// Begins the last line of a text that has a source map, and the map in it (ECMA-426, section 11.1.2).
const COMMENT: &str = "//# sourceMappingURL=data:application/json";
/// Ends the names of the map's encodings; others than this one are not read.
const BASE64: &str = ";base64,";

/// What QuickJS calls the text in stacks.
pub const FILE_NAME: &CStr = c"function.js";

/// A source as it was given, in its two parts.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The program, without the map.
    pub text: &'a str,
    /// The map, in base64. What is said of it here is not yet known to be true.
    map: Option<&'a str>,
}

impl<'a> Source<'a> {
    pub const NONE: Self = Self::plain("");

    /// Finds the map at the end of a source, if it has one.
    pub fn new(given: &'a str) -> Self {
        let trimmed = given.trim_end();
        let last = trimmed.rfind('\n').map_or(0, |end| end + 1);
        let map = trimmed[last..]
            .strip_prefix(COMMENT)
            .and_then(|rest| rest.split_once(BASE64))
            .map(|(_, map)| map)
            // Else the line may be the end of something that is no comment.
            .filter(|map| map.bytes().all(is_base64));
        Self {
            text: match map {
                Some(_) => given[..last].trim_end(),
                None => given,
            },
            map,
        }
    }

    /// A source that has no map, whatever it ends with.
    pub const fn plain(text: &'a str) -> Self {
        Self { text, map: None }
    }

    /// Reads the map. Costs in proportion to it, so to be done only when there is an error to tell.
    pub fn places(&self) -> Places<'a> {
        Places {
            text: self.text,
            map: self.map.and_then(SourceMap::decode),
        }
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"+/=".contains(&byte)
}

/// Finds places of the text in what the author wrote.
pub struct Places<'a> {
    text: &'a str,
    map: Option<SourceMap>,
}

/// A place that the author knows.
pub struct Found<'a> {
    /// The file's name, as stacks show it.
    pub file: String,
    /// Where in it.
    pub place: Place,
    /// What is in the file.
    pub content: &'a str,
    /// Whether the place was behind the end of the text, in what stands around it.
    pub was_behind_end: bool,
}

impl Places<'_> {
    /// `line` and `column` are QuickJS's: both from 1, and columns in bytes of UTF-8.
    pub fn find(&self, line: u32, column: u32) -> Found<'_> {
        let end = place::end(self.text);
        let was_behind_end = line > end.line;
        let place = if was_behind_end {
            end
        } else {
            place::in_characters(line, column, self.text)
        };
        let origin = self.map.as_ref().and_then(|map| {
            let line = self.text.split('\n').nth(place.line as usize - 1)?;
            let before = line.chars().take(place.column as usize - 1);
            map.origin(place.line, before.map(|char| char.len_utf16() as u32).sum())
        });
        match origin {
            Some(origin) => Found {
                file: origin.file,
                place: origin.place,
                content: origin.content,
                was_behind_end,
            },
            None => Found {
                file: FILE_NAME.to_string_lossy().into_owned(),
                place,
                content: self.text,
                was_behind_end,
            },
        }
    }

    /// Where `word`, which has no line breaks, stands first in the text.
    pub fn find_word(&self, word: &str) -> Option<Found<'_>> {
        let (before, _) = self.text.split_once(word)?;
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1) + 1;
        Some(self.find(line as u32, column as u32))
    }
}
