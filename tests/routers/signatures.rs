//! Signed requests. Routers sign the server's public address.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::json;
use sha1::Sha1;
use sha2::Sha256;
use ureq::http::Method;

use crate::{client::Client, server::Server};

const PUBLIC_URL: &str = "https://calls.example.com/hooks";

const FORM: &str = "application/x-www-form-urlencoded";
const JSON: &str = "application/json";

/// A function that requires signatures, and its path and query for a router.
fn signed_function(client: &Client, router: &str, source: &str, env: (&str, &str)) -> String {
    let (name, value) = env;
    let body = json!({"data": {"name": "signed", "function_js": source, "env": {name: value}}});
    let reply = client.send(Method::PUT, &client.functions(""), &body.to_string());
    assert_eq!(reply.status, 201, "{}", reply.body);
    let id = reply.body["data"]["id"].as_str().unwrap().to_owned();
    let reply = client.send(Method::GET, &client.functions(&format!("/{id}/key")), "");
    let url = reply.body["data"]["urls"][router].as_str().unwrap();
    url.strip_prefix(PUBLIC_URL).unwrap().to_owned()
}

fn start() -> Server {
    Server::start_with(&format!("[http]\npublic_url = \"{PUBLIC_URL}/\""))
}

fn post(client: &Client, path: &str, headers: &[(&str, &str)], body: &str) -> u16 {
    client.send_as_is(Method::POST, path, body, headers).status
}

fn sha1(key: &str, text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key.as_bytes()).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.unwrap().as_secs()
}

#[test]
fn twilio_signs_address_and_form() {
    let server = start();
    let client = &server.client;
    let path = signed_function(
        client,
        "twilio",
        "return ['Response']",
        ("TWILIO_AUTH_TOKEN", "12345"),
    );
    let sign = |key, text: &str| STANDARD.encode(sha1(key, text));
    let url = format!("{PUBLIC_URL}{path}");
    let right = sign("12345", &format!("{url}CallSidCA1Digits1 2From+1415"));
    let form = "From=%2B1415&CallSid=CA1&Digits=1+2";
    let ask = |path: &str, signature: &str, body: &str| {
        let headers = [("content-type", FORM), ("x-twilio-signature", signature)];
        post(client, path, &headers, body)
    };
    assert_eq!(ask(&path, &right, form), 200);
    assert_eq!(ask(&path, &right, &form.replace("CA1", "CA2")), 403);
    let with_port = url.replace(".com", ".com:443");
    let with_port = sign("12345", &format!("{with_port}CallSidCA1Digits1 2From+1415"));
    assert_eq!(ask(&path, &with_port, form), 200);
    // The signature is the same in either order.
    let twice = sign("12345", &format!("{url}Digits1Digits2"));
    assert_eq!(ask(&path, &twice, "Digits=1&Digits=2"), 403);
    assert_eq!(ask(&format!("{path}&a=b"), &right, form), 403);
    assert_eq!(
        ask(
            &path,
            &sign("wrong", &format!("{url}CallSidCA1Digits1 2From+1415")),
            form
        ),
        403
    );
    assert_eq!(post(client, &path, &[("content-type", FORM)], form), 403);
    let get = |signature: &str| {
        let headers = [("x-twilio-signature", signature)];
        client.send_as_is(Method::GET, &format!("{path}&From=%2b1"), "", &headers)
    };
    assert_eq!(get(&sign("12345", &format!("{url}&From=%2b1"))).status, 200);
    assert_eq!(get(&sign("12345", &url)).status, 403);
    // Without a key, a client learns nothing about signatures.
    let (without_key, _) = path.split_once('?').unwrap();
    let reply = client.send_as_is(Method::GET, without_key, "", &[]);
    assert_eq!(
        (reply.status, reply.body),
        (403, json!({"message": "forbidden"}))
    );
}

#[test]
fn telnyx_signs_time_and_form() {
    let server = start();
    let client = &server.client;
    let own = SigningKey::from_bytes(&[9; 32]);
    let public = STANDARD.encode(own.verifying_key().as_bytes());
    let path = signed_function(
        client,
        "telnyx",
        "return ['Response', {from: call.From}]",
        ("TELNYX_PUBLIC_KEY", &public),
    );
    let reply = |path: &str, time: u64, signed: &str, body: &str| {
        let time = time.to_string();
        let signature = STANDARD.encode(own.sign(format!("{time}|{signed}").as_bytes()).to_bytes());
        let headers = [
            ("content-type", FORM),
            ("telnyx-timestamp", time.as_str()),
            ("telnyx-signature-ed25519", signature.as_str()),
        ];
        client.send_as_is(Method::POST, path, body, &headers)
    };
    let ask = |time, signed: &str, body: &str| reply(&path, time, signed, body).status;
    // The address is not signed, so only the key is taken from it.
    let more = reply(
        &format!("{path}&From=evil"),
        now(),
        "CallSid=1",
        "CallSid=1",
    );
    assert_eq!(more.status, 200, "{}", more.body);
    assert!(!more.body.to_string().contains("evil"), "{}", more.body);
    assert_eq!(ask(now(), "CallSid=1", "CallSid=1"), 200);
    assert_eq!(ask(now(), "CallSid=1", "CallSid=2"), 403);
    assert_eq!(ask(now() - 600, "CallSid=1", "CallSid=1"), 403);
    assert_eq!(ask(now(), "", ""), 403);
    assert_eq!(
        post(client, &path, &[("content-type", FORM)], "CallSid=1"),
        403
    );
}

#[test]
fn jambonz_signs_time_and_body() {
    let server = start();
    let client = &server.client;
    let env = ("JAMBONZ_WEBHOOK_SECRET", "s3cret");
    let path = signed_function(client, "jambonz", "return {verb: 'hangup'}", env);
    let ask = |time: u64, signed: &str, body: &str| {
        let mut mac = Hmac::<Sha256>::new_from_slice(b"s3cret").unwrap();
        mac.update(format!("{time}.{signed}").as_bytes());
        let signature = format!("t={time},v1={}", hex(&mac.finalize().into_bytes()));
        let headers = [
            ("content-type", JSON),
            ("jambonz-signature", signature.as_str()),
        ];
        post(client, &path, &headers, body)
    };
    assert_eq!(ask(now(), r#"{"from":"1"}"#, r#"{"from":"1"}"#), 200);
    assert_eq!(ask(now(), r#"{"from":"1"}"#, r#"{"from":"2"}"#), 403);
    assert_eq!(ask(now() - 600, r#"{"from":"1"}"#, r#"{"from":"1"}"#), 403);
    assert_eq!(ask(now(), "", ""), 403);
    assert_eq!(post(client, &path, &[("content-type", JSON)], "{}"), 403);
}

#[test]
fn signalwire_signs_address_and_body() {
    let server = start();
    let client = &server.client;
    let env = ("SIGNALWIRE_SIGNING_KEY", "PSK1");
    let path = signed_function(client, "signalwire", "return ['hangup']", env);
    let ask = |signed: &str, body: &str| {
        let signature = hex(&sha1("PSK1", &format!("{PUBLIC_URL}{path}{signed}")));
        let headers = [
            ("content-type", JSON),
            ("x-signalwire-signature", signature.as_str()),
        ];
        post(client, &path, &headers, body)
    };
    assert_eq!(ask(r#"{"call":{}}"#, r#"{"call":{}}"#), 200);
    assert_eq!(ask(r#"{"call":{}}"#, r#"{"call":{"from":"1"}}"#), 403);
    assert_eq!(post(client, &path, &[("content-type", JSON)], "{}"), 403);
}

/// Otherwise somebody with the address could use another router's address without a signature.
#[test]
fn what_wants_signatures_is_closed_to_other_routers() {
    let server = start();
    let client = &server.client;
    let path = signed_function(
        client,
        "telnyx",
        "return ['Response']",
        ("TWILIO_AUTH_TOKEN", "12345"),
    );
    assert_eq!(
        post(client, &path, &[("content-type", FORM)], "CallSid=1"),
        403
    );
}

#[test]
fn an_empty_secret_signs_nothing() {
    let server = start();
    let client = &server.client;
    let env = ("TWILIO_AUTH_TOKEN", "");
    let path = signed_function(client, "twilio", "return ['Response']", env);
    let signature = STANDARD.encode(sha1("", &format!("{PUBLIC_URL}{path}a1")));
    let headers = [("content-type", FORM), ("x-twilio-signature", &signature)];
    assert_eq!(post(client, &path, &headers, "a=1"), 403);
}
