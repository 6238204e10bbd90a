//! Earlier revisions and their authors, going back to one of them, and changes that expect a revision.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    server::Server,
};

fn send(client: &Client, method: Method, path: &str, data: &Value) -> Reply {
    let body = json!({"data": data}).to_string();
    client.send(method, &client.functions(path), &body)
}

fn send_if(client: &Client, method: Method, path: &str, condition: (&str, &str)) -> Reply {
    let headers = [("x-auth-token", client.token.as_str()), condition];
    let body = json!({"data": {"custom": 1}}).to_string();
    client.send_with(method, &client.functions(path), &body, &headers)
}

fn get(client: &Client, path: &str) -> Reply {
    client.send(Method::GET, &client.functions(path), "")
}

/// A function with three revisions that return their own numbers.
fn three_revisions(client: &Client) -> (String, [String; 3]) {
    let created = client.create("return 1");
    let id = created.body["data"]["id"].as_str().unwrap().to_owned();
    let revision = |reply: &Reply| reply.body["revision"].as_str().unwrap().to_owned();
    let change = |n: u32| {
        let source = format!("return {n}");
        let data = json!({"function_js": source});
        revision(&send(client, Method::PATCH, &format!("/{id}"), &data))
    };
    let revisions = [revision(&created), change(2), change(3)];
    (id, revisions)
}

#[test]
fn every_revision_says_who_wrote_it_and_can_be_read() {
    let server = Server::start();
    let client = &server.client;
    let (id, revisions) = three_revisions(client);
    let history = get(client, &format!("/{id}/revisions")).body;
    let rows = history["data"].as_array().unwrap();
    let listed: Vec<_> = rows
        .iter()
        .map(|row| row["revision"].as_str().unwrap())
        .collect();
    assert_eq!(listed, [&revisions[2], &revisions[1], &revisions[0]]);
    for row in rows {
        assert_eq!(row["auth_account_id"], client.account);
        assert_eq!(row["current"], row["revision"] == revisions[2]);
        assert_eq!(row["deleted"], false);
        assert!(row["bytes"].as_i64().unwrap() > 0);
        assert!(row["created"].as_i64().unwrap() > 63_000_000_000);
    }

    let first = get(client, &format!("/{id}/revisions/{}", revisions[0]));
    assert_eq!(first.status, 200);
    assert_eq!(first.body["revision"], revisions[0].as_str());
    assert_eq!(first.body["data"]["function_js"], "return 1");
    assert_eq!(first.body["data"]["id"], id);
    for unknown in ["9-00000000000000000000000000000000", "x"] {
        let reply = get(client, &format!("/{id}/revisions/{unknown}"));
        assert_eq!(reply.status, 404);
        assert_eq!(reply.body["data"]["cause"], unknown);
    }
    assert_eq!(get(client, "/unknown/revisions").status, 404);

    let page = get(client, &format!("/{id}/revisions?page_size=2")).body;
    let next = page["next_start_key"].as_str().unwrap();
    let page = get(
        client,
        &format!("/{id}/revisions?page_size=2&start_key={next}"),
    )
    .body;
    assert_eq!(page["data"].as_array().unwrap().len(), 1);
    assert_eq!(page["data"][0]["revision"], revisions[0].as_str());
    assert_eq!(page["next_start_key"], Value::Null);
}

#[test]
fn a_function_becomes_what_it_was() {
    let server = Server::start();
    let client = &server.client;
    let (id, revisions) = three_revisions(client);
    assert_eq!(client.result(&id, &json!({})), 3);
    let back = format!("/{id}/revisions/{}", revisions[0]);

    let refused = send_if(client, Method::POST, &back, ("if-match", "\"1-x\""));
    assert_eq!(refused.status, 412);
    let current = format!("\"{}\"", revisions[2]);
    let rolled_back = send_if(client, Method::POST, &back, ("if-match", &current));
    assert_eq!(rolled_back.status, 200, "{}", rolled_back.body);
    assert_eq!(rolled_back.body["data"]["function_js"], "return 1");
    let revision = rolled_back.body["revision"].as_str().unwrap();
    assert!(revision.starts_with("4-"), "{revision}");
    assert_eq!(client.result(&id, &json!({})), 1);
    let history = get(client, &format!("/{id}/revisions")).body;
    assert_eq!(history["data"].as_array().unwrap().len(), 4);
}

#[test]
fn secrets_come_back_with_their_revision() {
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), format!("{}=", "A".repeat(43))).unwrap();
    let server = Server::start_with(&format!("[secrets]\nkey_file = {:?}", key.path()));
    let client = &server.client;
    let secret = |value: &str| json!({"TOKEN": {"secret": true, "value": value}});
    let data = json!({"name": "n", "function_js": "return env.TOKEN", "env": secret("first")});
    let created = send(client, Method::PUT, "", &data).body;
    let id = created["data"]["id"].as_str().unwrap();
    let one = format!("/{id}");
    send(
        client,
        Method::PATCH,
        &one,
        &json!({"env": secret("second")}),
    );
    assert_eq!(client.result(id, &json!({})), "second");
    send(client, Method::PATCH, &one, &json!({"env": null}));

    let back = format!("/{id}/revisions/{}", created["revision"].as_str().unwrap());
    let past = get(client, &back).body;
    assert_eq!(past["data"]["env"], json!({"TOKEN": {"secret": true}}));
    assert_eq!(send(client, Method::POST, &back, &json!({})).status, 200);
    assert_eq!(client.result(id, &json!({})), "first");
}

#[test]
fn a_deleted_function_comes_back() {
    let server = Server::start();
    let client = &server.client;
    let (id, revisions) = three_revisions(client);
    let deleted = client.send(Method::DELETE, &client.functions(&format!("/{id}")), "");
    let deletion = deleted.body["revision"].as_str().unwrap();
    let history = get(client, &format!("/{id}/revisions")).body;
    assert_eq!(history["data"][0]["revision"], deletion);
    assert_eq!(history["data"][0]["deleted"], true);

    let past = get(client, &format!("/{id}/revisions/{deletion}")).body;
    assert_eq!(past["data"]["_read_only"], json!({"deleted": true}));
    let to_deletion = format!("/{id}/revisions/{deletion}");
    assert_eq!(
        send(client, Method::POST, &to_deletion, &json!({})).status,
        404
    );
    let back = format!("/{id}/revisions/{}", revisions[1]);
    assert_eq!(send(client, Method::POST, &back, &json!({})).status, 200);
    assert_eq!(client.result(&id, &json!({})), 2);

    client.send(
        Method::DELETE,
        &client.functions(&format!("/{id}?should_soft_delete=false")),
        "",
    );
    assert_eq!(get(client, &format!("/{id}/revisions")).status, 404);
}

#[test]
fn a_change_can_expect_a_revision() {
    let server = Server::start();
    let client = &server.client;
    let (id, revisions) = three_revisions(client);
    let one = format!("/{id}");
    let old = format!("\"{}\"", revisions[0]);
    let weak = format!("W/\"{}\"", revisions[2]);
    let current = format!("\"1-x\", \"{}\"", revisions[2]);
    for (method, condition, status) in [
        (Method::PATCH, ("if-match", old.as_str()), 412),
        (Method::PATCH, ("if-match", &weak), 412),
        (Method::PATCH, ("if-none-match", &weak), 412),
        (Method::PATCH, ("if-none-match", "*"), 412),
        (Method::DELETE, ("if-match", &old), 412),
        (Method::GET, ("if-none-match", &old), 200),
        (Method::GET, ("if-none-match", &current), 304),
        (Method::GET, ("if-match", &old), 412),
        (Method::PATCH, ("if-match", &current), 200),
        (Method::PATCH, ("if-match", "*"), 200),
        (Method::PATCH, ("if-none-match", &old), 200),
        (Method::DELETE, ("if-match", "*"), 200),
    ] {
        let name = format!("{method} {condition:?}");
        let reply = send_if(client, method, &one, condition);
        assert_eq!(reply.status, status, "{name}: {}", reply.body);
        if [304, 412].contains(&status) {
            assert_eq!(reply.body, "", "{name}");
        }
    }

    // A faulty document is refused before the expected revision is compared, and compiling comes last.
    let new = |data: Value| {
        let body = json!({"data": data}).to_string();
        let headers = [("x-auth-token", client.token.as_str()), ("if-match", "*")];
        let reply = client.send_with(Method::PUT, &client.functions(""), &body, &headers);
        reply.status
    };
    assert_eq!(new(json!({"name": "n"})), 400);
    assert_eq!(new(json!({"name": "n", "function_js": "return ("})), 412);
}

#[test]
fn a_revision_says_why_it_was_written() {
    let server = Server::start();
    let client = &server.client;
    let write = |method: Method, path: &str, body: Value| {
        let reply = client.send(method, &client.functions(path), &body.to_string());
        assert!(reply.status < 300, "{}", reply.body);
        reply
    };
    let new = json!({"data": {"name": "f", "function_js": "return 1"}, "message": "first try"});
    let created = write(Method::PUT, "", new);
    let first = created.body["revision"].as_str().unwrap();
    let one = format!("/{}", created.body["data"]["id"].as_str().unwrap());
    let more = json!({"data": {"x": 1}});
    write(
        Method::PATCH,
        &format!("{one}?message=called%20more%20often"),
        more,
    );
    write(
        Method::POST,
        &one,
        json!({"data": {"name": "f", "function_js": "return 2"}}),
    );
    let back = format!("{one}/revisions/{first}?message=back");
    write(Method::POST, &back, json!({"data": {}}));
    write(
        Method::DELETE,
        &format!("{one}?message=not%20needed"),
        json!({"data": {}}),
    );
    let history = get(client, &format!("{one}/revisions")).body;
    let messages: Vec<_> = history["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["message"].clone())
        .collect();
    assert_eq!(
        json!(messages),
        json!(["not needed", "back", null, "called more often", "first try"])
    );

    for wrong in ["x".repeat(257), "a\0b".to_owned()] {
        let body = json!({"data": {"name": "f", "function_js": "return 1"}, "message": wrong});
        let refused = client.send(Method::PUT, &client.functions(""), &body.to_string());
        assert_eq!(refused.status, 400);
        assert!(
            refused.body["data"]["message"].is_object(),
            "{}",
            refused.body
        );
    }
    let longest =
        json!({"data": {"name": "f", "function_js": "return 1"}, "message": "é".repeat(256)});
    write(Method::PUT, "", longest);
}
