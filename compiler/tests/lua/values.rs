//! JSON to Lua values and back.

use serde_json::{Value, json};
use switchhook_runtime::Class;

use crate::{failure, result, result_on, text, text_on};

#[tokio::test]
async fn what_comes_in_goes_out() {
    for json in [
        "null",
        "true",
        "\"\"",
        "[]",
        "{}",
        "[[],{},[[]],null]",
        "{\"\":1}",
        "{\"0\":\"a\"}",
        "{\"__index\":{}}",
        "[0,-1,9007199254740993,9223372036854775807,-9223372036854775808]",
        "[0.1,-2.5,5e-324,1.7976931348623157e308,1e16,-0.0]",
        r#"["a\u0000b","é漢😀","\"\\\n\r\t\u0001"]"#,
    ] {
        assert_eq!(text_on("return call", json).await, json);
    }
    let deep = format!("{}1{}", "[".repeat(127), "]".repeat(127));
    assert_eq!(text_on("return call", &deep).await, deep);
}

#[tokio::test]
async fn what_json_says_in_several_ways_comes_out_in_one() {
    for (json, expected) in [
        (" [ 1 , 2 ]\n", "[1,2]"),
        ("[1.0,1e2,100E-2,-0]", "[1,100,1,-0.0]"),
        ("[9223372036854775808]", "[9.223372036854776e18]"),
        (r#"["\u00e9\/\ud83d\ude00"]"#, r#"["é/😀"]"#),
        (r#"{"a":1,"a":2}"#, r#"{"a":2}"#),
        // Unicode has no halves of surrogate pairs.
        (r#"["a\ud800b","\udc00"]"#, r#"["a\ufffdb","\ufffd"]"#),
    ] {
        assert_eq!(text_on("return call", json).await, expected, "{json}");
    }
}

#[tokio::test]
async fn large_arrays_and_objects_are_whole() {
    for size in [63, 64, 65, 1000] {
        let array: Value = (0..size).collect();
        assert_eq!(result_on("return call", &array.to_string()).await, array);
        let object: Value = (0..size)
            .map(|at| (format!("key {at}"), json!(at)))
            .collect::<serde_json::Map<_, _>>()
            .into();
        assert_eq!(result_on("return call", &object.to_string()).await, object);
        let again = format!(
            "{}, \"key 0\": -1}}",
            object.to_string().trim_end_matches('}')
        );
        assert_eq!(result_on("return call['key 0']", &again).await, json!(-1));
    }
}

#[tokio::test]
async fn values_are_luas_own() {
    let source =
        "return {math.type(call.int), math.type(call.float), #call.list, call.none == json.null,
        call.none == nil, tostring(call.none), call.absent == nil, math.type(call.large)}";
    let call = r#"{"int": 3, "float": 3.0, "list": [1, null, 3], "none": null, "large": 18446744073709551615}"#;
    assert_eq!(
        result_on(source, call).await,
        json!(["integer", "float", 3, true, false, "null", true, "float"])
    );
}

#[tokio::test]
async fn tables_become_arrays_or_objects() {
    for (source, expected) in [
        ("return {}", "{}"),
        ("return {1, 2}", "[1,2]"),
        ("return {a = {}}", r#"{"a":{}}"#),
        ("return json.array()", "[]"),
        ("return {list = json.array {}}", r#"{"list":[]}"#),
        (
            "local t = {} for i = 9, 1, -1 do t[i] = i end return t",
            "[1,2,3,4,5,6,7,8,9]",
        ),
        (
            "local t = json.array() t[2] = 'b' t[1] = 'a' return t",
            r#"["a","b"]"#,
        ),
        ("table.insert(call.list, 4) return call.list", "[1,4]"),
        ("call.list[1] = nil return call.list", "[]"),
        (
            "return {10 / 2, 2^53, 7 // 2.0}",
            "[5,9007199254740992.0,3]",
        ),
        ("return {['1'] = 'a', ['2'] = 'b'}", r#"{"1":"a","2":"b"}"#),
    ] {
        assert_eq!(
            text_on(source, r#"{"list": [1]}"#).await,
            expected,
            "{source}"
        );
    }
}

#[tokio::test]
async fn what_has_no_json_form_is_said_with_its_place() {
    for (source, expected) in [
        (
            "return",
            "the function returned nothing (did it end without `return`?); json.null is JSON's null",
        ),
        (
            "return nil, 1",
            "the function returned nothing (did it end without `return`?); json.null is JSON's null",
        ),
        (
            "return {a = {b = {print}}}",
            "the result.a.b[1] is a function, which has no JSON form",
        ),
        (
            "return {coroutine.create(print)}",
            "the result[1] is a thread, which has no JSON form",
        ),
        (
            "return {x = 0 / 0}",
            "the result.x is no number that JSON has",
        ),
        (
            "return {1, {math.huge}}",
            "the result[2][1] is no number that JSON has",
        ),
        (
            "local t = {} t.t = t return t",
            "the result.t.t.t.t.t.t.t.t… is in itself",
        ),
        (
            "local t = {} for _ = 1, 600 do t = {t} end return t",
            "the result[1][1][1][1][1][1][1][1]… is nested more than 512 deep",
        ),
        (
            "return {1, nil, 3}",
            "the result is a list without an element 2: write json.null for what is missing, and the keys of an object as texts",
        ),
        (
            "return {[10] = 'a'}",
            "the result is a list without an element 1: write json.null for what is missing, and the keys of an object as texts",
        ),
        (
            "return {data = {1, 2, x = 3}}",
            "the result.data is a list with the key x beside its numbers: the keys of an object are texts, ['1']",
        ),
        (
            "return {[1.5] = 1}",
            "the result is a list with the key 1.5 beside its numbers: the keys of an object are texts, ['1']",
        ),
        (
            "return {[true] = 1}",
            "the result is an object with the key true, which is no text: write ['true']",
        ),
    ] {
        let failure = failure(source).await;
        assert_eq!(failure.class, Class::InvalidResult, "{source}");
        assert_eq!(failure.error.message, expected, "{source}");
    }
}

#[tokio::test]
async fn bytes_that_are_no_text_are_replaced() {
    assert_eq!(
        result("return 'a\\xff\\xfeb\\xe2\\x82'").await,
        json!("a\u{fffd}\u{fffd}b\u{fffd}")
    );
    assert_eq!(
        text("return '\\u{d83d}\\u{de00}'").await,
        r#""\ud83d\ude00""#
    );
}

#[tokio::test]
async fn a_call_that_is_no_json_is_refused() {
    for json in [
        "",
        "{",
        "[1,]",
        "[,1]",
        "{\"a\"}",
        "{\"a\":}",
        "{a:1}",
        "01",
        "1.",
        "-",
        "+1",
        ".5",
        "1e",
        "tru",
        "nul",
        "\"a",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\n\"",
        "[1] 2",
        "[1}",
        "{\"a\":1,}",
    ] {
        let source = "return {pcall(json.decode, call)}";
        let quoted = json!(json).to_string();
        let answer = result_on(source, &quoted).await;
        assert_eq!(answer[0], json!(false), "{json}");
        let message = answer[1].as_str().unwrap();
        assert!(
            message.contains("json.decode: ") && message.contains(" (at byte "),
            "{json}: {message}"
        );
    }
}

#[tokio::test]
async fn the_library_reads_and_writes() {
    for (source, expected) in [
        (
            r#"return json.decode('{"a": [1, {}], "b": null}')"#,
            json!({"a": [1, {}], "b": null}),
        ),
        (
            "return json.encode({json.null, 'é', {x = 1}})",
            json!(r#"[null,"é",{"x":1}]"#),
        ),
        ("return json.encode(nil)", json!("null")),
        (
            "return {pcall(json.encode, print)}",
            json!([
                false,
                "json.encode: the value is a function, which has no JSON form"
            ]),
        ),
        (
            "return {pcall(json.encode)}",
            json!([false, "bad argument #1 to 'json.encode' (value expected)"]),
        ),
        ("return json.decode(json.encode(call)).n", json!(1)),
    ] {
        assert_eq!(result_on(source, r#"{"n": 1}"#).await, expected, "{source}");
    }
}
