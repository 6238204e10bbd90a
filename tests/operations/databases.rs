//! Databases are copied from SQLite to PostgreSQL and back, and checked.

use std::path::Path;

use serde_json::json;
use ureq::http::Method;

use crate::{
    couchdb::CouchDb,
    database::Database,
    server::{Server, eventually, switchhook},
};

fn db(arguments: &[&str]) -> (i32, String, String) {
    let output = switchhook().arg("db").args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let code = output.status.code().unwrap();
    (code, text(output.stdout), text(output.stderr))
}

/// The rows and digests of all tables.
fn contents(database: &Database) -> String {
    let location = database.location();
    let (code, stdout, stderr) = db(&["check", &location]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    let (tables, verdict) = stdout.trim_end().rsplit_once('\n').unwrap();
    assert!(verdict.ends_with(" is sound"), "{verdict}");
    tables.to_owned()
}

fn copied(from: &Database, to: &Database) {
    let (code, stdout, stderr) = db(&["copy", &from.location(), &to.location()]);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
}

/// A server with something in every table.
fn filled() -> (CouchDb, String) {
    let couchdb = CouchDb::start_with("[attempts]\nsuccesses = true\n");
    let client = &couchdb.server.client;
    let id = client.created("return {n: call.n}");
    client.update(&id, "return {n: call.n + 1}");
    client.run(&id, &json!({"n": 1}));
    let gone = client.created("return 2");
    let gone = client.functions(&format!("/{gone}"));
    assert_eq!(client.send(Method::DELETE, &gone, "").status, 200);
    let user =
        r#"{"data":{"first_name":"A","last_name":"B","username":"ab","password":"secret-enough"}}"#;
    let users = client.path("/users");
    assert_eq!(client.send(Method::PUT, &users, user).status, 201);
    client.sub_account("child").created("return 3");
    couchdb.server.client.logged_in(&couchdb.server.api_key);
    let key = client.functions(&format!("/{id}/key"));
    assert_eq!(client.send(Method::PUT, &key, "").status, 201);
    for path in ["/functions/other", "/functions/_local/place"] {
        assert_eq!(couchdb.put(path, &json!({"n": 1})).status, 201);
    }
    eventually("the attempt is written", || {
        let attempts = client.send(Method::GET, &client.functions("/attempts"), "");
        (attempts.body["data"].as_array()?.len() == 1).then_some(())
    });
    (couchdb, id)
}

#[test]
fn a_copy_is_the_same_database() {
    let (mut couchdb, id) = filled();
    let server = &mut couchdb.server;
    server.stop();
    let folder = tempfile::tempdir().unwrap();
    let source = server.database();
    let before = contents(source);
    for table in [
        "accounts",
        "users",
        "revisions",
        "attempts",
        "documents",
        "changes",
        "local_documents",
    ] {
        let line = before.lines().find(|line| line.starts_with(table));
        assert!(line.is_some_and(|line| !line.contains(" 0  ")), "{before}");
    }
    // If tests run on PostgreSQL, the target is of another kind than the source.
    let file = Database::file(folder.path());
    copied(source, &file);
    assert_eq!(contents(&file), before);
    let other = tempfile::tempdir().unwrap();
    let back = Database::new(other.path());
    copied(&file, &back);
    assert_eq!(contents(&back), before);

    // New numbers follow the copied ones.
    server.start_on_another(back);
    let client = &server.client;
    assert_eq!(client.result(&id, &json!({"n": 1})), json!({"n": 2}));
    client.update(&id, "return 4");
    server.stop();
    assert_ne!(contents(server.database()), before);
}

#[test]
fn a_copy_that_cannot_be_is_refused_and_leaves_nothing() {
    let mut server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let target = Database::file(folder.path());
    let (source, to) = (server.database().location(), target.location());
    let refused = |arguments: &[&str], why: &str| {
        let (code, _, stderr) = db(arguments);
        assert_eq!(code, 1);
        assert!(stderr.contains(why), "{stderr}");
    };
    refused(&["copy", &source, &to], "server runs on the database");
    server.stop();
    copied(server.database(), &target);
    refused(
        &["copy", &source, &to],
        "is not empty: it has rows in accounts",
    );
    refused(
        &["copy", "nowhere.db", &to],
        "there is no database nowhere.db",
    );
    assert!(!Path::new("nowhere.db").exists());
    refused(&["check", "nowhere.db"], "there is no database nowhere.db");
    let (code, _, stderr) = db(&["check", "postgres://host"]);
    assert_eq!(code, 2);
    assert!(stderr.contains("names a database"), "{stderr}");
}

#[test]
fn what_is_broken_is_said() {
    let mut server = Server::on_file("");
    server.client.created("return 1");
    server.stop();
    let database = server.database();
    database.execute("UPDATE accounts SET functions = 7");
    database.execute("DELETE FROM changes");
    let (code, stdout, _) = db(&["check", &database.location()]);
    assert_eq!(code, 1);
    for fault in [
        "accounts whose functions are miscounted: 1",
        "documents that are missing from the changes: 1",
    ] {
        assert!(stdout.contains(fault), "{stdout}");
    }
}

/// PostgreSQL does not store the character U+0000, so both databases refuse it.
#[test]
fn the_character_nul_is_refused_by_name() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    let said = "a text contains the character U+0000";
    let account = json!({"data": {"name": "a\0b"}}).to_string();
    let refused = client.send(Method::PUT, "/v2/accounts", &account);
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(refused.body.to_string().contains(said), "{}", refused.body);
    let refused = couchdb.put("/functions/a%00b", &json!({}));
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert!(refused.body.to_string().contains(said), "{}", refused.body);
    // Inside a document, U+0000 is an escape of JSON.
    let kept = couchdb.put("/functions/kept", &json!({"text": "a\0b"}));
    assert_eq!(kept.status, 201, "{}", kept.body);
    assert_eq!(couchdb.get("/functions/kept").body["text"], "a\0b");
}
