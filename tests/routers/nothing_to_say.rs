//! Requests that need no answer, and calls that need one.

use serde_json::{Value, json};
use ureq::http::Method;

use super::{FORM, address, post};
use crate::{
    packs::{
        installed::{packs, with_packs},
        new_pack::JQ,
    },
    server::Server,
};

const JSON: &str = "application/json";

const NOTHINGS: [&str; 4] = ["return", "return null", "return []", "call.x = 1"];

/// Requests that need no answer: a router, its request, and the reply if there is no result.
const EVENTS: [(&str, &str, &str, u16, &str); 16] = [
    (
        "jambonz",
        JSON,
        r#"{"call_sid": "c", "direction": "inbound", "call_status": "completed", "sip_status": 200, "duration": 8}"#,
        200,
        "[]",
    ),
    // A request to an `actionHook`.
    (
        "jambonz",
        JSON,
        r#"{"call_sid": "c", "call_status": "in-progress", "reason": "dtmfDetected", "digits": "1"}"#,
        200,
        "[]",
    ),
    // A new call: jambonz itself rejects it.
    (
        "jambonz",
        JSON,
        r#"{"call_sid": "c", "direction": "inbound", "call_status": "trying", "sip_status": 100}"#,
        200,
        "[]",
    ),
    (
        "signalwire",
        JSON,
        r#"{"event_type": "calling.call.state", "params": {"call_id": "c", "call_state": "created"}}"#,
        200,
        r#"{"version":"1.0.0","sections":{"main":[]}}"#,
    ),
    (
        "signalwire",
        JSON,
        r#"{"call": {"call_id": "c", "call_state": "answered"}, "vars": {"result": "1"}}"#,
        200,
        r#"{"version":"1.0.0","sections":{"main":[]}}"#,
    ),
    (
        "twilio",
        FORM,
        "CallSid=CA1&From=%2B1&CallStatus=completed&CallDuration=8&CallbackSource=call-progress-events&SequenceNumber=2",
        200,
        "<Response/>",
    ),
    (
        "twilio",
        FORM,
        "CallSid=CA1&CallStatus=ringing&CallbackSource=call-progress-events&SequenceNumber=1",
        200,
        "<Response/>",
    ),
    (
        "twilio",
        FORM,
        "CallSid=CA1&RecordingSid=RE1&RecordingStatus=completed",
        200,
        "<Response/>",
    ),
    (
        "twilio",
        FORM,
        "CallSid=CA1&CallStatus=in-progress&Digits=1",
        200,
        "<Response/>",
    ),
    (
        "telnyx",
        FORM,
        "CallSid=v3%3A9&CallStatus=completed&CallbackSource=call-progress-events&HangupSource=caller",
        200,
        "<Response/>",
    ),
    (
        "telnyx",
        JSON,
        r#"{"data": {"event_type": "call.hangup", "payload": {"call_control_id": "v3:9", "hangup_cause": "normal_clearing"}}}"#,
        200,
        "<Response/>",
    ),
    (
        "httapi",
        FORM,
        "session_id=s&hostname=fs1&exiting=true",
        200,
        r#"<document type="xml/freeswitch-httapi"><work/></document>"#,
    ),
    (
        "httapi",
        FORM,
        "session_id=s&hostname=fs1&digits=1",
        200,
        r#"<document type="xml/freeswitch-httapi"><work/></document>"#,
    ),
    (
        "xml_curl",
        FORM,
        "section=dialplan&Caller-Destination-Number=2000",
        200,
        r#"<document type="freeswitch/xml"><section name="result"><result status="not found"/></section></document>"#,
    ),
    (
        "pivot",
        FORM,
        "Call-ID=c&Hangup-Cause=NORMAL_CLEARING&Duration-Seconds=8",
        204,
        "",
    ),
    (
        "pivot",
        JSON,
        r#"{"Call-ID": "c", "Hangup-Cause": "NORMAL_CLEARING"}"#,
        204,
        "",
    ),
];

/// New calls that an empty answer would end.
const CALLS: [(&str, &str, &str); 4] = [
    (
        "signalwire",
        JSON,
        r#"{"call": {"call_id": "c", "call_state": "created"}, "vars": {}}"#,
    ),
    (
        "twilio",
        FORM,
        "CallSid=CA1&CallStatus=ringing&Direction=inbound",
    ),
    ("telnyx", FORM, "CallSid=v3%3A9&CallStatus=ringing"),
    ("pivot", FORM, "Call-ID=c&From=1&To=2"),
];

/// XML without its declaration.
fn text(body: &Value) -> String {
    match body {
        Value::String(text) => match text.split_once("?>") {
            Some((_, document)) => document.to_owned(),
            None => text.clone(),
        },
        json => json.to_string(),
    }
}

fn calls(server: &Server, outcome: &str) -> u64 {
    server.metric(&format!(r#"switchhook_calls_total{{outcome="{outcome}"}}"#))
}

#[test]
fn nothing_is_a_success_and_switches_no_function_off() {
    let server = Server::start_with(
        "[metrics]\nlisten = \"127.0.0.1:0\"\n[failures]\ncount = 2\n[attempts]\nsuccesses = true\n",
    );
    let client = &server.client;
    for source in NOTHINGS {
        let id = client.created(source);
        for (router, content_type, request, status, answer) in EVENTS {
            let reply = post(client, &address(client, &id, router), content_type, request);
            assert_eq!(
                (reply.status, text(&reply.body).as_str()),
                (status, answer),
                "{source}: {router} {request}"
            );
        }
        let asked = client.send(Method::GET, &client.functions(&format!("/{id}")), "");
        assert_eq!(asked.body["data"]["enabled"], true, "{source}");
    }
    assert_eq!(calls(&server, "invalid_result"), 0);
    assert_eq!(calls(&server, "ok"), (NOTHINGS.len() * EVENTS.len()) as u64);
}

#[test]
fn a_call_is_served_after_events_that_were_not() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created("if (call.call_status !== 'completed') return {verb: 'hangup'}");
    let path = address(client, &id, "jambonz");
    let said = |status: &str| {
        let request = json!({"call_sid": "c", "call_status": status}).to_string();
        let reply = post(client, &path, JSON, &request);
        (reply.status, reply.body)
    };
    for _ in 0..6 {
        assert_eq!(said("completed"), (200, json!([])));
    }
    assert_eq!(said("trying"), (200, json!([{"verb": "hangup"}])));
}

#[test]
fn every_language_has_a_way_to_say_nothing() {
    let installed = tempfile::tempdir().unwrap();
    let (code, _, stderr) = packs(&["add", JQ], installed.path());
    assert_eq!(code, 0, "{stderr}");
    let server = Server::start_with(&with_packs(installed.path()));
    let client = &server.client;
    for (language, source) in [
        ("lua", "local x = 1"),
        ("lua", "return nil"),
        ("jq", "empty"),
    ] {
        let body = json!({"data": {"name": "n", "function_js": source, "language_pack": language}});
        let created = client.send(Method::PUT, &client.functions(""), &body.to_string());
        let id = created.body["data"]["id"].as_str().unwrap();
        let path = address(client, id, "jambonz");
        let reply = post(client, &path, JSON, r#"{"call_status": "completed"}"#);
        assert_eq!((reply.status, reply.body), (200, json!([])), "{source}");
        // The run endpoint requires a result.
        assert_eq!(
            client.run(id, &json!({})).body["data"]["outcome"],
            "invalid_result"
        );
    }
}

#[test]
fn a_new_call_that_nothing_would_end_goes_the_way_of_failures() {
    let server = Server::start_with("[metrics]\nlisten = \"127.0.0.1:0\"\n");
    let client = &server.client;
    let (forgotten, null) = (client.created("call.x = 1"), client.created("return null"));
    for (router, content_type, request) in CALLS {
        let reply = |id: &str| post(client, &address(client, id, router), content_type, request);
        let failed = reply(&forgotten);
        assert_eq!(failed.status, 422, "{router}");
        assert_eq!(failed.body["outcome"], "invalid_result", "{router}");
        let message = failed.body["error"]["message"].as_str().unwrap();
        assert!(
            message.starts_with("the function returned nothing"),
            "{message}"
        );
        let refused = reply(&null);
        assert_eq!(
            (refused.status, &refused.body["outcome"]),
            (422, &Value::Null),
            "{router}"
        );
    }
    assert_eq!(calls(&server, "invalid_result"), CALLS.len() as u64);
}
