//! `JSON.parse` and `JSON.stringify`. The guest has fast paths for usual values and leaves the rest to the engine. A
//! reviver or a replacer without effect forces the engine's own path, so that both can be compared.

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{Config, TestRunner},
};
use serde_json::{Value, json};
use switchhook_runtime::Snapshot;
use tokio::runtime::Runtime;

use crate::{CALL_LIMITS, call, failure, function, result, result_on};

/// Describes a value completely: order and attributes of properties, and numbers of characters.
const DESCRIBE: &str = r#"
    const describe = (value) => {
        if (typeof value === 'string') return Array.from(value, (each) => each.codePointAt(0)).join();
        if (Object.is(value, -0)) return '-0';
        if (value === null || typeof value !== 'object') return String(value);
        const properties = Reflect.ownKeys(value).map((key) => {
            const { value: inner, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(value, key);
            return [describe(key), describe(inner), writable, enumerable, configurable].join(' ');
        });
        const prototype = Object.getPrototypeOf(value);
        return `${Array.isArray(value)} ${prototype === Array.prototype} ${prototype === Object.prototype} {${properties}}`;
    };
    const attempt = (work) => {
        try {
            return describe(work());
        } catch (error) {
            return `${error}`;
        }
    };
"#;

/// A function of a text, which parses it on both paths and writes the result on both paths.
fn both_ways() -> String {
    format!(
        "{DESCRIBE}
        const same = (key, value) => value;
        const {{ text }} = call;
        const read = [attempt(() => JSON.parse(text)), attempt(() => JSON.parse(text, same))];
        let value;
        try {{
            value = JSON.parse(text);
        }} catch {{
            value = text;
        }}
        const written = [attempt(() => JSON.stringify(value)), attempt(() => JSON.stringify(value, same))];
        return {{ read, written }};"
    )
}

/// Documents, most of them valid: with white space, repeated keys, indices, escapes.
fn documents() -> impl Strategy<Value = String> {
    let key = prop_oneof![
        "[a-c]",
        "[0-9]{1,2}",
        "[A-Z][a-z]{1,12}-ID",
        "[a-zéĀ😀]{0,4}",
        Just(r"\u0061\n\ud83d".to_owned()),
        Just("__proto__".to_owned()),
        Just("toJSON".to_owned()),
        Just("4294967294".to_owned()),
    ];
    let leaf = prop_oneof![
        "\"[a-zA-Z0-9 +@.éĀ😀]{0,20}\"",
        "\"([a-z]{0,9}\\\\(n|\"|u00e9|ud83d|ude00|q|u12)){1,3}\"",
        "-?[0-9]{1,11}",
        "-?[0-9]{1,3}\\.[0-9]{1,3}([eE]-?[0-9])?",
        prop_oneof!["true", "false", "null", "nul", "truer", "-", ".5", "01"],
    ];
    let space = "( |\n        |\t){0,1}";
    leaf.prop_recursive(5, 60, 8, move |inner| {
        let member = (space, key.clone(), space, inner.clone())
            .prop_map(|(before, key, after, value)| format!("{before}\"{key}\"{after}:{value}"));
        let element = (space, inner, space)
            .prop_map(|(before, value, after)| format!("{before}{value}{after}"));
        prop_oneof![
            vec(member, 0..8).prop_map(|members| format!("{{{}}}", members.join(","))),
            vec(element, 0..8).prop_map(|elements| format!("[{}]", elements.join(","))),
        ]
    })
}

/// Documents with something missing or added.
fn texts() -> impl Strategy<Value = String> {
    let change = (any::<prop::sample::Index>(), "[\\]\\[{}\",:0-9e\\\\ ]?");
    (documents(), vec(change, 0..2)).prop_map(|(text, changes)| {
        let mut characters: Vec<char> = text.chars().collect();
        for (index, new) in changes {
            let index = index.index(characters.len());
            characters.splice(index..=index, new.chars());
            if characters.is_empty() {
                break;
            }
        }
        characters.into_iter().collect()
    })
}

#[test]
fn both_ways_of_reading_and_writing_agree() {
    check_both_ways(&texts());
}

#[test]
fn numbers_are_read_as_exactly() {
    let number = "-?(0|[1-9][0-9]{0,19})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?";
    let some = vec(number, 1..50);
    check_both_ways(&some.prop_map(|numbers| format!("[{}]", numbers.join(","))));
}

fn check_both_ways(texts: &impl Strategy<Value = String>) {
    let runtime = Runtime::new().expect("the machine has room for a runtime");
    let function = runtime.block_on(function(&both_ways()));
    let tried = runner().run(texts, |text| {
        let input = json!({ "text": text }).to_string();
        let ways = runtime.block_on(answer(&function, &input))?;
        for what in ["read", "written"] {
            prop_assert_eq!(&ways[what][0], &ways[what][1], "{}", what);
        }
        Ok(())
    });
    tried.expect("no case fails");
}

fn runner() -> TestRunner {
    TestRunner::new(Config {
        failure_persistence: None,
        ..Config::default()
    })
}

async fn answer(function: &Snapshot, input: &str) -> Result<Value, TestCaseError> {
    let outcome = call(function, input, &CALL_LIMITS).await;
    match outcome.result {
        Ok(json) => Ok(serde_json::from_str(json.get()).expect("a result is JSON")),
        Err(failure) => Err(TestCaseError::fail(format!("{failure:?}"))),
    }
}

/// A function sees a call exactly as it was sent.
#[test]
fn calls_are_what_was_sent() {
    let runtime = Runtime::new().expect("the machine has room for a runtime");
    let function = runtime.block_on(function("return call;"));
    let tried = runner().run(&documents(), |text| {
        if let Ok(sent) = serde_json::from_str::<Value>(&text) {
            let seen = runtime.block_on(answer(&function, &text))?;
            prop_assert_eq!(as_doubles(seen), as_doubles(sent));
        }
        Ok(())
    });
    tried.expect("no case fails");
}

/// The value with doubles as its numbers, and without minus zero, as JavaScript writes it.
fn as_doubles(value: Value) -> Value {
    match value {
        Value::Number(number) => {
            json!(number.as_f64().expect("a double holds it, if not exactly") + 0.0)
        }
        Value::Array(elements) => elements.into_iter().map(as_doubles).collect(),
        Value::Object(members) => members
            .into_iter()
            .map(|(key, value)| (key, as_doubles(value)))
            .collect(),
        other => other,
    }
}

#[tokio::test]
async fn properties_are_those_of_the_document() {
    for (text, keys, json) in [
        (r#"{"b": 1, "a": 2}"#, "b,a", r#"{"b":1,"a":2}"#),
        (r#"{"a": 1, "b": 2, "a": 3}"#, "a,b", r#"{"a":3,"b":2}"#),
        (
            r#"{"a": 1, "2": 2, "10": 3, "1": 4}"#,
            "1,2,10,a",
            r#"{"1":4,"2":2,"10":3,"a":1}"#,
        ),
        (
            r#"{"01": 1, "-1": 2, "1.5": 3}"#,
            "01,-1,1.5",
            r#"{"01":1,"-1":2,"1.5":3}"#,
        ),
        (
            r#"{"4294967295": 1, "4294967294": 2}"#,
            "4294967294,4294967295",
            r#"{"4294967294":2,"4294967295":1}"#,
        ),
        (
            r#"{"__proto__": {"x": 1}}"#,
            "__proto__",
            r#"{"__proto__":{"x":1}}"#,
        ),
        (r#"{"": 1, "": 2}"#, "", r#"{"":2}"#),
        (
            r#"{"\u0061": 1, "a": 2, "\u00e9": 3}"#,
            "a,é",
            r#"{"a":2,"é":3}"#,
        ),
    ] {
        let source = "const value = JSON.parse(call.text);
            return [Object.keys(value).join(), value.x === undefined, JSON.stringify(value)];";
        assert_eq!(
            result_on(source, &json!({ "text": text }).to_string()).await,
            json!([keys, true, json]),
            "{text}"
        );
    }
}

#[tokio::test]
async fn errors_name_the_place() {
    for (text, message) in [
        ("", "Unexpected end of JSON input"),
        (
            r#"{"a": 1"#,
            "Expected ',' or '}' after property value in JSON at position 7 (line 1 column 8)",
        ),
        (
            "{\n  \"a\" 1}",
            "Expected ':' after property name in JSON at position 8 (line 2 column 7)",
        ),
        (
            r#"{"a": 1,}"#,
            "Expected property name or '}' in JSON at position 8 (line 1 column 9)",
        ),
        (
            "[1 2]",
            "Expected ',' or ']' after array element in JSON at position 3 (line 1 column 4)",
        ),
        ("[1, nil]", "unexpected token: 'nil'"),
        (
            "[01]",
            "Unexpected number in JSON at position 1 (line 1 column 2)",
        ),
        (
            "1.",
            "Unterminated fractional number in JSON at position 2 (line 1 column 3)",
        ),
        (
            r#""\x""#,
            "Bad escaped character in JSON at position 2 (line 1 column 3)",
        ),
        (
            r#""\u12""#,
            "Bad Unicode escape in JSON at position 5 (line 1 column 6)",
        ),
        (
            "\"a\nb\"",
            "Bad control character in string literal in JSON at position 2 (line 1 column 3)",
        ),
        ("1 2", "unexpected data at the end"),
    ] {
        let source = "try { JSON.parse(call.text) } catch (error) { return `${error}` }";
        assert_eq!(
            result_on(source, &json!({ "text": text }).to_string()).await,
            json!(format!("SyntaxError: {message}")),
            "{text}"
        );
    }
}

/// The fast paths end at some depth, and the engine's own path continues.
#[tokio::test]
async fn much_nesting_is_read_and_written() {
    for depth in [50, 51, 250, 251, 400] {
        let source = format!(
            "const text = '[{{\"a\":'.repeat({depth}) + 1 + '}}]'.repeat({depth});
            return JSON.stringify(JSON.parse(text)) === text;"
        );
        assert_eq!(result(&source).await, json!(true), "{depth}");
    }
}

/// Arrays and objects of a document are ordinary ones.
#[tokio::test]
async fn what_was_read_can_be_changed() {
    assert_eq!(
        result(
            "const [a, b] = JSON.parse('[{\"x\":1,\"y\":[2]},{\"x\":3,\"y\":[4]}]');
            delete a.x; a.z = 5; a.y.push(6); b.y.length = 0; b[1] = 7;
            const last = JSON.parse('{\"x\":8,\"y\":9}');
            return [a, b, last];"
        )
        .await,
        json!([{"y": [2, 6], "z": 5}, {"1": 7, "x": 3, "y": []}, {"x": 8, "y": 9}])
    );
}

/// Values that a fast path must leave to the engine.
#[tokio::test]
async fn unusual_values_are_written_as_the_language_says() {
    for (value, json) in [
        ("new Date(0)", r#""1970-01-01T00:00:00.000Z""#),
        (
            "{ a: [new Date(0)] }",
            r#"{"a":["1970-01-01T00:00:00.000Z"]}"#,
        ),
        ("{ toJSON() { return [1] } }", "[1]"),
        ("Object.create({ toJSON() { return 2 } })", "2"),
        ("{ get a() { return 1 }, b: 2 }", r#"{"a":1,"b":2}"#),
        (
            "[undefined, () => 1, Symbol(), NaN, -0, , ]",
            "[null,null,null,null,0,null]",
        ),
        (
            "{ a: undefined, b: () => 1, [Symbol()]: 2, c: 3 }",
            r#"{"c":3}"#,
        ),
        (
            "Object.defineProperty({ a: 1 }, 'b', { value: 2 })",
            r#"{"a":1}"#,
        ),
        ("Object.assign([1, 2], { length: 3, x: 1 })", "[1,2,null]"),
        (
            "[new Number(1), new String('x'), new Boolean(false)]",
            r#"[1,"x",false]"#,
        ),
        ("new Proxy({ a: 1 }, {})", r#"{"a":1}"#),
        (
            "new (class { a = 1; get b() { return 2 } })()",
            r#"{"a":1}"#,
        ),
        (
            "['\\ud800', '\\ud83d\\ude00', '\\x00\\b\\x0b\\x7f\"\\\\']",
            r#"["\ud800","😀","\u0000\b\u000b\"\\"]"#,
        ),
        (
            "(Array.prototype.toJSON = () => 'array', [1])",
            r#""array""#,
        ),
        (
            "(Object.prototype.toJSON = () => 'object', { a: 1 })",
            r#""object""#,
        ),
        (
            "(Object.setPrototypeOf(Array.prototype, { toJSON: () => 'odd' }), [1])",
            r#""odd""#,
        ),
    ] {
        let source = format!("return JSON.stringify({value})");
        assert_eq!(result(&source).await, json!(json), "{value}");
    }
}

#[tokio::test]
async fn cycles_are_errors() {
    let source = "const value = { a: [] }; value.a.push(value); return JSON.stringify(value)";
    let message = failure(source).await.error.message;
    assert_eq!(message, "circular reference");
}

/// The cycle is found when it closes, and not after everything before it has been written many times.
#[tokio::test]
async fn a_cycle_is_an_error_however_much_is_in_it() {
    let source = "const o = {d: 'x'.repeat(400000)}; o.o = {o};
        try { return JSON.stringify(o) } catch (error) { return error.name }";
    assert_eq!(result(source).await, json!("TypeError"));
}
