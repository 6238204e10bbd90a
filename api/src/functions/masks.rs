//! Masks secrets, and parts of secrets, in texts.

use std::{collections::BTreeMap, ops::Range};

use aho_corasick::{AhoCorasick, Input};
use serde_json::Value;

/// Shortest secret that is masked, in bytes, and shortest part at the end of a text. Shorter ones occur by chance.
const MIN_BYTES: usize = 4;

/// Shortest beginning of a secret that is masked anywhere in an error, in bytes. Guests and engines cut names and
/// messages, and write more after the cut.
const MIN_PART_BYTES: usize = 8;

/// Longest beginning that must match to be masked anywhere, if half of the secret is longer.
const MAX_PART_BYTES: usize = 64;

/// Texts to mask, and the replacement of each.
pub(super) struct Masks {
    secrets: AhoCorasick,
    /// Finds the first [`MIN_PART_BYTES`] of all longer texts.
    beginnings: AhoCorasick,
    /// The texts with these beginnings and their replacements, in the order of the texts.
    by_text: Vec<(String, String)>,
}

/// Where a text comes from.
#[derive(Clone, Copy)]
pub(super) enum Origin {
    /// A line of the log. Lines may share beginnings with secrets by chance, so only half a secret is masked.
    Log {
        /// Whether the log may be cut inside this line.
        ends: bool,
    },
    /// A part of an error.
    Error,
}

impl Origin {
    /// Bytes of this secret's beginning that suffice to be masked.
    fn enough(self, text: &str) -> usize {
        match self {
            Self::Log { .. } => (text.len() / 2).clamp(MIN_PART_BYTES, MAX_PART_BYTES),
            Self::Error => MIN_PART_BYTES,
        }
    }
}

impl Masks {
    /// Masks for all secrets, as they are and as they stand in JSON, which is how consoles show objects. `None` if
    /// there is nothing to mask.
    pub(super) fn new(secrets: &BTreeMap<String, String>) -> Option<Self> {
        let mut by_text = Vec::new();
        for (name, secret) in secrets {
            let json = Value::from(secret.as_str()).to_string();
            let in_json = &json[1..json.len() - 1];
            for text in [secret.as_str(), in_json] {
                if text.len() >= MIN_BYTES {
                    by_text.push((text.to_owned(), format!("[secret {name}]")));
                }
            }
        }
        if by_text.is_empty() {
            return None;
        }
        by_text.sort();
        let searched = |texts: Vec<&[u8]>| {
            AhoCorasick::new(texts).expect("texts of a few kilobytes can be searched for")
        };
        let whole = by_text.iter().map(|(text, _)| text.as_bytes());
        let beginnings = whole.clone().filter_map(|text| text.get(..MIN_PART_BYTES));
        Some(Self {
            secrets: searched(whole.collect()),
            beginnings: searched(beginnings.collect()),
            by_text,
        })
    }

    pub(super) fn apply(&self, text: &mut String, origin: Origin) {
        let mut hidden = Vec::new();
        if self.secrets.is_match(text.as_str()) {
            self.find_secrets(text, &mut hidden);
        }
        if self.beginnings.is_match(text.as_str()) {
            self.find_parts(text, origin, &mut hidden);
        }
        if !hidden.is_empty() {
            *text = without(text, hidden);
        }
        if matches!(origin, Origin::Error | Origin::Log { ends: true }) {
            self.hide_end(text);
        }
    }

    /// Finds all secrets, because one may be part of another or overlap it.
    fn find_secrets<'a>(&'a self, text: &str, hidden: &mut Vec<Hidden<'a>>) {
        for found in self.secrets.find_overlapping_iter(text) {
            let (_, shown) = &self.by_text[found.pattern().as_usize()];
            hidden.push(Hidden {
                range: found.range(),
                shown,
            });
        }
    }

    /// Finds beginnings of secrets, but not inside other ones: in repetitive texts, checking every position would take
    /// quadratic time.
    fn find_parts<'a>(&'a self, text: &str, origin: Origin, hidden: &mut Vec<Hidden<'a>>) {
        let mut at = 0;
        while let Some(found) = self.beginnings.find(Input::new(text).range(at..)) {
            let start = found.start();
            let (length, shown) = self.longest(&text[start..], origin);
            if length == 0 {
                at = start + 1;
                continue;
            }
            at = text.ceil_char_boundary(start + length);
            let range = start..at;
            hidden.push(Hidden { range, shown });
        }
    }

    /// The length of a secret's beginning at the start of a text, if it suffices, and its replacement.
    fn longest(&self, text: &str, origin: Origin) -> (usize, &str) {
        // The text with the longest common beginning is a neighbour of the position for this text.
        let after = self.by_text.partition_point(|(it, _)| it.as_str() <= text);
        let beside = &self.by_text[after.saturating_sub(1)..self.by_text.len().min(after + 1)];
        let lengths = beside.iter().filter_map(|(secret, shown)| {
            let pairs = secret.bytes().zip(text.bytes());
            let length = pairs.take_while(|(one, other)| one == other).count();
            (length >= origin.enough(secret)).then_some((length, shown.as_str()))
        });
        lengths
            .max_by_key(|(length, _)| *length)
            .unwrap_or_default()
    }

    /// Masks the end of a text if a secret begins with it.
    fn hide_end(&self, text: &mut String) {
        let part = |(secret, shown)| {
            let secret: &String = secret;
            let longest = secret.len().saturating_sub(1).min(MAX_PART_BYTES);
            let mut lengths = (MIN_BYTES..=longest).rev();
            let length = lengths.find(|length| {
                let beginning = secret.get(..*length);
                beginning.is_some_and(|it| text.ends_with(it))
            })?;
            Some((length, shown))
        };
        let parts = self
            .by_text
            .iter()
            .filter_map(|(secret, shown)| part((secret, shown)));
        if let Some((length, shown)) = parts.max_by_key(|(length, _)| *length) {
            let shown: &String = shown;
            text.truncate(text.len() - length);
            text.push_str(shown);
        }
    }
}

/// A part of a text that must be masked.
struct Hidden<'a> {
    range: Range<usize>,
    shown: &'a str,
}

/// The text with these parts replaced. Overlapping parts become one, with the name of the longest.
fn without(text: &str, mut hidden: Vec<Hidden>) -> String {
    hidden.sort_by_key(|it| (it.range.start, it.range.end));
    let mut left = String::with_capacity(text.len());
    let mut at = 0;
    let mut rest = hidden.into_iter().peekable();
    while let Some(mut longest) = rest.next() {
        let start = longest.range.start;
        let mut end = longest.range.end;
        while let Some(next) = rest.next_if(|next| next.range.start < end) {
            end = end.max(next.range.end);
            if next.range.len() > longest.range.len() {
                longest = next;
            }
        }
        left.push_str(&text[at..start]);
        left.push_str(longest.shown);
        at = end;
    }
    left.push_str(&text[at..]);
    left
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECRET: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCD";

    fn masks(secrets: &[(&str, &str)]) -> Masks {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Masks::new(&secrets.iter().map(owned).collect()).unwrap()
    }

    fn applied(masks: &Masks, text: &str, origin: Origin) -> String {
        let mut text = text.to_owned();
        masks.apply(&mut text, origin);
        text
    }

    #[test]
    fn a_part_is_masked_wherever_a_text_is_cut() {
        let masks = masks(&[("KEY", SECRET)]);
        for length in MIN_BYTES..=SECRET.len() {
            let text = format!("it is {}", &SECRET[..length]);
            for origin in [Origin::Error, Origin::Log { ends: true }] {
                assert_eq!(applied(&masks, &text, origin), "it is [secret KEY]");
            }
        }
        for length in MIN_PART_BYTES..SECRET.len() {
            let text = format!("no '{}' here", &SECRET[..length]);
            assert_eq!(
                applied(&masks, &text, Origin::Error),
                "no '[secret KEY]' here"
            );
        }
        let in_log = |length| {
            applied(
                &masks,
                &format!("{}!", &SECRET[..length]),
                Origin::Log { ends: false },
            )
        };
        assert_eq!(in_log(SECRET.len() - 1), "[secret KEY]!");
        assert_eq!(in_log(SECRET.len() / 2), "[secret KEY]!");
        assert_eq!(in_log(12), "0123456789ab!");
    }

    #[test]
    fn of_secrets_with_a_beginning_in_common_the_right_one_is_shown() {
        let masks = masks(&[
            ("A", "https://one.example.com/token"),
            ("B", "https://two.example.com/token"),
            ("C", "http"),
        ]);
        let log = Origin::Log { ends: false };
        assert_eq!(
            applied(&masks, "https://two.example.com/tok!", log),
            "[secret B]!"
        );
        let masks = self::masks(&[
            ("A", "https://one.example.com/token"),
            ("B", "https://two.example.com/token"),
        ]);
        assert_eq!(
            applied(&masks, "<https://two.example.com/tok>", log),
            "<[secret B]>"
        );
        assert_eq!(
            applied(&masks, "<https://three.example.com/>", log),
            "<https://three.example.com/>"
        );
    }

    #[test]
    fn of_secrets_that_overlap_nothing_is_left() {
        let masks = masks(&[
            ("USER", "sip:user"),
            ("LOGIN", "user:password"),
            ("P", "ssw"),
        ]);
        for origin in [Origin::Error, Origin::Log { ends: false }] {
            assert_eq!(
                applied(&masks, "<sip:user:password>", origin),
                "<[secret LOGIN]>"
            );
        }
    }

    proptest! {
        #[test]
        fn any_text_is_masked(secret in "[ab€]{4,20}", text in "[ab€]{0,60}") {
            let masks = masks(&[("S", &secret)]);
            for origin in [Origin::Error, Origin::Log { ends: true }, Origin::Log { ends: false }] {
                prop_assert!(!applied(&masks, &text, origin).contains(&secret));
            }
        }
    }
}
