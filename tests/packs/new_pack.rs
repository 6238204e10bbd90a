//! `packs new`, up to a call. A step of CI builds the new pack's sources.

use std::{fs, path::Path};

use serde_json::json;
use ureq::http::Method;

use super::installed::{create, said, with_packs};
use crate::{
    routers::address,
    server::{Server, switchhook},
};

/// The guest built from the same source, under another name.
const BUILT: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../wasm-guests/skeleton/guest.wasm"
);

/// The example pack of the guide, which is not built in.
pub(crate) const JQ: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wasm-guests/jq");

fn packs(folder: &Path, arguments: &[&str]) -> (i32, String, String) {
    let mut command = switchhook();
    command.current_dir(folder).arg("packs").args(arguments);
    let installed = folder.join("installed");
    said(
        command
            .arg("--language-packs")
            .arg(installed)
            .output()
            .unwrap(),
    )
}

#[test]
fn a_new_pack_is_a_language_once_it_is_built() {
    let folder = tempfile::tempdir().unwrap();
    let run = |arguments: &[&str]| packs(folder.path(), arguments);
    fs::create_dir(folder.path().join("installed")).unwrap();
    let (code, stdout, stderr) = run(&["new", "mine"]);
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(
        stdout.ends_with("sh mine/build && switchhook packs test mine\n"),
        "{stdout}"
    );
    // No file of the new pack mentions the skeleton.
    let written = folder.path().join("mine");
    for file in [
        "Cargo.toml",
        "pack.toml",
        "build",
        "src/lib.rs",
        "kit/src/lib.rs",
    ] {
        let text = fs::read_to_string(written.join(file)).unwrap();
        assert!(
            !text.contains("skeleton") && !text.contains("../"),
            "{file}"
        );
    }

    let (code, _, stderr) = run(&["test", "mine"]);
    assert_eq!(code, 1);
    assert!(
        stderr.contains("language pack mine@1 has no guest.wasm"),
        "{stderr}"
    );
    assert_eq!(
        run(&["boot", BUILT, "mine"]),
        (0, String::new(), String::new())
    );
    let (code, stdout, _) = run(&["test", "mine"]);
    assert_eq!(code, 0, "{stdout}");
    assert!(stdout.ends_with("mine@1 passes\n"), "{stdout}");
    let (code, _, stderr) = run(&["add", "mine"]);
    assert_eq!(code, 0, "{stderr}");

    let server = Server::start_with(&with_packs(&folder.path().join("installed")));
    let client = &server.client;
    let flow = r#"{"module": "tts", "data": {"text": "Hi"}}"#;
    let (status, function) = create(&server, "mine", flow);
    assert_eq!(status, 201, "{function}");
    let id = function["id"].as_str().unwrap();
    let expected = json!({"module": "tts", "data": {"text": "Hi"}});
    assert_eq!(client.result(id, &json!({"a": 1})), expected);
    let (_, function) = create(&server, "mine", "call");
    let echo = function["id"].as_str().unwrap();
    assert_eq!(client.result(echo, &json!({"a": 1})), json!({"a": 1}));
    let (status, problem) = create(&server, "mine", "{\n  \"module\": nothing\n}");
    assert_eq!(status, 400);
    let error = &problem["function_js"]["compile_error"];
    assert_eq!(
        (&error["line"], &error["column"]),
        (&json!(2), &json!(14)),
        "{error}"
    );

    let reply = client.send_as_is(Method::GET, &address(client, id, "pivot"), "", &[]);
    assert_eq!((reply.status, reply.body), (200, expected));
}

/// The example pack, from its folder. Functions stay when the pack is removed, and their calls name the missing pack.
#[test]
fn a_folder_is_tested_added_to_a_running_server_and_called() {
    let folder = tempfile::tempdir().unwrap();
    let installed = folder.path().join("installed");
    fs::create_dir(&installed).unwrap();
    let mut server = Server::start_with(&with_packs(&installed));
    let source = "{module: \"tts\", data: {text: (\"Hi \" + .From)}}";
    let (status, problem) = create(&server, "jq", source);
    assert_eq!(status, 400);
    let offered = &problem["language_pack"]["enum"]["target"];
    assert!(
        offered.as_array().unwrap().contains(&json!("lua")),
        "{problem}"
    );
    assert!(
        !offered.as_array().unwrap().contains(&json!("jq")),
        "{problem}"
    );

    let (code, stdout, _) = packs(folder.path(), &["test", JQ]);
    assert!(code == 0 && stdout.ends_with("jq@1 passes\n"), "{stdout}");
    let (code, _, stderr) = packs(folder.path(), &["add", JQ]);
    assert_eq!(code, 0, "{stderr}");
    let reload = "/v2/functions/packs/reload";
    let told = server.client.send(Method::POST, reload, "").body["data"].take();
    assert_eq!(told["added"], json!(["jq@1"]));
    let (status, function) = create(&server, "jq", source);
    assert_eq!(status, 201, "{function}");
    let id = function["id"].as_str().unwrap();
    let expected = json!({"module": "tts", "data": {"text": "Hi 100"}});
    assert_eq!(server.client.result(id, &json!({"From": "100"})), expected);
    let pivot = format!("{}&From=100", address(&server.client, id, "pivot"));
    let reply = server.client.send_as_is(Method::GET, &pivot, "", &[]);
    assert_eq!((reply.status, reply.body), (200, expected.clone()));

    server.configure("");
    let reply = server.client.run(id, &json!({"From": "100"}));
    assert_eq!(reply.status, 422);
    let error = &reply.body["data"]["error"];
    assert_eq!(error["name"], "LanguagePackError", "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(
        message.starts_with("the language pack `jq` is not installed, only javascript"),
        "{message}"
    );
    server.configure(&with_packs(&installed));
    assert_eq!(server.client.result(id, &json!({"From": "100"})), expected);
}

/// The front page of the crate for guests includes this file.
#[test]
fn the_example_of_a_whole_guest_is_short() {
    let guest = include_str!("../../wasm-guests/skeleton/src/lib.rs");
    assert!(guest.lines().count() <= 40);
}

#[test]
fn a_pack_that_cannot_be_new_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("installed")).unwrap();
    fs::create_dir(folder.path().join("there")).unwrap();
    let refused = |name: &str| {
        let (code, stdout, stderr) = packs(folder.path(), &["new", name]);
        assert_eq!((code, stdout.as_str()), (1, ""));
        stderr
    };
    for name in ["../there", "Mine", "", "wasm"] {
        let expected = format!(
            "switchhook: `{name}` cannot be the id of a language pack: it has 1 to 40 of a-z, 0-9 and _\n"
        );
        assert_eq!(refused(name), expected);
    }
    assert_eq!(
        refused("javascript"),
        "switchhook: there is a language pack `javascript` already\n"
    );
    let words = refused("there");
    assert!(
        words.starts_with("switchhook: cannot make the folder there: "),
        "{words}"
    );
    let left = fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 2, "nothing was written");
}

#[test]
fn what_is_no_guest_is_not_booted() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("installed")).unwrap();
    let boot = |module: &str| packs(folder.path(), &["boot", module, "."]);
    fs::write(folder.path().join("text.wasm"), "text").unwrap();
    let (code, _, stderr) = boot("text.wasm");
    assert_eq!(code, 1);
    assert!(
        stderr.contains("cannot read ") && stderr.contains("pack.toml"),
        "{stderr}"
    );
    fs::write(folder.path().join("pack.toml"), "# empty").unwrap();
    let (_, _, stderr) = boot("text.wasm");
    assert!(stderr.starts_with("switchhook: cannot boot "), "{stderr}");
    fs::copy(BUILT, folder.path().join("good.wasm")).unwrap();
    let (_, _, stderr) = boot("good.wasm");
    assert!(
        stderr.contains("has no line that begins with `sha256 = `"),
        "{stderr}"
    );
    assert!(!folder.path().join("guest.wasm").exists());
}
