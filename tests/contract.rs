//! KAZOO's literal replies, row by row: status, body and what surrounds it.

use serde_json::{Value, json};
use ureq::http::Method;

use super::server::{Client, Reply, Server};

const FUNCTION: &str = "2b6b3c0a2f7f4a1d9a0f6e0f7f6c8d11";
const UNKNOWN: &str = "4fe69c5b61015084f1fe5684abc6e502";
const SOURCE: &str = "return {'action':'tts', 'data':{'text':'got it ' + call['To']}};";

/// Who asks.
#[derive(Clone, Copy, PartialEq)]
enum Caller {
    /// With the account's own token: replies carry it, and `version`.
    Owner,
    /// Without a token: replies carry neither.
    Nobody,
    /// With a token that nobody has: replies repeat it.
    Bogus,
}

use Caller::{Bogus, Nobody, Owner};

struct Row {
    name: &'static str,
    caller: Caller,
    method: Method,
    /// `A` and `F` stand for the account and the function.
    path: &'static str,
    headers: &'static [(&'static str, &'static str)],
    body: String,
    status: u16,
    /// All but what every reply has; an expected revision is a beginning.
    expected: Value,
}

/// Text as it is, or JSON.
struct Body(String);

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

impl From<Value> for Body {
    fn from(json: Value) -> Self {
        Self(json.to_string())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self(text)
    }
}

fn row(
    name: &'static str,
    caller: Caller,
    (method, path): (Method, &'static str),
    body: impl Into<Body>,
    status: u16,
    expected: Value,
) -> Row {
    Row {
        name,
        caller,
        method,
        path,
        headers: &[],
        body: body.into().0,
        status,
        expected,
    }
}

fn error(status: u16, message: &str, data: impl Into<Value>) -> Value {
    let data: Value = data.into();
    json!({"data": data, "error": status.to_string(), "message": message, "status": "error"})
}

fn invalid(data: impl Into<Value>) -> Value {
    error(400, "validation error", data)
}

const COLLECTION: &str = "/v2/accounts/A/functions";
const ONE: &str = "/v2/accounts/A/functions/F";

fn document(mut more: Value) -> Value {
    let mut document = json!({"name": "9a1f", "function_js": SOURCE, "enabled": true, "language_pack": "javascript", "id": FUNCTION});
    let document_fields = document.as_object_mut().unwrap();
    document_fields.append(more.as_object_mut().unwrap());
    document
}

/// In this order: later rows build on what earlier ones stored.
fn rows() -> Vec<Row> {
    let put = || (Method::PUT, COLLECTION);
    vec![
        row(
            "200 empty list",
            Owner,
            (Method::GET, COLLECTION),
            "",
            200,
            json!({"data": [], "page_size": 0, "status": "success"}),
        ),
        row(
            "201 create",
            Owner,
            put(),
            json!({"data": {"name": "9a1f", "function_js": SOURCE, "id": FUNCTION, "pvt_type": "x", "_id": "y"}}),
            201,
            json!({"data": document(json!({})), "revision": "1-", "status": "success"}),
        ),
        row(
            "200 get one",
            Owner,
            (Method::GET, ONE),
            "",
            200,
            json!({"data": document(json!({})), "revision": "1-", "status": "success"}),
        ),
        row(
            "200 patch",
            Owner,
            (Method::PATCH, ONE),
            r#"{"data":{"custom":"value"}}"#,
            200,
            json!({"data": document(json!({"custom": "value"})), "revision": "2-", "status": "success"}),
        ),
        row(
            "200 list",
            Owner,
            (Method::GET, COLLECTION),
            "",
            200,
            json!({"data": [{"id": FUNCTION, "name": "9a1f", "function_js": SOURCE, "enabled": true}],
                "page_size": 1, "revision": "", "status": "success"}),
        ),
        row(
            "200 list without paging",
            Owner,
            (Method::GET, "/v2/accounts/A/functions?paginate=false"),
            "",
            200,
            json!({"data": [{"id": FUNCTION, "name": "9a1f", "function_js": SOURCE, "enabled": true}],
                "revision": "", "status": "success"}),
        ),
        row(
            "400 required",
            Owner,
            put(),
            r#"{"data":{}}"#,
            400,
            invalid(json!({
                "name": {"required": {"message": "Field is required but missing", "value": "name"}},
                "function_js": {"required": {"message": "Field is required but missing", "value": "function_js"}},
            })),
        ),
        row(
            "400 type",
            Owner,
            put(),
            r#"{"data":{"name":"x","function_js":123}}"#,
            400,
            invalid(json!({
                "function_js": {"type": {"message": "Value did not match type(s): string", "target": "string", "value": 123}},
            })),
        ),
        row(
            "400 minLength",
            Owner,
            put(),
            r#"{"data":{"name":"","function_js":"x"}}"#,
            400,
            invalid(json!({
                "name": {"minLength": {"message": "String must be at least 1 characters", "target": 1, "cause": "", "value": ""}},
            })),
        ),
        row(
            "400 malformed JSON",
            Nobody,
            put(),
            r#"{"data":{x}}"#,
            400,
            invalid(json!({
                "json": {"invalid": {"message": "invalid_json around 10", "target": "body"}},
            })),
        ),
        row(
            "400 JSON that is no object",
            Nobody,
            put(),
            "[1]",
            400,
            invalid(json!({
                "json": {"invalid": {"message": "All JSON must be valid", "target": "body"}},
            })),
        ),
        row(
            "400 no envelope",
            Nobody,
            put(),
            r#"{"name":"x","function_js":"…"}"#,
            400,
            invalid(json!({
                "data": {"required": {"message": "Field is required but missing", "value": {"name": "x", "function_js": "…"}}},
            })),
        ),
        row(
            "400 data is a string",
            Nobody,
            put(),
            r#"{"data":"str"}"#,
            400,
            invalid(json!({
                "data": {"type": {"message": "Value did not match type(s): object, array", "target": "object, array", "value": "str"}},
            })),
        ),
        row(
            "400 a body too large",
            Nobody,
            put(),
            format!(r#"{{"data":{{"name":"{}"}}}}"#, "x".repeat(8_000_000)),
            400,
            invalid(json!({
                "file": {"maxSize": {"message": "Payload or Files must not be more than 8000000 bytes", "target": 8_000_000}},
            })),
        ),
        row(
            "401 no token",
            Nobody,
            (Method::GET, COLLECTION),
            "",
            401,
            error(
                401,
                "invalid_credentials",
                json!({"message": "invalid credentials"}),
            ),
        ),
        row(
            "401 unknown token",
            Bogus,
            (Method::GET, COLLECTION),
            "",
            401,
            error(401, "invalid credentials", json!({})),
        ),
        row(
            "404 unknown function",
            Owner,
            (
                Method::GET,
                "/v2/accounts/A/functions/4fe69c5b61015084f1fe5684abc6e502",
            ),
            "",
            404,
            error(
                404,
                "bad_identifier",
                json!({"cause": UNKNOWN, "message": "bad identifier"}),
            ),
        ),
        row(
            "404 unknown function to patch",
            Owner,
            (
                Method::PATCH,
                "/v2/accounts/A/functions/4fe69c5b61015084f1fe5684abc6e502",
            ),
            r#"{"data":{}}"#,
            404,
            error(
                404,
                "bad_identifier",
                json!({"cause": UNKNOWN, "message": "bad identifier"}),
            ),
        ),
        row(
            "404 unknown account, before the token",
            Nobody,
            (
                Method::GET,
                "/v2/accounts/4fe69c5b61015084f1fe5684abc6e502/functions",
            ),
            "",
            404,
            error(
                404,
                "bad_identifier",
                json!({"cause": UNKNOWN, "message": "bad identifier"}),
            ),
        ),
        row(
            "404 no account id",
            Owner,
            (Method::GET, "/v2/accounts/foo/functions"),
            "",
            404,
            error(
                404,
                "bad identifier",
                json!({"message": "invalid account_id 'foo'"}),
            ),
        ),
        row(
            "404 no such path, before the token",
            Nobody,
            (Method::GET, "/v2/accounts/A/functions/F/extra"),
            "",
            404,
            error(404, "not_found", json!({"message": "not found"})),
        ),
        row(
            "404 unknown module",
            Owner,
            (Method::GET, "/v2/accounts/A/nope"),
            "",
            404,
            error(404, "not_found", json!({"message": "not found"})),
        ),
        row(
            "401 unknown module, without a token",
            Nobody,
            (Method::GET, "/v2/accounts/A/nope"),
            "",
            401,
            error(
                401,
                "invalid_credentials",
                json!({"message": "invalid credentials"}),
            ),
        ),
        row(
            "404 a page of nothing",
            Owner,
            (Method::GET, "/v2/accounts/A/functions?page_size=0"),
            "",
            404,
            error(
                404,
                "faulty_request",
                json!({"message": "page size must be at least 1"}),
            ),
        ),
        row(
            "404 a page of no number",
            Owner,
            (Method::GET, "/v2/accounts/A/functions?page_size=x"),
            "",
            404,
            error(
                404,
                "faulty_request",
                json!({"message": "invalid page size"}),
            ),
        ),
        row(
            "405, before the token",
            Nobody,
            (Method::DELETE, COLLECTION),
            "",
            405,
            error(
                405,
                "invalid_method",
                json!({"message": "method not allowed"}),
            ),
        ),
        row(
            "409 an id that is taken",
            Owner,
            put(),
            json!({"data": {"name": "x", "function_js": "x", "id": FUNCTION}}),
            409,
            error(
                409,
                "datastore_conflict",
                json!({"message": "conflicting documents"}),
            ),
        ),
        row(
            "410 version 1",
            Nobody,
            (Method::GET, "/v1/accounts/A/functions"),
            "",
            410,
            error(
                410,
                "gone",
                json!({"message": "API version 1 is not supported. Please upgrade your code to use version 2."}),
            ),
        ),
        row(
            "200 delete",
            Owner,
            (Method::DELETE, ONE),
            "",
            200,
            json!({"data": document(json!({"custom": "value", "_read_only": {"deleted": true}})), "revision": "3-", "status": "success"}),
        ),
    ]
}

fn send(client: &Client, row: &Row) -> Reply {
    let path = row
        .path
        .replace("/A/", &format!("/{}/", client.account))
        .replace("/F", &format!("/{FUNCTION}"));
    let mut headers = row.headers.to_vec();
    match row.caller {
        Owner => headers.push(("x-auth-token", &client.token)),
        Bogus => headers.push(("x-auth-token", "bogus")),
        Nobody => {}
    }
    client.send_with(row.method.clone(), &path, &row.body, &headers)
}

/// Takes out what every reply has, and checks it.
fn without_what_is_common(row: &Row, reply: &Reply, client: &Client) -> Value {
    let name = row.name;
    let Value::Object(mut body) = reply.body.clone() else {
        panic!("{name}: no envelope: {}", reply.body)
    };
    let mut take = |key: &str| body.shift_remove(key);
    let text = |value: Option<Value>| value.and_then(|it| Some(it.as_str()?.to_owned()));
    assert_eq!(text(take("node")).map(|it| it.len()), Some(22), "{name}");
    let timestamp = text(take("timestamp")).unwrap();
    assert_eq!(
        (timestamp.len(), &timestamp[19..]),
        (20, "Z"),
        "{name}: {timestamp}"
    );
    let id = text(take("request_id")).unwrap();
    assert_eq!(id.len(), 32, "{name}");
    assert_eq!(reply.headers["x-request-id"], id.as_str(), "{name}");
    let tokens = take("tokens").unwrap();
    assert!(
        tokens["consumed"].is_u64() && tokens["remaining"].is_u64(),
        "{name}"
    );
    assert_eq!(
        take("version").is_some(),
        row.caller == Owner,
        "{name}: version"
    );
    let token = match row.caller {
        Owner => Some(client.token.clone()),
        Bogus => Some("bogus".to_owned()),
        Nobody => None,
    };
    assert_eq!(text(take("auth_token")), token, "{name}: auth_token");
    for key in ["start_key", "next_start_key"] {
        take(key);
    }
    Value::Object(body)
}

#[test]
fn replies_are_kazoos_to_the_letter() {
    let server = Server::start();
    let client = &server.client;
    for row in rows() {
        let name = row.name;
        let reply = send(client, &row);
        assert_eq!(reply.status, row.status, "{name}: {}", reply.body);
        assert_eq!(reply.headers["content-type"], "application/json", "{name}");
        let mut found = without_what_is_common(&row, &reply, client);
        let mut expected = row.expected;
        if let Some(revision) = expected.get_mut("revision").map(Value::take) {
            let found = found["revision"].take();
            let found = found.as_str().unwrap();
            assert!(found.starts_with(revision.as_str().unwrap()), "{name}");
            let digits = found.rsplit('-').next().unwrap();
            assert_eq!(digits.len(), 32, "{name}: {found}");
            if row.method == Method::GET {
                assert_eq!(reply.headers["etag"], format!("\"{found}\""), "{name}");
            } else {
                assert!(!reply.headers.contains_key("etag"), "{name}");
            }
        }
        assert_eq!(found, expected, "{name}");
        if row.method == Method::GET && reply.status == 200 {
            assert_eq!(
                reply.headers["expires"], "Fri, 01 Jan 1999 00:00:00 GMT",
                "{name}"
            );
        }
        let has_cors = reply.headers.contains_key("access-control-allow-origin");
        assert_eq!(has_cors, reply.status >= 400, "{name}: CORS");
    }
}

#[test]
fn a_new_function_is_found_where_its_location_says() {
    let server = Server::start();
    let client = &server.client;
    for collection in [
        client.functions(""),
        client.functions("/"),
        "/v2/account/functions".to_owned(),
    ] {
        let body = json!({"data": {"name": "n", "function_js": SOURCE}});
        let created = client.send(Method::PUT, &collection, &body.to_string());
        assert_eq!(created.status, 201, "{}", created.body);
        let location = created.headers["location"].to_str().unwrap();
        let id = created.body["data"]["id"].as_str().unwrap();
        assert_eq!(
            location,
            format!("{}/{id}", collection.trim_end_matches('/'))
        );
        assert_eq!(client.send(Method::GET, location, "").status, 200);
        assert_eq!(
            client.send(Method::GET, &format!("{location}/"), "").status,
            200
        );
    }
}

/// Replies that KAZOO leaves to its HTTP server: a status and nothing else.
#[test]
fn some_replies_have_no_body() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created(SOURCE);
    let one = client.functions(&format!("/{id}"));
    let patch = r#"{"data":{"a":1}}"#;
    for (name, method, path, body, headers, status) in [
        (
            "406",
            Method::GET,
            one.clone(),
            "",
            ("accept", "text/html"),
            406,
        ),
        (
            "415",
            Method::PATCH,
            one.clone(),
            patch,
            ("content-type", "text/plain"),
            415,
        ),
        (
            "501",
            Method::from_bytes(b"PROPFIND").unwrap(),
            one.clone(),
            "",
            ("x-y", "z"),
            501,
        ),
    ] {
        let headers = [("x-auth-token", client.token.as_str()), headers];
        let reply = client.send_as_is(method, &path, body, &headers);
        assert_eq!(reply.status, status, "{name}: {}", reply.body);
        assert_eq!(reply.body, "", "{name}");
        assert!(reply.headers.contains_key("x-request-id"), "{name}");
    }
    // What is no document is taken for a file, and the document is missing then.
    let headers = [
        ("x-auth-token", client.token.as_str()),
        ("content-type", "text/plain"),
    ];
    let reply = client.send_as_is(Method::PUT, &client.functions(""), "return 1", &headers);
    assert_eq!(reply.status, 400);
    assert!(
        reply.body["data"]["name"]["required"].is_object(),
        "{}",
        reply.body
    );
}

#[test]
fn a_client_that_asks_too_much_is_told_when_to_come_back() {
    let server = Server::start_with("[rate]\nburst = 40\nper_second = 1");
    let client = &server.client;
    let id = client.created(SOURCE);
    let refused = (0..100)
        .map(|_| client.send(Method::GET, &client.functions(""), ""))
        .find(|reply| reply.status != 200)
        .expect("a hundred requests take longer than two minutes then");
    assert_eq!(refused.status, 429);
    assert_eq!(
        (&refused.body["data"], &refused.body["message"]),
        (
            &json!({"message": "too many requests"}),
            &json!("too_many_requests")
        )
    );
    assert!(refused.headers.contains_key("retry-after"));
    // Calls go on: a router's are not counted.
    assert_eq!(client.result(&id, &json!({"To": "x"}))["action"], "tts");
    // And so does whoever is somebody else.
    let nobody = client.send_with(Method::GET, "/v2/functions/samples", "", &[]);
    assert_eq!(nobody.status, 200);
}
