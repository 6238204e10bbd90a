//! No call sees another call, of the same function or of another.

use std::sync::Arc;

use serde_json::json;

use crate::{CALL_LIMITS, call, function};

/// Functions that try to leave something behind, with the answer that every call must give.
const STATEFUL: [(&str, &str); 6] = [
    ("globalThis.n = (globalThis.n ?? 0) + 1; return n", "1"),
    (
        "const was = {}.x ?? null; Object.prototype.x = 1; return was",
        "null",
    ),
    (
        "const parsed = JSON.parse('[1]'); JSON.parse = () => 2; return parsed",
        "[1]",
    ),
    (
        "const length = [].concat([1]).length; Array.prototype.concat = () => []; return length",
        "1",
    ),
    (
        "this.log ??= []; this.log.push(call.n); return this.log.length",
        "1",
    ),
    (
        "const name = console.log.name; console.log = console.warn; return name",
        "\"log\"",
    ),
];

async fn answer(snapshot: &switchhook_runtime::Snapshot, input: &str) -> String {
    let outcome = call(snapshot, input, &CALL_LIMITS).await;
    outcome
        .result
        .expect("the function returns")
        .get()
        .to_owned()
}

#[tokio::test]
async fn the_thousandth_call_is_like_the_first() {
    for (source, expected) in STATEFUL {
        let snapshot = function(source).await;
        for number in 1..=1000 {
            assert_eq!(
                answer(&snapshot, "{}").await,
                expected,
                "call {number} of {source}"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn parallel_calls_do_not_meet() {
    let mut functions = Vec::new();
    for (source, expected) in STATEFUL {
        functions.push((function(source).await, expected));
    }
    // Long enough for other tasks to run in between.
    let echo =
        function("for (let i = 0; i < 2e4; i++) globalThis.seen = call.n; return seen").await;
    let functions = Arc::new((functions, echo));
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let functions = functions.clone();
            tokio::spawn(async move {
                let (stateful, echo) = &*functions;
                for (snapshot, expected) in stateful {
                    assert_eq!(answer(snapshot, "{}").await, *expected);
                }
                assert_eq!(
                    answer(echo, &json!({"n": task}).to_string()).await,
                    task.to_string()
                );
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}

#[tokio::test]
async fn a_failed_call_leaves_nothing_behind() {
    let snapshot = function("if (globalThis.dirty) return 'dirty'; dirty = true; if (call.fail) for (;;) {} return 'clean'").await;
    let outcome = call(&snapshot, r#"{"fail": true}"#, &CALL_LIMITS).await;
    outcome.result.unwrap_err();
    assert_eq!(answer(&snapshot, "{}").await, "\"clean\"");
}
