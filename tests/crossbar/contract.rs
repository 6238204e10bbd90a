//! KAZOO's literal replies, row by row: status, body and envelope.

use serde::Deserialize;
use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    routers,
    server::Server,
};

const SOURCE: &str = "return {'action':'tts', 'data':{'text':'got it ' + call['To']}};";

/// A request and KAZOO's reply. Later rows depend on earlier ones.
#[derive(Deserialize)]
struct Row {
    name: String,
    #[serde(rename = "as")]
    caller: Caller,
    /// Method and path.
    request: String,
    /// A text, which is sent as it is, or JSON.
    #[serde(default)]
    body: Value,
    status: u16,
    /// The members that not every reply has. A revision is shortened to its beginning.
    reply: Value,
}

/// The sender of a request.
#[derive(Clone, Copy, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Caller {
    /// Has the account's own token. Replies contain it, and `version`.
    Owner,
    /// Has no token. Replies contain neither.
    Nobody,
    /// Has an unknown token. Replies repeat it.
    Bogus,
}

impl Row {
    fn method(&self) -> Method {
        self.request.split(' ').next().unwrap().parse().unwrap()
    }
}

fn send(client: &Client, row: &Row) -> Reply {
    let (_, path) = row.request.split_once(' ').unwrap();
    let path = path.replace("{account}", &client.account);
    let body = match &row.body {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        json => json.to_string(),
    };
    let headers = match row.caller {
        Caller::Owner => vec![("x-auth-token", client.token.as_str())],
        Caller::Bogus => vec![("x-auth-token", "bogus")],
        Caller::Nobody => vec![],
    };
    client.send_with(row.method(), &path, &body, &headers)
}

/// Removes and checks the members that every reply has.
fn without_what_is_common(row: &Row, reply: &Reply, client: &Client) -> Value {
    let name = &row.name;
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
        row.caller == Caller::Owner,
        "{name}: version"
    );
    let token = match row.caller {
        Caller::Owner => Some(client.token.clone()),
        Caller::Bogus => Some("bogus".to_owned()),
        Caller::Nobody => None,
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
    let rows: Vec<Row> = serde_json::from_str(include_str!("contract.json")).unwrap();
    for row in rows {
        let name = &row.name;
        let reply = send(client, &row);
        assert_eq!(reply.status, row.status, "{name}: {}", reply.body);
        assert_eq!(reply.headers["content-type"], "application/json", "{name}");
        let mut found = without_what_is_common(&row, &reply, client);
        let mut expected = row.reply.clone();
        let reads = row.method() == Method::GET;
        if let Some(revision) = expected.get_mut("revision").map(Value::take) {
            let found = found["revision"].take();
            let found = found.as_str().unwrap();
            assert!(found.starts_with(revision.as_str().unwrap()), "{name}");
            let digits = found.rsplit('-').next().unwrap();
            assert_eq!(digits.len(), 32, "{name}: {found}");
            let etag = reply.headers.get("etag").map(|it| it.to_str().unwrap());
            let tag = format!("\"{found}\"");
            assert_eq!(etag, reads.then_some(tag.as_str()), "{name}");
        }
        assert_eq!(found, expected, "{name}");
        let expires = reply.headers.get("expires").map(|it| it.to_str().unwrap());
        let expired = (reads && reply.status == 200).then_some("Fri, 01 Jan 1999 00:00:00 GMT");
        assert_eq!(expires, expired, "{name}");
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

/// KAZOO leaves these replies to its HTTP server: a status without a body.
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
    // A body that is not a document counts as a file, and the document is missing.
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
    // Calls continue, because a router's calls cost no tokens.
    assert_eq!(client.result(&id, &json!({"To": "x"}))["action"], "tts");
    // Other clients are not affected.
    let nobody = client.send_with(Method::GET, "/v2/functions/samples", "", &[]);
    assert_eq!(nobody.status, 200);
}

/// Requests outside of the API cost tokens of the address's bucket, too.
#[test]
fn strangers_run_out_of_requests_outside_of_the_api() {
    let server = Server::start_with("[rate]\nburst = 40\nper_second = 1");
    let client = &server.client;
    let long = format!("/{}", "a".repeat(10_000));
    let refused = (0..100)
        .map(|_| client.send_as_is(Method::GET, &long, "", &[]))
        .find(|reply| reply.status != 404)
        .expect("the bucket is empty at last");
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert!(refused.headers.contains_key("retry-after"));
    let healthy = client.send_as_is(Method::GET, "/healthz", "", &[]);
    assert_eq!(healthy.status, 200);
}

/// Requests with wrong keys cost tokens too. Clients with the right key are not strangers.
#[test]
fn strangers_run_out_of_keys_to_try() {
    let server = Server::start_with("[rate]\nburst = 40\nper_second = 1");
    let client = &server.client;
    let id = client.created("return {module: 'tts', data: {text: 'hi'}}");
    let address = routers::address(client, &id, "pivot");
    let ask = |address: &str| routers::post(client, address, "application/json", "{}");
    let refused = (0..100)
        .map(|_| ask(&format!("{address}a")))
        .find(|reply| reply.status != 403)
        .expect("the bucket is empty at last");
    assert_eq!(refused.status, 429, "{}", refused.body);
    assert!(refused.headers.contains_key("retry-after"));
    let answered = ask(&address);
    assert_eq!(answered.status, 200, "{}", answered.body);
}
