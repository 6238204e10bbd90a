//! Estimates how much memory JSON takes when it is parsed. `[0],` takes a hundred times its size, so values are counted
//! first.

use std::mem::size_of;

use serde_json::Value;

/// Most values in a request's `data`: more than any document and any call together, and at most some 30 MB.
pub(crate) const MAX_REQUEST_VALUES: usize = 65_536;

/// Most values of a stored document: dozens of times as many as KAZOO's documents have, and at most some 4 MB.
pub(crate) const MAX_DOCUMENT_VALUES: usize = 8_192;

/// Elements for which a list or object has room at first.
const FIRST_ROOM: usize = 4;

/// Bytes of an object's member beside its value: the key's text, its place, and its hash.
const MEMBER_BYTES: usize = 64;

/// A list or object that has grown may have room for twice its elements.
const GROWTH: usize = 2;

/// The size of parsed JSON.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Number of values, with nested ones.
    pub(crate) values: usize,
    /// Bytes of memory, at most.
    pub(crate) bytes: usize,
}

/// Weighs JSON without parsing it. `None` if it has more than `max_values`. For text that is not JSON, the result has
/// no meaning.
pub(crate) fn weigh(json: &[u8], max_values: usize) -> Option<Weight> {
    // A value follows each comma, and each opening bracket or brace that is not empty.
    let mut values = 1;
    let (mut containers, mut objects, mut members) = (0, 0, 0);
    let mut at = 0;
    while let Some(byte) = json.get(at) {
        match byte {
            b'"' => at = end_of_text(json, at + 1),
            b'[' => {
                containers += 1;
                values += 1;
            }
            b'{' => {
                containers += 1;
                objects += 1;
                values += 1;
            }
            b':' => members += 1,
            b',' => values += 1,
            _ => {}
        }
        if values > max_values {
            return None;
        }
        at += 1;
    }
    let containers = containers * FIRST_ROOM * size_of::<Value>();
    let keys = (members * GROWTH + objects * FIRST_ROOM) * MEMBER_BYTES;
    Some(Weight {
        values,
        bytes: json.len() + values * GROWTH * size_of::<Value>() + containers + keys,
    })
}

/// The index of the quotation mark that ends a text.
fn end_of_text(json: &[u8], mut at: usize) -> usize {
    loop {
        match memchr::memchr2(b'"', b'\\', &json[at.min(json.len())..]) {
            None => return json.len(),
            Some(offset) if json[at + offset] == b'"' => return at + offset,
            // Skips the escaped character.
            Some(offset) => at += offset + 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;
    use crate::validation::any_json::any_json;

    fn values(value: &Value) -> usize {
        1 + match value {
            Value::Array(items) => items.iter().map(values).sum(),
            Value::Object(fields) => fields.values().map(values).sum(),
            _ => 0,
        }
    }

    #[test]
    fn values_are_counted_where_they_are_and_not_in_texts() {
        for (json, count) in [
            ("0", 1),
            ("[0]", 2),
            (r#"{"a":[1,2,{"b":null}]}"#, 6),
            (r#"["[1,2,3]","\"[,","\\"]"#, 4),
        ] {
            let weight = weigh(json.as_bytes(), count).unwrap();
            assert_eq!(weight.values, count, "{json}");
            assert_eq!(weigh(json.as_bytes(), count - 1), None, "{json}");
        }
        for broken in ["\"", "\"\\", "[\"a\\\"", ""] {
            weigh(broken.as_bytes(), 9);
        }
    }

    proptest! {
        #[test]
        fn a_text_weighs_no_less_than_its_values(value in any_json()) {
            let weight = weigh(value.to_string().as_bytes(), usize::MAX).unwrap();
            let count = values(&value);
            prop_assert!(count <= weight.values, "{count} of {weight:?}");
            // An empty list or object counts as if it had one value.
            prop_assert!(weight.values <= 2 * count);
        }
    }

    #[test]
    fn lists_of_one_weigh_what_they_take() {
        let json = json!(vec![[0]; 1_000]).to_string();
        let taken = 1_000 * FIRST_ROOM * size_of::<Value>() + 1_000 * size_of::<Value>();
        assert!(weigh(json.as_bytes(), usize::MAX).unwrap().bytes >= taken);
    }
}
