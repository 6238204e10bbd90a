//! Requests that are refused before they reach a function, each in KAZOO's form.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{client::Reply, server::Server};

const NOBODY: &str = "00000000000000000000000000000000";

/// Status and body, without the members that every reply has.
fn refused(reply: Reply) -> Value {
    assert_eq!(reply.headers["content-type"], "application/json");
    let Value::Object(mut body) = reply.body else {
        panic!("not an object")
    };
    for key in ["node", "request_id", "timestamp", "tokens", "version"] {
        body.shift_remove(key);
    }
    if let Some(token) = body.get_mut("auth_token") {
        *token = json!("[token]");
    }
    json!({"status": reply.status, "body": body})
}

#[test]
fn bodies_that_are_no_documents() {
    let server = Server::start();
    let client = &server.client;
    let put = |body: &str| refused(client.send(Method::PUT, &client.functions(""), body));
    insta::assert_json_snapshot!(
        "bodies",
        json!({
            "broken JSON": put(r#"{"data": {x}}"#),
            "an array": put("[1]"),
            "no envelope": put(r#"{"name":"x","function_js":"return 1"}"#),
            "data is a string": put(r#"{"data":"x"}"#),
            "data is an array": put(r#"{"data":[]}"#),
            "nothing at all": put(""),
            "wrong types": put(r#"{"data":{"name":1,"function_js":{"a":1},"enabled":"maybe"}}"#),
            "empty strings": put(r#"{"data":{"name":"","function_js":""}}"#),
        })
    );
}

#[test]
fn bodies_that_are_no_calls() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("return call");
    let run = |body: &str| {
        refused(client.send(Method::POST, &client.functions(&format!("/{id}/run")), body))
    };
    insta::assert_json_snapshot!(
        "calls",
        json!({
            "broken JSON": run(r#"{"data": {"a": }}"#),
            "an array": run(r#"{"data":[1]}"#),
        })
    );
    assert_eq!(
        client.result(
            &id,
            &json!({"__proto__": {"x": 1}, "a": [null, 1.5, "\u{0}"]})
        ),
        json!({"__proto__": {"x": 1}, "a": [null, 1.5, "\u{0}"]})
    );
}

#[test]
fn a_body_beyond_all_limits() {
    let server = Server::start();
    let body = format!(r#"{{"data":{{"name":"{}"}}}}"#, "x".repeat(8_000_000));
    let reply = server
        .client
        .send(Method::PUT, &server.client.functions(""), &body);
    insta::assert_json_snapshot!(refused(reply));
}

#[test]
fn callers_who_may_not() {
    let server = Server::start();
    let client = &server.client;
    let get = |path: &str, headers: &[(&str, &str)]| {
        refused(client.send_with(Method::GET, path, "", headers))
    };
    let functions = client.functions("");
    insta::assert_json_snapshot!(
        "callers",
        json!({
            "no token": get(&functions, &[]),
            "an unknown token": get(&functions, &[("x-auth-token", "bogus")]),
            "an unknown account": get(&format!("/v2/accounts/{NOBODY}/functions"), &[]),
            "no account id": get("/v2/accounts/foo/functions", &[("x-auth-token", &client.token)]),
        })
    );
    let bearer = format!("Bearer {}", client.token);
    assert_eq!(
        client
            .send_with(Method::GET, &functions, "", &[("authorization", &bearer)])
            .status,
        200
    );
}

#[test]
fn paths_and_methods_that_do_not_exist() {
    let server = Server::start();
    let client = &server.client;
    let send = |method, path: &str| refused(client.send(method, path, ""));
    insta::assert_json_snapshot!(
        "paths",
        json!({
            "no such path": send(Method::GET, "/v2/nope"),
            "no such method": send(Method::DELETE, &client.functions("")),
            "no such function": send(Method::GET, &client.functions(&format!("/{NOBODY}"))),
            "a function to run that is not there": send(Method::POST, &client.functions(&format!("/{NOBODY}/run"))),
        })
    );
}

#[test]
fn a_request_keeps_its_id() {
    let server = Server::start();
    let headers = [
        ("x-auth-token", server.client.token.as_str()),
        ("x-request-id", "my-id"),
    ];
    let reply = server
        .client
        .send_with(Method::GET, &server.client.functions(""), "", &headers);
    assert_eq!(
        (&reply.body["request_id"], &reply.headers["x-request-id"]),
        (&json!("my-id"), &"my-id".parse().unwrap())
    );
}

#[test]
fn the_server_says_that_it_is_up() {
    let server = Server::start();
    assert_eq!(
        server
            .client
            .send_with(Method::GET, "/healthz", "", &[])
            .status,
        200
    );
}
