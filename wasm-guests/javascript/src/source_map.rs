//! Source maps (ECMA-426): from the text that a compiler wrote to the text that its author wrote.
//!
//! Strangers send these maps, so nothing in them need be true. A map that cannot be read counts as none, and a mapping
//! that points nowhere has no origin.

use oxc_sourcemap::Token;
use switchhook_guest::{cut, place::Place};

/// Longest name of a file that is shown, in bytes.
const MAX_FILE_NAME_BYTES: usize = 128;

pub struct SourceMap(oxc_sourcemap::SourceMap<'static>);

/// A place in an author's file.
pub struct Origin<'a> {
    /// The file's name, without its folders.
    pub file: String,
    pub place: Place,
    /// The file's text; empty if the map does not contain it.
    pub content: &'a str,
}

impl SourceMap {
    /// Reads a map from base64.
    pub fn decode(base64: &str) -> Option<Self> {
        let json = base64_simd::forgiving_decode_to_vec(base64.as_bytes()).ok()?;
        let map = serde_json::from_slice(&json).ok()?;
        oxc_sourcemap::SourceMap::from_json(map).ok().map(Self)
    }

    /// The origin of a place in the text: a line, from 1, and a column in UTF-16 units, from 0. The nearest mapping
    /// before the place counts, or else the nearest behind it.
    pub fn origin(&self, line: u32, units: u32) -> Option<Origin<'_>> {
        let on_line = || {
            let tokens = self.0.get_tokens();
            tokens.filter(|token| token.get_dst_line().checked_add(1) == Some(line))
        };
        let nearest = on_line()
            .filter(|token| token.get_dst_col() <= units)
            .max_by_key(Token::get_dst_col)
            .or_else(|| on_line().min_by_key(Token::get_dst_col))?;
        let source = nearest.get_source_id()?;
        let content = self.0.get_source_content(source).unwrap_or_default();
        let (line, units) = (nearest.get_src_line(), nearest.get_src_col());
        let column = if content.is_empty() {
            units
        } else {
            characters(content.split('\n').nth(line as usize)?, units)
        };
        Some(Origin {
            file: file_name(self.0.get_source(source)?),
            place: Place {
                line: line.saturating_add(1),
                column: column.saturating_add(1),
            },
            content,
        })
    }
}

/// How many characters of a line begin within its first `units` UTF-16 units.
fn characters(line: &str, units: u32) -> u32 {
    let mut room = units;
    let fits = |char: &char| {
        let fits = room > 0;
        room = room.saturating_sub(char.len_utf16() as u32);
        fits
    };
    line.chars().take_while(fits).count() as u32
}

fn file_name(path: &str) -> String {
    let name = path.rsplit(['/', '\\']).next().unwrap_or_default();
    let shown: String = name.chars().filter(|char| !char.is_control()).collect();
    cut(shown, MAX_FILE_NAME_BYTES)
}
