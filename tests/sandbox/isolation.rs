//! Nothing that a call does reaches the next one.

use std::collections::HashSet;

use serde_json::json;

use crate::server::Server;

/// Leaves something behind in every possible way, and reports what it found.
const POLLUTER: &str = r#"
    var found = {n: globalThis.n, polluted: ({}).polluted, parse: JSON.parse('{"a":1}').a, replaced: Date.replaced};
    globalThis.n = (globalThis.n || 0) + 1;
    found.count = globalThis.n;
    Object.prototype.polluted = call['Call-ID'];
    JSON.parse = function () { return {a: 'replaced'}; };
    JSON.stringify = function () { return 'replaced'; };
    Date.replaced = true;
    return found;
"#;

#[test]
fn call_1_and_call_1000_answer_the_same() {
    let server = Server::start();
    let id = server.client.created(POLLUTER);
    let first = server.client.result(&id, &json!({"Call-ID": "0"}));
    assert_eq!(first, json!({"parse": 1, "count": 1}));
    for call in 1..1000 {
        let later = server
            .client
            .result(&id, &json!({"Call-ID": call.to_string()}));
        assert_eq!(later, first, "call {call}");
    }
}

#[test]
fn sixty_four_parallel_callers_do_not_see_each_other() {
    let server = Server::start();
    let id = server.client.created(POLLUTER);
    std::thread::scope(|scope| {
        for caller in 0..64 {
            let (client, id) = (&server.client, &id);
            scope.spawn(move || {
                for call in 0..16 {
                    let flow = client.result(id, &json!({"Call-ID": format!("{caller}-{call}")}));
                    assert_eq!(flow, json!({"parse": 1, "count": 1}));
                }
            });
        }
    });
}

#[test]
fn random_numbers_differ_between_calls() {
    let server = Server::start();
    let id = server.client.created("return Math.random()");
    let drawn: HashSet<String> = (0..50)
        .map(|_| server.client.result(&id, &json!({})).to_string())
        .collect();
    assert_eq!(drawn.len(), 50);
}

#[test]
fn the_time_is_that_of_the_call() {
    let now = || std::time::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
    let server = Server::start();
    let id = server
        .client
        .created("return [Date.now(), new Date().getTime()]");
    for _ in 0..2 {
        let before = now();
        let times: [u64; 2] =
            serde_json::from_value(server.client.result(&id, &json!({}))).unwrap();
        let after = now();
        for time in times {
            assert!(
                (before..=after).contains(&time),
                "{before} <= {time} <= {after}"
            );
        }
    }
}
