//! Formats JSON for people, one value a line, as `serde_json` would, but from the text and without a tree.

/// Spaces for each level.
const INDENT: &str = "  ";

/// Formats compact JSON.
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
            // White space between values, in text that a client sent.
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
    use serde_json::json;

    use super::*;
    use crate::validation::any_json::any_json;

    proptest! {
        #[test]
        fn lines_are_those_of_serde_json(value in any_json()) {
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
