//! What functions can use.

use std::time::SystemTime;

use serde_json::{Value, json};
use switchhook_runtime::Snapshot;

use crate::{CALL_LIMITS, call, function, result, result_on};

#[tokio::test]
async fn the_call_arrives_as_it_was_sent() {
    for input in [
        "{}",
        "null",
        "[1,-0.5,1e21,true,\"a\"]",
        r#"{"a":{"b":[{"c":""}]}}"#,
        r#"{"nul":"\u0000","separator":"\u001e","quote":"\"\\"}"#,
        r#"{"é":"ü 😀 \u2028"}"#,
        r#"{"__proto__":{"x":1},"constructor":2,"toString":3}"#,
        r#"{"10":1,"9":2}"#,
    ] {
        let sent: Value = serde_json::from_str(input).unwrap();
        assert_eq!(result_on("return call", input).await, sent, "{input}");
    }
}

/// The parser reads eight characters at a time, and must find special ones at any position.
#[tokio::test]
async fn every_character_is_read_at_every_place_of_a_string() {
    let source = r#"
        var wrong = [];
        for (var before = 0; before < 18; before++) {
            for (var code = 0; code < 0x180; code++) {
                var text = 'x'.repeat(before) + String.fromCharCode(code) + 'y'.repeat(9);
                if (JSON.parse(JSON.stringify(text)) !== text) wrong.push([before, code]);
                if (code < 0x20) {
                    try {
                        JSON.parse('"' + text + '"');
                        wrong.push(['accepted', before, code]);
                    } catch (error) {}
                }
            }
        }
        return wrong;"#;
    assert_eq!(result(source).await, json!([]));
}

/// Small literals and comparisons in conditions have instructions of their own.
#[tokio::test]
async fn what_is_computed_does_not_depend_on_how_it_is_written() {
    let source = r#"
        var values = [0, -0, 1, 2, 3, -1, 2147483647, -2147483648, 0.5, NaN, Infinity, '', '2', 'x', null, undefined, true, [], [2], {}];
        var ways = [
            [2, v => v + 2, (v, k) => v + k],
            [2, v => v - 2, (v, k) => v - k],
            [-1, v => v + -1, (v, k) => v + k],
            [-1, v => v - -1, (v, k) => v - k],
            [2, v => v < 2 ? 1 : 0, (v, k) => v < k ? 1 : 0, (v, k) => { var b = v < k; return b ? 1 : 0 }],
            [2, v => v <= 2 ? 1 : 0, (v, k) => v <= k ? 1 : 0, (v, k) => { var b = v <= k; return b ? 1 : 0 }],
            [2, v => v > 2 ? 1 : 0, (v, k) => v > k ? 1 : 0, (v, k) => { var b = v > k; return b ? 1 : 0 }],
            [2, v => v >= 2 ? 1 : 0, (v, k) => v >= k ? 1 : 0, (v, k) => { var b = v >= k; return b ? 1 : 0 }],
            [2, v => v == 2 ? 1 : 0, (v, k) => v == k ? 1 : 0, (v, k) => { var b = v == k; return b ? 1 : 0 }],
            [2, v => v != 2 ? 1 : 0, (v, k) => v != k ? 1 : 0, (v, k) => { var b = v != k; return b ? 1 : 0 }],
            [2, v => v === 2 ? 1 : 0, (v, k) => v === k ? 1 : 0, (v, k) => { var b = v === k; return b ? 1 : 0 }],
            [2, v => v !== 2 ? 1 : 0, (v, k) => v !== k ? 1 : 0, (v, k) => { var b = v !== k; return b ? 1 : 0 }],
        ];
        var wrong = [];
        for (var [k, ...same] of ways) for (var v of values) {
            var results = same.map(way => way(v, k));
            if (!results.every(result => Object.is(result, results[0]))) wrong.push([String(same[0]), String(v), results]);
        }
        return [wrong, ways[0][1](2147483647), ways[1][1](-2147483648), ways[4][1](1), ways[4][1](2)];
    "#;
    assert_eq!(
        result(source).await,
        json!([[], 2_147_483_649_i64, -2_147_483_650_i64, 1, 0])
    );
}

#[tokio::test]
async fn half_a_character_is_one_inside_and_replaced_in_the_result() {
    let source = "return [call.s, call.s.length, call.s.charCodeAt(0)]";
    let function = function(source).await;
    let outcome = call(&function, r#"{"s":"\ud800"}"#, &CALL_LIMITS).await;
    assert_eq!(outcome.result.unwrap().get(), r#"["\ufffd",1,55296]"#);
}

#[tokio::test]
async fn a_key_named_proto_is_a_key() {
    let source = "return [Object.keys(call), call.x ?? null, {}.x ?? null, Object.getPrototypeOf(call) === Object.prototype]";
    assert_eq!(
        result_on(source, r#"{"__proto__":{"x":1}}"#).await,
        json!([["__proto__"], null, null, true])
    );
}

#[tokio::test]
async fn the_source_is_the_body_of_a_sloppy_function() {
    for (source, expected) in [
        ("return this === globalThis", json!(true)),
        ("return arguments.length", json!(1)),
        ("undeclared = 1; return undeclared", json!(1)),
        ("'use strict'; return this === undefined", json!(true)),
        ("return typeof anonymous", json!("function")),
        ("return early(); function early() { return 1 }", json!(1)),
        ("return 1 // no line break at the end", json!(1)),
        ("call = 1; return call", json!(1)),
        (
            "return eval('1 + 1') + new Function('return 1')()",
            json!(3),
        ),
    ] {
        assert_eq!(result(source).await, expected, "{source}");
    }
}

/// Garbage is freed at once, so nothing depends on when it is collected.
#[tokio::test]
async fn weak_references_are_let_go_of_at_once() {
    for (source, expected) in [
        ("const o = {x: 1}, weak = new WeakRef(o); return weak.deref() === o", json!(true)),
        ("return new WeakRef({}).deref() === undefined", json!(true)),
        (
            "const seen = [], registry = new FinalizationRegistry(held => seen.push(held));
            let a = {}, b = {}; registry.register(a, 'a'); registry.register(b, 'b', b); registry.unregister(b);
            a = b = null; await null;
            return seen",
            json!(["a"]),
        ),
        ("const map = new WeakMap(); let key = {}; map.set(key, 1); return [map.has(key), map.has({})]", json!([true, false])),
    ] {
        assert_eq!(result(source).await, expected, "{source}");
    }
    let module = "const kept = {x: 1}, weak = new WeakRef(kept), lost = new WeakRef({}), seen = [];
        const registry = new FinalizationRegistry(held => seen.push(held));
        let held = {}; registry.register(held, 'gone');
        export default async () => { held = null; await null; return [weak.deref().x, lost.deref() ?? null, seen, kept.x] }";
    for _ in 0..2 {
        assert_eq!(result(module).await, json!([1, null, ["gone"], 1]));
    }
}

#[tokio::test]
async fn a_promise_is_waited_for() {
    for (source, expected) in [
        ("return Promise.resolve(1)", json!(1)),
        (
            "return (async () => { await null; return {a: await Promise.all([1, 2])} })()",
            json!({"a": [1, 2]}),
        ),
        ("return await Promise.resolve(2)", json!(2)),
        (
            "for await (const x of [1, 2]) if (x > 1) return x",
            json!(2),
        ),
        (
            "const p = Promise.reject(1); await null; return p.catch(x => x)",
            json!(1),
        ),
    ] {
        assert_eq!(result(source).await, expected, "{source}");
    }
}

#[tokio::test]
async fn a_result_is_what_json_stringify_gives() {
    for (source, expected) in [
        ("return null", json!(null)),
        ("return NaN", json!(null)),
        ("return new Date(0)", json!("1970-01-01T00:00:00.000Z")),
        (
            "return {a: undefined, b() {}, c: [undefined]}",
            json!({"c": [null]}),
        ),
        ("return {toJSON() { return 1 }}", json!(1)),
        ("JSON.stringify = () => 2; return 1", json!(1)),
    ] {
        assert_eq!(result(source).await, expected, "{source}");
    }
}

/// Globals give no access to files, processes or other code.
#[tokio::test]
async fn nothing_of_the_machine_is_global() {
    assert_eq!(
        result("return Object.keys(globalThis)").await,
        json!(["console"])
    );
    for name in ["process", "Javy", "WebAssembly", "std", "os", "print"] {
        assert_eq!(
            result(&format!("return typeof {name}")).await,
            "undefined",
            "{name}"
        );
    }
}

#[tokio::test]
async fn every_call_draws_its_own_random_numbers() {
    let function = function("return [Math.random(), Math.random()]").await;
    let mut drawn = Vec::new();
    for _ in 0..10 {
        let outcome = call(&function, "{}", &CALL_LIMITS).await;
        let pair: [f64; 2] = serde_json::from_str(outcome.result.unwrap().get()).unwrap();
        drawn.extend(pair);
    }
    assert!(
        drawn.iter().all(|number| (0.0..1.0).contains(number)),
        "{drawn:?}"
    );
    drawn.sort_by(f64::total_cmp);
    drawn.dedup();
    assert_eq!(drawn.len(), 20, "{drawn:?}");
}

#[tokio::test]
async fn the_time_is_that_of_the_call() {
    let function =
        function("return [Date.now(), new Date().getTime(), new Date().getTimezoneOffset()]").await;
    let milliseconds = || {
        SystemTime::UNIX_EPOCH
            .elapsed()
            .expect("now is after 1970")
            .as_millis() as u64
    };
    for _ in 0..2 {
        let before = milliseconds();
        let outcome = call(&function, "{}", &CALL_LIMITS).await;
        let after = milliseconds();
        let [now, new, offset]: [u64; 3] =
            serde_json::from_str(outcome.result.unwrap().get()).unwrap();
        assert!((before..=after).contains(&now), "{before} {now} {after}");
        assert!((now..=after).contains(&new), "{now} {new} {after}");
        assert_eq!(offset, 0);
    }
}

#[tokio::test]
async fn a_snapshot_can_be_stored() {
    let function = function("const greet = name => 'Hi ' + name;\nreturn greet(call.name)").await;
    let stored = function.to_bytes();
    let restored = Snapshot::from_bytes(&stored).unwrap();
    assert_eq!(restored, function);
    let outcome = call(&restored, r#"{"name":"Bob"}"#, &CALL_LIMITS).await;
    assert_eq!(outcome.result.unwrap().get(), "\"Hi Bob\"");
}

#[tokio::test]
async fn the_same_source_gives_the_same_snapshot() {
    let source = "return Math.random() + Date.now()";
    assert_eq!(function(source).await, function(source).await);
}
