//! Secrets of functions stay in their zone.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use ureq::http::Method;

use super::{RATE, address, change, documents, replicated, returned};
use crate::{
    client::{Client, Reply},
    couchdb::CouchDb,
};

/// Creates a function with this id, and with a secret of its own zone.
fn create(client: &Client, id: &str, secret: &str) -> Reply {
    let env = json!({"TOKEN": {"secret": true, "value": secret}});
    let function = json!({"id": id, "name": "test", "function_js": "return env.TOKEN", "env": env});
    let body = json!({"data": function}).to_string();
    client.send(Method::PUT, &client.functions(""), &body)
}

#[test]
fn a_function_with_a_secret_travels_once_both_zones_have_a_secret_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key");
    std::fs::write(&key_file, STANDARD.encode([7; 32])).unwrap();
    let config = format!("[secrets]\nkey_file = {key_file:?}\n{RATE}");
    let (one, other) = (CouchDb::on_file(&config), CouchDb::on_file(&config));
    let run = |flags: &[&str]| {
        replicated(
            &address(&one.address()),
            &address(&other.address()),
            &[&["--both"], flags].concat(),
        )
    };
    let owner = &one.server.client;
    assert_eq!(create(owner, "f", "of one").status, 201);
    let ended = run(&[]);
    assert_eq!(ended.counts(), [[1, 1, 0, 1], [0, 0, 0, 0]]);
    assert!(
        ended.stderr.contains("A new secret needs a value"),
        "{ended:?}"
    );

    // The refused function has created its account.
    let there = other.server.client.within(&owner.account);
    let created = create(&there, "f", "of the other");
    assert_eq!(created.status, 201, "{}", created.body);
    let counts = run(&["--from-start"]).counts();
    assert!(
        counts.iter().all(|[.., refused]| *refused == 0),
        "{counts:?}"
    );
    assert_eq!(documents(&one), documents(&other));

    change(&one, owner, "f", "return 'Token ' + env.TOKEN");
    assert_eq!(run(&[]).counts()[0], [1, 1, 1, 0]);
    assert_eq!(returned(&one, owner, "f"), Some("Token of one".into()));
    assert_eq!(
        returned(&other, owner, "f"),
        Some("Token of the other".into())
    );
}
