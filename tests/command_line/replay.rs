//! A recorded call can be repeated with the same result and the same fuel.

use std::{io::Write, path::Path, process::Output};

use serde_json::{Value, json};
use ureq::http::Method;

use crate::server::{Server, switchhook, workload, workload_call};

/// Uses everything that a call depends on.
const SOURCE: &str = "const a = [Date.now(), new Date().getHours(), Math.random(), crypto.randomUUID(), env, call];\n\
                      for (let i = Math.random() * 1000; i > 0; i--) a.push(i); return a";

fn replay(record: &Value, more: &[&str]) -> Output {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(record.to_string().as_bytes()).unwrap();
    let mut command = switchhook();
    command.arg("replay").arg(file.path()).args(more);
    command.output().unwrap()
}

fn assert_same(output: &Output, result: &Value) {
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    assert!(
        errors.contains("the same outcome with the same fuel"),
        "{errors}"
    );
    let repeated: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(&repeated, result);
}

#[test]
fn a_reply_that_was_recorded_whole_needs_nothing_else() {
    let server = Server::start();
    let client = &server.client;
    let body = json!({"data": {
        "name": "test", "function_js": SOURCE, "env": {"Z": "1", "A": "2"}, "timezone": "Asia/Tokyo",
    }});
    let reply = client.send(Method::PUT, &client.functions(""), &body.to_string());
    let id = reply.body["data"]["id"].as_str().unwrap();
    let path = client.functions(&format!("/{id}/run?record=true"));
    let call = r#"{"data":{"number":1.0,"large":12345678901234567890,"text":"é"}}"#;
    let reply = client.send(Method::POST, &path, call);
    assert_eq!(reply.status, 200, "{}", reply.body);
    assert_same(&replay(&reply.body, &[]), &reply.body["data"]["result"]);

    let path = client.functions("/test?record=true");
    let body = json!({"data": {"function_js": SOURCE, "call": {"a": 1}, "env": {"B": "3"}}});
    let reply = client.send(Method::POST, &path, &body.to_string());
    assert_same(
        &replay(&reply.body["data"], &[]),
        &reply.body["data"]["result"],
    );
}

#[test]
fn a_short_record_is_completed_from_the_database() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created(SOURCE);
    let reply = client.run(&id, &json!({"a": 1}));
    assert_eq!(reply.body["data"]["replay"].get("capture"), None);
    // The stored function has another source now.
    let path = client.functions(&format!("/{id}"));
    client.send(
        Method::PATCH,
        &path,
        r#"{"data":{"function_js":"return 0"}}"#,
    );

    let mut call = tempfile::NamedTempFile::new().unwrap();
    call.write_all(br#"{"a":1}"#).unwrap();
    let path = |path: &Path| path.to_str().unwrap().to_owned();
    let output = replay(
        &reply.body,
        &[
            "--database",
            &server.database().location(),
            "--call",
            &path(call.path()),
        ],
    );
    assert_same(&output, &reply.body["data"]["result"]);
    let output = replay(&reply.body, &[]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("give the call with --call"));
}

#[test]
fn every_ending_is_repeated() {
    // So little fuel that it ends before the time, even on a slow machine.
    let server = Server::start_with("[limits]\nfuel = 50_000_000\n");
    let client = &server.client;
    for source in [
        "for (;;) ;",
        "let a = []; for (;;) a.push('x'.repeat(1 << 20))",
        "function f() { f() } f()",
        "throw new Error('no ' + Math.random())",
        "return 'x'.repeat(300000)",
        "let x = ;",
    ] {
        let body = json!({"data": {"function_js": source}}).to_string();
        let reply = client.send(Method::POST, &client.functions("/test?record=true"), &body);
        assert_eq!(reply.status, 422, "{}", reply.body);
        let output = replay(&reply.body, &[]);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{source}: {errors}");
    }
}

#[test]
fn a_difference_is_named() {
    let server = Server::start();
    let reply = {
        let body = json!({"data": {"function_js": workload("say_hi.js"), "call": workload_call()}});
        let path = server.client.functions("/test?record=true");
        server.client.send(Method::POST, &path, &body.to_string())
    };
    let mut forged = reply.body["data"].clone();
    forged["metrics"]["fuel"] = 1.into();
    let output = replay(&forged, &[]);
    assert_eq!(output.status.code(), Some(1));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("fuel: recorded 1, repeated"), "{errors}");

    let mut foreign = reply.body["data"].clone();
    foreign["replay"]["guest"] = "00".into();
    let output = replay(&foreign, &[]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("ran on guest 00"));
    let output = replay(&json!({"data": {"nothing": 1}}), &[]);
    assert!(String::from_utf8_lossy(&output.stderr).contains("holds no record"));
}

/// A record can come from a stranger, so its limits are no higher than the machine's own.
#[test]
fn limits_of_a_record_are_held_to_the_machines_own() {
    let server = Server::start();
    let body = json!({"data": {"function_js": "return 1"}}).to_string();
    let path = server.client.functions("/test?record=true");
    let reply = server.client.send(Method::POST, &path, &body);
    let mut config = tempfile::NamedTempFile::new().unwrap();
    config.write_all(b"[limits]\n").unwrap();
    let limits = reply.body["data"]["replay"]["capture"]["limits"].clone();
    let limits = limits.as_object().unwrap();
    assert_eq!(limits.len(), 7);
    for (name, value) in limits {
        let higher = value.as_u64().unwrap() + 1;
        for limit in [higher, 1_000_000_000_000_000_000] {
            let mut forged = reply.body.clone();
            forged["data"]["replay"]["capture"]["limits"][name] = limit.into();
            let output = replay(&forged, &[]);
            let errors = String::from_utf8_lossy(&output.stderr);
            assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
            let words = format!("{name} {limit} instead of {value};");
            assert!(errors.contains(&words), "{errors}");
        }
        // First the operator's configuration allows more, and then the caller's flag.
        writeln!(config, "{name} = {higher}").unwrap();
        let mut forged = reply.body.clone();
        forged["data"]["replay"]["capture"]["limits"][name] = higher.into();
        let path = config.path().to_str().unwrap();
        for allowed in [&["--config", path][..], &["--recorded-limits"]] {
            let output = replay(&forged, allowed);
            assert_same(&output, &json!(1));
        }
    }
}

#[test]
fn a_secret_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=").unwrap();
    let server = Server::start_with(&format!("[secrets]\nkey_file = {key:?}"));
    let body = json!({"data": {
        "function_js": "return [env.KEY.length, Math.random()]",
        "env": {"KEY": {"secret": true, "value": "s3cret-value"}},
    }});
    let path = server.client.functions("/test?record=true");
    let reply = server.client.send(Method::POST, &path, &body.to_string());
    assert!(
        !reply.body.to_string().contains("s3cret-value"),
        "{}",
        reply.body
    );
    let output = replay(&reply.body, &[]);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(errors.contains("--env KEY=VALUE"), "{errors}");
    let output = replay(&reply.body, &["--env", "KEY=s3cret-value"]);
    assert_same(&output, &reply.body["data"]["result"]);
}

#[test]
fn a_run_on_the_command_line_can_be_repeated_too() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("f.js");
    std::fs::write(
        &file,
        "return [Math.random(), env.A, new Date().getHours()]",
    )
    .unwrap();
    let mut command = switchhook();
    command.arg("run").arg(&file);
    command.args(["--json", "--env", "A=1", "--timezone", "Asia/Kolkata"]);
    let output = command.output().unwrap();
    let outcome: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_same(&replay(&outcome, &[]), &outcome["result"]);
}
