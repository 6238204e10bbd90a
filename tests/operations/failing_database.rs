//! Errors of a database that cannot be reached or written have replies of their own, and calls go on without it.

use std::fs::File;

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    couchdb::CouchDb,
    routers::address,
    server::eventually,
};

const ROUTERS: [&str; 7] = [
    "pivot",
    "jambonz",
    "signalwire",
    "twilio",
    "telnyx",
    "httapi",
    "xml_curl",
];

fn assert_unavailable(reply: &Reply) {
    assert_eq!(reply.status, 503, "{}", reply.body);
    assert!(reply.headers.contains_key("retry-after"));
    // Only the operator sees causes.
    let told = reply.body.to_string();
    for word in ["sqlite", "locked", "disk", "I/O"] {
        assert!(!told.contains(word), "{told}");
    }
}

fn get(client: &Client, path: &str) -> Reply {
    client.send(Method::GET, path, "")
}

fn shown(couchdb: &CouchDb, id: &str) -> Reply {
    couchdb.get(&format!("/functions/_design/functions/_show/wh/{id}"))
}

/// Another process locks the file for longer than the server waits.
#[test]
fn a_locked_file_refuses_writes_and_no_calls() {
    let mut couchdb = CouchDb::on_file("[failures]\ncount = 0\n");
    let id = couchdb
        .server
        .client
        .created("if (call.fail) throw 1; return {n: 1}");
    couchdb.server.stop();
    // Like an update of the program, this makes the first call compile the function again. The server would then store
    // the snapshot.
    let database = couchdb.server.database().open();
    database.execute("DELETE FROM snapshots", []).unwrap();
    couchdb.server.start_again();
    let client = &couchdb.server.client;
    database.execute_batch("BEGIN IMMEDIATE").unwrap();

    assert_eq!(client.result(&id, &json!({})), json!({"n": 1}));
    assert_eq!(client.run(&id, &json!({"fail": 1})).status, 422);
    assert_eq!(
        get(client, &client.functions(&format!("/{id}"))).status,
        200
    );
    let refused = client.create("return 2");
    assert_unavailable(&refused);
    assert_eq!(refused.body["message"], "datastore_unreachable");
    assert_eq!(client.result(&id, &json!({})), json!({"n": 1}));

    database.execute_batch("ROLLBACK").unwrap();
    client.created("return 2");
    eventually("what waited is stored", || {
        let attempts = get(client, &client.functions("/attempts")).body;
        (attempts["data"][0]["input"] == json!({"fail": 1})).then_some(())
    });
}

/// Written rows cannot be read, because the WAL file has lost the newest pages.
#[test]
fn a_failing_disk_is_neither_a_wrong_key_nor_a_missing_function() {
    let couchdb = CouchDb::on_file("");
    let master = &couchdb.server.client;
    let other = master.sub_account("other");
    let (known, unknown) = (
        master.created("return {module: 'hangup', data: {}}"),
        other.created("return {module: 'hangup', data: {}}"),
    );
    let addresses = ROUTERS.map(|router| address(&other, &unknown, router));
    master.result(&known, &json!({}));
    // After this change, nothing of the other account is in memory.
    let changed = master.send(
        Method::PATCH,
        &format!("/v2/accounts/{}", other.account),
        r#"{"data":{"language":"de-DE"}}"#,
    );
    assert_eq!(changed.status, 200, "{}", changed.body);
    let newest = couchdb.server.database().path().with_extension("db-wal");
    File::options()
        .write(true)
        .open(newest)
        .unwrap()
        .set_len(0)
        .unwrap();

    for (router, address) in ROUTERS.iter().zip(&addresses) {
        let reply = master.send_as_is(Method::GET, address, "", &[]);
        assert_eq!(reply.status, 503, "{router}: {}", reply.body);
        assert_unavailable(&reply);
    }
    assert_unavailable(&shown(&couchdb, &unknown));
    let reads = [
        master.functions(""),
        master.functions(&format!("/{known}")),
        master.functions(&format!("/{known}/revisions")),
        other.functions(""),
        format!("/v2/accounts/{}", other.account),
    ];
    for path in reads {
        assert_unavailable(&get(master, &path));
    }
    // Functions in memory can be called, and a computed answer is sent.
    assert_eq!(master.result(&known, &json!({}))["module"], "hangup");
    let run = master.functions(&format!("/{known}/run?record=true"));
    let recorded = master.send(Method::POST, &run, r#"{"data":{}}"#);
    assert_eq!(recorded.status, 200, "{}", recorded.body);
    assert_eq!(recorded.body["data"]["replay"]["capture"], Value::Null);
    assert!(couchdb.server.log().contains("the database failed"));
}
