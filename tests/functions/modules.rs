//! Functions that are Wasm modules.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::Digest;
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    server::{Server, WORKLOADS, switchhook, workload, workload_call},
};

/// Writes up to 4 KiB of stdin to stdout.
const ECHO: &str = r#"
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (memory (export "memory") 1)
    (func (export "_start")
        (i32.store (i32.const 0) (i32.const 64))
        (i32.store (i32.const 4) (i32.const 4096))
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
        (i32.store (i32.const 4) (i32.load (i32.const 16)))
        (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))"#;

/// A guest: `compile` leaves 41, and `call` adds one.
const GUEST: &str = r#"
    (memory (export "memory") 1)
    (global $free (mut i32) (i32.const 4096))
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $free (i32.add (global.get $free) (local.get 3)))
        (i32.sub (global.get $free) (local.get 3)))
    (func (export "compile") (param i32 i32) (result i32)
        (i32.store (i32.const 64) (i32.const 41))
        (i32.const 0))
    (func (export "call") (param i32 i32) (result i32)
        (i32.store (i32.const 64) (i32.add (i32.load (i32.const 64)) (i32.const 1)))
        (i32.store8 (i32.const 128) (i32.add (i32.const 48) (i32.div_u (i32.load (i32.const 64)) (i32.const 10))))
        (i32.store8 (i32.const 129) (i32.add (i32.const 48) (i32.rem_u (i32.load (i32.const 64)) (i32.const 10))))
        (i32.store (i32.const 4) (i32.const 128))
        (i32.store (i32.const 8) (i32.const 2))
        (i32.const 0))"#;

pub(super) fn module(fields: &str) -> Vec<u8> {
    let write = r#"(import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))"#;
    wat::parse_str(format!("(module {write} {fields})")).unwrap()
}

fn command(body: &str) -> Vec<u8> {
    module(&format!(
        r#"(memory (export "memory") 1) (func (export "_start") {body})"#
    ))
}

/// A server whose master account may have modules.
pub(crate) fn server_with(config: &str) -> Server {
    let mut server = Server::start();
    let account = server.client.account.clone();
    server.configure(&format!("{config}\n[accounts.{account}]\nwasm = true\n"));
    server
}

pub(super) fn create(client: &Client, module: &[u8]) -> Reply {
    client.send_module(Method::PUT, &client.functions("?name=own"), module)
}

pub(crate) fn created(client: &Client, module: &[u8]) -> String {
    let reply = create(client, module);
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.body["data"]["id"].as_str().unwrap().to_owned()
}

fn create_with(client: &Client, data: &Value) -> Reply {
    let body = json!({ "data": data }).to_string();
    client.send(Method::PUT, &client.functions(""), &body)
}

#[test]
fn a_command_is_a_function() {
    let server = server_with("");
    let client = &server.client;
    let wasm = module(ECHO);
    let raw = create(client, &wasm);
    assert_eq!(raw.status, 201, "{}", raw.body);
    let text = STANDARD.encode(&wasm);
    let document = &raw.body["data"];
    assert_eq!(document["name"], "own");
    assert_eq!(document["language_pack"], "wasm");
    assert_eq!(document["function_wasm"], *text);
    assert_eq!(document.get("function_js"), None);

    let data = json!({"name": "as JSON", "language_pack": "wasm", "function_wasm": text});
    let as_json = create_with(client, &data);
    assert_eq!(as_json.status, 201, "{}", as_json.body);
    for reply in [&raw, &as_json] {
        let id = reply.body["data"]["id"].as_str().unwrap();
        let call = json!({"To": "+1", "text": "é\u{0}"});
        assert_eq!(client.result(id, &call), call);
        let (_, linked) = client.download(&client.functions(&format!("/{id}/module")));
        assert_eq!(linked, wasm);
    }
    let data = json!({"language_pack": "wasm", "function_wasm": text, "call": {"a": 1}});
    let body = json!({ "data": data }).to_string();
    let tried = client.send(Method::POST, &client.functions("/test"), &body);
    assert_eq!(tried.body["data"]["result"], json!({"a": 1}));
}

#[test]
fn a_module_can_take_the_place_of_a_source_and_back() {
    let server = server_with("");
    let client = &server.client;
    let id = client.created("return 'source'");
    let path = client.functions(&format!("/{id}"));
    let replaced = client.send_module(Method::POST, &path, &module(ECHO));
    assert_eq!(replaced.status, 200, "{}", replaced.body);
    assert_eq!(replaced.body["data"]["name"], "test");
    assert_eq!(client.result(&id, &json!({"a": 1})), json!({"a": 1}));
    let source = json!({"data": {"name": "n", "function_js": "return 'back'"}});
    let back = client.send(Method::POST, &path, &source.to_string());
    assert_eq!(back.status, 200, "{}", back.body);
    assert_eq!(client.result(&id, &json!({})), "back");

    for (method, path) in [
        (Method::POST, client.path("/users/x")),
        (Method::POST, client.functions("/test")),
        (Method::PATCH, path),
    ] {
        let refused = client.send_module(method, &path, &module(ECHO));
        assert_eq!(refused.status, 415, "{path}");
    }
}

#[test]
fn a_module_stays_with_its_function() {
    let server = server_with("");
    let client = &server.client;
    let id = created(client, &module(ECHO));
    let path = client.functions(&format!("/{id}"));
    let renamed = client.send(Method::PATCH, &path, r#"{"data": {"name": "renamed"}}"#);
    assert_eq!(renamed.status, 200, "{}", renamed.body);
    assert_eq!(renamed.body["data"]["name"], "renamed");
    let replaced = client.send_module(Method::POST, &path, &command(""));
    assert_eq!(replaced.body["data"]["name"], "renamed");
    assert_eq!(client.run(&id, &json!({})).status, 422);

    // Each revision has its module. Lists contain none.
    let revisions = client.send(Method::GET, &format!("{path}/revisions"), "");
    let oldest = revisions.body["data"].as_array().unwrap().last().unwrap();
    let revision = oldest["revision"].as_str().unwrap();
    let first = client.send(Method::GET, &format!("{path}/revisions/{revision}"), "");
    let echo = STANDARD.encode(module(ECHO));
    assert!(first.body.to_string().contains(&echo), "{}", first.body);
    let list = client.send(Method::GET, &client.functions(""), "");
    assert_eq!(list.body["data"][0]["id"], *id);
    assert_eq!(list.body["data"][0].get("function_wasm"), None);

    // A document that was read can be written back.
    let mut document = client.send(Method::GET, &path, "").body["data"].take();
    document["function_wasm"] = json!(echo);
    let body = json!({"data": document}).to_string();
    let given = client.send(Method::POST, &path, &body);
    assert_eq!(given.status, 200, "{}", given.body);
    assert_eq!(client.result(&id, &json!({"a": 1})), json!({"a": 1}));
}

#[test]
fn what_javascript_is_linked_to_is_a_module_too() {
    let server = server_with("");
    let client = &server.client;
    let link = |source: &str| {
        let id = client.created(source);
        client
            .download(&client.functions(&format!("/{id}/module")))
            .1
    };
    let linked = link(&workload("say_hi.js"));
    let id = created(client, &linked);
    let original = client.created(&workload("say_hi.js"));
    assert_eq!(
        client.result(&id, &workload_call()),
        client.result(&original, &workload_call())
    );

    let environment = link("console.log('said'); return {who: env.WHO, random: Math.random()}");
    // In Base64, a module of that size would not fit into a document.
    let id = created(client, &environment);
    let path = client.functions(&format!("/{id}"));
    let reply = client.send(Method::PATCH, &path, r#"{"data": {"env": {"WHO": "me"}}}"#);
    assert_eq!(reply.status, 200, "{}", reply.body);
    let first = client.run(&id, &json!({})).body["data"].take();
    assert_eq!(first["result"]["who"], "me");
    assert_eq!(first["logs"][0]["message"], "said");
    let second = client.result(&id, &json!({}));
    assert_ne!(first["result"]["random"], second["random"]);

    let id = created(client, &link("throw new Error('out of tea')"));
    let failed = client.run(&id, &json!({}));
    assert_eq!(failed.status, 422);
    assert_eq!(failed.body["data"]["outcome"], "exception");
    assert_eq!(failed.body["data"]["error"]["message"], "Error: out of tea");
}

#[test]
fn a_guest_is_compiled_once_and_resumed() {
    let server = server_with("");
    let client = &server.client;
    let id = created(client, &module(GUEST));
    for _ in 0..3 {
        assert_eq!(client.result(&id, &json!({})), 42);
    }
}

#[test]
fn modules_are_for_accounts_that_may_have_them() {
    let mut server = Server::start();
    let refused = create(&server.client, &module(ECHO));
    assert_eq!(refused.status, 400);
    let why = &refused.body["data"]["language_pack"]["disallowed"]["message"];
    assert!(why.is_string(), "{}", refused.body);

    let account = server.client.account.clone();
    let allowed = format!("[accounts.{account}]\nwasm = true\n");
    server.configure(&allowed);
    let id = created(&server.client, &module(ECHO));
    let other = server.client.sub_account("other");
    assert_eq!(create(&other, &module(ECHO)).status, 400);
    // The operator can withdraw the permission.
    server.configure("");
    assert_eq!(server.client.run(&id, &json!({})).status, 400);
    server.configure(&format!("sandbox.cache_dir = \"\"\n{allowed}"));
    assert_eq!(server.client.run(&id, &json!({})).status, 400);
}

#[test]
fn what_cannot_be_a_function_is_refused_with_a_sentence() {
    let server = server_with("[wasm]\nmax_bytes = 100_000\ncode_bytes = 100_000\n");
    let client = &server.client;
    let with = |fields: &str| wat::parse_str(format!("(module {fields})")).unwrap();
    let filled = format!(
        r#"(memory (export "memory") 2) (func (export "_start")) (data (i32.const 0) "{}")"#,
        "x".repeat(100_001)
    );
    let functions = format!(
        r#"(memory (export "memory") 1) (func (export "_start")) {}"#,
        "(func (param i32) (result i32) (i32.load (i32.load (i32.load (local.get 0)))))"
            .repeat(3000)
    );
    for (module, code, says) in [
        (b"return 1".to_vec(), "compile_error", "not a Wasm module"),
        (
            with(r#"(import "env" "now" (func))"#),
            "compile_error",
            "imports `now` from `env`",
        ),
        (
            with(r#"(memory (export "memory") 1)"#),
            "compile_error",
            "exports neither `_start`",
        ),
        (
            with(r#"(memory (export "memory") 1) (func (export "_start") (param i32))"#),
            "compile_error",
            "`_start`",
        ),
        (
            with(
                r#"(import "wasi_snapshot_preview1" "fd_read" (func)) (memory (export "memory") 1) (func (export "_start"))"#,
            ),
            "compile_error",
            "fd_read",
        ),
        (with(&filled), "maxSize", "100000"),
        (with(&functions), "compile_error", "too much code"),
    ] {
        let reply = create(client, &module);
        let details = &reply.body["data"]["function_wasm"][code];
        let message = details["message"].as_str().unwrap_or_default();
        assert_eq!(reply.status, 400, "{}", reply.body);
        assert!(message.contains(says), "{}", reply.body);
    }
    let data = json!({"name": "n", "language_pack": "wasm", "function_wasm": "no, base64!"});
    let reply = create_with(client, &data);
    assert!(
        reply.body["data"]["function_wasm"]["base64"].is_object(),
        "{}",
        reply.body
    );
}

#[test]
fn what_is_too_large_for_a_document_is_named() {
    let server = server_with("");
    let client = &server.client;
    let large = "A".repeat(3 * 1024 * 1024);
    for (field, data) in [
        (
            "function_wasm",
            json!({"name": "n", "language_pack": "wasm", "function_wasm": large}),
        ),
        ("function_js", json!({"name": "n", "function_js": large})),
        (
            "data",
            json!({"name": "n", "function_js": "return 1", "custom": large}),
        ),
    ] {
        let reply = create_with(client, &data);
        assert_eq!(reply.status, 400, "{field}");
        let problem = &reply.body["data"][field]["maxSize"];
        assert_eq!(
            problem["target"],
            3 * 1024 * 1024,
            "{field}: {}",
            reply.body
        );
    }
}

#[test]
fn modules_are_held_to_the_limits_of_calls() {
    let server = server_with("");
    let client = &server.client;
    let flood = "(i32.store (i32.const 4) (i32.const 60000))
        (loop (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 65000))) (br 0))";
    let bomb = "(loop (br_if 0 (i32.ge_s (memory.grow (i32.const 16)) (i32.const 0)))) unreachable";
    for (body, outcome) in [
        ("(loop (br 0))", "fuel_exhausted"),
        (flood, "output_too_large"),
        (bomb, "memory_limit"),
        ("unreachable", "exception"),
        ("", "invalid_result"),
    ] {
        let data = json!({
            "name": "n",
            "language_pack": "wasm",
            "function_wasm": STANDARD.encode(command(body)),
            "limits": {"fuel": 10_000_000},
        });
        let reply = create_with(client, &data);
        assert_eq!(reply.status, 201, "{}", reply.body);
        let id = reply.body["data"]["id"].as_str().unwrap();
        let ended = client.run(id, &json!({}));
        assert_eq!(ended.status, 422, "{}", ended.body);
        assert_eq!(ended.body["data"]["outcome"], outcome, "{body}");
    }
}

#[test]
fn exceptions_are_caught_and_fill_no_memory() {
    let server = server_with("");
    let client = &server.client;
    let thrown = "(block $caught (try_table (catch_all $caught) (throw $e (i32.const 1))))";
    let caught = format!(
        r#"(tag $e (param i32)) (data (i32.const 64) "7") (memory (export "memory") 1)
        (func (export "_start") {thrown}
            (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 1))
            (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 16))))"#
    );
    let id = created(client, &module(&caught));
    assert_eq!(client.result(&id, &json!({})), 7);
    let for_ever = format!(
        r#"(tag $e (param i32)) (memory (export "memory") 1)
        (func (export "_start") (loop {thrown} (br 0)))"#
    );
    let id = created(client, &module(&for_ever));
    let ended = client.run(&id, &json!({}));
    assert_eq!(ended.body["data"]["outcome"], "memory_limit");
}

/// Some KB whose machine code takes minutes, because the compiler follows every value through every loop.
fn laborious() -> Vec<u8> {
    const VALUES: usize = 300;
    const LOOPS: usize = 1000;
    let values: String = (1..=VALUES)
        .map(|value| format!("(local.set {value} (i32.add (local.get 0) (local.get {value})))"))
        .collect();
    module(&format!(
        r#"(memory (export "memory") 1) (func (export "_start"))
        (func (param i32) (local{}) {values} {} {values} {})"#,
        " i32".repeat(VALUES),
        "(loop ".repeat(LOOPS),
        "(br_if 0 (local.get 0)))".repeat(LOOPS),
    ))
}

#[test]
fn what_takes_long_to_compile_is_stopped_and_costs_nobody_else() {
    let server = server_with("[wasm]\ncompile_seconds = 1\n");
    let client = server.client.with_own_connection();
    let id = client.created("return 'still here'");
    let wasm = laborious();
    let (refused, answered) = std::thread::scope(|scope| {
        let uploading = scope.spawn(|| create(&server.client, &wasm));
        let mut answered = 0;
        while !uploading.is_finished() {
            assert_eq!(client.result(&id, &json!({})), "still here");
            answered += 1;
        }
        (uploading.join().unwrap(), answered)
    });
    // The body is not compared, because it would repeat the module.
    assert_eq!(refused.status, 400);
    let message = &refused.body["data"]["function_wasm"]["compile_error"]["message"];
    assert!(
        message.as_str().unwrap().contains("takes too long"),
        "{}",
        refused.body
    );
    assert!(answered > 0);
}

#[test]
fn a_call_of_a_module_is_repeated_from_its_record() {
    let server = server_with("");
    let client = &server.client;
    let id = created(client, &module(ECHO));
    let path = client.functions(&format!("/{id}/run?record=true"));
    let reply = client.send(Method::POST, &path, r#"{"data": {"To": "+1"}}"#);
    let record = &reply.body["data"]["replay"];
    let sha256 = sha2::Sha256::digest(module(ECHO));
    let sha256: String = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(record["guest"], *sha256);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("record.json");
    std::fs::write(&file, reply.body.to_string()).unwrap();
    let replayed = switchhook().arg("replay").arg(&file).output().unwrap();
    let said = String::from_utf8_lossy(&replayed.stderr);
    assert!(replayed.status.success(), "{said}");
    assert!(
        said.contains("the same outcome with the same fuel"),
        "{said}"
    );
}

#[test]
fn a_file_is_run_without_a_server() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let say_hi = std::path::Path::new(WORKLOADS).join("say_hi.js");
    let built = switchhook()
        .args(["build", "-o"])
        .args([&at("say_hi.wasm"), &say_hi])
        .status();
    assert!(built.unwrap().success());
    std::fs::write(at("echo"), module(ECHO)).unwrap();
    std::fs::write(at("call.json"), workload_call().to_string()).unwrap();
    let run = |arguments: &[&str]| {
        let mut run = switchhook();
        run.current_dir(folder.path()).arg("run").args(arguments);
        let output = run.args(["--call", "call.json"]).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code().unwrap(), output.stdout, said)
    };
    let json = |text: &[u8]| -> Value { serde_json::from_slice(text).unwrap() };

    let (code, source, _) = run(&[say_hi.to_str().unwrap()]);
    assert_eq!(code, 0);
    let (code, linked, said) = run(&["say_hi.wasm"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(json(&linked), json(&source));
    let (code, echoed, said) = run(&["echo", "--language-pack", "wasm"]);
    assert_eq!((code, json(&echoed)), (0, workload_call()), "{said}");

    // The outcome can be replayed.
    let (_, outcome, _) = run(&["say_hi.wasm", "--json"]);
    std::fs::write(at("outcome.json"), outcome).unwrap();
    let replay = switchhook().arg("replay").arg(at("outcome.json")).output();
    let said = String::from_utf8(replay.unwrap().stderr).unwrap();
    assert!(
        said.contains("the same outcome with the same fuel"),
        "{said}"
    );

    std::fs::write(at("text.wasm"), "no module").unwrap();
    let (code, _, said) = run(&["text.wasm"]);
    assert_eq!(code, 1);
    assert!(said.contains("it is not a Wasm module"), "{said}");
}

#[test]
fn machine_code_is_a_cache_beside_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let mut server = server_with(&format!("sandbox.cache_dir = {:?}\n", folder.path()));
    let id = created(&server.client, &module(ECHO));
    let modules = folder.path().join("modules");
    let files = || std::fs::read_dir(&modules).unwrap().count();
    assert_eq!(files(), 1);
    // The same code is made once.
    created(&server.client, &module(ECHO));
    assert_eq!(files(), 1);

    server.kill();
    std::fs::remove_dir_all(&modules).unwrap();
    server.start_again();
    assert_eq!(server.client.result(&id, &json!({"a": 1})), json!({"a": 1}));
    assert_eq!(files(), 1);

    server.stop();
    for file in server.database().files() {
        let bytes = std::fs::read(file).unwrap();
        assert!(!bytes.windows(4).any(|bytes| bytes == b"\x7fELF"));
    }
    // A file that does not contain machine code of this program is made again.
    for file in std::fs::read_dir(&modules).unwrap() {
        std::fs::write(file.unwrap().path(), b"nonsense").unwrap();
    }
    server.start_again();
    assert_eq!(server.client.result(&id, &json!({"a": 1})), json!({"a": 1}));
}
