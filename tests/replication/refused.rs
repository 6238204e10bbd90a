//! Refused replications, and documents that are left out.

use serde_json::json;

use super::{RATE, Replicator, address, replicated, zone};
use crate::{
    couchdb::{CouchDb, PASSWORD, USER},
    proxy::{Network, Proxy},
    server::switchhook,
};

#[test]
fn a_document_that_is_refused_keeps_no_other_out() {
    let source = zone();
    let target = CouchDb::on_file(&format!("[functions]\ncount = 1\n{RATE}"));
    let client = &source.server.client;
    let ids = [client.created("return 1"), client.created("return 2")];
    source.written("other", &json!({"n": 1}));
    let run = |flags: &[&str]| {
        let (from, to) = (source.address(), target.address());
        replicated(&address(&from), &address(&to), flags)
    };
    let ended = run(&[]);
    assert_eq!(ended.counts(), [[3, 3, 2, 1]]);
    assert_eq!(target.document("other")["n"], 1);
    let is_missing = |id: &&String| target.get(&format!("/functions/{id}")).status == 404;
    let refused = ids.iter().find(is_missing).unwrap();
    let named: Vec<_> = ended
        .stderr
        .lines()
        .filter(|line| line.contains(refused))
        .collect();
    assert!(
        matches!(named[..], [line] if line.contains("forbidden")),
        "{ended:?}"
    );
    // The document is tried again when it changes, or on request.
    assert_eq!(run(&[]).counts(), [[0, 0, 0, 0]]);
    assert_eq!(run(&["--from-start"]).counts(), [[3, 1, 0, 1]]);
    assert_eq!(run(&[]).counts(), [[0, 0, 0, 0]]);
}

#[test]
fn whoever_may_not_is_told_so() {
    let (source, target) = (zone(), zone());
    let (from, to) = (address(&source.address()), address(&target.address()));
    let listener = source.address();
    for (source, expected) in [
        (
            format!("http://{listener}/functions"),
            "answers 401 unauthorized",
        ),
        (
            format!("http://{USER}:wrong@{listener}/functions"),
            "answers 401 unauthorized",
        ),
        (
            from.replace("/functions", "/other"),
            "answers 404 not_found",
        ),
    ] {
        let ended = replicated(&source, &to, &[]);
        assert!(ended.error().contains(expected), "{ended:?}");
        // The same address as the target.
        let ended = replicated(&from, &source, &["--continuous"]);
        assert!(ended.error().contains(expected), "{ended:?}");
        assert!(!ended.stderr.contains("wrong"), "{ended:?}");
    }
    for no_address in ["functions", "http://kazoo:secret@127.0.0.1:5984/"] {
        let ended = replicated(no_address, &to, &[]);
        let expected = "SOURCE cannot be used: the address of a database has the form";
        assert!(ended.error().contains(expected), "{ended:?}");
        assert!(!ended.stderr.contains("secret"), "{ended:?}");
    }
}

#[test]
fn a_network_that_refuses_is_tried_again() {
    let (source, target) = (zone(), zone());
    source.written("d", &json!({"n": 1}));
    let proxy = Proxy::before_port(&source.address());
    proxy.set(Network::Refuses);
    let from = proxy.address().to_string();
    let mut replicator = Replicator::start(&address(&from), &address(&target.address()), &[]);
    let expected = format!("http://{from}/functions cannot be reached");
    let warning = replicator.logged("the next try is in");
    assert!(warning.contains(&expected), "{warning}");
    proxy.set(Network::Passes);
    assert_eq!(replicator.ended().counts(), [[1, 1, 1, 0]]);
}

#[test]
fn passwords_can_be_in_files_and_in_the_environment() {
    let (source, target) = (zone(), zone());
    source.written("d", &json!({"n": 1}));
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("password");
    let without = |listener: &str| format!("http://{USER}@{listener}/functions");
    let (from, to) = (without(&source.address()), without(&target.address()));
    let path = file.to_str().unwrap();
    let flags = [
        "--source-password-file",
        path,
        "--target-password-file",
        path,
    ];
    std::fs::write(&file, format!("{PASSWORD}\nnot this\n")).unwrap();
    assert_eq!(replicated(&from, &to, &flags).counts(), [[1, 1, 1, 0]]);
    let output = switchhook()
        .arg("replicate")
        .env("SWITCHHOOK_SOURCE", address(&source.address()))
        .env("SWITCHHOOK_TARGET", address(&target.address()))
        // No proxy listens there, and the program asks none.
        .env("ALL_PROXY", "http://127.0.0.1:1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    for (from, text, expected) in [
        (
            from.replace(&format!("{USER}@"), ""),
            PASSWORD,
            "names nobody",
        ),
        (from.replace('@', ":x@"), PASSWORD, "has a password already"),
        (from.clone(), "\n", "is empty"),
    ] {
        std::fs::write(&file, text).unwrap();
        let ended = replicated(&from, &to, &flags);
        assert!(ended.error().contains(expected), "{ended:?}");
    }
}
