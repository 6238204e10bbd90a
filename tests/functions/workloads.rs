//! Real functions give the same flow over HTTP and on the command line.

use serde_json::{Value, json};

use crate::server::{Server, WORKLOADS, switchhook, workload, workload_call};

fn run_locally(file: &str) -> Value {
    let output = switchhook()
        .args([
            "run",
            &format!("{WORKLOADS}/{file}"),
            "--call",
            &format!("{WORKLOADS}/call.json"),
        ])
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The flow over HTTP, stored and not stored, and on the command line.
fn everywhere(file: &str) -> Value {
    let server = Server::start();
    let client = &server.client;
    let stored = client.result(&client.created(&workload(file)), &workload_call());
    let tried = client.test(&workload(file), &workload_call());
    assert_eq!(tried.body["data"]["result"], stored);
    assert_eq!(run_locally(file), stored);
    stored
}

#[test]
fn say_hi() {
    assert_eq!(
        everywhere("say_hi.js"),
        json!({"module": "tts", "data": {"text": "Thanks for calling us Bob"}})
    );
}

#[test]
fn fun_day() {
    let flow = everywhere("fun_day.js");
    let text = flow["data"]["text"].as_str().unwrap();
    let days = [
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
        "Thursday",
        "Friday",
        "Saturday",
    ];
    assert!(
        days.iter().any(|day| text == format!("{day} fun day!")),
        "{text}"
    );
}

#[test]
fn fib22() {
    assert_eq!(
        everywhere("fib22.js"),
        json!({"module": "response", "data": {"code": 200, "n": 17711}})
    );
}

#[test]
fn routing_table() {
    insta::assert_json_snapshot!(everywhere("routing_table.js"));
}

#[test]
fn kazoos_own_test_function() {
    let server = Server::start();
    let source = "return {'action':'tts', 'data':{'text':'got it ' + call['To']}};";
    let id = server.client.created(source);
    assert_eq!(
        server
            .client
            .result(&id, &json!({"To": "to", "From": "from"})),
        json!({"action": "tts", "data": {"text": "got it to"}})
    );
}
