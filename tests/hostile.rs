//! What a function does to harm the server ends that call, by name, and nothing else.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use ureq::http::Method;

use super::server::{Server, workload, workload_call};

/// Status, outcome and error of a source's run.
fn failure(server: &Server, source: &str) -> (u16, Value, Value) {
    let id = server.client.created(source);
    let mut reply = server.client.run(&id, &json!({}));
    assert_eq!(reply.body["status"], "error");
    let data = &mut reply.body["data"];
    assert_eq!(data.get("result"), None);
    (reply.status, data["outcome"].take(), data["error"].take())
}

#[test]
fn every_attack_has_a_name() {
    let server = Server::start();
    for (source, outcome) in [
        ("while(true){}", "fuel_exhausted"),
        ("a=[];for(;;)a.push('x'.repeat(1<<20))", "memory_limit"),
        ("for (;;) { var o = {}; o.o = o }", "fuel_exhausted"),
        (
            "return /^(a+)+$/.test('a'.repeat(40)+'!')",
            "fuel_exhausted",
        ),
        ("return eval('('.repeat(1e5))", "stack_overflow"),
        ("return 'x'.repeat(300000)", "output_too_large"),
        ("return new Promise(function () {})", "invalid_result"),
        ("var a = {}; a.a = a; return a", "invalid_result"),
        ("throw null", "exception"),
        ("for(;;) console.log('x'.repeat(1000))", "fuel_exhausted"),
    ] {
        let (status, class, error) = failure(&server, source);
        assert_eq!(
            (status, class.as_str()),
            (422, Some(outcome)),
            "{source}: {error}"
        );
        assert!(
            error["message"]
                .as_str()
                .is_some_and(|message| !message.is_empty()),
            "{source}: {error}"
        );
    }
    assert_eq!(
        server.client.test("return 1", &json!({})).body["data"]["result"],
        1
    );
}

#[test]
fn endless_recursion_is_an_exception_with_a_stack() {
    let server = Server::start();
    let (status, class, error) = failure(&server, "function f(){f()} f()");
    assert_eq!((status, class), (422, json!("exception")));
    insta::assert_json_snapshot!(error);
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

#[test]
fn a_source_that_explodes_the_compiler_is_refused() {
    let server = Server::start();
    for source in [
        "(".repeat(200_000),
        "[".repeat(500_000),
        "x".repeat(1 << 21),
    ] {
        let reply = server.client.create(&source);
        assert_eq!(reply.status, 400, "{}", reply.body);
        let error = &reply.body["data"]["function_js"]["compile_error"];
        assert!(error["message"].is_string(), "{}", reply.body);
    }
    assert_eq!(server.client.test("return 1", &json!({})).status, 200);
}

/// On one worker, so that the loop and the others share a thread.
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
    // The last one may have been sent before the loop began and the first after it ended.
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
