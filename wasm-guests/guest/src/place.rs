//! Places in the author's source, as people count them.

/// A line and a column, both from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
}

/// The place behind the last character of `source`.
pub fn end(source: &str) -> Place {
    let last = source.rsplit('\n').next().unwrap_or_default();
    Place {
        line: source.split('\n').count() as u32,
        column: last.chars().count() as u32 + 1,
    }
}

/// The first place of `text` in `source`. `text` has no line breaks.
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
    // A column past the end of the line points behind its last character.
    let at = (column.saturating_sub(1) as usize).min(text.len());
    let first = at.saturating_sub(FRAME_CHARACTERS / 2);
    let last = text.len().min(first + FRAME_CHARACTERS);
    let mark = |is_cut| if is_cut { "…" } else { "" };
    let shown: String = text[first..last].iter().collect();
    // Tabs are kept before the caret, so that it stands below its character at any width of tabs.
    let blank = |char: &char| if *char == '\t' { '\t' } else { ' ' };
    let before: String = text[first..at].iter().map(blank).collect();
    let (cut_before, cut_after) = (mark(first > 0), mark(last < text.len()));
    let indent = if first > 0 { " " } else { "" };
    let number = line.to_string();
    let margin = " ".repeat(number.len());
    format!("{number} | {cut_before}{shown}{cut_after}\n{margin} | {indent}{before}^")
}

/// A line, from 1, without a caret: `2 | return x`.
pub fn line(source: &str, line: u32) -> String {
    let frame = frame(source, Place { line, column: 1 });
    frame.lines().next().unwrap_or_default().to_owned()
}

/// The place of a byte of `source`, counted from 0; the end of `source` if it is shorter.
pub fn at_byte(source: &str, byte: usize) -> Place {
    end(&source[..source.floor_char_boundary(byte)])
}

/// The place of a line and a column in bytes, both from 1.
pub fn in_characters(line: u32, column_in_bytes: u32, source: &str) -> Place {
    let text = source.split('\n').nth(line.saturating_sub(1) as usize);
    let before = text.and_then(|text| text.get(..column_in_bytes.saturating_sub(1) as usize));
    Place {
        line,
        column: before.map_or(column_in_bytes, |before| before.chars().count() as u32 + 1),
    }
}
