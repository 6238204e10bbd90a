//! Language packs that are added and removed while a server runs.

use std::{
    fs,
    path::Path,
    process::Command,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
};

use serde_json::{Value, json};
use ureq::http::Method;

use super::installed::{Packs, change_manifest, changes, create, packs, with_packs};
use crate::{
    client::Client,
    server::{Server, eventually},
};

const RELOAD: &str = "/v2/functions/packs/reload";

fn reload(client: &Client) -> Value {
    let reply = client.send(Method::POST, RELOAD, "");
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body["data"].clone()
}

/// The reply of a reload with exactly these changes.
fn reloaded(added: &[&str], changed: &[&str], removed: &[&str]) -> Value {
    json!({"added": added, "changed": changed, "removed": removed, "refused": []})
}

fn created(server: &Server, language: &str, source: &str) -> String {
    let (status, function) = create(server, language, source);
    assert_eq!(status, 201, "{function}");
    function["id"].as_str().unwrap().to_owned()
}

fn is_listed(client: &Client, id: &str, version: &str) -> bool {
    let listed = client.send(Method::GET, "/v2/functions", "").body["data"].take();
    let mut listed = listed.as_array().unwrap().iter();
    listed.any(|it| it["id"] == id && it["version"] == version)
}

#[test]
fn packs_come_and_go_without_a_restart() {
    let packs = Packs::new();
    let server = Server::start_with(&with_packs(packs.path()));
    let client = &server.client;
    assert_eq!(reload(client), reloaded(&[], &[], &[]));

    let first = packs.write("other", "1", Some("return 1"));
    assert_eq!(create(&server, "other", "?").0, 400);
    assert_eq!(reload(client), reloaded(&["other@1"], &[], &[]));
    let id = created(&server, "other", "?");
    assert_eq!(client.result(&id, &json!({})), 1);
    assert_eq!(reload(client), reloaded(&[], &[], &[]));

    // The same version with different contents.
    packs.write("other", "1", Some("return 2"));
    assert_eq!(reload(client), reloaded(&[], &["other@1"], &[]));
    assert_eq!(client.result(&id, &json!({})), 2);

    fs::remove_dir_all(&first).unwrap();
    assert_eq!(reload(client), reloaded(&[], &[], &["other@1"]));
    let run = client.functions(&format!("/{id}/run"));
    let reply = client.send(Method::POST, &run, r#"{"data": {}}"#);
    assert_eq!(reply.status, 422);
    assert_eq!(reply.body["data"]["error"]["name"], "LanguagePackError");
    let message = reply.body["data"]["error"]["message"].as_str().unwrap();
    assert!(
        message.starts_with("the language pack `other` is not installed, only "),
        "{message}"
    );

    packs.write("other", "2", Some("return 3"));
    assert_eq!(reload(client), reloaded(&["other@2"], &[], &[]));
    assert_eq!(client.result(&id, &json!({})), 3);
}

#[test]
fn a_signal_does_so_too() {
    let packs = Packs::new();
    let server = Server::start_with(&with_packs(packs.path()));
    packs.write("other", "1", None);
    let process = server.process_id().to_string();
    let asked = Command::new("kill").args(["-HUP", &process]).status();
    assert!(asked.unwrap().success());
    eventually("the pack is there", || {
        is_listed(&server.client, "other", "1").then_some(())
    });
}

#[test]
fn only_the_master_account_may() {
    let server = Server::start_with("[language_packs]\ndir = ''\n");
    let client = &server.client;
    let below = client.sub_account("Below");
    let refused = |headers: &[(&str, &str)]| {
        let reply = client.send_with(Method::POST, RELOAD, "", headers);
        (reply.status, reply.body["message"].clone())
    };
    assert_eq!(
        refused(&[("x-auth-token", &below.token)]),
        (403, json!("forbidden"))
    );
    assert_eq!(refused(&[]), (401, json!("invalid_credentials")));
    assert_eq!(
        refused(&[("x-auth-token", "nobody's")]),
        (401, json!("invalid credentials"))
    );
    assert_eq!(client.send(Method::GET, RELOAD, "").status, 405);
    // curl without a body sends no content type.
    let own = [("x-auth-token", client.token.as_str())];
    assert_eq!(
        client.send_as_is(Method::POST, RELOAD, "", &own).status,
        200
    );
    assert_eq!(reload(client), reloaded(&[], &[], &[]));
}

#[test]
fn what_is_bad_is_refused_and_what_was_good_goes_on() {
    let packs = Packs::new();
    let good = packs.write("good", "1", Some("return 1"));
    packs.write("on_good", "1", None);
    change_manifest(
        &packs.path().join("on_good-1"),
        "pack = 'javascript@1'",
        "pack = 'good@1'",
    );
    let server = Server::start_with(&with_packs(packs.path()));
    let client = &server.client;
    let id = created(&server, "good", "?");
    let other = created(&server, "on_good", "return 5");
    assert_eq!(client.result(&id, &json!({})), 1);

    let sentences = |reloaded: &Value| -> Vec<(String, String)> {
        let refused = reloaded["refused"].as_array().unwrap().iter();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        refused
            .map(|refused| (text(&refused["name"]), text(&refused["message"])))
            .collect()
    };
    let goes_on = || {
        assert_eq!(client.result(&id, &json!({})), 1);
        assert_eq!(client.result(&other, &json!({})), 5);
        assert_eq!(
            client.result(&created(&server, "good", "? "), &json!({})),
            1
        );
    };

    // A pack that fails the test, and one that cannot be read.
    let conformance = good.join("conformance/state.js");
    let as_it_was = fs::read_to_string(&conformance).unwrap();
    fs::write(&conformance, "return 7").unwrap();
    packs.write("newcomer", "1", None);
    let told = reload(client);
    assert_eq!(told["added"], json!(["newcomer@1"]));
    assert_eq!(told["removed"], json!([]));
    let why = "language pack good@1 fails the conformance test: state: it returns 7, instead of 1";
    assert_eq!(sentences(&told), [("good-1".into(), why.into())]);
    assert!(
        server
            .log()
            .contains(&format!("good-1 cannot be used: {why}")),
        "{}",
        server.log()
    );
    goes_on();

    fs::write(&conformance, as_it_was).unwrap();
    let manifest = fs::read_to_string(good.join("pack.toml")).unwrap();
    fs::write(good.join("pack.toml"), "id = 'good'\ntitel = 'Good'\n").unwrap();
    let told = reload(client);
    let why = "the language pack's pack.toml cannot be read: line 2: unknown field `titel`";
    let [(name, message)] = &sentences(&told)[..] else {
        panic!("{told}")
    };
    assert_eq!(name, "good-1");
    assert!(message.starts_with(why), "{message}");
    goes_on();

    fs::write(good.join("pack.toml"), manifest).unwrap();
    assert_eq!(reload(client), reloaded(&[], &[], &[]));
    goes_on();
}

#[test]
fn an_engine_is_upgraded_without_a_restart() {
    let packs = Packs::new();
    packs.write("other", "1", Some("return 1"));
    let server = Server::start_with(&with_packs(packs.path()));
    let client = &server.client;
    // The newer version does not compile this function.
    let broken = created(&server, "other", "?");
    let same = created(&server, "other", "return 5");
    packs.write("other", "2", Some("return ("));
    assert_eq!(reload(client), reloaded(&["other@2"], &[], &[]));
    let told = eventually("both functions have been looked at", || {
        let told = changes(&server);
        (told.matches("other@1 -> other@2").count() == 2).then_some(told)
    });
    let stays = "\tother@1 -> other@2\tstays, since it differs\t0 calls compared\n    it does not compile: SyntaxError: ";
    assert!(told.contains(&format!("{broken}{stays}")), "{told}");
    assert!(
        told.contains(&format!("{same}\tother@1 -> other@2\tswitched, the same\t")),
        "{told}"
    );
    assert_eq!(client.result(&broken, &json!({})), 1);
    assert_eq!(client.result(&same, &json!({})), 5);
}

/// Callers that continue until they are stopped. Version `v` answers `[n, v]` to `n`.
struct Calls {
    stopped: AtomicBool,
    answers: [AtomicU32; CALLERS],
    newest: AtomicU32,
}

const CALLERS: usize = 4;

/// Answers that each caller must get before the next step.
const ANSWERS: u32 = 20;

impl Calls {
    fn make(&self, client: &Client, id: &str, caller: usize) {
        let client = client.with_own_connection();
        let path = client.functions(&format!("/{id}/run"));
        let mut version = 1;
        for number in 0u32.. {
            if self.stopped.load(Ordering::SeqCst) {
                return;
            }
            let least = self.newest.load(Ordering::SeqCst).max(version);
            let body = json!({"data": {"n": number}}).to_string();
            let reply = client.send(Method::POST, &path, &body);
            assert_eq!(reply.status, 200, "{}", reply.body);
            let answer = &reply.body["data"]["result"];
            assert_eq!(answer[0]["n"], number, "{}", reply.body);
            version = u32::try_from(answer[1].as_u64().unwrap()).unwrap();
            assert!(version >= least, "{version} after {least}");
            self.answers[caller].fetch_add(1, Ordering::SeqCst);
        }
    }

    /// Waits until each caller has got more answers.
    fn go_on(&self) {
        let count = || self.answers.each_ref().map(|it| it.load(Ordering::SeqCst));
        let before = count();
        eventually("calls are answered", || {
            let mut both = count().into_iter().zip(before);
            both.all(|(now, before)| now >= before + ANSWERS)
                .then_some(())
        });
    }
}

#[test]
fn no_call_fails_and_none_is_answered_by_half_a_pack() {
    let packs = Packs::new();
    packs.write("other", "1", Some("return [call, 1]"));
    let server = Server::start_with(&with_packs(packs.path()));
    let client = &server.client;
    let id = created(&server, "other", "?");
    let calls = Calls {
        stopped: AtomicBool::new(false),
        answers: [const { AtomicU32::new(0) }; CALLERS],
        newest: AtomicU32::new(1),
    };
    thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (calls, id) = (&calls, id.as_str());
            scope.spawn(move || calls.make(client, id, caller));
        }
        let stop = StopWhenDropped(&calls.stopped);
        calls.go_on();

        // Added. Functions are upgraded by writing them again.
        packs.write("other", "2", Some("return [call, 2]"));
        assert_eq!(reload(client), reloaded(&["other@2"], &[], &[]));
        calls.go_on();
        let path = client.functions(&format!("/{id}"));
        let change = json!({"data": {"function_js": "? "}}).to_string();
        assert_eq!(client.send(Method::PATCH, &path, &change).status, 200);
        calls.newest.store(2, Ordering::SeqCst);
        calls.go_on();

        // Changed in place.
        packs.write("other", "2", Some("return [call, 3]"));
        assert_eq!(reload(client), reloaded(&[], &["other@2"], &[]));
        calls.newest.store(3, Ordering::SeqCst);
        calls.go_on();

        // The functions' version is gone, and there is a newer one.
        fs::remove_dir_all(packs.path().join("other-2")).unwrap();
        packs.write("other", "3", Some("return [call, 4]"));
        assert_eq!(reload(client), reloaded(&["other@3"], &[], &["other@2"]));
        calls.newest.store(4, Ordering::SeqCst);
        calls.go_on();
        drop(stop);
    });
}

/// Stops the callers if a test fails.
struct StopWhenDropped<'a>(&'a AtomicBool);

impl Drop for StopWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::SeqCst);
    }
}

#[test]
fn a_pack_is_removed_if_no_function_needs_it() {
    let installed = Packs::new();
    installed.write("other", "1", None);
    installed.write("other", "2", None);
    installed.write("on_other", "1", None);
    change_manifest(
        &installed.path().join("on_other-1"),
        "pack = 'javascript@1'",
        "pack = 'other@1'",
    );
    let server = Server::start_with(&with_packs(installed.path()));
    let remove = |arguments: &[&str]| {
        let database = server.database().location();
        let database = ["--database", &database];
        let all = [&["remove"], arguments, &database[..]].concat();
        let (code, stdout, stderr) = packs(&all, installed.path());
        (code, format!("{stdout}{stderr}"))
    };
    let refused = |arguments: &[&str], why: &str| {
        assert_eq!(remove(arguments), (1, format!("switchhook: {why}\n")));
    };
    let is_there = |name: &str| installed.path().join(name).exists();
    let id = created(&server, "other@2", "return 1");
    created(&server, "other", "return 1");
    created(&server, "on_other", "return 1");

    refused(
        &["javascript"],
        "javascript@1 travels inside the program and cannot be removed",
    );
    refused(
        &["other"],
        "`other` is not one pack but other@2 and other@1",
    );
    refused(
        &["other@1"],
        "other@1 cannot be removed: on_other@1 runs on its guest",
    );
    refused(
        &["on_other"],
        "1 function is written in on_other@1: with --force it is removed all the same, and calls fail that no other version is for",
    );
    refused(
        &["other@2"],
        "2 functions are written in other@2: with --force it is removed all the same, and calls fail that no other version is for",
    );
    let (code, words) = remove(&["other@7"]);
    assert_eq!(code, 1);
    assert!(
        words.starts_with("switchhook: there is no language pack `other@7`; installed: "),
        "{words}"
    );

    let removed = |name: &str| {
        let goes_on = "servers that run go on with it until they read their packs again (SIGHUP)";
        (0, format!("{name} is removed; {goes_on}\n"))
    };
    assert_eq!(remove(&["on_other", "--force"]), removed("on_other@1"));
    assert_eq!(remove(&["other@1"]), removed("other@1"));
    assert_eq!(remove(&["other", "--force"]), removed("other@2"));
    let left = fs::read_dir(installed.path()).unwrap().count();
    assert_eq!(left, 0, "nothing is left behind");
    assert!(!is_there("other-2"));

    let client = &server.client;
    assert_eq!(client.result(&id, &json!({})), 1, "the server goes on");
    assert_eq!(
        reload(client),
        reloaded(&[], &[], &["on_other@1", "other@2", "other@1"])
    );
    let run = client.functions(&format!("/{id}/run"));
    let reply = client.send(Method::POST, &run, r#"{"data": {}}"#);
    assert_eq!(reply.status, 422);
    assert_eq!(reply.body["data"]["error"]["name"], "LanguagePackError");
}

#[test]
fn what_is_broken_is_removed_by_its_name_in_the_folder() {
    let installed = Packs::new();
    let broken = installed.write("other", "1", None);
    fs::write(broken.join("pack.toml"), "no manifest").unwrap();
    fs::write(installed.path().join("broken.zip"), "no archive").unwrap();
    let (code, _, stderr) = packs(&[], installed.path());
    assert_eq!(code, 0);
    assert!(
        stderr.contains("other-1 cannot be used: ")
            && stderr.contains("broken.zip cannot be used: "),
        "{stderr}"
    );
    for name in ["other-1", "broken.zip"] {
        let (code, stdout, _) = packs(&["remove", name], installed.path());
        assert_eq!((code, stdout), (0, format!("{name} is removed\n")));
    }
    assert_eq!(fs::read_dir(installed.path()).unwrap().count(), 0);
}

#[test]
fn without_a_database_nobody_is_asked() {
    let installed = Packs::new();
    installed.write("other", "1", None);
    let nowhere = "/nowhere/switchhook.db";
    let (code, stdout, _) = packs(
        &["remove", "other", "--database", nowhere],
        installed.path(),
    );
    assert_eq!(code, 0);
    assert!(
        stdout.starts_with(
            "other@1 is removed; no functions were looked at, since there is no database /nowhere/switchhook.db;"
        ),
        "{stdout}"
    );
    assert!(!Path::new(nowhere).exists());
}

#[test]
fn the_conformance_test_is_told_to_programs_too() {
    let folder = Packs::new();
    let pack = folder.write("other", "1", None);
    fs::write(pack.join("conformance/state.js"), "return 7").unwrap();
    let (code, stdout, _) = packs(&["test", pack.to_str().unwrap(), "--json"], folder.path());
    assert_eq!(code, 1);
    let report: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(report["pack"], "other@1");
    assert_eq!(report["passes"], false);
    let case = |name: &str| {
        let mut cases = report["cases"].as_array().unwrap().iter();
        cases.find(|case| case["name"] == name).unwrap().clone()
    };
    assert_eq!(case("state")["verdict"], "failed");
    assert_eq!(case("state")["message"], "it returns 7, instead of 1");
    assert_eq!(case("echo")["verdict"], "passed");
    assert!(case("echo")["fuel"].as_u64().unwrap() > 0);
}
