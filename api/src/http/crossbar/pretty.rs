//! JSON for people: one line for each value, as `serde_json` would write it, made from the text without a tree.

/// Spaces for each level.
const INDENT: &str = "  ";

/// Spreads compact JSON over lines.
pub(super) fn pretty(compact: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(compact.len() * 2);
    let mut levels: usize = 0;
    let mut rest = compact.iter().copied().peekable();
    while let Some(byte) = rest.next() {
        match byte {
            b'"' => {
                text.push(byte);
                while let Some(byte) = rest.next() {
                    text.push(byte);
                    match byte {
                        b'"' => break,
                        b'\\' => text.extend(rest.next()),
                        _ => {}
                    }
                }
            }
            b'{' | b'[' => {
                text.push(byte);
                while rest.next_if(u8::is_ascii_whitespace).is_some() {}
                match rest.next_if(|next| matches!(next, b'}' | b']')) {
                    Some(end) => text.push(end),
                    None => {
                        levels += 1;
                        new_line(&mut text, levels);
                    }
                }
            }
            b'}' | b']' => {
                levels = levels.saturating_sub(1);
                new_line(&mut text, levels);
                text.push(byte);
            }
            b',' => {
                text.push(byte);
                new_line(&mut text, levels);
            }
            b':' => text.extend(b": "),
            // What stands between values, where a client's own text was kept.
            b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => text.push(byte),
        }
    }
    text
}

fn new_line(text: &mut Vec<u8>, levels: usize) {
    text.push(b'\n');
    for _ in 0..levels {
        text.extend(INDENT.bytes());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Map, Value, json};

    use super::*;

    fn any_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<f64>().prop_map(Value::from),
            r#"[\[\]{},: \n"\\a]{0,8}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 64, 5, |inner| {
            let key = r#"[\[,: "\\a-f]{0,3}"#;
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                prop::collection::vec((key, inner), 0..5)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect::<Map<_, _>>())),
            ]
        })
    }

    proptest! {
        #[test]
        fn lines_are_those_of_serde_json(value in any_value()) {
            let expected = serde_json::to_string_pretty(&value).unwrap();
            let spread = pretty(value.to_string().as_bytes());
            prop_assert_eq!(String::from_utf8(spread).unwrap(), expected);
        }
    }

    #[test]
    fn spaces_of_the_text_are_not_kept() {
        let kept = br#"{ "a" : [ 1 , 2 ], "b": { } }"#;
        let expected = serde_json::to_vec_pretty(&json!({"a": [1, 2], "b": {}})).unwrap();
        assert_eq!(pretty(kept), expected);
    }
}
