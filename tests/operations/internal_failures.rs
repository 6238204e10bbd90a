//! Details of internal failures are in the log, and not in replies, for every API.

use std::{fs, path::Path};

use serde_json::json;
use switchhook_runtime::Digest;
use ureq::http::Method;

use crate::{
    client::Client,
    couchdb::{CouchDb, PASSWORD, USER, basic},
    routers::{FORM, address},
};

/// A guest that returns its input. For input that begins with `{"lie`, it returns a text that is not JSON. Sources that
/// begin with `b` do not compile.
const GUEST: &str = r#"(module
    (memory (export "memory") 64)
    (data (i32.const 64) "nonsense")
    (data (i32.const 128) "{\"name\":\"SyntaxError\",\"message\":\"broken\",\"stack\":\"\",\"line\":1,\"column\":1}")
    (func $answer (param $status i32) (param $text i32) (param $length i32) (result i32)
        (i32.store (i32.const 16) (local.get $status))
        (i32.store (i32.const 20) (local.get $text))
        (i32.store (i32.const 24) (local.get $length))
        (i32.const 16))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
    (func (export "compile") (param $text i32) (param $length i32) (result i32)
        (if (i32.eq (i32.load8_u (local.get $text)) (i32.const 98)) (then
            (return (call $answer (i32.const 1) (i32.const 128) (i32.const 72)))))
        (call $answer (i32.const 0) (i32.const 64) (i32.const 0)))
    (func (export "call") (param $text i32) (param $length i32) (result i32)
        (if (i32.eq (i32.load offset=1 (local.get $text)) (i32.const 0x65696c22)) (then
            (return (call $answer (i32.const 0) (i32.const 64) (i32.const 8)))))
        (call $answer (i32.const 0) (local.get $text) (local.get $length))))"#;

/// Everything that a language can lack.
const LACKS: [&str; 13] = [
    "exception",
    "loop",
    "memory",
    "recursion",
    "logs",
    "random",
    "clock",
    "state",
    "environment",
    "files",
    "large_output",
    "columns",
    "lines",
];

fn install(packs: &Path) {
    let folder = packs.join("lying");
    fs::create_dir_all(folder.join("conformance")).unwrap();
    fs::create_dir_all(folder.join("samples")).unwrap();
    let guest = wat::parse_str(GUEST).unwrap();
    let digest = Digest::of(&guest);
    fs::write(folder.join("guest.wasm"), guest).unwrap();
    for (file, source) in [
        ("conformance/echo.lie", "echo"),
        ("conformance/syntax_error.lie", "broken"),
        ("samples/echo.lie", "echo"),
    ] {
        fs::write(folder.join(file), source).unwrap();
    }
    let lacks: String = LACKS
        .map(|name| format!("{name} = 'it is a test'\n"))
        .concat();
    let manifest = format!(
        "id = 'lying'\nversion = '1'\ntitle = 'A test'\nabi = 1\nextensions = ['lie']\n\
        [guest]\nfile = 'guest.wasm'\nsha256 = '{digest}'\n\
        [[samples]]\ntitle = 'Echo'\nfile = 'samples/echo.lie'\n[conformance.lacks]\n{lacks}"
    );
    fs::write(folder.join("pack.toml"), manifest).unwrap();
}

#[test]
fn the_operator_reads_why_a_call_could_not_be_run() {
    let packs = tempfile::tempdir().unwrap();
    install(packs.path());
    let couchdb = CouchDb::start_with(&format!("[language_packs]\ndir = {:?}\n", packs.path()));
    let client = &couchdb.server.client;
    let document = json!({"name": "n", "function_js": "echo", "language_pack": "lying"});
    let created = client.send(
        Method::PUT,
        &client.functions(""),
        &json!({"data": document}).to_string(),
    );
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.body["data"]["id"].as_str().unwrap();
    let authorization = basic(USER, PASSWORD);
    let token = ("x-auth-token", client.token.as_str());
    let database = client.at(couchdb.server.couchdb.as_deref().unwrap());
    let is_told =
        |client: &Client, door: &str, path: &str, headers: &[(&str, &str)], body: &str| {
            let request_id = format!("through-{door}");
            let headers = [headers, &[("x-request-id", request_id.as_str())]].concat();
            let method = if body.is_empty() {
                Method::GET
            } else {
                Method::POST
            };
            let reply = client.send_as_is(method, path, body, &headers);
            assert_eq!(reply.status, 500, "{door}: {}", reply.body);
            let told = reply.body.to_string();
            assert!(!told.contains("its answer is not JSON"), "{door}: {told}");
            let log = couchdb.server.log();
            let lines: Vec<_> = log
                .lines()
                .filter(|line| line.contains(&request_id))
                .collect();
            assert_eq!(lines.len(), 1, "{door}: {log}");
            assert!(lines[0].contains("its answer is not JSON"), "{door}: {log}");
        };
    let json = ("content-type", "application/json");
    let form = ("content-type", FORM);
    let run = client.functions(&format!("/{id}/run"));
    is_told(
        client,
        "run",
        &run,
        &[token, json],
        r#"{"data": {"lie": 1}}"#,
    );
    let mut trial = document.clone();
    trial["call"] = json!({"lie": 1});
    let trial = json!({"data": trial}).to_string();
    is_told(
        client,
        "test",
        &client.functions("/test"),
        &[token, json],
        &trial,
    );
    let show = format!("/functions/_design/functions/_show/wh/{id}?lie=1");
    let known = ("authorization", authorization.as_str());
    is_told(&database, "show", &show, &[known], "");
    for router in ["jambonz", "signalwire"] {
        let path = address(client, id, router);
        is_told(client, router, &path, &[json], r#"{"lie": 1}"#);
    }
    for router in ["pivot", "twilio", "telnyx", "httapi", "xml_curl"] {
        is_told(
            client,
            router,
            &address(client, id, router),
            &[form],
            "lie=1",
        );
    }
}
