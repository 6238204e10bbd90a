//! Date patterns, split into their pieces.

/// A piece of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// A field: a letter, and how often it is repeated.
    Field(u8, usize),
    /// Literal text. In a quoted text, two quotes stand for one.
    Text { text: &'a str, is_quoted: bool },
}

/// The pieces of a pattern, from the first to the last.
pub fn pieces(pattern: &str) -> impl Iterator<Item = Piece<'_>> {
    let mut rest = pattern;
    std::iter::from_fn(move || {
        let first = *rest.as_bytes().first()?;
        let piece;
        let length;
        if first.is_ascii_alphabetic() {
            length = rest.bytes().take_while(|&byte| byte == first).count();
            piece = Piece::Field(first, length);
        } else if first == b'\'' {
            length = quoted(rest);
            piece = Piece::Text {
                text: &rest[..length],
                is_quoted: true,
            };
        } else {
            let ends = |byte: u8| byte.is_ascii_alphabetic() || byte == b'\'';
            length = rest.bytes().position(ends).unwrap_or(rest.len());
            piece = Piece::Text {
                text: &rest[..length],
                is_quoted: false,
            };
        }
        rest = &rest[length..];
        Some(piece)
    })
}

/// Bytes of the quoted text at the beginning of `text`, with its quotes. `''` stands for a quote.
fn quoted(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut index = 1;
    while index < bytes.len() {
        if bytes[index] == b'\'' {
            if bytes.get(index + 1) != Some(&b'\'') || index == 1 {
                return index + 1;
            }
            index += 1;
        }
        index += 1;
    }
    bytes.len()
}

/// A piece of text without its quotes.
pub fn unquoted(text: &str) -> String {
    match text {
        "''" => "'".to_owned(),
        text => {
            let inner = text.strip_prefix('\'').unwrap_or(text);
            let inner = inner.strip_suffix('\'').unwrap_or(inner);
            inner.replace("''", "'")
        }
    }
}

/// The template with `{0}`, `{1}` and so on replaced. Quotes of date patterns are kept.
pub fn fill(template: &str, values: &[&str]) -> String {
    let mut filled = String::with_capacity(template.len() + 32);
    let mut rest = template;
    while let Some(at) = rest.find('{') {
        filled.push_str(&rest[..at]);
        let value = rest.as_bytes().get(at + 1).and_then(|digit| {
            let index = usize::from(digit.checked_sub(b'0')?);
            values
                .get(index)
                .filter(|_| rest.as_bytes().get(at + 2) == Some(&b'}'))
        });
        match value {
            Some(value) => {
                filled.push_str(value);
                rest = &rest[at + 3..];
            }
            None => {
                filled.push('{');
                rest = &rest[at + 1..];
            }
        }
    }
    filled + rest
}

/// Splits a template that joins two texts: what stands before, between and behind them, and whether `{1}` comes first.
pub fn split(template: &str) -> (&str, &str, &str, bool) {
    let (Some(zero), Some(one)) = (template.find("{0}"), template.find("{1}")) else {
        return ("", " ", "", false);
    };
    let (first, second) = (zero.min(one), zero.max(one));
    (
        &template[..first],
        &template[first + 3..second],
        &template[second + 3..],
        one < zero,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_quotes_apart() {
        let found: Vec<_> = pieces("HH'h' ''d''de'''x'").collect();
        assert_eq!(
            found,
            [
                Piece::Field(b'H', 2),
                Piece::Text {
                    text: "'h'",
                    is_quoted: true
                },
                Piece::Text {
                    text: " ",
                    is_quoted: false
                },
                Piece::Text {
                    text: "''",
                    is_quoted: true
                },
                Piece::Field(b'd', 1),
                Piece::Text {
                    text: "''",
                    is_quoted: true
                },
                Piece::Field(b'd', 1),
                Piece::Field(b'e', 1),
                Piece::Text {
                    text: "''",
                    is_quoted: true
                },
                Piece::Text {
                    text: "'x'",
                    is_quoted: true
                },
            ]
        );
        assert_eq!(unquoted("'o''clock'"), "o'clock");
        assert_eq!(fill("{1} at {0} {x}", &["a", "b"]), "b at a {x}");
        assert_eq!(split("<{1}–{0}>"), ("<", "–", ">", true));
    }
}
