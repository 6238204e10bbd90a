//! Functions that try to harm the server: their calls end with a named outcome and have no other effect.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use ureq::http::Method;

use crate::server::{Server, workload, workload_call};

/// Status, outcome and error of a source's run.
fn failure(server: &Server, source: &str) -> (u16, Value, Value) {
    let id = server.client.created(source);
    let mut reply = server.client.run(&id, &json!({}));
    assert_eq!(reply.body["status"], "error");
    let data = &mut reply.body["data"];
    assert_eq!(data.get("result"), None);
    (reply.status, data["outcome"].take(), data["error"].take())
}

/// Attacks and the outcomes of their calls.
const ATTACKS: &[(&str, &str)] = &[
    // Loops, in the function and in functions that it calls.
    ("while(true){}", "fuel_exhausted"),
    ("for(;;) console.log('x'.repeat(1000))", "fuel_exhausted"),
    (
        "for (let i = 0; i < 1e6; i++) console.log(i); return 1",
        "fuel_exhausted",
    ),
    (
        "return /^(a+)+$/.test('a'.repeat(40)+'!')",
        "fuel_exhausted",
    ),
    ("for (;;) { var o = {}; o.o = o }", "fuel_exhausted"),
    (
        "(function next() { return Promise.resolve().then(next) })(); await new Promise(() => {})",
        "fuel_exhausted",
    ),
    (
        "[1].sort(() => { for (;;) ; }); return [3, 2, 1].sort(() => { for (;;) ; })",
        "fuel_exhausted",
    ),
    ("return {toJSON() { for (;;) ; }}", "fuel_exhausted"),
    ("throw {toJSON() { for (;;) ; }}", "fuel_exhausted"),
    (
        "var a = []; for (var i = 0; i < 1e5; i++) a = [a]; return a",
        "fuel_exhausted",
    ),
    // Recursion, in the function, in parsers and in the engine's own functions.
    ("function f(){f()} f()", "stack_overflow"),
    ("return eval('('.repeat(1e5))", "stack_overflow"),
    (
        "var p = {}; for (var i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x",
        "stack_overflow",
    ),
    ("return JSON.parse('['.repeat(3000))", "exception"),
    // Memory.
    ("a=[];for(;;)a.push('x'.repeat(1<<20))", "memory_limit"),
    (
        "return new ArrayBuffer(2**31 - 1).byteLength",
        "memory_limit",
    ),
    ("let s = 'x'; for (;;) s += s", "exception"),
    (
        "let a = []; for (;;) a.push(new Uint8Array(1000))",
        "memory_limit",
    ),
    ("new Array(1e9).fill(1); return 1", "memory_limit"),
    // Results.
    ("return 'x'.repeat(300000)", "output_too_large"),
    ("return new Array(200000).fill(1)", "output_too_large"),
    ("var a = {}; a.a = a; return a", "invalid_result"),
    (
        "return {get a() { throw new Error('no') }}",
        "invalid_result",
    ),
    ("return {toJSON() { throw null }}", "invalid_result"),
    (
        "return new Proxy({}, {ownKeys() { throw new Error('no') }})",
        "invalid_result",
    ),
    ("return {a: 1n}", "invalid_result"),
    ("return Symbol('a')", "invalid_result"),
    ("return function () {}", "invalid_result"),
    ("return undefined", "invalid_result"),
    (";", "invalid_result"),
    ("return new Promise(function () {})", "invalid_result"),
    ("return (async () => 1n)()", "invalid_result"),
    // Everything that can be thrown.
    ("throw null", "exception"),
    ("throw undefined", "exception"),
    ("throw {}", "exception"),
    ("throw Symbol('a')", "exception"),
    ("throw 1n", "exception"),
    ("throw new Proxy({}, {get() { throw 1 }})", "exception"),
    ("throw Object.create(null)", "exception"),
    (
        "var e = new Error('x'); Object.defineProperty(e, 'stack', {get() { throw 1 }}); throw e",
        "exception",
    ),
    (
        "var e = new Error('x'); e.message = {toString() { throw 1 }}; throw e",
        "exception",
    ),
    (
        "var e = new Error('x'); e.name = e.stack = e; throw e",
        "exception",
    ),
    ("throw new Error('x'.repeat(10 << 20))", "exception"),
    (
        "Promise.reject(new Error('nobody looks')); return 1",
        "exception",
    ),
    ("return Promise.reject(1)", "exception"),
    ("return import('fs')", "exception"),
    ("return fetch('http://127.0.0.1')", "exception"),
    ("return require('fs')", "exception"),
    ("setTimeout(() => {}, 1); return 1", "exception"),
    ("return new Function('for(')()", "exception"),
];

/// Largest error of a reply, in bytes.
const MAX_ERROR_BYTES: usize = 32 * 1024;

#[test]
fn every_attack_has_a_name_and_harms_nobody() {
    // Fuel ends each attack, however slow the machine is.
    let server = Server::start_with("[limits]\nwall_clock_ms = 60_000\n");
    let good = server.client.created(&workload("say_hi.js"));
    let expected = server.client.result(&good, &workload_call());
    let mut surprises = Vec::new();
    for (source, outcome) in ATTACKS {
        let reply = server.client.test(source, &json!({}));
        let data = &reply.body["data"];
        let error = &data["error"];
        let named = error["name"].as_str().is_some_and(|name| !name.is_empty());
        let expected_ending = (reply.status, data["outcome"].as_str()) == (422, Some(*outcome));
        if !expected_ending || !named || error.to_string().len() > MAX_ERROR_BYTES {
            surprises.push(format!("{source}: {}: {error}", data["outcome"]));
        }
        assert_eq!(
            server.client.result(&good, &workload_call()),
            expected,
            "after {source}"
        );
    }
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

/// After each attack, a thousand calls succeed.
#[test]
fn the_next_thousand_calls_are_right() {
    let server = Server::start_with("[limits]\nfuel = 50_000_000");
    let good = server.client.created(&workload("say_hi.js"));
    let expected = server.client.result(&good, &workload_call());
    for (source, outcome) in [
        ("while(true){}", "fuel_exhausted"),
        ("function f(){f()} f()", "stack_overflow"),
        (
            "return new ArrayBuffer(2**31 - 1).byteLength",
            "memory_limit",
        ),
        ("return 'x'.repeat(300000)", "output_too_large"),
        ("throw new Error('x'.repeat(1 << 20))", "exception"),
        (
            "Object.prototype.text = JSON.parse = Date = 0; return 1",
            "ok",
        ),
    ] {
        let reply = server.client.test(source, &json!({}));
        assert_eq!(reply.body["data"]["outcome"], outcome, "{source}");
        for _ in 0..1000 {
            assert_eq!(
                server.client.result(&good, &workload_call()),
                expected,
                "after {source}"
            );
        }
    }
}

#[test]
fn endless_recursion_is_a_stack_overflow_with_a_stack() {
    let server = Server::start();
    let (status, class, error) = failure(&server, "function f(){f()} f()");
    assert_eq!((status, class), (422, json!("stack_overflow")));
    insta::assert_json_snapshot!(error);
}

/// Strings that are not Unicode, numbers that are not finite, names with a meaning in the engine.
#[test]
fn odd_documents_come_back_as_documented() {
    let server = Server::start();
    let echo = server.client.created("return call");
    let path = server.client.functions(&format!("/{echo}/run"));
    for (call, expected) in [
        (
            r#"{"a":"\u0000\ufeff\ud83d\ude00 𝄞"}"#,
            json!({"a": "\u{0}\u{feff}😀 𝄞"}),
        ),
        (
            r#"{"a":9007199254740993,"b":-0,"c":1e400}"#,
            json!({"a": 9_007_199_254_740_992_u64, "b": 0, "c": null}),
        ),
        (
            r#"{"__proto__":{"polluted":1},"constructor":2}"#,
            json!({"__proto__": {"polluted": 1}, "constructor": 2}),
        ),
        (r#"{"a":1,"a":2}"#, json!({"a": 2})),
        (r#"{"":1," ":2}"#, json!({"": 1, " ": 2})),
    ] {
        let reply = server
            .client
            .send(Method::POST, &path, &format!(r#"{{"data":{call}}}"#));
        assert_eq!(
            reply.body["data"]["result"], expected,
            "{call}: {}",
            reply.body
        );
    }
    // A lone surrogate is written as an escape (well-formed JSON.stringify), which Rust strings cannot hold.
    let lone = server.client.test(r"return '\ud800'", &json!({}));
    assert_eq!(lone.status, 200);
    let result = server.client.test(
        "return [NaN, -0, 1/0, 2**53 + 1, new Date(8.64e15), new Date(NaN), ({}).polluted ?? null]",
        &json!({}),
    );
    assert_eq!(
        result.body["data"]["result"],
        json!([
            null,
            0,
            null,
            9_007_199_254_740_992_u64,
            "+275760-09-13T00:00:00.000Z",
            null,
            null
        ])
    );
}

#[test]
fn a_call_with_very_many_keys_is_a_call_or_too_large() {
    let server = Server::start();
    let count = server.client.created("return Object.keys(call).length");
    let call = |keys: usize| -> Value {
        (0..keys)
            .map(|key| (format!("{key:x}"), Value::Null))
            .collect::<serde_json::Map<_, _>>()
            .into()
    };
    assert_eq!(server.client.result(&count, &call(15_000)), 15_000);
    let reply = server.client.run(&count, &call(500_000));
    assert_eq!(
        (reply.status, &reply.body["data"]["limit"]["name"]),
        (413, &json!("input_bytes"))
    );
}

/// A running clock would reveal how fast other calls run.
#[test]
fn the_clock_stands_still_during_a_call() {
    let server = Server::start();
    let source = "const t = Date.now(); for (let i = 0; i < 1e5; i++) ; return [Date.now() - t, t]";
    let reply = server.client.test(source, &json!({}));
    assert_eq!(reply.body["data"]["result"][0], 0);
    let before = reply.body["data"]["result"][1].as_u64().unwrap();
    let reply = server.client.test(source, &json!({}));
    assert!(reply.body["data"]["result"][1].as_u64().unwrap() >= before);
}

#[test]
fn a_log_flood_is_cut() {
    let server = Server::start();
    let reply = server.client.test(
        "for (var i = 0; i < 1000; i++) console.log('x'.repeat(100)); return i",
        &json!({}),
    );
    assert_eq!(reply.body["data"]["result"], 1000);
    let logs = reply.body["data"]["logs"].as_array().unwrap();
    let bytes: usize = logs
        .iter()
        .map(|log| log["message"].as_str().unwrap().len())
        .sum();
    assert!(bytes < 17 * 1024, "{bytes}");
    assert!(
        logs.last().unwrap()["message"]
            .as_str()
            .unwrap()
            .contains("cut"),
        "{logs:?}"
    );
}

#[test]
fn one_line_of_ten_megabytes_is_cut() {
    let server = Server::start();
    let source = "console.log('x'.repeat(10 << 20)); console.log('\\u001b[31m\\n\\u001eerror forged'); return 1";
    let reply = server.client.test(source, &json!({}));
    let data = &reply.body["data"];
    assert_eq!(data["result"], 1, "{data}");
    assert_eq!(data["logs"].as_array().map(Vec::len), Some(2));
    assert_eq!(
        data["logs"][1]["message"],
        "the log was cut after 16384 bytes"
    );
    assert_eq!(data["warnings"][0]["name"], "log_bytes");
    let reply = server.client.test(
        "console.log('\\u001b[31m\\n\\u001eerror forged'); return 1",
        &json!({}),
    );
    assert_eq!(
        reply.body["data"]["logs"],
        json!([{"level": "log", "message": "\u{1b}[31m\n\u{fffd}error forged"}])
    );
}

#[test]
fn an_input_that_is_too_large_is_named() {
    let server = Server::start();
    let id = server.client.created("return 1");
    let reply = server.client.run(&id, &json!({"x": "y".repeat(300_000)}));
    assert_eq!(
        (reply.status, &reply.body["data"]["outcome"]),
        (413, &json!("input_too_large"))
    );
    let deep = format!(
        r#"{{"data":{{"a":{}1{}}}}}"#,
        "[".repeat(10_000),
        "]".repeat(10_000)
    );
    let path = server.client.functions(&format!("/{id}/run"));
    let reply = server.client.send(Method::POST, &path, &deep);
    assert_eq!(
        (reply.status, &reply.body["data"]["outcome"]),
        (413, &json!("input_too_large"))
    );
}

/// Compiling is limited in time and memory, and ends with a named error.
#[test]
fn a_source_that_explodes_the_compiler_is_refused() {
    let server = Server::start();
    let set_up = |code: &str| format!("{code}\nexport default () => 1");
    for source in [
        "(".repeat(10_000),
        "(".repeat(200_000),
        "[".repeat(500_000),
        "{".repeat(500_000),
        "!".repeat(500_000),
        format!("return {}1", "-".repeat(500_001)),
        format!("return {}0", "a=>".repeat(200_000)),
        format!("return `{}", "${`".repeat(200_000)),
        format!("x = /{}/", "(".repeat(500_000)),
        "x".repeat(1 << 21),
        "\0".repeat(1000),
        set_up("for (;;) ;"),
        set_up("const a = []; for (;;) a.push('x'.repeat(1 << 20))"),
        set_up("(function f() { f() })()"),
        set_up("await new Promise(() => {})"),
        "\0asm\u{1}\0\0\0".to_owned(),
    ] {
        let reply = server.client.create(&source);
        let shown: String = source.chars().take(40).collect();
        assert_eq!(reply.status, 400, "{shown}: {}", reply.body);
        let error = &reply.body["data"]["function_js"]["compile_error"];
        assert!(error["message"].is_string(), "{shown}: {}", reply.body);
        assert!(reply.body.to_string().len() < MAX_ERROR_BYTES, "{shown}");
    }
    assert_eq!(server.client.test("return 1", &json!({})).status, 200);
}

/// Large or long sources without such structures compile.
#[test]
fn a_source_that_is_only_large_compiles() {
    let server = Server::start();
    let table = format!("return [{}].length", "1,".repeat(250_000));
    assert_eq!(
        server.client.test(&table, &json!({})).body["data"]["result"],
        250_000
    );
    let sum = format!("return 0{}", "+1".repeat(100_000));
    assert_eq!(
        server.client.test(&sum, &json!({})).body["data"]["result"],
        100_000
    );
}

#[test]
fn a_body_that_is_not_text_is_refused() {
    let server = Server::start();
    let path = server.client.functions("");
    for body in [
        &b"{\"data\":{\"name\":\"x\",\"function_js\":\"\xff\xfe\"}}"[..],
        b"\x00asm\x01\x00\x00\x00",
        b"\x1f\x8b\x08\x00",
    ] {
        let reply = server.client.send_bytes(Method::PUT, &path, body);
        assert_eq!(reply.status, 400, "{}", reply.body);
    }
    let huge = format!(
        r#"{{"data":{{"name":"x","function_js":"{}"}}}}"#,
        "x".repeat(50 << 20)
    );
    let reply = server.client.send(Method::PUT, &path, &huge);
    assert!(matches!(reply.status, 400 | 413), "{}", reply.status);
}

/// With one worker, so that the loop and the other calls share a thread.
#[test]
fn others_are_served_while_a_loop_runs() {
    let server =
        Server::start_with("workers = 1\n[limits]\nfuel = 200_000_000_000\nwall_clock_ms = 4_000");
    let client = &server.client;
    let endless = client.created("while(true){}");
    let good = client.created(&workload("say_hi.js"));
    let ended = AtomicBool::new(false);
    let served_meanwhile = std::thread::scope(|scope| {
        let looping = scope.spawn(|| {
            let reply = client.run(&endless, &json!({}));
            ended.store(true, Ordering::SeqCst);
            reply
        });
        let mut served = 0;
        while !ended.load(Ordering::SeqCst) {
            client.result(&good, &workload_call());
            served += 1;
        }
        assert_eq!(looping.join().unwrap().body["data"]["outcome"], "timeout");
        served
    });
    // One call may have been sent before the loop began and one after it ended.
    assert!(served_meanwhile > 10, "{served_meanwhile}");
}

#[test]
fn calls_beyond_the_sandboxes_there_are_get_told_to_come_back() {
    let server = Server::start_with(
        "workers = 1\n[concurrency]\ncalls = 1\nqueued = 0\n[limits]\nfuel = 200_000_000_000\nwall_clock_ms = 1_000",
    );
    let client = &server.client;
    let endless = client.created("while(true){}");
    let good = client.created("return 1");
    let ended = AtomicBool::new(false);
    let refused = std::thread::scope(|scope| {
        scope.spawn(|| {
            client.run(&endless, &json!({}));
            ended.store(true, Ordering::SeqCst);
        });
        let mut refused = 0;
        while !ended.load(Ordering::SeqCst) {
            let reply = client.run(&good, &json!({}));
            if reply.status == 503 {
                assert_eq!(reply.body["data"]["outcome"], "overloaded");
                assert_eq!(reply.headers["retry-after"], "1");
                refused += 1;
            }
        }
        refused
    });
    assert!(refused > 0);
    assert_eq!(client.result(&good, &json!({})), 1);
}

#[test]
fn a_function_that_is_switched_off_does_not_run() {
    let server = Server::start();
    let id = server.client.created("return 1");
    let path = server.client.functions(&format!("/{id}"));
    server
        .client
        .send(Method::PATCH, &path, r#"{"data":{"enabled":false}}"#);
    let reply = server.client.run(&id, &json!({}));
    assert_eq!(
        (reply.status, &reply.body["data"]["outcome"]),
        (409, &json!("disabled"))
    );
    server
        .client
        .send(Method::PATCH, &path, r#"{"data":{"enabled":true}}"#);
    assert_eq!(server.client.result(&id, &json!({})), 1);
}
