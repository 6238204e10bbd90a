//! The forms in which KAZOO's clients send tokens and verbs, and in which they want replies.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    server::Server,
};

const JSON: (&str, &str) = ("content-type", "application/json");

fn send(
    client: &Client,
    method: Method,
    path: &str,
    body: &str,
    headers: &[(&str, &str)],
) -> Reply {
    client.send_as_is(method, path, body, headers)
}

#[test]
fn a_token_may_stand_in_many_places() {
    let server = Server::start();
    let client = &server.client;
    let token = client.token.as_str();
    let list = client.functions("");
    let bearer = format!("Bearer {token}");
    let in_query = format!("{list}?auth_token={token}");
    let in_envelope = json!({"data": {}, "auth_token": token}).to_string();
    let in_data = json!({"data": {"auth_token": token}}).to_string();
    let authorization = json!({"data": {}, "authorization": bearer}).to_string();
    let basic = format!("Basic {token}");
    for (name, path, body, headers) in [
        ("header", &list, "", vec![("x-auth-token", token)]),
        ("bearer", &list, "", vec![("authorization", &bearer)]),
        (
            "a token as basic",
            &list,
            "",
            vec![("authorization", &basic)],
        ),
        ("query", &in_query, "", vec![]),
        ("envelope", &list, &in_envelope, vec![]),
        ("data", &list, &in_data, vec![]),
        (
            "authorization in the envelope",
            &list,
            &authorization,
            vec![],
        ),
    ] {
        let reply = send(client, Method::GET, path, body, &headers);
        assert_eq!(reply.status, 200, "{name}: {}", reply.body);
    }
    let without_scheme = [("authorization", token)];
    let reply = send(client, Method::GET, &list, "", &without_scheme);
    assert_eq!(reply.status, 401);
}

#[test]
fn a_token_in_data_does_not_get_into_a_document() {
    let server = Server::start();
    let client = &server.client;
    let body =
        json!({"data": {"name": "n", "function_js": "return 1", "auth_token": client.token}});
    let created = send(
        client,
        Method::PUT,
        &client.functions(""),
        &body.to_string(),
        &[JSON],
    );
    assert_eq!(created.status, 201, "{}", created.body);
    assert!(created.body["data"]["auth_token"].is_null());
}

#[test]
fn a_post_can_stand_for_other_methods() {
    let server = Server::start();
    let client = &server.client;
    let token = [("x-auth-token", client.token.as_str()), JSON];
    let post =
        |path: &str, body: Value| send(client, Method::POST, path, &body.to_string(), &token);
    let document = json!({"name": "n", "function_js": "return 1"});
    let created = post(
        &client.functions(""),
        json!({"data": document, "verb": "PUT"}),
    );
    assert_eq!(created.status, 201, "{}", created.body);
    let one = created.headers["location"].to_str().unwrap().to_owned();

    let patched = post(
        &format!("{one}?verb=patch"),
        json!({"data": {"a": 1, "verb": "DELETE"}}),
    );
    assert_eq!(patched.status, 200, "{}", patched.body);
    assert_eq!(
        (&patched.body["data"]["name"], &patched.body["data"]["verb"]),
        (&json!("n"), &json!("DELETE")),
        "a document's own field is no verb"
    );

    let deleted = post(&one, json!({"data": {}, "Verb": "DELETE"}));
    assert_eq!(deleted.body["data"]["_read_only"]["deleted"], true);
    let replaced = post(&one, json!({"data": document}));
    assert_eq!(replaced.status, 404);
}

#[test]
fn what_curl_calls_a_form_is_read_as_json() {
    let server = Server::start();
    let client = &server.client;
    let token = ("x-auth-token", client.token.as_str());
    let form = ("content-type", "application/x-www-form-urlencoded");
    let body = r#" {"data":{"name":"n","function_js":"return {a:1, b:'x=y&z'}"}}"#;
    let put = |content_type: &[_], body: &str| {
        let headers = [&[token], content_type].concat();
        send(client, Method::PUT, &client.functions(""), body, &headers)
    };
    for content_type in [
        vec![form],
        vec![],
        vec![("content-type", "application/x-json")],
        vec![("content-type", "application/json; charset=utf-8")],
    ] {
        let reply = put(&content_type, body);
        assert_eq!(reply.status, 201, "{content_type:?} {}", reply.body);
    }
    let reply = put(&[form], "name=n&function_js=return+1");
    assert_eq!(reply.status, 400);
    assert_eq!(
        reply.body["data"],
        json!({"data": {"required": {
            "message": "Field is required but missing",
            "value": {"name": "n", "function_js": "return 1"},
        }}})
    );
}

#[test]
fn replies_can_be_indented_or_a_script() {
    let server = Server::start();
    let client = &server.client;
    let token = ("x-auth-token", client.token.as_str());
    let list = client.functions("");
    let text = |path: &str, headers: &[(&str, &str)]| {
        let headers = [&[token], headers].concat();
        client.text(path, &headers)
    };
    let (_, plain) = text(&list, &[]);
    assert!(!plain.contains('\n'));
    let (_, asked) = text(&format!("{list}?pretty_print=true"), &[]);
    let (_, by_header) = text(&list, &[("x-pretty-print", "true")]);
    for pretty in [asked, by_header] {
        assert!(pretty.contains("\n  \"data\": []"), "{pretty}");
    }
    let (content_type, script) = text(&format!("{list}?jsonp=my.callback"), &[]);
    assert_eq!(content_type, "application/javascript");
    let json = script.strip_prefix("my.callback(").unwrap();
    let json = json.strip_suffix(");").unwrap();
    assert!(serde_json::from_str::<Value>(json).is_ok(), "{script}");
    for no_name in ["alert(1)//", "a b", "", "1a", "a..b"] {
        let (content_type, _) = text(&format!("{list}?jsonp={}", no_name.replace(' ', "+")), &[]);
        assert_eq!(content_type, "application/json", "{no_name}");
    }
}

#[test]
fn other_origins_pages_may_ask() {
    let server = Server::start();
    let client = &server.client;
    let list = client.functions("");
    let preflight = [
        ("origin", "https://example.com"),
        ("access-control-request-method", "PUT"),
    ];
    let reply = send(client, Method::OPTIONS, &list, "", &preflight);
    assert_eq!((reply.status, &reply.body), (200, &json!("")));
    for (name, value) in [
        ("access-control-allow-origin", "*"),
        ("access-control-allow-methods", "OPTIONS, GET, PUT, PATCH"),
        ("access-control-max-age", "86400"),
        (
            "access-control-allow-headers",
            "content-type, depth, user-agent, x-http-method-override, x-file-size, x-requested-with, if-modified-since, x-file-name, cache-control, x-auth-token, x-kazoo-cluster-id, if-match",
        ),
        (
            "access-control-expose-headers",
            "content-type, x-auth-token, x-request-id, x-kazoo-cluster-id, location, etag, etag",
        ),
    ] {
        assert_eq!(reply.headers[name], value, "{name}");
    }
    assert_eq!(send(client, Method::OPTIONS, &list, "", &[]).status, 405);
    let headers = [
        ("origin", "https://example.com"),
        ("x-auth-token", &client.token),
    ];
    let reply = send(client, Method::GET, &list, "", &headers);
    assert_eq!(reply.headers["access-control-allow-origin"], "*");
}

#[test]
fn replies_are_compressed_for_whoever_asks() {
    let server = Server::start();
    let client = &server.client;
    let headers = [
        ("x-auth-token", client.token.as_str()),
        ("accept-encoding", "gzip"),
    ];
    let reply = client.head_of(&client.functions(""), &headers);
    assert_eq!(reply["content-encoding"], "gzip");
    assert_eq!(reply["content-type"], "application/json");
}

#[test]
fn types_are_for_all_and_a_file() {
    let server = Server::start();
    for accept in ["*/*", "text/plain", "application/json"] {
        let (kind, text) = server
            .client
            .text("/v2/functions/types", &[("accept", accept)]);
        assert_eq!(kind, "text/plain; charset=utf-8");
        assert!(text.contains("\ndeclare const call: Call;\n"), "{text}");
    }
}

#[test]
fn samples_are_for_all_and_run() {
    let server = Server::start();
    let client = &server.client;
    let nobody = |path: &str| send(client, Method::GET, path, "", &[]);
    let samples = nobody("/v2/functions/samples").body["data"].take();
    assert_eq!(nobody(&client.functions("/samples")).body["data"], samples);
    for sample in samples.as_array().unwrap() {
        let body = json!({"data": sample}).to_string();
        let created = client.send(Method::PUT, &client.functions(""), &body);
        assert_eq!(created.status, 201, "{}", created.body);
        let id = created.body["data"]["id"].as_str().unwrap();
        let flow = client.result(id, &json!({"Caller-ID-Number": "1000"}));
        assert!(flow["module"].is_string(), "{flow}");
    }
    let languages = nobody("/v2/functions").body["data"].take();
    assert_eq!(languages[0]["id"], "javascript");
    let unknown = "/v2/accounts/4fe69c5b61015084f1fe5684abc6e502/functions/samples";
    assert_eq!(nobody(unknown).status, 404);
    let reply = send(client, Method::PUT, "/v2/functions/samples", "", &[]);
    assert_eq!(reply.status, 405);
}
