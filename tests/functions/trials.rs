//! Trials of functions before they are stored: only compiled, with a stored function's secrets, at the moment of an
//! earlier call, and with a router's answer.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    server::Server,
};

fn test(client: &Client, query: &str, data: &Value) -> Reply {
    let body = json!({"data": data}).to_string();
    client.send(
        Method::POST,
        &client.functions(&format!("/test{query}")),
        &body,
    )
}

fn with_secrets() -> (Server, tempfile::NamedTempFile) {
    let key = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(key.path(), format!("{}=", "A".repeat(43))).unwrap();
    let server = Server::start_with(&format!("[secrets]\nkey_file = {:?}", key.path()));
    (server, key)
}

#[test]
fn a_source_can_be_compiled_and_not_called() {
    let server = Server::start();
    let client = &server.client;
    let compiled = test(
        client,
        "?compile_only=true",
        &json!({"function_js": "for (;;) ;"}),
    );
    assert_eq!(compiled.status, 200, "{}", compiled.body);
    let data = &compiled.body["data"];
    assert_eq!(data["outcome"], "ok");
    assert!(data["metrics"]["fuel"].as_u64().unwrap() > 0);
    for absent in ["result", "replay", "valid"] {
        assert!(data.get(absent).is_none(), "{data}");
    }
    let broken = json!({"function_js": "return 1;\nreturn a * * b"});
    let refused = test(client, "?compile_only=true", &broken);
    assert_eq!(refused.status, 422);
    assert_eq!(refused.body["data"]["outcome"], "compile_error");
    let place = |field: &str| refused.body["data"]["error"][field].as_u64();
    assert_eq!((place("line"), place("column")), (Some(2), Some(12)));
}

#[test]
fn a_trial_can_have_the_secrets_of_a_stored_function() {
    let (server, _key) = with_secrets();
    let client = &server.client;
    let stored = json!({"data": {
        "name": "stored", "function_js": "return 1", "env": {"PIN": {"secret": true, "value": "4711"}},
    }});
    let created = client.send(Method::PUT, &client.functions(""), &stored.to_string());
    let id = created.body["data"]["id"].as_str().unwrap();
    let trial = |function: &Value| {
        json!({
            "function_js": "return {pin: env.PIN}",
            "env": {"PIN": {"secret": true}},
            "function": function,
        })
    };
    let ran = test(client, "", &trial(&json!(id)));
    assert_eq!(
        ran.body["data"]["result"],
        json!({"pin": "4711"}),
        "{}",
        ran.body
    );
    let without = test(client, "", &trial(&Value::Null));
    assert_eq!(without.status, 400);
    assert!(
        without.body["data"]["env.PIN"]["required"].is_object(),
        "{}",
        without.body
    );
    let wrong = test(client, "", &trial(&json!(1)));
    assert!(
        wrong.body["data"]["function"]["type"].is_object(),
        "{}",
        wrong.body
    );

    // Another account's function counts as missing.
    let other = client.sub_account("other");
    assert_eq!(test(&other, "", &trial(&json!(id))).status, 404);
}

#[test]
fn an_earlier_call_can_be_repeated_on_another_source() {
    const RANDOM: &str = "return {n: Math.random(), t: Date.now(), u: call.u}";
    let server = Server::start_with("[attempts]\nsuccesses = true");
    let client = &server.client;
    let id = client.created(RANDOM);
    let first = client.run(&id, &json!({"u": 1})).body;
    let replay = &first["data"]["replay"];
    let trial = |replay: &Value| json!({"function_js": RANDOM, "call": {"u": 1}, "replay": replay});
    let again = test(client, "", &trial(replay)).body;
    for field in ["result", "valid"] {
        assert_eq!(again["data"][field], first["data"][field]);
    }
    let fuel = |reply: &Value| reply["data"]["metrics"]["fuel"].clone();
    assert_eq!(fuel(&again), fuel(&first));
    // The time as text, because a browser would lose digits of the number.
    let digits = json!({"clock_ns": replay["clock_ns"].to_string(), "seed": replay["seed"]});
    let by_digits = test(client, "", &trial(&digits)).body;
    assert_eq!(by_digits["data"]["result"], first["data"]["result"]);
    let edited = json!({"function_js": "return Date.now()", "replay": replay});
    let edited = test(client, "", &edited).body;
    assert_eq!(edited["data"]["result"], first["data"]["result"]["t"]);

    for wrong in [
        json!({"clock_ns": -1, "seed": replay["seed"]}),
        json!({"clock_ns": "soon", "seed": replay["seed"]}),
        json!({"clock_ns": 1, "seed": "00"}),
        json!({"clock_ns": 1}),
        json!("yesterday"),
    ] {
        let refused = test(client, "", &trial(&wrong));
        assert_eq!(refused.status, 400, "{wrong}");
        assert!(
            refused.body["data"]["replay"].is_object(),
            "{}",
            refused.body
        );
    }
}

#[test]
fn a_reply_can_have_what_a_router_would_be_answered() {
    let server = Server::start();
    let client = &server.client;
    let answer = |router: &str, source: &str, call: Value| {
        let data = json!({"function_js": source, "call": call});
        let reply = test(client, &format!("?router={router}"), &data);
        reply.body["data"]["answer"].clone()
    };
    let xml = |body: &str| format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>{body}");
    for (router, source, status, body) in [
        (
            "twilio",
            "return ['Response', ['Hangup']]",
            200,
            xml("<Response><Hangup/></Response>"),
        ),
        (
            "jambonz",
            "return {verb: 'hangup'}",
            200,
            r#"[{"verb":"hangup"}]"#.to_owned(),
        ),
        (
            "signalwire",
            "return ['hangup']",
            200,
            r#"{"version":"1.0.0","sections":{"main":["hangup"]}}"#.to_owned(),
        ),
        (
            "pivot",
            "return {module: 'hangup', data: {}}",
            200,
            r#"{"module":"hangup","data":{}}"#.to_owned(),
        ),
        ("pivot", "return", 204, String::new()),
    ] {
        let call = json!({"Hangup-Cause": "NORMAL_CLEARING"});
        let found = answer(router, source, call);
        assert_eq!(found["status"], status, "{router}: {found}");
        assert_eq!(found["body"], body, "{router}");
    }
    // A failure has an answer too, which is XML for FreeSWITCH.
    let failed = answer("httapi", "throw new Error('<b>')", json!({}));
    assert_eq!(failed["status"], 422);
    assert_eq!(failed["content_type"], "text/xml");
    assert!(
        failed["body"].as_str().unwrap().contains("&lt;b&gt;"),
        "{failed}"
    );
    let refused = answer("pivot", "return {module: 'nope'}", json!({}));
    assert_eq!(refused["status"], 422);

    let id = client.created("return {module: 'hangup', data: {}}");
    let run = client.functions(&format!("/{id}/run?router=pivot"));
    let ran = client.send(Method::POST, &run, r#"{"data": {}}"#).body;
    assert_eq!(ran["data"]["answer"]["status"], 200, "{ran}");
    let unknown = test(
        client,
        "?router=asterisk",
        &json!({"function_js": "return 1"}),
    );
    assert_eq!(unknown.status, 400);
    let known = &unknown.body["data"]["router"]["enum"]["target"];
    assert!(
        known.as_array().unwrap().contains(&json!("pivot")),
        "{}",
        unknown.body
    );
}

#[test]
fn the_catalogue_has_modules_and_a_call_for_each_router() {
    let server = Server::start();
    let client = &server.client;
    let list = |name: &str| {
        let reply = client.send_as_is(Method::GET, &format!("/v2/functions/{name}"), "", &[]);
        assert_eq!(reply.status, 200, "{}", reply.body);
        reply.body["data"].as_array().unwrap().clone()
    };
    let modules = list("modules");
    assert_eq!(modules.len(), 78);
    let tts = modules.iter().find(|row| row["name"] == "tts").unwrap();
    assert_eq!(tts["data"]["required"], json!(["text"]));

    let id = client.created("return null");
    let key = client.send(Method::GET, &client.functions(&format!("/{id}/key")), "");
    let routers: Vec<_> = key.body["data"]["urls"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect();
    let calls = list("calls");
    let of_calls: Vec<_> = calls
        .iter()
        .map(|row| row["router"].as_str().unwrap())
        .collect();
    assert_eq!(of_calls, routers);
    let pivot = calls.iter().find(|row| row["router"] == "pivot").unwrap();
    assert_eq!(pivot["call"]["Caller-ID-Name"], "Bob");
    for row in &calls {
        let router = row["router"].as_str().unwrap();
        let data = json!({"function_js": "return call", "call": row["call"]});
        let ran = test(client, &format!("?router={router}"), &data).body;
        assert_eq!(ran["data"]["result"], row["call"], "{router}");
    }
}
