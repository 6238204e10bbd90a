//! Revisions from other databases.

use serde_json::{Value, json};

use ureq::http::Method;

use super::{CouchDb, PASSWORD, USER, basic, function};

fn replicate(couchdb: &CouchDb, docs: &Value) -> Value {
    let body = json!({"new_edits": false, "docs": docs});
    let reply = couchdb.post("/functions/_bulk_docs", &body);
    assert_eq!(reply.status, 201, "{}", reply.body);
    reply.body
}

#[test]
fn revisions_keep_their_names() {
    let couchdb = CouchDb::start();
    let account = couchdb.server.client.account.clone();
    let mut body = function(&account, "return 1");
    body["_id"] = "f".into();
    body["_rev"] = "3-c".into();
    body["_revisions"] = json!({"start": 3, "ids": ["c", "b", "a"]});
    assert_eq!(replicate(&couchdb, &json!([body])), json!([]));
    let found = couchdb.get("/functions/f?revs=true").body;
    assert_eq!(found["_rev"], "3-c");
    assert_eq!(found["_revisions"], body["_revisions"]);
    assert_eq!(couchdb.server.client.result("f", &json!({})), 1);
    // Repeating it changes nothing.
    let before = couchdb.get("/functions").body["update_seq"].clone();
    replicate(&couchdb, &json!([body]));
    assert_eq!(couchdb.get("/functions").body["update_seq"], before);

    // The document can be changed here.
    let mut next = couchdb.document("f");
    next["function_js"] = "return 2".into();
    let rev = couchdb.written("f", &next);
    assert!(rev.starts_with("4-"), "{rev}");
    let known = couchdb.get("/functions/f?revs=true").body;
    let hash = rev.split_once('-').unwrap().1;
    assert_eq!(
        known["_revisions"],
        json!({"start": 4, "ids": [hash, "c", "b", "a"]})
    );
    let put =
        json!({"_rev": "5-e", "_revisions": {"start": 5, "ids": ["e", hash]}, "_deleted": true});
    let reply = couchdb.put("/functions/f?new_edits=false", &put);
    assert_eq!((reply.status, &reply.body["rev"]), (201, &json!("5-e")));
    assert_eq!(couchdb.get("/functions/f").body["reason"], "deleted");
    assert_eq!(couchdb.server.client.run("f", &json!({})).status, 404);
}

#[test]
fn the_revision_with_the_longest_history_wins() {
    let couchdb = CouchDb::start();
    let leaf = |line: &[&str], n: u8, deleted: bool| {
        let hashes: Vec<_> = line
            .iter()
            .map(|it| it.split_once('-').unwrap().1)
            .collect();
        let start = line[0].split_once('-').unwrap().0.parse::<u64>().unwrap();
        json!({
            "_id": "d", "_rev": line[0], "_revisions": {"start": start, "ids": hashes},
            "_deleted": deleted, "n": n,
        })
    };
    let winner = || {
        let reply = couchdb.get("/functions/d");
        match reply.status {
            200 => reply.body["_rev"].as_str().unwrap().to_owned(),
            _ => reply.body["reason"].as_str().unwrap().to_owned(),
        }
    };
    for (line, deleted, expected) in [
        (&["1-a"][..], false, "1-a"),
        (&["2-b", "1-a"], false, "2-b"),
        // Of two with the same generation, the larger name wins.
        (&["2-a", "1-a"], false, "2-b"),
        (&["2-c", "1-a"], false, "2-c"),
        (&["3-a", "2-a", "1-a"], false, "3-a"),
        // A deletion wins over no document.
        (&["9-x"], true, "3-a"),
        (&["4-d", "3-a", "2-a", "1-a"], true, "deleted"),
        (&["1-z"], false, "1-z"),
    ] {
        replicate(&couchdb, &json!([leaf(line, 1, deleted)]));
        assert_eq!(winner(), expected, "{line:?}");
    }
    let diff = couchdb.post(
        "/functions/_revs_diff",
        &json!({"d": ["2-a", "2-b", "9-x", "5-n"], "e": ["1-a"]}),
    );
    assert_eq!(
        diff.body,
        json!({"d": {"missing": ["5-n"], "possible_ancestors": ["1-z"]}, "e": {"missing": ["1-a"]}})
    );
    let missing = couchdb.post("/functions/_missing_revs", &json!({"d": ["2-a", "5-n"]}));
    assert_eq!(missing.body, json!({"missing_revs": {"d": ["5-n"]}}));
    // The body of a revision that lost is not stored.
    let open = couchdb
        .get("/functions/d?open_revs=[%221-z%22,%222-b%22]&revs=true")
        .body;
    assert_eq!(open[0]["ok"]["_rev"], "1-z");
    assert_eq!(open[1], json!({"missing": "2-b"}));
    let all = couchdb.get("/functions/d?open_revs=all").body;
    assert_eq!(all.as_array().unwrap().len(), 1);
    assert_eq!(couchdb.get("/functions/none?open_revs=all").status, 404);
    for refused in [
        json!({"d": "1-a"}),
        json!({"d": [1]}),
        json!({"d": ["x"]}),
        json!([]),
    ] {
        let reply = couchdb.post("/functions/_revs_diff", &refused);
        assert_eq!(reply.status, 400, "{refused}");
    }
}

/// The request of CouchDB's replicator, and the form of the reply that it reads.
#[test]
fn revisions_come_in_parts_to_who_asks_for_parts() {
    let couchdb = CouchDb::start();
    replicate(
        &couchdb,
        &json!([{"_id": "d", "_rev": "1-a", "n": 1}, {"_id": "e", "_rev": "1-e"}]),
    );
    let authorization = basic(USER, PASSWORD);
    let asked = |path: &str| {
        let headers = [
            ("authorization", authorization.as_str()),
            ("accept", "multipart/mixed"),
        ];
        let reply = couchdb.send_with(Method::GET, path, "", &headers);
        assert_eq!(reply.status, 200, "{}", reply.body);
        let content_type = reply.headers["content-type"].to_str().unwrap();
        let boundary = content_type
            .strip_prefix("multipart/mixed; boundary=\"")
            .unwrap();
        let boundary = format!("--{}", boundary.strip_suffix('"').unwrap());
        let body = reply.body.as_str().unwrap().to_owned();
        let mut parts: Vec<_> = body.split(&boundary).collect();
        assert_eq!((parts.remove(0), parts.pop()), ("", Some("--")));
        let read = |part: &str| {
            let (head, document) = part.split_once("\r\n\r\n").unwrap();
            let document = document.strip_suffix("\r\n").unwrap();
            let document: Value = serde_json::from_str(document).unwrap();
            (head.trim_start().to_owned(), document)
        };
        parts.into_iter().map(read).collect::<Vec<_>>()
    };
    let json = "Content-Type: application/json".to_owned();
    let missing = format!("{json}; error=\"true\"");
    assert_eq!(
        asked("/functions/d?revs=true&open_revs=[%221-a%22,%222-b%22]&latest=true"),
        [
            (
                json.clone(),
                json!({"_id": "d", "_rev": "1-a", "n": 1, "_revisions": {"start": 1, "ids": ["a"]}})
            ),
            (missing, json!({"missing": "2-b"})),
        ]
    );
    let all = asked("/functions/e?open_revs=all");
    assert_eq!(all, [(json, json!({"_id": "e", "_rev": "1-e"}))]);
    assert_eq!(asked("/functions/d?open_revs=[]"), []);
}

#[test]
fn what_cannot_be_taken_over_is_named() {
    let couchdb = CouchDb::start();
    let mut bad = function(&couchdb.server.client.account, "return 1");
    bad["_id"] = "bad".into();
    bad["_rev"] = "1-a".into();
    bad["function_js"] = 1.into();
    let good = json!({"_id": "good", "_rev": "1-a"});
    let failed = replicate(&couchdb, &json!([bad, good]));
    assert_eq!(failed.as_array().unwrap().len(), 1);
    assert_eq!(
        (&failed[0]["id"], &failed[0]["rev"], &failed[0]["error"]),
        (&json!("bad"), &json!("1-a"), &json!("forbidden"))
    );
    assert_eq!(couchdb.get("/functions/good").status, 200);
    let nameless = json!({"new_edits": false, "docs": [{"_id": "x"}]});
    assert_eq!(couchdb.post("/functions/_bulk_docs", &nameless).status, 400);
}

#[test]
fn what_is_no_document_keeps_no_other_out() {
    let couchdb = CouchDb::start();
    let attached = json!({"_id": "a", "_rev": "1-a", "_attachments": {"x": {"stub": true}}});
    let other = json!({"_id": "b", "_rev": "1-b", "n": 1});
    let failed = replicate(&couchdb, &json!([attached, other]));
    assert_eq!(failed.as_array().unwrap().len(), 1);
    assert_eq!(failed[0]["id"], "a");
    assert_eq!(failed[0]["error"], "not_implemented");
    assert_eq!(couchdb.document("b")["n"], 1);
}
