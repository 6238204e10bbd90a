//! Modules with a function that initialises them: each call starts with the state after it.

use serde_json::json;
use ureq::http::Method;

use super::modules::{create, created, module, server_with};

/// A module that counts calls, starting from the state that `name` leaves. It writes two digits, and the number of
/// variables in its environment.
fn counting(name: &str, initialize: &str) -> Vec<u8> {
    module(&format!(
        r#"(import "wasi_snapshot_preview1" "environ_sizes_get" (func $environment (param i32 i32) (result i32)))
        (memory (export "memory") 1)
        (global $calls (mut i32) (i32.const 0))
        (func (export "{name}") {initialize})
        (func (export "_start")
            (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
            (i32.store8 (i32.const 64) (i32.add (i32.const 48) (i32.div_u (global.get $calls) (i32.const 10))))
            (i32.store8 (i32.const 65) (i32.add (i32.const 48) (i32.rem_u (global.get $calls) (i32.const 10))))
            (i32.store (i32.const 0) (i32.const 64))
            (i32.store (i32.const 4) (i32.const 2))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))"#
    ))
}

/// Writes forty plus the number of variables, which is zero.
const FORTY: &str = "
    (drop (call $environment (i32.const 128) (i32.const 132)))
    (global.set $calls (i32.add (i32.const 40) (i32.load (i32.const 128))))";

#[test]
fn a_command_is_initialized_once() {
    let server = server_with("");
    let client = &server.client;
    for name in ["wizer.initialize", "wizer-initialize"] {
        let wasm = counting(name, FORTY);
        let id = created(client, &wasm);
        let path = client.functions(&format!("/{id}"));
        let env = client.send(Method::PATCH, &path, r#"{"data": {"env": {"A": "1"}}}"#);
        assert_eq!(env.status, 200, "{}", env.body);
        for _ in 0..3 {
            assert_eq!(client.result(&id, &json!({})), 41, "{name}");
        }
        // For other engines, it is already initialised.
        let (_, linked) = client.download(&client.functions(&format!("/{id}/module")));
        assert!(!linked.windows(name.len()).any(|it| it == name.as_bytes()));
        let again = created(client, &linked);
        assert_eq!(client.result(&again, &json!({})), 41, "{name}");
    }
    // A function with another name is not called.
    let id = created(client, &counting("initialize-runtime", FORTY));
    let reply = client.run(&id, &json!({}));
    assert_eq!(
        reply.body["data"]["outcome"], "invalid_result",
        "01 is no JSON"
    );
}

#[test]
fn initialization_is_held_to_limits() {
    let server = server_with("[compile_limits]\nfuel = 10_000_000\n");
    let client = &server.client;
    for (initialize, outcome, says) in [
        ("(loop (br 0))", "fuel_exhausted", "units of fuel"),
        ("unreachable", "exception", "unreachable"),
        (
            "(loop (br_if 0 (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0)))) unreachable",
            "memory_limit",
            "memory",
        ),
        (
            "(drop (memory.grow (i32.const 1000)))",
            "memory_limit",
            "memory",
        ),
    ] {
        let reply = create(client, &counting("wizer.initialize", initialize));
        assert_eq!(reply.status, 400, "{initialize}: {}", reply.body);
        let problem = &reply.body["data"]["function_wasm"]["compile_error"];
        assert_eq!(problem["outcome"], outcome, "{initialize}: {}", reply.body);
        let message = problem["message"].as_str().unwrap();
        assert!(message.contains(says), "{initialize}: {message}");
    }
    // States that a snapshot cannot keep.
    for initialize in [
        "(param i32)",
        "(table.set (i32.const 0) (ref.null func))) (table 1 funcref) (func",
    ] {
        let reply = create(client, &counting("wizer.initialize", initialize));
        let message = &reply.body["data"]["function_wasm"]["compile_error"]["message"];
        let message = message.as_str().unwrap_or_default();
        assert!(
            message.starts_with("the module cannot be used: "),
            "{initialize}: {}",
            reply.body
        );
    }
}
