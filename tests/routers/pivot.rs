//! Requests of KAZOO's module `pivot`, and the replies.

use serde_json::{Value, json};
use ureq::http::Method;

use super::{FORM, address, get, post};
use crate::server::{Server, eventually};

#[test]
fn a_call_is_answered_the_same_in_its_three_forms() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created(
        "return {module: 'tts', data: {text: [call.From, call['Custom-SIP-Headers[X-Foo]'], call['User-ID[]'], call['key'], call['Digits']].join()}}",
    );
    let address = address(client, &id, "pivot");
    let form =
        "From=user%5Fab+12&Custom-SIP-Headers[X-Foo]=bar&&User-ID[]=1&User-ID[]=2&Digits=1234&";
    let json = json!({"From": "user_ab 12", "Custom-SIP-Headers": {"X-Foo": "bar"}, "User-ID": ["1", "2"], "Digits": 1234});
    for reply in [
        get(client, &format!("{address}&{form}")),
        post(client, &address, FORM, form),
        post(client, &address, "application/json", &json.to_string()),
    ] {
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(reply.headers["content-type"], "application/json");
        assert_eq!(
            reply.body,
            json!({"module": "tts", "data": {"text": "user_ab 12,bar,2,,1234"}})
        );
    }
}

#[test]
fn what_kazoo_would_not_run_is_an_error() {
    let server = Server::start();
    let client = &server.client;
    let mut found = serde_json::Map::new();
    for (name, source) in [
        ("a flow of no module", "return {action: 'tts', data: {}}"),
        (
            "an unknown module",
            "return {module: 'say', data: {text: 'x'}}",
        ),
        ("an exception", "return call.a.b"),
        ("a loop", "for (;;);"),
    ] {
        let address = address(client, &client.created(source), "pivot");
        let mut reply = get(client, &address);
        if let Some(error) = reply.body.get_mut("error") {
            error["stack"].take();
        }
        found.insert(
            name.into(),
            json!({"status": reply.status, "body": reply.body}),
        );
    }
    let id = client.created("return {module: 'hangup'}");
    let address = address(client, &id, "pivot");
    for (name, content_type, body) in [
        ("a broken body", "application/json", "{"),
        ("a body of another type", "text/xml", "<call/>"),
    ] {
        let reply = post(client, &address, content_type, body);
        found.insert(
            name.into(),
            json!({"status": reply.status, "body": reply.body}),
        );
    }
    insta::assert_json_snapshot!(Value::Object(found));
}

#[test]
fn addresses_are_those_the_operator_says() {
    let server = Server::start_with("[http]\npublic_url = \"https://calls.example.com/\"");
    let client = &server.client;
    let id = client.created("return 1");
    let reply = client.send(Method::GET, &client.functions(&format!("/{id}/key")), "");
    let url = reply.body["data"]["urls"]["pivot"].as_str().unwrap();
    let expected = format!(
        "https://calls.example.com/pivot/{}/{id}?key=",
        client.account
    );
    assert!(url.starts_with(&expected), "{url}");
}

#[test]
fn what_a_call_came_to_is_kept_without_its_key() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("throw new Error('no')");
    let address = address(client, &id, "pivot");
    let reply = get(client, &format!("{address}&To=x"));
    assert_eq!(reply.status, 422);
    let attempts = client.functions(&format!("/{id}/attempts"));
    let found = eventually("the attempt is kept", || {
        let mut reply = client.send(Method::GET, &attempts, "");
        reply.body["data"].get_mut(0).map(Value::take)
    });
    assert_eq!(found["input"], json!({"To": "x"}));
}
