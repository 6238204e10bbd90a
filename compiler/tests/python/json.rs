//! Calls and results have the same values in JSON and in Python.

use serde_json::{Value, json};
use switchhook_runtime::{Call, Class};

use crate::{failure, result, result_on, text_of};

#[tokio::test]
async fn every_json_value_comes_back() {
    for text in [
        "null",
        "true",
        "false",
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "18446744073709551615",
        "123456789012345678901234567890",
        "0.1",
        "-0.5",
        "5e-324",
        "1.7976931348623157e308",
        "1e16",
        "1.5e-7",
        r#""""#,
        r#""a\"b\\c\nd\u0000""#,
        r#""é漢😀""#,
        "[]",
        "{}",
        "[[],[{}]]",
        r#"{"":{"a b":[1,2.5,null]},"0":"x","__class__":1}"#,
    ] {
        let back = result_on("return call", text).await;
        assert_eq!(back, serde_json::from_str::<Value>(text).unwrap(), "{text}");
    }
}

#[tokio::test]
async fn numbers_keep_their_kind_and_their_digits() {
    for (text, kind) in [
        ("1", "int"),
        ("1.0", "float"),
        ("1e2", "float"),
        ("-0.0", "float"),
    ] {
        assert_eq!(
            result_on("return type(call).__name__", text).await,
            kind,
            "{text}"
        );
    }
    for text in [
        "1.0",
        "-0.0",
        "1e100",
        "123456789012345678901234567890",
        "0.30000000000000004",
    ] {
        assert_eq!(text_of("return call", Call::now(text)).await, text);
    }
    assert_eq!(
        text_of("return 2 ** 200", Call::now("1")).await,
        "1606938044258990275541962092341162602522202993782792835301376"
    );
    assert_eq!(
        text_of("return call * 3", Call::now("12345678901234567890")).await,
        "37037036703703703670"
    );
}

#[tokio::test]
async fn halves_of_surrogate_pairs_do_no_harm() {
    assert_eq!(result_on("return len(call)", r#""a\ud800b""#).await, 3);
    assert_eq!(
        result_on("return call", r#""a\ud800b""#).await,
        "a\u{fffd}b"
    );
    assert_eq!(
        result_on("return call", r#""\ud83d\ude00\udc00""#).await,
        "😀\u{fffd}"
    );
    assert_eq!(
        result_on("return call", r#"{"\ud800":1}"#).await,
        json!({"\u{fffd}": 1})
    );
}

#[tokio::test]
async fn results_are_written_as_json_dumps_does() {
    for (source, expected) in [
        ("return (1, 'a', (2,))", json!([1, "a", [2]])),
        (
            "return {1: 'a', 2.5: 'b', True: 'c', None: 'd'}",
            json!({"1": "c", "2.5": "b", "null": "d"}),
        ),
        (
            "from collections import OrderedDict, defaultdict\nreturn OrderedDict(a=defaultdict(int, b=1))",
            json!({"a": {"b": 1}}),
        ),
        (
            "from enum import IntEnum\nclass A(IntEnum):\n    B = 3\nreturn A.B",
            json!(3),
        ),
        ("class S(str):\n    pass\nreturn S('x')", json!("x")),
        ("return None", json!(null)),
    ] {
        assert_eq!(result(source).await, expected, "{source}");
    }
}

#[tokio::test]
async fn what_has_no_json_form_is_an_invalid_result() {
    for (source, name, message) in [
        ("return float('nan')", "ValueError", "NaN has no JSON form"),
        (
            "return [1, {'a': float('-inf')}]",
            "ValueError",
            "-Infinity has no JSON form (at result[1][\"a\"])",
        ),
        (
            "return {'a': {1, 2}}",
            "TypeError",
            "Object of type set is not JSON serializable (at result[\"a\"])",
        ),
        (
            "return {(1, 2): 3}",
            "TypeError",
            "keys must be str, int, float, bool or None, not tuple",
        ),
        (
            "x = {}\nx['x'] = [x]\nreturn x",
            "ValueError",
            "Circular reference detected (at result[\"x\"][0])",
        ),
        (
            "x = []\nfor _ in range(1000):\n    x = [x]\nreturn x",
            "ValueError",
            "values are nested more than 500 deep",
        ),
        (
            "return lambda: 1",
            "TypeError",
            "Object of type function is not JSON serializable",
        ),
    ] {
        let failure = failure(source).await;
        assert_eq!(failure.class, Class::InvalidResult, "{source}");
        assert_eq!(failure.error.name, name, "{source}");
        let found = failure
            .error
            .message
            .split(" (at result[0][0]")
            .next()
            .unwrap();
        assert_eq!(found, message, "{source}");
    }
}

#[tokio::test]
async fn deep_values_come_back() {
    let deep = format!("{}1{}", "[".repeat(120), "]".repeat(120));
    assert_eq!(text_of("return call", Call::now(&deep)).await, deep);
    let value = "x = 1\nfor _ in range(400):\n    x = {'a': x}\nreturn x";
    assert_eq!(text_of(value, Call::now("1")).await.len(), 400 * 6 + 1);
}

#[tokio::test]
async fn of_two_members_with_one_name_the_last_counts() {
    assert_eq!(
        result_on("return call", r#"{"a":1,"a":2}"#).await,
        json!({"a": 2})
    );
}

/// As CPython: the reader and the writer of the library are native code, which gets texts of strangers.
#[tokio::test]
async fn the_library_reads_and_writes_json_and_nothing_else() {
    let source = r#"
import json
def of(text):
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        return f"{type(error).__name__}: {error}"
return [of(text) for text in call]
"#;
    for (text, expected) in [
        (
            "1e",
            "JSONDecodeError: Extra data: line 1 column 2 (char 1)",
        ),
        (
            "[1E+]",
            "JSONDecodeError: Expecting ',' delimiter: line 1 column 3 (char 2)",
        ),
        (
            "0e\u{ff10}",
            "JSONDecodeError: Extra data: line 1 column 2 (char 1)",
        ),
        (
            "[1+1]",
            "JSONDecodeError: Expecting ',' delimiter: line 1 column 3 (char 2)",
        ),
        (
            "[01]",
            "JSONDecodeError: Expecting ',' delimiter: line 1 column 3 (char 2)",
        ),
        (
            "[1.]",
            "JSONDecodeError: Expecting ',' delimiter: line 1 column 3 (char 2)",
        ),
        (
            "1.e3",
            "JSONDecodeError: Extra data: line 1 column 2 (char 1)",
        ),
        (
            "-",
            "JSONDecodeError: Expecting value: line 1 column 1 (char 0)",
        ),
        (
            "[.5]",
            "JSONDecodeError: Expecting value: line 1 column 2 (char 1)",
        ),
        (
            r#""\q""#,
            "JSONDecodeError: Invalid \\escape: line 1 column 2 (char 1)",
        ),
    ] {
        let input = json!([text]).to_string();
        assert_eq!(result_on(source, &input).await, json!([expected]), "{text}");
    }
    let input = json!(["[-0, 12, -1.5, 1E2, 2e-1, 0.0]"]).to_string();
    let numbers = text_of(source, Call::now(&input)).await;
    assert_eq!(numbers, "[[0,12,-1.5,100.0,0.2,0.0]]");
    let deep = "return of('[' * 100_000)\n";
    let source = source.replace("return [of(text) for text in call]\n", deep);
    let message = result(&source).await.to_string();
    assert!(message.contains("RecursionError"), "{message}");
    let source = "import json\nreturn [json.dumps('\\x0b\\x1b\\x7f\\ud800'), json.dumps('\\x0b\\x1b\\x7f', ensure_ascii=False), json.loads('{\"\\\\ud800\": [\"\\\\udc00\"]}') == {'\\ud800': ['\\udc00']}]";
    let expected = json!([
        r#""\u000b\u001b\u007f\ud800""#,
        "\"\\u000b\\u001b\u{7f}\"",
        true
    ]);
    assert_eq!(result(source).await, expected);
}
