//! Settings of an author and an operator: limits, time zone, `env`.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    server::Server,
};

/// Base64 of 32 bytes.
const KEY: &str = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const OTHER_KEY: &str = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=";

fn create(client: &Client, document: &Value) -> Reply {
    let mut data = json!({"name": "test", "function_js": "return env"});
    data.as_object_mut()
        .unwrap()
        .extend(document.as_object().unwrap().clone());
    let body = json!({ "data": data }).to_string();
    client.send(Method::PUT, &client.functions(""), &body)
}

fn created(client: &Client, document: &Value) -> String {
    let reply = create(client, document);
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.body["data"]["id"].as_str().unwrap().to_owned()
}

fn change(client: &Client, method: Method, id: &str, data: &Value) -> Reply {
    let body = json!({ "data": data }).to_string();
    client.send(method, &client.functions(&format!("/{id}")), &body)
}

fn outcome(client: &Client, id: &str) -> Value {
    client.run(id, &json!({})).body["data"].take()
}

/// A server with a key for secrets, and further configuration.
fn server_with_key(config: &str) -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    std::fs::write(&file, KEY).unwrap();
    let config = format!(
        "{config}\n[secrets]\nkey_file = {:?}\n",
        file.to_str().unwrap()
    );
    (Server::start_with(&config), folder)
}

#[test]
fn a_functions_own_limits_lower_and_never_raise() {
    let server = Server::start_with("[limits]\nfuel = 50_000_000");
    let client = &server.client;
    let endless = "for (;;) ;";
    for (limits, value) in [
        (json!({"fuel": 2_000_000}), 2_000_000),
        (json!({"fuel": 1_000_000_000_u64}), 50_000_000),
        (json!({}), 50_000_000),
    ] {
        let id = created(client, &json!({"function_js": endless, "limits": limits}));
        let outcome = outcome(client, &id);
        assert_eq!(outcome["outcome"], "fuel_exhausted");
        assert_eq!(
            outcome["limit"],
            json!({"name": "fuel", "value": value, "used": value})
        );
        assert_eq!(outcome["metrics"]["fuel"], value);
    }
}

#[test]
fn every_limit_can_be_lowered_and_is_named_when_it_is_hit() {
    let server = Server::start();
    let client = &server.client;
    for (source, limits, class, name) in [
        (
            "for (;;) ;",
            json!({"fuel": 1_000_000}),
            "fuel_exhausted",
            "fuel",
        ),
        (
            "for (;;) ;",
            json!({"wall_clock_ms": 1}),
            "timeout",
            "wall_clock_ms",
        ),
        (
            "let a = []; for (;;) a.push('x'.repeat(1000))",
            json!({"memory_bytes": 5_000_000}),
            "memory_limit",
            "memory_bytes",
        ),
        (
            "return 'x'.repeat(100)",
            json!({"output_bytes": 50}),
            "output_too_large",
            "output_bytes",
        ),
        (
            "return 1",
            json!({"input_bytes": 1}),
            "input_too_large",
            "input_bytes",
        ),
        (
            "return 1",
            json!({"input_depth": 1}),
            "input_too_large",
            "input_depth",
        ),
    ] {
        let id = created(client, &json!({"function_js": source, "limits": limits}));
        let reply = client.run(&id, &json!({"a": {"b": 1}}));
        let outcome = &reply.body["data"];
        assert_eq!(outcome["outcome"], class, "{outcome}");
        let limit = &outcome["limit"];
        assert_eq!(limit["name"], name, "{outcome}");
        assert_eq!(limit["value"], limits[name], "{outcome}");
        assert!(
            limit["used"].as_u64().unwrap() >= limit["value"].as_u64().unwrap(),
            "{outcome}"
        );
    }
}

#[test]
fn a_limit_that_is_nearly_hit_is_a_warning() {
    let server = Server::start();
    let client = &server.client;
    let warnings = |source: &str, limits: Value| {
        let id = created(client, &json!({"function_js": source, "limits": limits}));
        let mut outcome = outcome(client, &id);
        assert_eq!(outcome["outcome"], "ok", "{outcome}");
        outcome["warnings"].take()
    };
    assert_eq!(warnings("return 'x'.repeat(700)", json!({})), Value::Null);
    assert_eq!(
        warnings("return 'x'.repeat(848)", json!({"output_bytes": 1000})),
        json!([{"name": "output_bytes", "value": 1000, "used": 850}])
    );
    assert_eq!(
        warnings(
            "console.log('x'.repeat(995)); return 1",
            json!({"log_bytes": 500})
        ),
        json!([{"name": "log_bytes", "value": 500, "used": 1000}])
    );
}

#[test]
fn an_accounts_caps_hold_for_all_its_functions() {
    let mut server = Server::start();
    let account = server.client.account.clone();
    server.configure(&format!(
        "[accounts.{account}.limits]\nfuel = 3_000_000\n[accounts.{account}.compile_limits]\ninput_bytes = 100"
    ));
    let client = &server.client;
    let id = created(
        client,
        &json!({"function_js": "for (;;) ;", "limits": {"fuel": 4_000_000}}),
    );
    assert_eq!(outcome(client, &id)["limit"]["value"], 3_000_000);
    let reply = client.create(&format!("return '{}'", "x".repeat(100)));
    assert_eq!(reply.status, 400);
    let error = &reply.body["data"]["function_js"]["compile_error"];
    assert_eq!(
        error["limit"],
        json!({"name": "source_bytes", "value": 100, "used": 109}),
        "{error}"
    );
}

#[test]
fn the_time_zone_is_the_functions_else_the_accounts_else_utc() {
    let server = Server::start();
    let client = &server.client;
    let source = "return new Date('2024-07-01T12:00:00Z').getHours()";
    let id = created(client, &json!({ "function_js": source }));
    assert_eq!(outcome(client, &id)["result"], 12);

    let account = format!("/v2/accounts/{}", client.account);
    let set = |zone: &str| {
        let body = json!({"data": {"timezone": zone}}).to_string();
        client.send(Method::PATCH, &account, &body)
    };
    let reply = set("Asia/Tokyo");
    assert_eq!(
        (reply.status, &reply.body["data"]["timezone"]),
        (200, &json!("Asia/Tokyo"))
    );
    assert_eq!(outcome(client, &id)["result"], 21);
    let reply = client.send(Method::GET, &account, "");
    assert_eq!(
        (&reply.body["data"]["timezone"], &reply.body["data"]["name"]),
        (&json!("Asia/Tokyo"), &json!("master"))
    );

    let reply = change(
        client,
        Method::PATCH,
        &id,
        &json!({"timezone": "America/New_York"}),
    );
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_eq!(outcome(client, &id)["result"], 8);

    let problem = set("Mars/Olympus_Mons");
    assert_eq!(problem.status, 400);
    assert!(problem.body["data"]["timezone"]["enum"]["message"].is_string());
    assert_eq!(create(client, &json!({"timezone": "Nowhere"})).status, 400);
}

#[test]
fn constants_are_read_back_and_secrets_are_not() {
    let (server, _key) = server_with_key("");
    let client = &server.client;
    let env =
        json!({"API": "https://example.com", "TOKEN": {"secret": true, "value": "s3cret-value"}});
    let reply = create(client, &json!({ "env": env }));
    assert_eq!(reply.status, 201, "{}", reply.body);
    let shown = json!({"API": "https://example.com", "TOKEN": {"secret": true}});
    assert_eq!(reply.body["data"]["env"], shown);
    let id = reply.body["data"]["id"].as_str().unwrap();
    let all = json!({"API": "https://example.com", "TOKEN": "s3cret-value"});
    assert_eq!(outcome(client, id)["result"], all);

    for path in [format!("/{id}"), String::new()] {
        let reply = client.send(Method::GET, &client.functions(&path), "");
        assert!(
            !reply.body.to_string().contains("s3cret-value"),
            "{}",
            reply.body
        );
    }
    let (_, module) = client.download(&client.functions(&format!("/{id}/module")));
    assert!(!module.windows(12).any(|bytes| bytes == b"s3cret-value"));
    let database = server.database();
    let shown = "SELECT count(*) FROM revisions WHERE document LIKE '%s3cret-value%' OR private LIKE '%s3cret-value%'";
    assert_eq!(database.number(shown), 0);
    for file in database.files() {
        let bytes = std::fs::read(&file).unwrap();
        assert!(
            !bytes.windows(12).any(|bytes| bytes == b"s3cret-value"),
            "{}",
            file.display()
        );
    }
}

#[test]
fn a_document_that_was_read_can_be_written_back_and_keeps_its_secrets() {
    let (server, _key) = server_with_key("");
    let client = &server.client;
    let id = created(
        client,
        &json!({"env": {"A": {"secret": true, "value": "one"}, "B": {"secret": true, "value": "two"}}}),
    );
    let mut document = client
        .send(Method::GET, &client.functions(&format!("/{id}")), "")
        .body["data"]
        .take();
    document["name"] = "changed".into();
    assert_eq!(change(client, Method::POST, &id, &document).status, 200);
    assert_eq!(
        outcome(client, &id)["result"],
        json!({"A": "one", "B": "two"})
    );

    let patch = json!({"env": {"A": null, "B": {"secret": true, "value": "three"}, "C": "four"}});
    let reply = change(client, Method::PATCH, &id, &patch);
    assert_eq!(
        reply.body["data"]["env"],
        json!({"B": {"secret": true}, "C": "four"})
    );
    assert_eq!(
        outcome(client, &id)["result"],
        json!({"B": "three", "C": "four"})
    );

    let reply = change(
        client,
        Method::PATCH,
        &id,
        &json!({"env": {"D": {"secret": true}}}),
    );
    assert_eq!(reply.status, 400);
    assert!(
        reply.body["data"]["env.D"]["required"]["message"].is_string(),
        "{}",
        reply.body
    );
    let reply = change(
        client,
        Method::PATCH,
        &id,
        &json!({"env": {"B": {"secret": false}}}),
    );
    assert_eq!(reply.status, 400, "{}", reply.body);
    assert_eq!(
        outcome(client, &id)["result"],
        json!({"B": "three", "C": "four"})
    );
}

#[test]
fn a_secret_in_a_log_or_an_error_is_masked() {
    let (server, _key) = server_with_key("");
    let source = "console.log('token', env.TOKEN, env); throw new Error('bad ' + env.TOKEN)";
    let id = created(
        &server.client,
        &json!({"function_js": source, "env": {"TOKEN": {"secret": true, "value": "s3cret-value"}}}),
    );
    let outcome = outcome(&server.client, &id);
    assert_eq!(
        outcome["logs"][0]["message"],
        r#"token [secret TOKEN] {"TOKEN":"[secret TOKEN]"}"#
    );
    assert_eq!(outcome["error"]["message"], "bad [secret TOKEN]");
    assert!(!outcome.to_string().contains("s3cret-value"), "{outcome}");
}

#[test]
fn without_a_key_there_are_no_secrets() {
    let server = Server::start();
    let reply = create(
        &server.client,
        &json!({"env": {"A": {"secret": true, "value": "x"}}}),
    );
    assert_eq!(reply.status, 400);
    assert!(
        reply.body["data"]["env"]["disallowed"]["message"].is_string(),
        "{}",
        reply.body
    );
}

#[test]
fn an_older_key_still_opens_what_it_closed() {
    let (mut server, folder) = server_with_key("");
    let id = created(
        &server.client,
        &json!({"env": {"A": {"secret": true, "value": "kept"}}}),
    );
    let old = folder.path().join("key");
    let new = folder.path().join("new");
    std::fs::write(&new, OTHER_KEY).unwrap();
    let keys = |current: &std::path::Path, previous: &[&std::path::Path]| {
        format!("[secrets]\nkey_file = {current:?}\nprevious_key_files = {previous:?}")
    };
    server.configure(&keys(&new, &[&old]));
    assert_eq!(outcome(&server.client, &id)["result"], json!({"A": "kept"}));
    // The next write encrypts the secret with the new key.
    change(
        &server.client,
        Method::PATCH,
        &id,
        &json!({"name": "again"}),
    );
    server.configure(&keys(&new, &[]));
    assert_eq!(outcome(&server.client, &id)["result"], json!({"A": "kept"}));
    server.configure(&keys(&old, &[]));
    let reply = server.client.run(&id, &json!({}));
    assert_eq!(reply.status, 500);
    assert!(!reply.body.to_string().contains("kept"));
}
