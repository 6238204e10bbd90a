//! Halves of surrogate pairs in JSON: languages whose texts are UTF-16 can cut a character in two, and write what is
//! left as an escape that most readers of JSON refuse (RFC 8259, section 8.2).

/// What stands for a character that there is none of.
const REPLACEMENT: &str = "\\ufffd";

/// Bytes of `\ud83d`.
const ESCAPE_BYTES: usize = 6;

/// The document with each half that has no other half replaced.
pub(crate) fn repaired(json: String) -> String {
    if !json.contains("\\ud") && !json.contains("\\uD") {
        return json;
    }
    let mut repaired = String::with_capacity(json.len());
    let mut rest = json.as_str();
    while let Some(at) = rest.find('\\') {
        repaired.push_str(&rest[..at]);
        rest = &rest[at..];
        let bytes = match (unit(rest), rest.get(ESCAPE_BYTES..).and_then(unit)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 2 * ESCAPE_BYTES,
            (Some(0xD800..=0xDFFF), _) => {
                repaired.push_str(REPLACEMENT);
                rest = &rest[ESCAPE_BYTES..];
                continue;
            }
            (Some(_), _) => ESCAPE_BYTES,
            // Another escape: a backslash and the character behind it.
            (None, _) => 1 + rest[1..].chars().next().map_or(0, char::len_utf8),
        };
        repaired.push_str(&rest[..bytes]);
        rest = &rest[bytes..];
    }
    repaired.push_str(rest);
    repaired
}

/// The UTF-16 unit that a text begins with as an escape.
fn unit(text: &str) -> Option<u16> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    u16::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_replaced_and_pairs_are_not() {
        for (json, expected) in [
            (r#""plain \n \u00e9""#, r#""plain \n \u00e9""#),
            (r#""\ud83d\ude00""#, r#""\ud83d\ude00""#),
            (r#""a\ud83d""#, r#""a\ufffd""#),
            (r#""\ude00b""#, r#""\ufffdb""#),
            (r#""\ud83d\ud83d\ude00""#, r#""\ufffd\ud83d\ude00""#),
            (r#""\ud83d\u0041""#, r#""\ufffd\u0041""#),
            (
                r#""\\ud83d \\\ud83d é\ud83d""#,
                r#""\\ud83d \\\ufffd é\ufffd""#,
            ),
            (r#""\uD83D""#, r#""\ufffd""#),
        ] {
            assert_eq!(repaired(json.to_owned()), expected);
            assert!(serde_json::from_str::<String>(expected).is_ok());
        }
    }

    #[test]
    fn what_is_no_json_does_no_harm() {
        for text in [
            "\\",
            "\\ud",
            "\\ud83",
            "\\ud83\u{e9}",
            "\\ud83d\\",
            "\\é\\ud8",
        ] {
            repaired(text.to_owned());
        }
    }
}
