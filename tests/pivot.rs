//! What KAZOO's `pivot` module asks and is told.

use serde_json::{Value, json};
use ureq::http::Method;

use super::{
    routers::address,
    server::{Client, Reply, Server, eventually},
};

/// A request as KAZOO makes it: no token, and nothing but what is named.
fn ask(
    client: &Client,
    method: Method,
    path: &str,
    content_type: Option<&str>,
    body: &str,
) -> Reply {
    let headers: Vec<_> = content_type
        .iter()
        .map(|content_type| ("content-type", *content_type))
        .collect();
    client.send_as_is(method, path, body, &headers)
}

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
        ask(client, Method::GET, &format!("{address}&{form}"), None, ""),
        ask(
            client,
            Method::POST,
            &address,
            Some("application/x-www-form-urlencoded"),
            form,
        ),
        ask(
            client,
            Method::POST,
            &address,
            Some("application/json"),
            &json.to_string(),
        ),
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
        let mut reply = ask(client, Method::GET, &address, None, "");
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
        let reply = ask(client, Method::POST, &address, Some(content_type), body);
        found.insert(
            name.into(),
            json!({"status": reply.status, "body": reply.body}),
        );
    }
    insta::assert_json_snapshot!(Value::Object(found));

    let one = client.functions(&format!("/{id}"));
    client.send(Method::PATCH, &one, r#"{"data":{"enabled":false}}"#);
    assert_eq!(ask(client, Method::GET, &address, None, "").status, 409);
    assert_eq!(ask(client, Method::PUT, &address, None, "").status, 405);
}

#[test]
fn only_the_key_opens_a_function_and_nothing_else() {
    let server = Server::start();
    let client = &server.client;
    let other = client.sub_account("other");
    let source = "return {module: 'hangup', data: {}}";
    let (ours, theirs) = (client.created(source), other.created(source));
    let (open, others) = (
        address(client, &ours, "pivot"),
        address(&other, &theirs, "pivot"),
    );
    let get = |path: &str| ask(client, Method::GET, path, None, "").status;
    assert_eq!((get(&open), get(&others)), (200, 200));
    assert_eq!(address(client, &ours, "pivot"), open, "it stays the same");

    let (path, query) = open.split_once('?').unwrap();
    let (other_path, other_query) = others.split_once('?').unwrap();
    for refused in [
        path.to_owned(),
        format!("{path}?key="),
        format!("{path}?{other_query}"),
        format!("{other_path}?{query}"),
        // The function of another account, under ours and with its own key.
        format!("/pivot/{}/{theirs}?{other_query}", client.account),
        format!("/pivot/{}/nope?{query}", client.account),
        format!("/pivot/nope/{ours}?{query}"),
    ] {
        assert_eq!(get(&refused), 403, "{refused}");
    }
    // Nobody but its owners learn a key, and it is no token.
    let key_path = client.functions(&format!("/{ours}/key"));
    assert_eq!(other.send(Method::GET, &key_path, "").status, 403);
    let key = query.strip_prefix("key=").unwrap();
    let as_token = client.send_with(Method::GET, &key_path, "", &[("x-auth-token", key)]);
    assert_eq!(as_token.status, 401);

    let renewed = client.send(Method::PUT, &key_path, "");
    assert_eq!(renewed.status, 201, "{}", renewed.body);
    assert_eq!(get(&open), 403);
    let open = address(client, &ours, "pivot");
    assert!(open.ends_with(renewed.body["data"]["key"].as_str().unwrap()));
    assert_eq!(get(&open), 200);

    client.send(Method::DELETE, &client.functions(&format!("/{ours}")), "");
    assert_eq!(get(&open), 403);
    let unknown = client.functions(&format!("/{ours}/key"));
    assert_eq!(client.send(Method::GET, &unknown, "").status, 404);

    let disable = r#"{"data":{"enabled":false}}"#;
    let reply = client.send(
        Method::PATCH,
        &format!("/v2/accounts/{}", other.account),
        disable,
    );
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(get(&others), 403);
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
    let reply = ask(client, Method::GET, &format!("{address}&To=x"), None, "");
    assert_eq!(reply.status, 422);
    let attempts = client.functions(&format!("/{id}/attempts"));
    let found = eventually("the attempt is kept", || {
        let mut reply = client.send(Method::GET, &attempts, "");
        reply.body["data"].get_mut(0).map(Value::take)
    });
    assert_eq!(found["input"], json!({"To": "x"}));
}
