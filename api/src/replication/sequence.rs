//! A place in the changes of a database.

use form_urlencoded::byte_serialize;
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

/// Longest sequence. It has to fit into a URL, and CouchDB takes URLs of 8 kB.
const MAX_BYTES: usize = 8_000;

/// A place in the changes of a database, as the database wrote it. Only the database knows what the text means.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(try_from = "Box<RawValue>")]
pub(super) struct Sequence(Box<RawValue>);

/// Why JSON is no sequence.
#[derive(Debug, thiserror::Error)]
pub(super) enum SequenceError {
    #[error("a sequence of more than {MAX_BYTES} bytes")]
    TooLong,
    #[error("a sequence that is null")]
    Null,
}

impl Sequence {
    /// Before all changes.
    pub(super) fn start() -> Self {
        Self(to_raw_value(&0).expect("a number has a JSON form"))
    }

    /// The sequence as a parameter of a URL: texts as they are, and numbers and lists as JSON.
    pub(super) fn parameter(&self) -> String {
        let json = self.0.get();
        let text = serde_json::from_str(json).unwrap_or_else(|_| json.to_owned());
        byte_serialize(text.as_bytes()).collect()
    }
}

impl PartialEq for Sequence {
    fn eq(&self, other: &Self) -> bool {
        self.0.get() == other.0.get()
    }
}

impl TryFrom<Box<RawValue>> for Sequence {
    type Error = SequenceError;

    fn try_from(json: Box<RawValue>) -> Result<Self, SequenceError> {
        match json.get() {
            "null" => Err(SequenceError::Null),
            text if text.len() > MAX_BYTES => Err(SequenceError::TooLong),
            _ => Ok(Self(json)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_repeated_as_their_database_wrote_them() {
        for (json, expected) in [
            (r#""5-g1AAA+/=""#, "5-g1AAA%2B%2F%3D"),
            (r#""42-2""#, "42-2"),
            ("12", "12"),
            (r#"[3,"x"]"#, "%5B3%2C%22x%22%5D"),
        ] {
            let sequence: Sequence = serde_json::from_str(json).unwrap();
            assert_eq!(sequence.parameter(), expected);
            assert_eq!(serde_json::to_string(&sequence).unwrap(), json);
        }
    }
}
