//! Forms in parts, and the size limit of calls.

use serde_json::{Value, json};
use ureq::http::Method;

use super::{OF_XML, address, post};
use crate::{
    client::{Client, Reply},
    server::Server,
};

/// A form in parts, as curl and FreeSWITCH write it, with these fields and a recording of `bytes` bytes.
fn recorded(fields: &[(&str, &str)], bytes: usize) -> Vec<u8> {
    let mut form = Vec::new();
    for (name, text) in fields {
        let part = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        );
        form.extend(part.into_bytes());
    }
    let part = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"attached_file\"; filename=\"message.wav\"\r\n\
        Content-Type: audio/wav\r\n\r\nRIFF"
    );
    form.extend(part.into_bytes());
    form.resize(form.len() + bytes - 4, 0xff);
    form.extend(format!("\r\n--{BOUNDARY}--\r\n").into_bytes());
    form
}

const BOUNDARY: &str = "------------------------d74496d66958873e";

fn post_parts(client: &Client, path: &str, form: Vec<u8>) -> Reply {
    let content_type = format!("multipart/form-data; boundary={BOUNDARY}");
    let headers = [("content-type", content_type.as_str())];
    client.request(Method::POST, path, form, &headers)
}

/// After `<record>`, `mod_httapi` sends the recording. Other routers that send forms could also send them in parts.
#[test]
fn a_form_in_parts_is_a_call_with_what_its_files_are() {
    let server = Server::start();
    let client = &server.client;
    let fields = [
        ("session_id", "3f3b5e9c-1"),
        ("Caller-Caller-ID-Number", "+1 415"),
        ("note", "zwei\r\nZeilen, ä"),
    ];
    let told = "JSON.stringify([call.session_id, call['Caller-Caller-ID-Number'], call.note, call['attached_file[name]'], \
        call['attached_file[type]'], call['attached_file[size]'], Object.keys(call).length])";
    let expected = json!([
        "3f3b5e9c-1",
        "+1 415",
        "zwei\r\nZeilen, ä",
        "message.wav",
        "audio/wav",
        "3000000",
        6
    ]);
    for (router, root) in OF_XML.into_iter().chain([("pivot", "")]) {
        let source = match router {
            "pivot" => format!("return {{module: 'tts', data: {{text: {told}}}}}"),
            _ => format!("return ['{root}', ['a', {told}]]"),
        };
        let path = address(client, &client.created(&source), router);
        let reply = post_parts(client, &path, recorded(&fields, 3_000_000));
        assert_eq!(reply.status, 200, "{router}: {}", reply.body);
        let text = match &reply.body {
            Value::String(xml) => {
                let (_, text) = xml.split_once("<a>").unwrap();
                text.split_once("</a>")
                    .unwrap()
                    .0
                    .replace("&quot;", "\"")
                    .replace("&#34;", "\"")
            }
            flow => flow["data"]["text"].as_str().unwrap().to_owned(),
        };
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            expected,
            "{router}"
        );
    }
}

#[test]
fn forms_in_parts_have_bounds() {
    let server = Server::start();
    let client = &server.client;
    let path = address(client, &client.created("return ['Response']"), "twilio");
    let status = |form: Vec<u8>| {
        let reply = post_parts(client, &path, form);
        (
            reply.status,
            reply.body["message"]
                .as_str()
                .unwrap_or_default()
                .to_owned(),
        )
    };
    let many = vec![("a", "1"); 1024];
    assert_eq!(
        status(recorded(&many, 4)),
        (400, "the form has too many parts".into())
    );
    let text = "t".repeat(1024 * 1024);
    assert_eq!(
        status(recorded(&[("a", &text)], 4)),
        (413, "the call is too large".into())
    );
    assert_eq!(status(recorded(&[], 8_000_000)).0, 400);
    let mut cut = recorded(&[("a", "1")], 4);
    cut.truncate(cut.len() - 20);
    let (refused, message) = status(cut);
    assert_eq!(refused, 400);
    assert!(message.starts_with("the body is no form: "), "{message}");
    // A call in JSON keeps all members.
    let path = address(
        client,
        &client.created("return {verb: 'hangup'}"),
        "jambonz",
    );
    let large = json!({"a": text}).to_string().into_bytes();
    assert_eq!(post_parts(client, &path, large).status, 413);
}

#[test]
fn a_call_has_a_bounded_size() {
    let server = Server::start();
    let client = &server.client;
    let address = address(
        client,
        &client.created("return {verb: 'hangup'}"),
        "jambonz",
    );
    let call = |bytes: usize| json!({"from": "1".repeat(bytes)}).to_string();
    for (bytes, expected) in [
        (200 * 1024, 200),
        (300 * 1024, 413),
        (1024 * 1024, 413),
        (8_000_000, 400),
    ] {
        let reply = post(client, &address, "application/json", &call(bytes));
        assert_eq!(reply.status, expected, "{bytes}: {}", reply.body);
    }
}
