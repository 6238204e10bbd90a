//! The digits of numbering systems.

use crate::tree::Node;

/// The ten digits of a system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Digits {
    /// The digits, zero first. `None` for those of ASCII.
    others: Option<&'static str>,
}

impl Digits {
    /// The digits of a system. `None` if there is no decimal system of this name.
    pub fn of(system: &str) -> Option<Self> {
        let digits = Node::root().find(&["digits", system])?.text();
        Some(Self {
            others: (system != "latn").then_some(digits),
        })
    }

    /// The names of all systems.
    pub fn systems() -> impl Iterator<Item = &'static str> {
        Node::root()
            .get("digits")
            .into_iter()
            .flat_map(Node::entries)
            .map(|(name, _)| name)
    }

    /// The text with its ASCII digits replaced by this system's.
    pub fn write(self, text: &str) -> String {
        let Some(digits) = self.others else {
            return text.to_owned();
        };
        text.chars()
            .map(|character| self::digit(digits, character))
            .collect()
    }

    /// A number with leading zeros, up to a length.
    pub fn padded(self, number: u64, length: usize) -> String {
        self.write(&format!("{number:0length$}"))
    }
}

/// Whether the character is a digit of any system.
pub fn is_digit(character: char) -> bool {
    let mut systems = Node::root()
        .get("digits")
        .into_iter()
        .flat_map(Node::entries);
    character.is_ascii_digit()
        || character.is_numeric() && systems.any(|(_, digits)| digits.text().contains(character))
}

fn digit(digits: &str, character: char) -> char {
    let value = character
        .to_digit(10)
        .and_then(|value| digits.chars().nth(value as usize));
    value.unwrap_or(character)
}
