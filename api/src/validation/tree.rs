//! What JSON takes when it is parsed. A text of `[0],` takes a hundred times its size, so values are counted before.

use std::mem::size_of;

use serde_json::Value;

/// Values within a request's `data`: more than any document and any call together have, and at most some 30 MB.
pub(crate) const MAX_REQUEST_VALUES: usize = 65_536;

/// Values of a stored document: dozens of times what KAZOO's own have, and at most some 4 MB.
pub(crate) const MAX_DOCUMENT_VALUES: usize = 8_192;

/// A list or object begins with room for so many.
const FIRST_ROOM: usize = 4;

/// What an object has for each of its members beside the value: the key's text, its place, and its hash.
const MEMBER_BYTES: usize = 64;

/// A list or object that has grown has room for twice as many as it holds.
const GROWTH: usize = 2;

/// How large a parsed text is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Weight {
    /// Values, those within others included.
    pub(crate) values: usize,
    /// Bytes of memory, at most.
    pub(crate) bytes: usize,
}

/// Weighs JSON without parsing it, and stops where it has more values than `max_values`. Of what is no JSON the weight means nothing.
pub(crate) fn weigh(json: &[u8], max_values: usize) -> Option<Weight> {
    // Each comma stands before a value, and so do each bracket and each brace unless they hold none.
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

/// Where the quotation mark is that ends a text.
fn end_of_text(json: &[u8], mut at: usize) -> usize {
    loop {
        match memchr::memchr2(b'"', b'\\', &json[at.min(json.len())..]) {
            None => return json.len(),
            Some(offset) if json[at + offset] == b'"' => return at + offset,
            // What is escaped.
            Some(offset) => at += offset + 2,
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, json};

    use super::*;

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

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            r#"[\[\]{},:"\\a]{0,8}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 5, |inner| {
            let key = r#"[\[,:"\\a-f]{0,3}"#;
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn a_text_weighs_no_less_than_its_values(value in any_value()) {
            let weight = weigh(value.to_string().as_bytes(), usize::MAX).unwrap();
            let count = values(&value);
            prop_assert!(count <= weight.values, "{count} of {weight:?}");
            // What is empty counts for one that is not there.
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
