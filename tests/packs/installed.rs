//! Packs that an operator adds are checked, tested, kept in versions, and used by functions.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Output,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use switchhook_runtime::Digest;
use tempfile::TempDir;
use ureq::http::Method;

use crate::server::{Server, eventually, switchhook};

/// The folder of the built-in JavaScript pack.
const JAVASCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../wasm-guests/javascript");

/// A folder of packs that are JavaScript under other names and versions, on the same guest.
pub(super) struct Packs(TempDir);

impl Packs {
    pub(super) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(super) fn path(&self) -> &Path {
        self.0.path()
    }

    /// Writes a pack `id@version`. With `text`, it has a transform that replaces every source by this text, except for
    /// the sources of the conformance test.
    pub(super) fn write(&self, id: &str, version: &str, text: Option<&str>) -> PathBuf {
        let folder = self.path().join(format!("{id}-{version}"));
        for part in ["samples", "conformance"] {
            fs::create_dir_all(folder.join(part)).unwrap();
            for file in fs::read_dir(Path::new(JAVASCRIPT).join(part)).unwrap() {
                let file = file.unwrap().path();
                let name = file.file_name().unwrap();
                fs::copy(&file, folder.join(part).join(name)).unwrap();
            }
        }
        let manifest = fs::read_to_string(Path::new(JAVASCRIPT).join("pack.toml")).unwrap();
        let (_, rest) = manifest.split_once("[[samples]]").unwrap();
        let mut head = format!(
            "id = '{id}'\nversion = '{version}'\ntitle = 'A test'\nabi = 1\nextensions = ['js', '{id}']\n\n[guest]\npack = 'javascript@1'\n\n"
        );
        if let Some(text) = text {
            let transform = transform(text);
            let digest = Digest::of(&transform);
            fs::write(folder.join("transform.wasm"), transform).unwrap();
            head += &format!("[transform]\nfile = 'transform.wasm'\nsha256 = '{digest}'\n\n");
        }
        fs::write(folder.join("pack.toml"), format!("{head}[[samples]]{rest}")).unwrap();
        folder
    }

    /// Writes a pack with a guest of its own.
    pub(super) fn with_guest(&self, id: &str, wat: &str) -> PathBuf {
        let folder = self.write(id, "1", None);
        let wasm = wat::parse_str(wat).unwrap();
        fs::write(folder.join("guest.wasm"), &wasm).unwrap();
        let guest = format!("file = 'guest.wasm'\nsha256 = '{}'", Digest::of(&wasm));
        change_manifest(&folder, "pack = 'javascript@1'", &guest);
        folder
    }
}

pub(super) fn change_manifest(pack: &Path, from: &str, to: &str) {
    let path = pack.join("pack.toml");
    let manifest = fs::read_to_string(&path).unwrap();
    assert!(manifest.contains(from), "{manifest}");
    fs::write(path, manifest.replace(from, to)).unwrap();
}

/// A transform that returns its input, or `text` if the input begins with `"?`.
fn transform(text: &str) -> Vec<u8> {
    let text = Value::from(text).to_string();
    let bytes = text.len();
    let data: String = text.bytes().map(|byte| format!("\\{byte:02x}")).collect();
    let wat = format!(
        r#"(module
        (memory (export "memory") 64)
        (data (i32.const 16) "\00\00\00\00\00\04\00\00")
        (data (i32.const 1024) "{data}")
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 65536))
        (func (export "compile") (param i32 i32) (result i32) (i32.const 32))
        (func (export "call") (param $text i32) (param $length i32) (result i32)
            (i32.store (i32.const 24) (i32.const {bytes}))
            (if (i32.ne (i32.load8_u offset=1 (local.get $text)) (i32.const 63)) (then
                (i32.store (i32.const 20) (local.get $text))
                (i32.store (i32.const 24) (local.get $length))))
            (i32.const 16)))"#
    );
    wat::parse_str(wat).unwrap()
}

/// Exit code, stdout and stderr.
pub(super) fn said(
    Output {
        status,
        stdout,
        stderr,
    }: Output,
) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

pub(crate) fn packs(arguments: &[&str], folder: &Path) -> (i32, String, String) {
    let mut command = switchhook();
    command.arg("packs").args(arguments);
    said(
        command
            .arg("--language-packs")
            .arg(folder)
            .output()
            .unwrap(),
    )
}

pub(crate) fn with_packs(folder: &Path) -> String {
    format!("[language_packs]\ndir = {folder:?}\n[attempts]\nsuccesses = true\n")
}

pub(super) fn create(server: &Server, language: &str, source: &str) -> (u16, Value) {
    let body = json!({"data": {"name": "n", "function_js": source, "language_pack": language}});
    let client = &server.client;
    let reply = client.send(Method::PUT, &client.functions(""), &body.to_string());
    (reply.status, reply.body["data"].clone())
}

#[test]
fn a_pack_that_was_added_is_a_language_like_others() {
    let (sources, installed) = (Packs::new(), tempfile::tempdir().unwrap());
    let pack = sources.write("other", "1.5", None);
    let (code, stdout, stderr) = packs(&["add", pack.to_str().unwrap()], installed.path());
    assert_eq!((code, stderr.as_str()), (0, ""));
    assert!(stdout.starts_with("other@1.5 is in "), "{stdout}");
    let again = packs(&["add", pack.to_str().unwrap()], installed.path());
    assert_eq!(again.1, "other@1.5 is installed already\n");

    let (_, list, _) = packs(&[], installed.path());
    assert!(
        list.contains("other@1.5\tA test\t.js .other\tguest "),
        "{list}"
    );
    let (code, report, _) = packs(&["test", "other@1"], installed.path());
    assert_eq!(code, 0);
    assert!(report.contains("loop: passed, with "), "{report}");
    assert!(report.ends_with("other@1.5 passes\n"), "{report}");

    let function = installed.path().join(".function.other");
    fs::write(&function, "return call.a + 1").unwrap();
    let call = installed.path().join(".call.json");
    fs::write(&call, r#"{"a": 1}"#).unwrap();
    let mut run = switchhook();
    run.arg("run").arg(&function).arg("--call").arg(&call);
    let run = run.arg("--language-packs").arg(installed.path());
    assert_eq!(
        said(run.output().unwrap()),
        (0, "2\n".into(), String::new())
    );

    let server = Server::start_with(&with_packs(installed.path()));
    let (status, function) = create(&server, "other", "return call.a + 1");
    assert_eq!(status, 201, "{function}");
    let id = function["id"].as_str().unwrap();
    assert_eq!(server.client.result(id, &json!({"a": 1})), 2);
    let (status, problem) = create(&server, "other@2", "return 1");
    assert_eq!(status, 400);
    let known = &problem["language_pack"]["enum"]["target"];
    assert!(
        known.as_array().unwrap().contains(&json!("other")),
        "{known}"
    );
    let listed = server.client.send(Method::GET, "/v2/functions", "").body["data"].take();
    let other = listed
        .as_array()
        .unwrap()
        .iter()
        .find(|it| it["id"] == "other");
    assert_eq!(other.unwrap()["version"], "1.5");
}

#[test]
fn an_exported_pack_can_be_added_elsewhere() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("javascript.tar.zst");
    let path = archive.to_str().unwrap();
    let installed = tempfile::tempdir().unwrap();
    let exported = packs(&["export", "javascript", "-o", path], installed.path());
    assert_eq!(exported, (0, String::new(), String::new()));
    let added = packs(&["add", path], installed.path());
    assert_eq!(added.1, "javascript@1 is installed already\n");
}

#[test]
fn a_pack_that_is_not_right_is_refused_with_a_sentence() {
    let (sources, installed) = (Packs::new(), tempfile::tempdir().unwrap());
    let refused = |pack: &Path| {
        let (code, stdout, stderr) = packs(&["add", pack.to_str().unwrap()], installed.path());
        assert_eq!((code, stdout.as_str()), (1, ""));
        assert_eq!(fs::read_dir(installed.path()).unwrap().count(), 0);
        stderr
    };
    let pack = sources.write("other", "1", None);
    fs::write(pack.join("conformance/random.js"), "return 4").unwrap();
    let fails = "switchhook: language pack other@1 fails the conformance test: random: two calls with different seeds return 4\n";
    assert_eq!(refused(&pack), fails);

    let pack = sources.write("javascript", "1", Some("return 2"));
    let twice = "switchhook: there are two different language packs javascript@1\n";
    assert_eq!(refused(&pack), twice);

    let pack = sources.with_guest("a", "(module (memory (export \"memory\") 1))");
    let words = refused(&pack);
    assert!(
        words.contains("cannot load language pack a@1: the guest has no export `cabi_realloc`"),
        "{words}"
    );
    let pack = sources.with_guest("b", "(module (import \"env\" \"f\" (func)))");
    let words = refused(&pack);
    assert!(words.contains("cannot load language pack b@1"), "{words}");

    let pack = sources.write("c", "1", Some("x"));
    fs::write(pack.join("transform.wasm"), "changed").unwrap();
    let words = refused(&pack);
    assert!(
        words.contains("transform.wasm of language pack c@1 has SHA-256"),
        "{words}"
    );

    let words = refused(&sources.path().join("nowhere"));
    assert!(words.contains("is no language pack"), "{words}");
}

#[test]
fn a_server_starts_without_packs_that_fail() {
    let packs = Packs::new();
    packs.write("good", "1", None);
    let pack = packs.write("other", "1", None);
    fs::write(pack.join("conformance/state.js"), "return 7").unwrap();
    let server = Server::start_with(&with_packs(packs.path()));
    assert_eq!(create(&server, "good", "return 1").0, 201);
    assert_eq!(create(&server, "other", "return 1").0, 400);
    let why = "other-1 cannot be used: language pack other@1 fails the conformance test: state: it returns 7, instead of 1";
    assert!(server.log().contains(why), "{}", server.log());
}

/// The output of `packs changes`.
pub(super) fn changes(server: &Server) -> String {
    let mut command = switchhook();
    command
        .args(["packs", "changes", "--database"])
        .arg(server.database().location());
    let (code, stdout, stderr) = said(command.output().unwrap());
    assert_eq!(code, 0, "{stderr}");
    stdout
}

fn until_recorded(server: &Server, calls: usize) {
    eventually("the calls are recorded", || {
        let attempts = server.client.functions("/attempts");
        let rows = server.client.send(Method::GET, &attempts, "").body["data"].take();
        (rows.as_array().unwrap().len() == calls).then_some(())
    });
}

#[test]
fn a_difference_between_versions_shows_no_secret() {
    let packs = Packs::new();
    packs.write("other", "1", Some("return [env.KEY, 1]"));
    let key = tempfile::NamedTempFile::new().unwrap();
    fs::write(&key, STANDARD.encode([7; 32])).unwrap();
    let packs_and_key = format!(
        "{}[secrets]\nkey_file = {:?}\n",
        with_packs(packs.path()),
        key.path()
    );
    let mut server = Server::start_with(&packs_and_key);
    let function = json!({"data": {
        "name": "test", "function_js": "?", "language_pack": "other",
        "env": {"KEY": {"secret": true, "value": "s3cret-value"}},
    }});
    let client = &server.client;
    let made = client.send(Method::PUT, &client.functions(""), &function.to_string());
    assert_eq!(made.status, 201, "{}", made.body);
    let id = made.body["data"]["id"].as_str().unwrap();
    assert_eq!(client.result(id, &json!({})), json!(["s3cret-value", 1]));
    until_recorded(&server, 1);
    packs.write("other", "2", Some("return [env.KEY, 2]"));
    server.restart();
    let told = eventually("the function has been looked at", || {
        let told = changes(&server);
        told.contains("other@1 -> other@2").then_some(told)
    });
    let difference = "it was [\"[secret KEY]\",1] and is [\"[secret KEY]\",2]";
    assert!(told.contains(difference), "{told}");
    assert!(!told.contains("s3cret"), "{told}");
    assert!(!server.log().contains("s3cret"), "{}", server.log());
}

#[test]
fn a_function_stays_with_its_version_until_a_newer_one_does_the_same() {
    let packs = Packs::new();
    packs.write("other", "1", Some("return [call, 1]"));
    let mut server = Server::start_with(&with_packs(packs.path()));
    let made = |language: &str, source: &str| {
        let (status, function) = create(&server, language, source);
        assert_eq!(status, 201, "{function}");
        function["id"].as_str().unwrap().to_owned()
    };
    // The versions give one function different results, and another the same. The last one asks for a version.
    let differs = made("other", "?");
    let same = made("other", "return [call, 0]");
    let pinned = made("other@1", "?");
    for (id, expected) in [(&differs, 1), (&same, 0), (&pinned, 1)] {
        assert_eq!(
            server.client.result(id, &json!({"a": 1})),
            json!([{"a": 1}, expected])
        );
    }
    until_recorded(&server, 3);

    packs.write("other", "2", Some("return [call, 2]"));
    server.restart();
    let told = eventually("both functions have been looked at", || {
        let told = changes(&server);
        (told.matches("other@1 -> other@2").count() == 2).then_some(told)
    });
    let difference = "\tother@1 -> other@2\tstays, since it differs\t1 calls compared\n    on {\"a\":1} it was [{\"a\":1},1] and is [{\"a\":1},2]\n";
    assert!(told.contains(&format!("{differs}{difference}")), "{told}");
    assert!(
        told.contains(&format!(
            "{same}\tother@1 -> other@2\tswitched, the same\t1 calls compared\n"
        )),
        "{told}"
    );
    let result = |server: &Server, id: &str| server.client.result(id, &json!({}))[1].clone();
    assert_eq!(result(&server, &differs), 1);
    assert_eq!(result(&server, &pinned), 1);

    // Writing the function again compiles it with the newest version.
    let change = json!({"data": {"function_js": "? "}}).to_string();
    let path = server.client.functions(&format!("/{pinned}"));
    assert_eq!(
        server.client.send(Method::PATCH, &path, &change).status,
        200
    );
    assert_eq!(result(&server, &pinned), 1);
    let path = server.client.functions(&format!("/{differs}"));
    assert_eq!(
        server.client.send(Method::PATCH, &path, &change).status,
        200
    );
    assert_eq!(result(&server, &differs), 2);
}

#[test]
fn an_operator_can_have_them_switched_whatever_differs() {
    let packs = Packs::new();
    packs.write("other", "1", Some("return 1"));
    let mut server = Server::start_with(&with_packs(packs.path()));
    let (_, function) = create(&server, "other", "?");
    let id = function["id"].as_str().unwrap();
    assert_eq!(server.client.result(id, &json!({})), 1);

    packs.write("other", "2", Some("return 2"));
    let config = with_packs(packs.path());
    server.configure(&config.replace("[attempts]", "upgrade = 'never'\n[attempts]"));
    assert_eq!(server.client.result(id, &json!({})), 1);
    server.configure(&config.replace("[attempts]", "upgrade = 'always'\n[attempts]"));
    eventually("it is switched", || {
        changes(&server).contains("switched").then_some(())
    });
    eventually("it runs on the newer one", || {
        (server.client.result(id, &json!({})) == 2).then_some(())
    });
}

#[test]
fn a_function_whose_version_is_gone_runs_on_the_newest() {
    let packs = Packs::new();
    let first = packs.write("other", "1", Some("return 1"));
    let mut server = Server::start_with(&with_packs(packs.path()));
    let (_, function) = create(&server, "other", "?");
    let id = function["id"].as_str().unwrap();
    fs::remove_dir_all(first).unwrap();
    packs.write("other", "2", Some("return 2"));
    server.restart();
    assert_eq!(server.client.result(id, &json!({})), 2);
}
