//! The life of a function over the API: created, listed, read, replaced, patched, deleted.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{client::Reply, server::Server};

/// The whole reply, with placeholders for values that differ in each run.
fn redacted(mut reply: Reply) -> Value {
    let body = &mut reply.body;
    for (pointer, name) in [
        ("/auth_token", "[token]"),
        ("/request_id", "[request id]"),
        ("/timestamp", "[time]"),
        ("/tokens/remaining", "[left]"),
        ("/version", "[version]"),
        ("/start_key", "[key]"),
        ("/data/id", "[id]"),
    ] {
        if let Some(value) = body.pointer_mut(pointer) {
            *value = json!(name);
        }
    }
    let rows = body.get_mut("data").and_then(Value::as_array_mut);
    for id in rows
        .into_iter()
        .flatten()
        .filter_map(|row| row.get_mut("id"))
    {
        *id = json!("[id]");
    }
    // A list's revision depends on its ids. A function's revision begins with a number and does not.
    if let Some(revision) = body.get_mut("revision")
        && !revision.as_str().unwrap().contains('-')
    {
        *revision = json!("[list revision]");
    }
    json!({"status": reply.status, "body": reply.body})
}

macro_rules! assert_reply {
    ($name:literal, $reply:expr) => {
        insta::assert_json_snapshot!($name, redacted($reply));
    };
}

const SOURCE: &str = "return {'action':'tts', 'data':{'text':'got it ' + call['To']}};";

#[test]
fn a_functions_life() {
    let server = Server::start();
    let client = &server.client;
    let send = |method, path: &str, body: Value| client.send(method, path, &body.to_string());
    let collection = client.functions("");

    assert_reply!(
        "empty list",
        send(Method::GET, &collection, json!({"data": {}}))
    );

    let document =
        json!({"data": {"name": "9a1f", "function_js": SOURCE, "pvt_type": "mine", "_id": "x"}});
    let created = send(Method::PUT, &collection, document);
    let id = created.body["data"]["id"].as_str().unwrap().to_owned();
    let one = client.functions(&format!("/{id}"));
    assert_eq!(created.headers["location"], one.as_str());
    assert_eq!(created.headers["content-type"], "application/json");
    assert_reply!("created", created);

    let read = client.send(Method::GET, &one, "");
    assert_eq!(
        read.headers["etag"],
        format!("\"{}\"", read.body["revision"].as_str().unwrap()).as_str()
    );
    assert_reply!("read", read);

    assert_reply!(
        "patched",
        send(
            Method::PATCH,
            &one,
            json!({"data": {"custom": {"a": 1, "b": 2}, "pvt_x": 1}})
        )
    );
    assert_reply!(
        "patched again",
        send(
            Method::PATCH,
            &one,
            json!({"data": {"custom": {"a": null, "c": 3}}})
        )
    );
    assert_reply!("listed", client.send(Method::GET, &collection, ""));
    assert_eq!(
        client.result(&id, &json!({"To": "you"}))["data"]["text"],
        "got it you"
    );

    let replacement =
        json!({"data": {"name": "new", "function_js": "return 2", "enabled": "true"}});
    assert_reply!("replaced", send(Method::POST, &one, replacement));
    assert_eq!(client.result(&id, &json!({})), 2);

    assert_reply!("deleted", client.send(Method::DELETE, &one, ""));
    assert_eq!(client.send(Method::GET, &one, "").status, 404);
    assert_eq!(client.run(&id, &json!({})).status, 404);
    assert_eq!(
        client.send(Method::GET, &collection, "").body["data"],
        json!([])
    );
}

#[test]
fn a_client_can_choose_the_id_and_take_a_deleted_one_again() {
    let server = Server::start();
    let client = &server.client;
    let put = || {
        client.send(
            Method::PUT,
            &client.functions(""),
            r#"{"data":{"id":"mine","name":"n","function_js":"return 1"}}"#,
        )
    };
    let revision = |reply: &Reply| reply.body["revision"].as_str().unwrap()[..2].to_owned();
    assert_eq!(put().body["data"]["id"], "mine");
    assert_reply!("id taken", put());

    client.send(Method::DELETE, &client.functions("/mine"), "");
    let again = put();
    assert_eq!((again.status, revision(&again).as_str()), (201, "3-"));

    client.send(
        Method::DELETE,
        &client.functions("/mine?should_soft_delete=false"),
        "",
    );
    let anew = put();
    assert_eq!((anew.status, revision(&anew).as_str()), (201, "5-"));
    assert_eq!(client.result("mine", &json!({})), 1);
}

#[test]
fn functions_are_listed_page_by_page_by_descending_id() {
    let server = Server::start();
    let client = &server.client;
    let mut ids: Vec<String> = (0..5).map(|_| client.created("return 1")).collect();
    ids.sort_unstable_by(|a, b| b.cmp(a));
    let list = |query: &str| client.send(Method::GET, &client.functions(query), "").body;
    let ids_of = |body: &Value| -> Vec<String> {
        let rows = body["data"].as_array().unwrap();
        rows.iter()
            .map(|row| row["id"].as_str().unwrap().to_owned())
            .collect()
    };

    let first = list("?page_size=2");
    assert_eq!(
        (ids_of(&first), &first["page_size"]),
        (ids[..2].to_vec(), &json!(2))
    );
    let second = list(&format!(
        "?page_size=2&start_key={}",
        first["next_start_key"].as_str().unwrap()
    ));
    assert_eq!(
        (ids_of(&second), &second["start_key"]),
        (ids[2..4].to_vec(), &first["next_start_key"])
    );
    let third = list(&format!(
        "?page_size=2&start_key={}",
        second["next_start_key"].as_str().unwrap()
    ));
    assert_eq!(
        (ids_of(&third), third.get("next_start_key")),
        (ids[4..].to_vec(), None)
    );
    let all = list("?paginate=false");
    assert_eq!(
        (ids_of(&all), all.get("page_size"), all.get("start_key")),
        (ids, None, None)
    );
    assert_reply!(
        "page size 0",
        client.send(Method::GET, &client.functions("?page_size=0"), "")
    );
    assert_eq!(list("?page_size=x")["data"]["message"], "invalid page size");
}

#[test]
fn a_function_that_does_not_compile_is_refused_with_its_place() {
    let server = Server::start();
    let source = "var a = 1;\nreturn a +* 2;";
    assert_reply!("compile error", server.client.create(source));

    let id = server.client.created("return 1");
    let body = json!({"data": {"function_js": source}}).to_string();
    let patched = server.client.send(
        Method::PATCH,
        &server.client.functions(&format!("/{id}")),
        &body,
    );
    assert_eq!(patched.status, 400);
    assert_eq!(server.client.result(&id, &json!({})), 1);
}

/// Replaces values that differ in each run.
fn redact(reply: &mut Reply) {
    let data = &mut reply.body["data"];
    data["metrics"] = json!("[metrics]");
    for once in ["guest", "clock_ns", "seed"] {
        data["replay"][once] = json!(format!("[{once}]"));
    }
}

#[test]
fn a_test_run_stores_nothing_and_reports_everything() {
    let server = Server::start();
    let source = "console.log('to', call.To);\nconsole.warn({a: [1]});\nreturn call.nothing.here;";
    let mut reply = server.client.test(source, &json!({"To": "you"}));
    redact(&mut reply);
    assert_reply!("failed test run", reply);
    let mut reply = server.client.test("return (", &json!({}));
    redact(&mut reply);
    assert_reply!("test run of what does not compile", reply);
    assert_eq!(
        server
            .client
            .send(Method::GET, &server.client.functions(""), "")
            .body["data"],
        json!([])
    );
}

#[test]
fn an_unknown_language_pack_is_refused_with_those_installed() {
    let server = Server::start();
    let body = r#"{"data":{"name":"n","function_js":"x","language_pack":"cobol"}}"#;
    assert_reply!(
        "unknown language pack",
        server
            .client
            .send(Method::PUT, &server.client.functions(""), body)
    );
}
