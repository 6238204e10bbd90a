use serde_json::json;

use super::{Couchjs, ask_large, name};
use crate::server::eventually;

fn mapping(options: &[&str], source: &str) -> Couchjs {
    let mut couchjs = Couchjs::with(options);
    assert_eq!(couchjs.ask(json!(["add_fun", source])), json!(true));
    couchjs
}

#[test]
fn an_endless_loop_ends_with_its_fuel() {
    let mut couchjs = mapping(
        &["--fuel", "500000000"],
        "function(doc) { log('begun'); while (doc.loops); emit(1, 1); }",
    );
    // Each line has its own fuel.
    for _ in 0..1000 {
        couchjs.says([(json!(["map_doc", {}]), json!([[[1, 1]]]))]);
    }
    couchjs.logs.clear();
    let answer = couchjs.ask(json!(["map_doc", {"loops": true}]));
    assert_eq!(
        answer,
        json!([
            "fatal",
            "fuel_exhausted",
            "more than 500000000 units of fuel are needed"
        ])
    );
    assert_eq!(couchjs.logs, ["begun"]);
    assert_eq!(couchjs.end(), 1);
}

#[test]
fn an_endless_loop_ends_with_its_time() {
    let options = ["--fuel", "1000000000000", "--timeout-ms", "300"];
    let mut couchjs = mapping(&options, "function(doc) { while (true); }");
    assert_eq!(
        name(&couchjs.ask(json!(["map_doc", {}]))),
        ("fatal", "os_process_error")
    );
    assert_eq!(couchjs.end(), 1);
}

#[test]
fn the_work_that_a_promise_leaves_counts() {
    let source = "function(doc) { (async function () { for (;;) await 1; })(); emit(1, 1); }";
    let mut couchjs = mapping(&["--fuel", "500000000"], source);
    assert_eq!(
        name(&couchjs.ask(json!(["map_doc", {}]))),
        ("fatal", "fuel_exhausted")
    );
    assert_eq!(couchjs.end(), 1);
}

#[test]
fn too_much_memory_is_a_fatal_error() {
    for source in [
        "function(doc) { var all = []; for (;;) all.push(new Array(1000).fill(1)); }",
        "function(doc) { var all = []; for (;;) all.push('x'.repeat(1e6).toUpperCase()); }",
        "function(doc) { new ArrayBuffer(1e9); }",
    ] {
        let mut couchjs = mapping(&["--memory-bytes", "33554432"], source);
        let answer = couchjs.ask(json!(["map_doc", {}]));
        assert_eq!(
            name(&answer),
            ("fatal", "memory_limit"),
            "{source}: {answer}"
        );
        assert_eq!(couchjs.end(), 1, "{source}");
    }
}

#[test]
fn recursion_is_an_error_like_others() {
    let mut couchjs = mapping(&[], "function(doc) { (function f() { f(); })(); }");
    assert_eq!(couchjs.ask(json!(["map_doc", {}])), json!([[]]));
    assert!(couchjs.logs[0].contains("RangeError"), "{:?}", couchjs.logs);
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn fatal_errors_end_the_server() {
    for (source, expected) in [
        (
            "function() { throw ['fatal', 'mine', 'why']; }",
            json!(["fatal", "mine", "why"]),
        ),
        (
            "function() { try { nowhere } catch (e) { throw ['fatal', 'mine', e]; } }",
            json!([
                "fatal",
                "mine",
                "{\"error\":\"ReferenceError\",\"message\":\"nowhere is not defined\"}"
            ]),
        ),
    ] {
        let mut couchjs = mapping(&[], source);
        assert_eq!(couchjs.ask(json!(["map_doc", {}])), expected);
        assert_eq!(couchjs.end(), 1);
    }
    let mut couchjs = mapping(&[], "function() { throw 'fatal_error'; }");
    assert_eq!(
        name(&couchjs.ask(json!(["map_doc", {}]))),
        ("error", "map_runtime_error")
    );
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn what_is_no_command_is_a_fatal_error() {
    for (line, expected) in [
        ("", "query_protocol_error"),
        ("x", "query_protocol_error"),
        ("{}", "query_protocol_error"),
        ("[]", "query_protocol_error"),
        ("[1]", "query_protocol_error"),
        ("[\"bad\",\"foo\"]", "unknown_command"),
        ("[\"map_doc\",{]", "query_protocol_error"),
        ("[\"reset\",{]", "query_protocol_error"),
        ("[\"ddoc\"]", "query_protocol_error"),
        (
            "[\"ddoc\",\"_design/none\",[\"shows\",\"a\"],[]]",
            "query_protocol_error",
        ),
        ("\u{0}\u{fffd}[\"reset\"]", "query_protocol_error"),
    ] {
        let mut couchjs = Couchjs::start();
        couchjs.write(line);
        let mut answer = couchjs.read();
        if line.starts_with("[\"reset\"") {
            // This answer was written before the reset was read.
            assert_eq!(answer, json!(true));
            answer = couchjs.ask(json!(["map_doc", {}]));
        }
        assert_eq!(name(&answer), ("fatal", expected), "{line}: {answer}");
        assert_eq!(couchjs.end(), 1, "{line}");
    }
    let mut couchjs = Couchjs::start();
    couchjs.teach("d", &json!({}));
    let answer = couchjs.ask(json!(["ddoc", "d", ["wishes", "a"], []]));
    assert_eq!(name(&answer), ("fatal", "unknown_command"));
    assert_eq!(couchjs.end(), 1);
}

#[test]
fn bytes_that_are_no_text_are_no_command() {
    let (couchjs, answer) = ask_large(
        Couchjs::start(),
        b"[\"map_doc\",\"\xff\xfe\xc0\"]\n".to_vec(),
    );
    // The engine replaces invalid bytes by U+FFFD.
    assert_eq!(answer, json!([]));
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn large_documents_pass() {
    let couchjs = mapping(
        &[],
        "function(doc) { emit(doc.text.length, doc.list.length); }",
    );
    let document = json!({"text": "é".repeat(4_000_000), "list": vec![1; 100_000]});
    let line = format!("{}\n", json!(["map_doc", document]));
    let (couchjs, answer) = ask_large(couchjs, line.into_bytes());
    assert_eq!(answer, json!([[[4_000_000, 100_000]]]));
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn large_answers_pass() {
    let mut couchjs = mapping(
        &[],
        "function(doc) { emit(1, 'é'.repeat(3e6)); emit(2, 'x'.repeat(100)); }",
    );
    let answer = couchjs.ask(json!(["map_doc", {}]));
    assert_eq!(answer[0][0][1].as_str().unwrap().len(), 6_000_000);
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn a_line_that_is_too_long_is_a_fatal_error() {
    let couchjs = Couchjs::with(&["--line-bytes", "1000000"]);
    let (couchjs, answer) = ask_large(couchjs, vec![b'['; 3_000_000]);
    assert_eq!(name(&answer), ("fatal", "input_too_large"));
    assert_eq!(couchjs.end(), 1);

    let mut couchjs = mapping(
        &["--line-bytes", "1000000"],
        "function(doc) { log('x'.repeat(doc.n)); emit(1, 1); }",
    );
    couchjs.says([(json!(["map_doc", {"n": 900_000}]), json!([[[1, 1]]]))]);
    let answer = couchjs.ask(json!(["map_doc", {"n": 2_000_000}]));
    assert_eq!(name(&answer), ("fatal", "output_too_large"));
    assert_eq!(couchjs.end(), 1);
}

#[test]
fn the_clock_goes_on_from_line_to_line() {
    let source = "function(doc) { var now = Date.now(); for (var i = 0; i < 1e5; i++); \
        emit(now, Date.now() - now); emit(Math.random() === Math.random(), 0) }";
    let mut couchjs = mapping(&[], source);
    let mut first = None;
    eventually("a later time", || {
        let answer = couchjs.ask(json!(["map_doc", {}]));
        assert_eq!(answer[0][0][1], json!(0), "it stands still meanwhile");
        assert_eq!(answer[0][1][0], json!(false));
        let now = answer[0][0][0].as_u64();
        assert!(now > Some(1_700_000_000_000));
        let first = *first.get_or_insert(now);
        (now > first).then_some(())
    });
}

#[test]
fn what_is_nested_too_deeply_is_a_fatal_error() {
    let deep = format!(
        "[\"map_doc\",{}{}]\n",
        "[".repeat(1_000_000),
        "]".repeat(1_000_000)
    );
    let (couchjs, answer) = ask_large(Couchjs::start(), deep.into_bytes());
    assert_eq!(name(&answer), ("fatal", "stack_overflow"), "{answer}");
    assert_eq!(couchjs.end(), 1);
}
