//! Requests of CouchDB's own replicator, in both directions (`recordings/couchdb-*.http`).

use std::io::{BufRead, BufReader};

use serde_json::{Value, json};

use super::{
    CouchDb,
    recordings::{Player, played, requests},
};

const PUSH: &str = include_str!("recordings/couchdb-push.http");
const PULL: &str = include_str!("recordings/couchdb-pull.http");
const CONTINUOUS: &str = include_str!("recordings/couchdb-continuous.http");

/// Replicates a design document, a function, and documents with a conflict, with a deletion, with an id that needs
/// escapes and with an attachment.
#[test]
fn a_couchdb_replicates_to_here() {
    let couchdb = CouchDb::start();
    insta::assert_snapshot!("push", played(&couchdb, PUSH));
    assert_eq!(couchdb.document("a%2Fb%20c%2B%C3%A9")["n"], 1);
    assert_eq!(couchdb.document("_design/x%20y")["language"], "javascript");
    assert_eq!(couchdb.get("/functions/gone").body["reason"], "deleted");
    // The same revision wins in CouchDB and here.
    assert_eq!(couchdb.document("conflict")["_rev"], "2-c");
    assert_eq!(couchdb.server.client.result("conflict", &json!({})), 2);
    // Documents that are refused have a status that the replicator counts as one failure before it continues.
    assert_eq!(couchdb.get("/functions/attached").status, 404);
    let again = played(&couchdb, PUSH);
    assert!(again.contains(r#"{"attached":{"missing":["#), "{again}");
}

#[test]
fn a_couchdb_replicates_from_here() {
    let couchdb = CouchDb::start();
    played(&couchdb, PUSH);
    insta::assert_snapshot!("pull", played(&couchdb, PULL));
}

/// The lines of JSON in a continuous feed, without the sizes of its chunks.
fn changes(feed: BufReader<std::net::TcpStream>) -> impl Iterator<Item = Value> {
    let lines = feed.lines().map_while(Result::ok);
    lines.filter(|line| line.starts_with('{')).map(|line| {
        let change: Value = serde_json::from_str(&line).unwrap();
        // The replicator takes a line without this member for the end of the feed.
        assert!(change["changes"].is_array(), "{change}");
        change
    })
}

#[test]
fn a_couchdb_follows_what_is_written_here() {
    let couchdb = CouchDb::start();
    played(&couchdb, PUSH);
    played(&couchdb, PULL);
    let mut player = Player::new(&couchdb);
    let mut feed = None;
    let mut replies = Vec::new();
    for request in requests(CONTINUOUS) {
        if request.contains("feed=continuous") {
            let mut opened = changes(player.open(request));
            let written = couchdb.written("live", &json!({"n": 1}));
            let change = opened.next().unwrap();
            assert_eq!(
                (&change["id"], &change["seq"], &change["changes"]),
                (&json!("live"), &json!("6"), &json!([{"rev": written}]))
            );
            feed = Some(opened);
        } else {
            replies.push((request, player.ask(request)));
        }
    }
    let reply = |what: &str| {
        let found = replies.iter().find(|(request, _)| request.contains(what));
        let (_, reply) = found.unwrap();
        assert!(matches!(reply.status, 200 | 201), "{what}");
        serde_json::from_str::<Value>(&reply.body).unwrap()
    };
    assert_eq!(
        reply("POST /functions/_bulk_get")["results"][0]["docs"][0]["ok"]["n"],
        1
    );
    // The replicator stores its progress in the document from the first replication.
    assert_eq!(reply("GET /functions/_local")["source_last_seq"], "5");
    assert_eq!(reply("PUT /functions/_local")["rev"], "0-2");
    assert_eq!(
        reply("GET /functions/_changes?since=6&limit=0"),
        json!({"results": [], "last_seq": "6", "pending": 0})
    );
    // The feed continues.
    let rev = couchdb.document("live")["_rev"]
        .as_str()
        .unwrap()
        .to_owned();
    couchdb.delete(&format!("/functions/live?rev={rev}"));
    let change = feed.unwrap().next().unwrap();
    assert_eq!(
        (&change["id"], &change["deleted"]),
        (&json!("live"), &json!(true))
    );
}
