//! Texts in parts.

/// A piece of a text, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// As ECMA-402 calls it.
    pub kind: &'static str,
    /// What stands there.
    pub text: String,
    /// Of a range: 0 for what both ends share, 1 for the first, 2 for the second.
    pub source: u8,
}

/// Parts that are being written.
#[derive(Default)]
pub struct Parts {
    parts: Vec<Part>,
    source: u8,
}

impl Parts {
    /// What follows belongs to this end of a range.
    pub fn from_source(&mut self, source: u8) {
        self.source = source;
    }

    /// Adds to the literal before, where there is one.
    pub fn literal(&mut self, text: &str) {
        match self.parts.last_mut() {
            Some(last) if last.kind == "literal" && last.source == self.source => last.text += text,
            _ => self.push("literal", text.to_owned()),
        }
    }

    /// Adds a part, unless there is nothing in it.
    pub fn push(&mut self, kind: &'static str, text: String) {
        if !text.is_empty() {
            self.parts.push(Part {
                kind,
                text,
                source: self.source,
            });
        }
    }

    /// All of them.
    pub fn finish(self) -> Vec<Part> {
        self.parts
    }
}

/// The text that parts make.
pub fn joined(parts: &[Part]) -> String {
    parts.iter().map(|part| part.text.as_str()).collect()
}
