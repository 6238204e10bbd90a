//! The author's source: the text to compile and, if a compiler wrote that text, the source map at its end.

use std::ffi::CStr;

use switchhook_guest::place::{self, Place};

use crate::source_map::SourceMap;

/// Beginning of the last line of a text with a source map (ECMA-426, section 11.1.2).
const COMMENT: &str = "//# sourceMappingURL=data:application/json";
/// End of the list of the map's encodings. Maps in other encodings are not read.
const BASE64: &str = ";base64,";

/// What QuickJS calls the text in stacks.
pub const FILE_NAME: &CStr = c"function.js";

/// A source in its two parts.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The program, without the map.
    pub text: &'a str,
    /// The map, in Base64, not checked yet.
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
            // Otherwise the line may be something else than a comment.
            .filter(|map| map.bytes().all(is_base64));
        Self {
            text: match map {
                Some(_) => given[..last].trim_end(),
                None => given,
            },
            map,
        }
    }

    /// A source without a map, even if the text ends like one.
    pub const fn plain(text: &'a str) -> Self {
        Self { text, map: None }
    }

    /// Reads the map. The cost is in proportion to its size, so this is for errors only.
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
    /// The place in that file.
    pub place: Place,
    /// The file's text.
    pub content: &'a str,
    /// Whether the place was behind the end of the text, in the code that this guest puts around it.
    pub was_behind_end: bool,
}

impl Places<'_> {
    /// Finds the author's place of a place of QuickJS: line and column from 1, columns in bytes of UTF-8.
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

    /// The first place of `word` in the text. `word` has no line breaks.
    pub fn find_word(&self, word: &str) -> Option<Found<'_>> {
        let (before, _) = self.text.split_once(word)?;
        let line = before.matches('\n').count() + 1;
        let column = before.len() - before.rfind('\n').map_or(0, |end| end + 1) + 1;
        Some(self.find(line as u32, column as u32))
    }
}
