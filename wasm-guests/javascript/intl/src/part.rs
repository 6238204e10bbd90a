//! Texts in parts.

/// A part of a text and its kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// The kind's name in ECMA-402.
    pub kind: &'static str,
    /// The part's text.
    pub text: String,
    /// In a range: 0 for both ends, 1 for the first, 2 for the second.
    pub source: u8,
}

/// A list of parts under construction.
#[derive(Default)]
pub struct Parts {
    parts: Vec<Part>,
    source: u8,
}

impl Parts {
    /// Makes the parts that follow belong to an end of a range.
    pub fn from_source(&mut self, source: u8) {
        self.source = source;
    }

    /// Adds literal text. Joins it with a literal before.
    pub fn literal(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(last) if last.kind == "literal" && last.source == self.source => last.text += text,
            _ => self.push("literal", text.to_owned()),
        }
    }

    /// Adds a part, unless its text is empty.
    pub fn push(&mut self, kind: &'static str, text: String) {
        if !text.is_empty() {
            self.parts.push(Part {
                kind,
                text,
                source: self.source,
            });
        }
    }

    /// The finished list.
    pub fn finish(self) -> Vec<Part> {
        self.parts
    }
}

/// The texts of the parts, joined.
pub fn joined(parts: &[Part]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect()
}
