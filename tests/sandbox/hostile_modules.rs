//! Modules that try to harm the server: their calls end with a named outcome, and the next call succeeds.

use std::fmt::Write;

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::Client,
    functions::modules::{created, server_with},
};

/// Imports, and a page of memory: a vector at 0, a counter at 16, text from 64 on.
const HEAD: &str = r#"
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $time (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environment (param i32 i32) (result i32)))
    (memory (export "memory") 1)"#;

fn wasm(fields: &str) -> Vec<u8> {
    wat::parse_str(format!("(module {HEAD} {fields})")).unwrap()
}

fn start(body: &str) -> Vec<u8> {
    wasm(&format!(r#"(func (export "_start") {body})"#))
}

fn again(body: &str) -> Vec<u8> {
    start(&format!("(loop $again {body} (br $again))"))
}

/// Status, outcome and error of a module's call.
fn ended(client: &Client, module: &[u8]) -> (u16, Value, Value) {
    let id = created(client, module);
    let mut reply = client.run(&id, &json!({"To": "+1"}));
    let data = &mut reply.body["data"];
    (reply.status, data["outcome"].take(), data["error"].take())
}

#[test]
fn what_a_module_does_without_end_is_ended() {
    // So little fuel that it ends before the time, even on a slow machine.
    let server = server_with("[limits]\nfuel = 20_000_000\n");
    let client = &server.client;
    let right = client.created("return call.a + 1");
    let vector =
        "(i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 65000))";
    let write = |file: u32| {
        format!(
            "(drop (call $write (i32.const {file}) (i32.const 0) (i32.const 1) (i32.const 16)))"
        )
    };
    // A subscription to a clock, for an hour.
    let sleep = "(i64.store (i32.const 88) (i64.const 3600000000000))
        (drop (call $poll (i32.const 64) (i32.const 256) (i32.const 1) (i32.const 16)))";
    let read = "(drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))";
    for (name, module, outcomes) in [
        ("loops", again(""), &["fuel_exhausted"][..]),
        (
            "recurses",
            wasm(r#"(func $f (export "_start") (call $f) (call $f))"#),
            &["stack_overflow"],
        ),
        (
            "grows",
            again("(if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))"),
            &["memory_limit"],
        ),
        (
            "floods stdout",
            again(&format!("{vector} {}", write(1))),
            &["output_too_large"],
        ),
        (
            "floods stderr",
            again(&format!("{vector} {}", write(2))),
            &["fuel_exhausted", "timeout"],
        ),
        (
            "reads on behind the end",
            again(&format!("{vector} {read}")),
            &["fuel_exhausted", "timeout"],
        ),
        ("sleeps", again(sleep), &["fuel_exhausted", "timeout"]),
        (
            "asks for the time",
            again("(drop (call $time (i32.const 0) (i64.const 0) (i32.const 16)))"),
            &["fuel_exhausted", "timeout"],
        ),
        (
            "throws dice",
            again("(drop (call $random (i32.const 64) (i32.const 65000)))"),
            &["fuel_exhausted", "timeout"],
        ),
        (
            "asks for the environment",
            again("(drop (call $environment (i32.const 0) (i32.const 4)))"),
            &["fuel_exhausted", "timeout"],
        ),
    ] {
        let (status, outcome, error) = ended(client, &module);
        let is_expected = outcomes.iter().any(|expected| outcome == *expected);
        assert!(is_expected, "{name}: {status} {outcome} {error}");
        assert_eq!(client.result(&right, &json!({"a": 1})), 2, "{name}");
    }
}

#[test]
fn every_exit_code_has_a_name() {
    let server = server_with("");
    let client = &server.client;
    for code in [0, 1, 2, 42, 101, 125] {
        let (_, outcome, error) =
            ended(client, &start(&format!("(call $exit (i32.const {code}))")));
        if code == 0 {
            assert_eq!(outcome, "invalid_result", "it said nothing");
        } else {
            assert_eq!(outcome, "exception");
            assert_eq!(error["name"], format!("ExitCode{code}"));
        }
    }
    // Exit codes beyond WASI's.
    for code in [126, 134, 255, 256, -1, i32::MIN, i32::MAX] {
        let (_, outcome, error) =
            ended(client, &start(&format!("(call $exit (i32.const {code}))")));
        assert_eq!(outcome, "exception", "{code}");
        assert_ne!(error["message"], "", "{code}");
    }
}

#[test]
fn what_is_too_large_to_compile_is_refused_with_a_sentence() {
    let server = server_with("[wasm]\ncompile_seconds = 5\n");
    let client = &server.client;
    let right = client.created("return call.a + 1");
    let main = r#"(func (export "_start"))"#;
    let mut targets = String::new();
    for _ in 0..100_000 {
        let _ = write!(targets, " 0");
    }
    for (name, fields, why) in [
        (
            "a large function",
            format!("{main} (func {})", "(drop (i32.const 1))".repeat(400_000)),
            "it has a function of ",
        ),
        (
            "many locals",
            format!("{main} (func (local {}))", "i64 ".repeat(100_000)),
            "it has 100000 locals in a function, ",
        ),
        (
            "a large table",
            format!("{main} (table 10000000 funcref)"),
            "its table has more than ",
        ),
        (
            "a start",
            format!("{main} (func $f (loop (br 0))) (start $f)"),
            "it has a start section",
        ),
        (
            "all memory",
            format!("{main} (memory $m 65536)"),
            "it has several memories",
        ),
        (
            "deep blocks",
            format!(
                "{main} (func {}{})",
                "(block ".repeat(100_000),
                ")".repeat(100_000)
            ),
            "",
        ),
        (
            "a wide branch",
            format!("{main} (func (param i32) (block (br_table {targets} (local.get 0))))"),
            "",
        ),
    ] {
        let reply = client.send_module(Method::PUT, &client.functions("?name=own"), &wasm(&fields));
        let details = &reply.body["data"]["function_wasm"]["compile_error"];
        let message = details["message"].as_str().unwrap_or_default();
        // Modules that no check refuses may be compiled, if that is possible within the limits.
        let is_named = reply.status == 400 && message.contains("the module cannot be ");
        assert!(
            is_named || (why.is_empty() && reply.status == 201),
            "{name}: {} {message}",
            reply.status
        );
        assert!(message.contains(why), "{name}: {message}");
        assert_eq!(client.result(&right, &json!({"a": 1})), 2, "{name}");
    }
    let whole = format!("(module (memory (export \"memory\") 65536) {main})");
    let whole = wat::parse_str(whole).unwrap();
    let reply = client.send_module(Method::PUT, &client.functions("?name=own"), &whole);
    let message = &reply.body["data"]["function_wasm"]["compile_error"]["message"];
    let message = message.as_str().unwrap();
    assert!(
        message.contains("it begins with 4294967296 bytes of memory"),
        "{message}"
    );
}

#[test]
fn a_panic_is_told_by_its_own_words() {
    let server = server_with("");
    let client = &server.client;
    let module = wasm(
        r#"(data (i32.const 64) "thread 'main' panicked at src/main.rs:7:36:\nno such office\nnote: run with\n")
        (func $look_up unreachable)
        (func (export "_start")
            (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 74))
            (drop (call $write (i32.const 2) (i32.const 0) (i32.const 1) (i32.const 16)))
            (call $look_up))"#,
    );
    let (status, outcome, error) = ended(client, &module);
    assert_eq!((status, outcome), (422, json!("exception")));
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("panicked at src/main.rs:7:36: no such office ("),
        "{message}"
    );
    let stack = error["stack"].as_str().unwrap();
    assert!(stack.starts_with("at look_up\n"), "{stack}");
}
