//! The case `echo`: no value may change on its way through a language.

use serde_json::Value;

use super::{
    Checked,
    kit::{Circumstances, Kit, short},
};

/// Nesting of the deepest document. Calls may be nested a little deeper.
const DEPTH: usize = 120;

/// Documents with every kind of value and the extremes of each.
const DOCUMENTS: [&str; 9] = [
    "null",
    "true",
    r#""""#,
    "[]",
    "{}",
    r#"{"a": null, "b": [], "c": {}, "d": [[], [null], {}], "e": "", "f": false, "g": [1, "1", true]}"#,
    r#"{"": 1, "0": 2, "1": 3, "__proto__": 4, "constructor": 5, "length": 6, "a b": 7, "ü": 8, "nil": 9}"#,
    r#"[0, -1, 1, 2147483648, -2147483649, 9007199254740991, -9007199254740991, 9223372036854775807,
        -9223372036854775808, 18446744073709551615, 0.1, -0.5, 1.5e300, 5e-324, 1.7976931348623157e308,
        123456789.123456789, 1e21, 1e-7, 3.0]"#,
    r#"["a\"b\\c\/d", "\b\f\n\r\t\u0000\u001e\u001f\u007f", "é\u00e9 ß 日本語 🎉 \ud83c\udf89", "\u2028\u2029\ufeff\uffff"]"#,
];

/// Half of a surrogate pair. If a language returns it, the host replaces it by U+FFFD.
const HALF_A_PAIR: &str = r#""a\ud800b""#;

pub(super) async fn check(kit: &Kit<'_>, source: &str) -> Checked {
    let function = kit.compile(source).await?;
    let nested = [
        "[".repeat(DEPTH) + &"]".repeat(DEPTH),
        r#"{"a":"#.repeat(DEPTH) + "1" + &"}".repeat(DEPTH),
    ];
    let documents = DOCUMENTS
        .into_iter()
        .chain(nested.iter().map(String::as_str));
    for document in documents {
        let sent: Value = serde_json::from_str(document).map_err(|error| error.to_string())?;
        let returned = kit
            .result(&function, document, Circumstances::default())
            .await
            .map_err(|error| format!("{}: {error}", short(document)))?;
        if !same(&sent, &returned) {
            let returned = returned.to_string();
            return Err(format!("{} becomes {}", short(document), short(&returned)));
        }
    }
    let returned = kit
        .result(&function, HALF_A_PAIR, Circumstances::default())
        .await?;
    let is_replaced = returned.as_str().is_some_and(|text| {
        let inside = text
            .strip_prefix('a')
            .and_then(|text| text.strip_suffix('b'));
        inside.is_some_and(|inside| {
            !inside.is_empty()
                && inside
                    .chars()
                    .all(|char| char == char::REPLACEMENT_CHARACTER)
        })
    });
    is_replaced
        .then_some(())
        .ok_or_else(|| format!("{HALF_A_PAIR} becomes {returned}"))
}

/// Whether two values are the same. Numbers are compared as doubles, the only precision that all JSON readers share
/// (RFC 8259, section 6). Whole numbers are exact up to 2^53.
fn same(sent: &Value, returned: &Value) -> bool {
    match (sent, returned) {
        (Value::Number(sent), Value::Number(returned)) => sent.as_f64() == returned.as_f64(),
        (Value::Array(sent), Value::Array(returned)) => {
            sent.len() == returned.len()
                && sent
                    .iter()
                    .zip(returned)
                    .all(|(sent, returned)| same(sent, returned))
        }
        (Value::Object(sent), Value::Object(returned)) => {
            sent.len() == returned.len()
                && sent.iter().all(|(key, sent)| {
                    returned
                        .get(key)
                        .is_some_and(|returned| same(sent, returned))
                })
        }
        _ => sent == returned,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_the_same() {
        for (one, other, expected) in [
            (json!(3), json!(3.0), true),
            (json!(u64::MAX), json!(18446744073709551616.0), true),
            (
                json!(9007199254740991_i64),
                json!(9007199254740990_i64),
                false,
            ),
            (json!(1), json!("1"), false),
            (json!([]), json!({}), false),
            (json!([1]), json!([1, 2]), false),
            (json!({"a": 1}), json!({"a": 1, "b": null}), false),
            (json!({"a": 1, "b": 2}), json!({"b": 2, "a": 1}), true),
            (json!(null), json!(false), false),
        ] {
            assert_eq!(same(&one, &other), expected, "{one} {other}");
        }
    }
}
