//! Calls from an unmodified KAZOO, byte for byte: from its module `function`, which asks the database, and from its
//! module `pivot`.

use std::{
    io::{Read, Write},
    net::TcpStream,
};

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::Client,
    couchdb::{CouchDb, PASSWORD, USER, basic, function},
    server::eventually,
};

/// The parameters of a call in KAZOO's form: names unescaped, values as in forms, and an empty object as an empty part
/// (KAZOO `kz_http_util.erl`, `json_to_querystring/1`).
const CALL: &str = "Account-ID=4fe69c5b61015084f1fe5684abc6e502&Api-Version=4.x&Call-ID=829597750%4010.26.0.158&Caller-ID-Name=J%C3%BCrgen+M&Caller-ID-Number=%2B14158867900&Custom-SIP-Headers[X-Foo]=bar&Custom-SIP-Headers[X-Foo]=baz&&Direction=inbound&From=user_ab12&From-Realm=acct.sip.example.com&Language=en-us&Request=4786&To=4786&User-ID[]=1&User-ID[]=2";

/// Returns the whole call.
const ECHO: &str = "return {module: 'tts', data: {text: JSON.stringify(Object.keys(call).sort().map(function (key) { return [key, call[key]]; }))}}";

/// Sends a request as written. Returns status, content type and body.
fn raw(address: &str, request: &str) -> (u16, String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut reply = String::new();
    stream.read_to_string(&mut reply).unwrap();
    let (head, body) = reply.split_once("\r\n\r\n").unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let content_type = head
        .lines()
        .find_map(|line| line.strip_prefix("content-type: "))
        .unwrap_or_default();
    (status, content_type.to_owned(), body.to_owned())
}

/// Sends a request as `couchbeam` does.
fn couchbeam(couchdb: &CouchDb, target: &str) -> (u16, String, String) {
    let authorization = basic(USER, PASSWORD);
    let address = couchdb.address();
    raw(
        &address,
        &format!(
            "GET {target} HTTP/1.1\r\nHost: {address}\r\nUser-Agent: hackney/1.6.2\r\nAuthorization: {authorization}\r\nAccept: application/json, */*;q=0.9\r\nConnection: close\r\n\r\n"
        ),
    )
}

fn show(couchdb: &CouchDb, id: &str, call: &str) -> (u16, String, Value) {
    let target = format!("/functions/_design/functions/_show/wh/{id}?{call}");
    let (status, content_type, body) = couchbeam(couchdb, &target);
    (status, content_type, serde_json::from_str(&body).unwrap())
}

/// Sends a request as `pivot` does: a path with a key, and the call in the query, a form or JSON.
fn pivot(client: &Client, id: &str, form: &str) -> Value {
    let key = client.send(Method::GET, &client.functions(&format!("/{id}/key")), "");
    let url = key.body["data"]["urls"]["pivot"]
        .as_str()
        .unwrap()
        .to_owned();
    let address = client.url("").trim_start_matches("http://").to_owned();
    let target = url.split_once(&address).unwrap().1.to_owned();
    let json = json!({
        "Account-ID": "4fe69c5b61015084f1fe5684abc6e502", "Api-Version": "4.x",
        "Call-ID": "829597750@10.26.0.158", "Caller-ID-Name": "Jürgen M", "Caller-ID-Number": "+14158867900",
        "Custom-SIP-Headers": {"X-Foo": "baz"}, "Custom-Application-Vars": {}, "Direction": "inbound",
        "From": "user_ab12", "From-Realm": "acct.sip.example.com", "Language": "en-us", "Request": 4786,
        "To": "4786", "User-ID": ["1", "2"],
    });
    let (method, target, content_type, body) = match form {
        "query" => ("GET", format!("{target}&{CALL}"), "", String::new()),
        "form" => (
            "POST",
            target,
            "application/x-www-form-urlencoded",
            CALL.to_owned(),
        ),
        _ => ("POST", target, "application/json", json.to_string()),
    };
    let length = body.len();
    let (status, content_type, body) = raw(
        &address,
        &format!(
            "{method} {target} HTTP/1.1\r\nhost: {address}\r\ncontent-type: {content_type}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
        ),
    );
    assert_eq!(
        (status, content_type.as_str()),
        (200, "application/json"),
        "{body}"
    );
    serde_json::from_str(&body).unwrap()
}

#[test]
fn a_function_is_told_the_same_whichever_way_kazoo_takes() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    // KAZOO's request before it uses a connection.
    let (status, _, body) = couchbeam(&couchdb, "/");
    let welcome: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(
        (status, &welcome["couchdb"], &welcome["version"]),
        (200, &json!("Welcome"), &json!("3.3.3"))
    );
    // KAZOO's request when it starts.
    assert_eq!(couchdb.put("/functions", &Value::Null).status, 412);

    let id = client.created(ECHO);
    let (status, content_type, flow) = show(&couchdb, &id, CALL);
    assert_eq!(
        (status, content_type.as_str()),
        (200, "application/json"),
        "{flow}"
    );
    let told: Value = serde_json::from_str(flow["data"]["text"].as_str().unwrap()).unwrap();
    assert_eq!(
        told,
        json!([
            ["Account-ID", "4fe69c5b61015084f1fe5684abc6e502"],
            ["Api-Version", "4.x"],
            ["Call-ID", "829597750@10.26.0.158"],
            ["Caller-ID-Name", "Jürgen M"],
            ["Caller-ID-Number", "+14158867900"],
            ["Custom-SIP-Headers[X-Foo]", "baz"],
            ["Direction", "inbound"],
            ["From", "user_ab12"],
            ["From-Realm", "acct.sip.example.com"],
            ["Language", "en-us"],
            ["Request", "4786"],
            ["To", "4786"],
            ["User-ID[]", "2"],
        ])
    );
    for form in ["query", "form", "json"] {
        assert_eq!(pivot(client, &id, form), flow, "{form}");
    }

    let (_, _, printed) = couchbeam(
        &couchdb,
        &format!("/functions/_design/functions/_show/print_doc/{id}?{CALL}"),
    );
    let printed: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(printed["doc"], couchdb.document(&id));
    assert_eq!(printed["call"]["Custom-SIP-Headers[X-Foo]"], "baz");
}

#[test]
fn kazoo_stores_a_function_and_runs_it() {
    let couchdb = CouchDb::start();
    let account = "4fe69c5b61015084f1fe5684abc6e502";
    let id = "2b6b3c0a2f7f4a1d9a0f6e0f7f6c8d11";
    couchdb.written(
        id,
        &function(
            account,
            "return {'action': 'tts', 'data': {'text': 'got it ' + call['To']}};",
        ),
    );
    let (status, _, flow) = show(&couchdb, id, "To=to");
    // KAZOO itself checks the flow.
    assert_eq!(
        (status, flow),
        (200, json!({"action": "tts", "data": {"text": "got it to"}}))
    );
    let listed = couchdb.get(&format!(
        "/functions/_design/functions/_view/crossbar_listing?startkey=[%22{account}%22,%7B%7D]&endkey=[%22{account}%22]&descending=true&limit=51"
    ));
    assert_eq!(listed.body["rows"][0]["id"], id);

    // A change takes effect at the next call.
    let mut changed = couchdb.document(id);
    changed["function_js"] = "return {module: 'hangup', data: {}}".into();
    couchdb.written(id, &changed);
    assert_eq!(show(&couchdb, id, "To=to").2["module"], "hangup");
    let mut deleted = couchdb.document(id);
    deleted["pvt_deleted"] = true.into();
    couchdb.written(id, &deleted);
    let empty = json!({"error": "empty function definition"});
    assert_eq!(
        show(&couchdb, id, "To=to"),
        (200, "application/json".into(), empty.clone())
    );
    assert_eq!(show(&couchdb, "none", "").2, empty);
    couchdb.written("other", &json!({"function_js": "return 1"}));
    assert_eq!(show(&couchdb, "other", "").2, empty);
}

#[test]
fn without_a_result_the_call_goes_on() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    let mut found = serde_json::Map::new();
    for (name, source) in [
        ("an exception", "return call.a.b"),
        ("nothing", "var a = 1"),
        ("a loop", "for (;;);"),
        ("too deep", "function f() { return f() + 1; } return f()"),
        ("an array", "return [1]"),
        ("a text", "return 'x'"),
        ("null", "return null"),
    ] {
        let (status, content_type, body) = show(&couchdb, &client.created(source), "");
        assert_eq!(content_type, "application/json");
        found.insert(name.into(), json!({"status": status, "body": body}));
    }
    // KAZOO stores sources that do not compile.
    couchdb.written("broken", &function(&client.account, "return {"));
    let (status, _, body) = show(&couchdb, "broken", "");
    found.insert(
        "no JavaScript".into(),
        json!({"status": status, "body": body}),
    );
    let mut off = function(&client.account, "return 1");
    off["enabled"] = false.into();
    couchdb.written("off", &off);
    let (status, _, body) = show(&couchdb, "off", "");
    found.insert(
        "switched off".into(),
        json!({"status": status, "body": body}),
    );
    insta::assert_json_snapshot!("shows without a result", found);
}

#[test]
fn calls_that_fail_are_kept_and_counted() {
    let couchdb = CouchDb::start_with("[failures]\ncount = 3");
    let client = &couchdb.server.client;
    let id = client.created("throw new Error('no')");
    for _ in 0..3 {
        assert_eq!(show(&couchdb, &id, "To=x").0, 500);
    }
    eventually("it is switched off", || {
        (show(&couchdb, &id, "").0 == 409).then_some(())
    });
    let attempts = client.functions(&format!("/{id}/attempts"));
    let found = eventually("the attempts are kept", || {
        let reply = client.send(Method::GET, &attempts, "");
        let oldest = reply.body["data"].as_array()?.last().cloned();
        oldest.filter(|it| it["outcome"] == "exception" || it["result"] == "failure")
    });
    assert_eq!(found["input"], json!({"To": "x"}));
    // KAZOO sees the reason.
    let document = couchdb.document(&id);
    assert_eq!(document["enabled"], false);
    assert_eq!(document["pvt_disabled_message"], "too many failed attempts");
}

#[test]
fn a_show_can_be_posted() {
    let couchdb = CouchDb::start();
    let id = couchdb
        .server
        .client
        .created("return {module: 'tts', data: {text: call.To + call.From}}");
    let path = format!("/functions/_design/functions/_show/wh/{id}?To=a");
    let reply = couchdb.post(&path, &json!({"From": "b"}));
    assert_eq!(
        reply.body["data"]["text"], "aundefined",
        "a body is not a part of it"
    );
    let without = couchdb.get("/functions/_design/functions/_show/wh");
    assert_eq!(without.body, json!({"error": "empty function definition"}));
    let refused = couchdb.delete(&path);
    assert_eq!(refused.status, 405);
}
