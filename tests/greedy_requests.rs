//! Requests that would take more than their share, from anybody or from somebody with a token.

use std::fmt::Write as _;

use serde_json::{Value, json};
use ureq::http::Method;

use super::server::{Client, Server};

/// The most memory that a server has had, in KiB.
fn peak(server: &Server) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.process_id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1));
    number.unwrap().parse().unwrap()
}

/// What the largest body and its reply may take, and what a server takes with its first requests anyway.
const ALLOWED_KIB: u64 = 128 * 1024;

#[test]
fn a_body_takes_no_more_memory_than_its_size_would_have_one_think() {
    let server = Server::start();
    let client = &server.client;
    let zeros = format!("[{}0]", "0,".repeat(3_900_000));
    let keys: Vec<_> = (0..200_000).map(|key| format!("\"{key}\":0")).collect();
    let keys = format!("{{{}}}", keys.join(","));
    let form: String = (0..500_000).fold(String::new(), |mut form, key| {
        let _ = write!(form, "{key}=&");
        form
    });
    let before = peak(&server);
    let login = "/v2/api_auth";
    let functions = client.functions("");
    let document =
        |more: &str| format!(r#"{{"data":{{"name":"n","function_js":"x","more":{more}}}}}"#);
    for (what, path, body) in [
        ("no envelope", login, format!(r#"{{"name":{zeros}}}"#)),
        ("no object", login, zeros.clone()),
        (
            "a token among much",
            login,
            format!(r#"{{"data":{{"auth_token":"x","a":{zeros}}}}}"#),
        ),
        (
            "a long login",
            login,
            format!(r#"{{"data":{{"api_key":{zeros}}}}}"#),
        ),
        ("unknown fields", login, format!(r#"{{"data":{keys}}}"#)),
        (
            "data is a list",
            &functions,
            format!(r#"{{"data":{zeros}}}"#),
        ),
        ("a large document", &functions, document(&zeros)),
        ("a less large document", &functions, document(&keys)),
    ] {
        let reply = client.send(Method::PUT, path, &body);
        assert_eq!(reply.status, 400, "{what}: {}", reply.body);
        let grown = peak(&server) - before;
        assert!(grown < ALLOWED_KIB, "{what}: {grown} KiB");
    }
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let reply = client.send_as_is(Method::PUT, login, &form, &headers);
    assert_eq!(reply.status, 400, "{}", reply.body);
    let run = client.functions("/none/run");
    let reply = client.send(Method::POST, &run, &format!(r#"{{"data":{zeros}}}"#));
    assert_eq!(reply.status, 400, "{}", reply.body);
    let grown = peak(&server) - before;
    assert!(grown < ALLOWED_KIB, "{grown} KiB");
}

#[test]
fn a_document_does_not_grow_without_bounds() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("return 1");
    let patch = |key: &str| {
        let body = json!({"data": {key: "x".repeat(200 * 1024)}}).to_string();
        client.send(Method::PATCH, &client.functions(&format!("/{id}")), &body)
    };
    assert_eq!(patch("a").status, 200);
    let refused = patch("b");
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.body["data"]["data"]["maxSize"]["target"],
        256 * 1024
    );
}

#[test]
fn a_list_is_filtered_by_a_few_conditions() {
    let server = Server::start();
    let client = &server.client;
    let query = vec!["key_missing=x"; 33].join("&");
    let reply = client.send(Method::GET, &client.functions(&format!("?{query}")), "");
    assert_eq!(reply.status, 404);
    assert_eq!(reply.body["message"], "faulty_request");
}

/// `{"deep": …}`, in which a text pretends to be `serde_json`'s own.
fn pretending(text: &str) -> Value {
    json!({"name": "n", "function_js": "return 1", "deep": {"$serde_json::private::RawValue": text}})
}

#[test]
fn nothing_is_stored_that_cannot_be_read_again() {
    let server = Server::start();
    let client = &server.client;
    let nested =
        |levels: usize, inner: &str| format!("{}{inner}{}", "[".repeat(levels), "]".repeat(levels));
    let twice = nested(
        100,
        &json!({"$serde_json::private::RawValue": nested(100, "")}).to_string(),
    );
    let later = json!({"name": "n", "function_js": "return 1", "deep": {"a": 1, "$serde_json::private::RawValue": "{"}});
    for document in [pretending(&twice), pretending("{"), later] {
        let body = json!({"data": document}).to_string();
        let reply = client.send(Method::PUT, &client.functions(""), &body);
        assert_eq!(reply.status, 400, "{}", reply.body);
    }
    assert_eq!(list(client), json!([]));
    let deepest = format!(
        r#"{{"data":{{"name":"n","function_js":"return 1","deep":{}}}}}"#,
        nested(126, "")
    );
    let created = client.send(Method::PUT, &client.functions(""), &deepest);
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(list(client).as_array().unwrap().len(), 1);
}

fn list(client: &Client) -> Value {
    let mut reply = client.send(Method::GET, &client.functions(""), "");
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["data"].take()
}

#[test]
fn a_call_that_is_a_deep_list_is_refused() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("return 1");
    let deep = format!(r#"{{"data":{}{}}}"#, "[".repeat(200), "]".repeat(200));
    let reply = client.send(
        Method::POST,
        &client.functions(&format!("/{id}/run")),
        &deep,
    );
    assert_eq!(reply.status, 400, "{}", reply.body);
}
