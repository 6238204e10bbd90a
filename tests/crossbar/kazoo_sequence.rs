//! The requests and comparisons of KAZOO's own test of functions (`pqc_cb_functions.erl`).

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    server::Server,
};

/// Sends a request with the headers of KAZOO's client (`pqc_cb_api.erl`).
fn send(client: &Client, token: &str, method: Method, path: &str, body: &str) -> Reply {
    let headers = [
        ("x-request-id", "pqc_cb_functions"),
        ("accept", "application/json"),
        ("x-auth-token", token),
    ];
    let headers = if token.is_empty() {
        &headers[..2]
    } else {
        &headers
    };
    let reply = client.send_with(method, path, body, headers);
    assert_eq!(reply.headers["content-type"], "application/json");
    assert_eq!(reply.headers["x-request-id"], "pqc_cb_functions");
    assert_eq!(reply.body["request_id"], "pqc_cb_functions");
    assert_eq!(reply.body["node"].as_str().unwrap().len(), 22);
    assert_eq!(reply.body["timestamp"].as_str().unwrap().len(), 20);
    if !token.is_empty() {
        assert_eq!(reply.body["auth_token"], token);
        assert!(reply.body["version"].is_string());
    }
    reply
}

/// Keys of an envelope.
fn keys(reply: &Reply) -> Vec<&str> {
    let mut keys: Vec<_> = reply
        .body
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}

const ALWAYS: [&str; 8] = [
    "auth_token",
    "data",
    "node",
    "request_id",
    "status",
    "timestamp",
    "tokens",
    "version",
];

fn with(more: &[&'static str]) -> Vec<&'static str> {
    let mut keys: Vec<_> = ALWAYS.iter().chain(more).copied().collect();
    keys.sort_unstable();
    keys
}

#[test]
fn the_sequence() {
    let server = Server::start();
    let client = &server.client;

    // 1
    let body = json!({"data": {"api_key": server.api_key}}).to_string();
    let login = send(client, "", Method::PUT, "/v2/api_auth", &body);
    assert_eq!(login.status, 201);
    assert_eq!(keys(&login), with(&["page_size", "revision"]));
    assert_eq!(
        (
            &login.body["revision"],
            &login.body["page_size"],
            &login.body["status"]
        ),
        (&json!("automatic"), &json!(1), &json!("success"))
    );
    let token = login.body["auth_token"].as_str().unwrap();
    let master = login.body["data"]["account_id"].as_str().unwrap();
    assert_eq!(master, client.account);
    let send = |method, path: &str, body: &str| send(client, token, method, path, body);

    // 2
    let body = r#"{"data":{"name":"pqc_cb_functions"}}"#;
    let account = send(Method::PUT, &format!("/v2/accounts/{master}"), body);
    assert_eq!(account.status, 201);
    let account = account.body["data"]["id"].as_str().unwrap().to_owned();
    assert_eq!(account.len(), 32);
    let functions = format!("/v2/accounts/{account}/functions");

    // 3
    let empty = send(Method::GET, &functions, "");
    assert_eq!((empty.status, &empty.body["data"]), (200, &json!([])));
    assert_eq!(keys(&empty), with(&["page_size", "start_key"]));

    // 4
    let source = "return {'action':'tts', 'data':{'text':'got it ' + call['To']}};";
    let document = json!({"name": "9a1f", "function_js": source, "enabled": true, "language_pack": "javascript"});
    let created = send(
        Method::PUT,
        &functions,
        &json!({"data": document}).to_string(),
    );
    assert_eq!(created.status, 201);
    assert_eq!(keys(&created), with(&["revision"]));
    let id = created.body["data"]["id"].as_str().unwrap().to_owned();
    let one = format!("{functions}/{id}");
    assert_eq!(created.headers["location"], one.as_str());
    let mut expected: Value = document.clone();
    expected["id"] = json!(id);
    assert_eq!(created.body["data"], expected);

    // 5
    let patched = send(Method::PATCH, &one, r#"{"data":{"custom":"value"}}"#);
    assert_eq!(patched.status, 200);
    expected["custom"] = json!("value");
    assert_eq!(patched.body["data"], expected);
    assert!(patched.body["revision"].as_str().unwrap().starts_with("2-"));

    // 6
    let list = send(Method::GET, &functions, "");
    assert_eq!(keys(&list), with(&["page_size", "revision", "start_key"]));
    assert_eq!(list.body["data"].as_array().unwrap().len(), 1);
    assert_eq!(list.body["data"][0]["id"], id.as_str());

    // 7: KAZOO splits "to@nodomain" before it sends the call.
    let call =
        r#"{"data":{"To":"to","To-Realm":"nodomain","From":"from","From-Realm":"nodomain"}}"#;
    let ran = send(Method::POST, &format!("{one}/run"), call);
    assert_eq!(
        ran.body["data"]["result"],
        json!({"action": "tts", "data": {"text": "got it to"}})
    );

    // 8
    let deleted = send(Method::DELETE, &one, "");
    assert_eq!(deleted.status, 200);
    expected["_read_only"] = json!({"deleted": true});
    assert_eq!(deleted.body["data"], expected);

    // 9
    assert_eq!(send(Method::GET, &functions, "").body["data"], json!([]));

    // 10
    let search = format!("/v2/accounts/{master}/search?t=account&q=name&v=pqc_cb_functions");
    let found = send(Method::GET, &search, "");
    assert_eq!(found.status, 200);
    let found = found.body["data"].as_array().unwrap().clone();
    assert_eq!(found.len(), 1);
    assert_eq!(
        (
            &found[0]["id"],
            &found[0]["name"],
            found[0]["realm"].is_string()
        ),
        (&json!(account), &json!("pqc_cb_functions"), true)
    );

    // 11
    let path = format!("/v2/accounts/{account}");
    assert_eq!(send(Method::DELETE, &path, "").status, 200);
    assert_eq!(send(Method::GET, &search, "").body["data"], json!([]));
    assert_eq!(send(Method::GET, &functions, "").status, 404);
}
