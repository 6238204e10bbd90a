//! Text before and behind the digits of a number.

use crate::part::Parts;

/// Replacements for the symbols of a pattern.
pub struct Symbols<'a> {
    pub plus: &'a str,
    pub percent: &'a str,
    pub currency: &'a str,
    /// The text for the pattern's `-`, and its kind.
    pub sign: Option<(&'static str, &'a str)>,
    /// The text before the sign of an approximate number; empty for an exact one.
    pub approximately: &'a str,
}

/// Adds a pattern's prefix or suffix. Words in it are parts of the kind `words`, such as `compact`.
pub fn write(affix: &str, words: &'static str, symbols: &Symbols, parts: &mut Parts) {
    let mut text = String::new();
    let mut is_quoted = false;
    for character in affix.chars() {
        let symbol = match character {
            '\'' => {
                is_quoted = !is_quoted;
                continue;
            }
            '-' if !is_quoted => {
                word(&std::mem::take(&mut text), words, parts);
                word(symbols.approximately, "approximatelySign", parts);
                if let Some((kind, sign)) = symbols.sign {
                    word(sign, kind, parts);
                }
                continue;
            }
            '+' if !is_quoted => Some(("plusSign", symbols.plus)),
            '%' if !is_quoted => Some(("percentSign", symbols.percent)),
            '¤' if !is_quoted => Some(("currency", symbols.currency)),
            _ => None,
        };
        match symbol {
            Some((kind, symbol)) => {
                word(&std::mem::take(&mut text), words, parts);
                word(symbol, kind, parts);
            }
            None => text.push(character),
        }
    }
    word(&text, words, parts);
}

/// Adds a text of one kind. Spaces at its ends become literals.
pub fn word(text: &str, kind: &'static str, parts: &mut Parts) {
    let is_space = |character: char| {
        character.is_whitespace() || matches!(character, '\u{200e}' | '\u{200f}' | '\u{61c}')
    };
    let inner = text.trim_matches(is_space);
    let start = text.len() - text.trim_start_matches(is_space).len();
    if inner.is_empty() {
        parts.literal(text);
        return;
    }
    parts.literal(&text[..start]);
    if kind == "literal" {
        parts.literal(inner);
    } else {
        parts.push(kind, inner.to_owned());
    }
    parts.literal(&text[start + inner.len()..]);
}
