//! Reading and writing documents as in CouchDB.

use serde_json::{Value, json};
use ureq::http::Method;

use super::{CouchDb, PASSWORD, USER, basic};

#[test]
fn a_document_follows_its_revisions() {
    let couchdb = CouchDb::start();
    let path = "/functions/a%2Fb%20c";
    let created = couchdb.put(path, &json!({"n": 1}));
    assert_eq!(created.status, 201, "{}", created.body);
    let first = created.body["rev"].as_str().unwrap().to_owned();
    assert_eq!(
        created.body,
        json!({"ok": true, "id": "a/b c", "rev": first})
    );
    assert_eq!(created.headers["etag"], format!("\"{first}\"").as_str());
    let location = created.headers["location"].to_str().unwrap();
    assert!(location.ends_with("/functions/a%2Fb+c"), "{location}");

    let read = couchdb.get(path);
    assert_eq!(read.body, json!({"_id": "a/b c", "_rev": first, "n": 1}));
    assert_eq!(read.headers["etag"], created.headers["etag"]);
    assert_eq!(read.headers["content-type"], "application/json");
    let authorization = basic(USER, PASSWORD);
    let conditional = |tag: &str| {
        let headers = [
            ("authorization", authorization.as_str()),
            ("if-none-match", tag),
        ];
        couchdb.send_with(Method::GET, path, "", &headers).status
    };
    assert_eq!(conditional(&format!("\"{first}\"")), 304);
    assert_eq!(conditional("\"1-x\""), 200);

    // A revision can be named in three ways.
    let second = couchdb.put(path, &json!({"n": 2, "_rev": first}));
    assert_eq!(second.status, 201, "{}", second.body);
    let second = second.body["rev"].as_str().unwrap().to_owned();
    let third = couchdb.put(&format!("{path}?rev={second}"), &json!({"n": 3}));
    assert_eq!(third.status, 201, "{}", third.body);
    let third = third.body["rev"].as_str().unwrap().to_owned();
    let if_match = |rev: &str, body: &str| {
        let headers = [
            ("authorization", authorization.as_str()),
            ("content-type", "application/json"),
            ("if-match", rev),
        ];
        couchdb.send_with(Method::PUT, path, body, &headers)
    };
    assert_eq!(if_match(&format!("\"{second}\""), "{}").status, 409);
    let fourth = if_match(&format!("\"{third}\""), "{}");
    assert_eq!(fourth.status, 201, "{}", fourth.body);
    let fourth = fourth.body["rev"].as_str().unwrap().to_owned();

    let conflict = json!({"error": "conflict", "reason": "Document update conflict."});
    for stale in [json!({}), json!({"_rev": third}), json!({"_rev": "9-x"})] {
        let reply = couchdb.put(path, &stale);
        assert_eq!(
            (reply.status, reply.body),
            (409, conflict.clone()),
            "{stale}"
        );
    }
    for (refused, reason) in [
        (
            couchdb.put(&format!("{path}?rev={first}"), &json!({"_rev": fourth})),
            "Document rev from request body and query string have different values",
        ),
        (
            if_match(&first, &json!({"_rev": fourth}).to_string()),
            "Document rev and etag have different values",
        ),
        (
            couchdb.put(path, &json!({"_rev": "x"})),
            "Invalid rev format",
        ),
        (couchdb.get(&format!("{path}?rev=x")), "Invalid rev format"),
        (
            couchdb.put(path, &json!([])),
            "Document must be a JSON object",
        ),
    ] {
        let expected = json!({"error": "bad_request", "reason": reason});
        assert_eq!((refused.status, refused.body), (400, expected));
    }

    let revisions = couchdb.get(&format!("{path}?revs=true")).body;
    let hashes: Vec<_> = [&fourth, &third, &second, &first]
        .map(|rev| rev.split_once('-').unwrap().1)
        .into();
    assert_eq!(revisions["_revisions"], json!({"start": 4, "ids": hashes}));

    assert_eq!(couchdb.delete(path).status, 409);
    assert_eq!(couchdb.delete(&format!("{path}?rev={first}")).status, 409);
    let deleted = couchdb.delete(&format!("{path}?rev={fourth}"));
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    let fifth = deleted.body["rev"].as_str().unwrap().to_owned();
    let gone = json!({"error": "not_found", "reason": "deleted"});
    for reply in [couchdb.get(path), couchdb.delete(path)] {
        assert_eq!((reply.status, reply.body), (404, gone.clone()));
    }
    let tombstone = couchdb.get(&format!("{path}?rev={fifth}"));
    assert_eq!(
        tombstone.body,
        json!({"_id": "a/b c", "_rev": fifth, "_deleted": true})
    );
    // A deleted document is written without its revision, and its generation continues.
    let again = couchdb.put(path, &json!({"n": 6}));
    assert!(again.body["rev"].as_str().unwrap().starts_with("6-"));
}

#[test]
fn ids_are_made_up_or_refused() {
    let couchdb = CouchDb::start();
    let made = couchdb.post("/functions", &json!({"n": 1}));
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.body["id"].as_str().unwrap().len(), 32);
    let named = couchdb.post("/functions", &json!({"_id": "x", "n": 1}));
    assert_eq!(named.body["id"], "x");
    assert_eq!(couchdb.post("/functions", &json!({"_id": "x"})).status, 409);
    for (refused, error) in [
        (json!({"_id": ""}), "illegal_docid"),
        (json!({"_id": "_x"}), "illegal_docid"),
        (json!({"_id": 1}), "illegal_docid"),
        (json!({"_id": "x".repeat(2_000)}), "illegal_docid"),
        (json!({"_other": 1}), "doc_validation"),
    ] {
        let reply = couchdb.post("/functions", &refused);
        assert_eq!(
            (reply.status, reply.body["error"].as_str()),
            (400, Some(error)),
            "{refused}"
        );
    }
    let attachment = json!({"_attachments": {"a": {"data": "eA==", "content_type": "text/plain"}}});
    let refused = couchdb.post("/functions", &attachment);
    assert_eq!(
        (refused.status, refused.body["error"].as_str()),
        (501, Some("not_implemented"))
    );
}

#[test]
fn design_documents_are_kept_under_both_their_addresses() {
    let couchdb = CouchDb::start();
    let design = json!({"language": "javascript", "views": {"v": {"map": "function (doc) {}"}}});
    let rev = couchdb.written("_design/x", &design);
    let read = couchdb.document("_design%2Fx");
    assert_eq!(read["_id"], "_design/x");
    assert_eq!(read["_rev"], rev.as_str());
    assert_eq!(read["views"], design["views"]);
    couchdb.written("y", &json!({}));
    let listed = couchdb
        .get("/functions/_design_docs?include_docs=true")
        .body;
    assert_eq!(listed["rows"].as_array().unwrap().len(), 1);
    assert_eq!(listed["rows"][0]["doc"], read);
    let deleted = couchdb.delete(&format!("/functions/_design%2Fx?rev={rev}"));
    assert_eq!(deleted.status, 200);
    assert_eq!(couchdb.get("/functions/_design/x").status, 404);
}

#[test]
fn a_document_that_is_too_deep_fails_alone() {
    let couchdb = CouchDb::start();
    let deep = (0..200).fold(json!(1), |inner, _| json!([inner]));
    let docs = json!([{"_id": "a"}, {"_id": "deep", "x": deep}, {"_id": "b"}]);
    let reply = couchdb.post("/functions/_bulk_docs", &json!({"docs": docs}));
    assert_eq!(reply.status, 201, "{}", reply.body);
    assert_eq!(
        reply.body[1],
        json!({"id": "deep", "error": "bad_request", "reason": "the document is nested too deeply"})
    );
    for (id, status) in [("a", 200), ("deep", 404), ("b", 200)] {
        assert_eq!(couchdb.get(&format!("/functions/{id}")).status, status);
    }
}

#[test]
fn many_documents_fail_one_by_one() {
    let couchdb = CouchDb::start();
    let first = couchdb.written("a", &json!({}));
    let docs = json!([{"_id": "a"}, {"_id": "a", "_rev": first, "n": 2}, {"_id": "b"}, {"_id": "c", "_deleted": true}, {"n": 1}]);
    let reply = couchdb.post("/functions/_bulk_docs", &json!({"docs": docs}));
    assert_eq!(reply.status, 201);
    let results = reply.body.as_array().unwrap();
    assert_eq!(
        results[0],
        json!({"id": "a", "error": "conflict", "reason": "Document update conflict."})
    );
    assert_eq!(
        (&results[1]["ok"], &results[1]["id"]),
        (&json!(true), &json!("a"))
    );
    assert_eq!(results[2]["id"], "b");
    assert_eq!(couchdb.get("/functions/c").body["reason"], "deleted");
    assert_eq!(results[4]["id"].as_str().unwrap().len(), 32);

    // An invalid document refuses the whole request.
    let refused = couchdb.post("/functions/_bulk_docs", &json!({"docs": [{"_id": "d"}, 1]}));
    assert_eq!(refused.status, 400, "{}", refused.body);
    assert_eq!(couchdb.get("/functions/d").status, 404);
    for body in [
        json!({}),
        json!({"docs": {}}),
        json!({"docs": [], "new_edits": 1}),
        json!([]),
    ] {
        assert_eq!(
            couchdb.post("/functions/_bulk_docs", &body).status,
            400,
            "{body}"
        );
    }

    let wanted = json!({"docs": [{"id": "a"}, {"id": "a", "rev": first}, {"id": "a", "rev": "9-x"}, {"id": "z"}, {"rev": "1-a"}, {"id": "c"}]});
    let got = couchdb.post("/functions/_bulk_get?revs=true", &wanted);
    assert_eq!(got.status, 200);
    let got: Vec<_> = got.body["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["docs"][0].clone())
        .collect();
    assert_eq!(got[0]["ok"]["n"], 2);
    assert_eq!(got[0]["ok"]["_revisions"]["start"], 2);
    // Bodies of revisions that are not current are not stored.
    let missing = |id: &str, rev: &str| json!({"error": {"id": id, "rev": rev, "error": "not_found", "reason": "missing"}});
    assert_eq!(got[1], missing("a", &first));
    assert_eq!(got[2], missing("a", "9-x"));
    assert_eq!(got[3], missing("z", "undefined"));
    assert_eq!(got[4]["error"]["error"], "bad_request");
    assert_eq!(got[5]["ok"]["_deleted"], true);
}

#[test]
fn lists_of_documents_have_every_parameter() {
    let couchdb = CouchDb::start();
    let docs: Vec<_> = (0..600)
        .map(|n| json!({"_id": format!("d{n:03}"), "n": n}))
        .collect();
    couchdb.post("/functions/_bulk_docs", &json!({"docs": docs}));
    let gone = couchdb.document("d300")["_rev"]
        .as_str()
        .unwrap()
        .to_owned();
    couchdb.delete(&format!("/functions/d300?rev={gone}"));
    let ids = |body: &Value| -> Vec<String> {
        let rows = body["rows"].as_array().unwrap().iter();
        rows.map(|row| row["key"].as_str().unwrap().to_owned())
            .collect()
    };
    let all = couchdb.get("/functions/_all_docs").body;
    assert_eq!(
        (&all["total_rows"], &all["offset"]),
        (&json!(599), &json!(0))
    );
    let expected: Vec<_> = (0..600)
        .filter(|n| *n != 300)
        .map(|n| format!("d{n:03}"))
        .collect();
    assert_eq!(ids(&all), expected);
    let backwards = couchdb.get("/functions/_all_docs?descending=true").body;
    assert!(ids(&backwards).iter().eq(expected.iter().rev()));
    for (query, expected) in [
        ("key=%22d001%22", &["d001"][..]),
        ("startkey=%22d598%22", &["d598", "d599"]),
        ("start_key=%22d598%22&limit=1", &["d598"]),
        (
            "startkey=%22d001%22&endkey=%22d003%22",
            &["d001", "d002", "d003"],
        ),
        (
            "startkey=%22d001%22&end_key=%22d003%22&inclusive_end=false",
            &["d001", "d002"],
        ),
        (
            "startkey=%22d003%22&endkey=%22d001%22&descending=true&skip=1",
            &["d002", "d001"],
        ),
        ("skip=597", &["d598", "d599"]),
        ("limit=0", &[]),
        ("startkey=%22d299%22&limit=2", &["d299", "d301"]),
        ("keys=[%22d002%22,%22d001%22]", &["d002", "d001"]),
        (
            "keys=[%22d002%22,%22d001%22,%22d003%22]&skip=1&limit=1",
            &["d001"],
        ),
        ("startkey={}", &[]),
    ] {
        let reply = couchdb.get(&format!("/functions/_all_docs?{query}"));
        assert_eq!(reply.status, 200, "{query} {}", reply.body);
        assert_eq!(ids(&reply.body), expected, "{query}");
    }
    let keys = json!({"keys": ["d001", "d300", "none", 1], "include_docs": true});
    let found = couchdb
        .post("/functions/_all_docs?update_seq=true", &keys)
        .body;
    let rows = found["rows"].as_array().unwrap();
    assert_eq!(rows[0]["doc"]["n"], 1);
    assert_eq!(
        (&rows[1]["value"]["deleted"], &rows[1]["doc"]),
        (&json!(true), &Value::Null)
    );
    assert_eq!(rows[2], json!({"key": "none", "error": "not_found"}));
    assert_eq!(rows[3], json!({"key": 1, "error": "not_found"}));
    assert_eq!(found["update_seq"], "601");
}

#[test]
fn local_documents_are_in_no_list() {
    let couchdb = CouchDb::start();
    let path = "/functions/_local/check%2Fpoint";
    assert_eq!(
        couchdb.get(path).body,
        json!({"error": "not_found", "reason": "missing"})
    );
    let written = couchdb.put(path, &json!({"last": 1}));
    assert_eq!(written.status, 201);
    assert_eq!(
        written.body,
        json!({"ok": true, "id": "_local/check/point", "rev": "0-1"})
    );
    assert_eq!(
        couchdb.get("/functions/_local%2Fcheck%2Fpoint").body,
        json!({"_id": "_local/check/point", "_rev": "0-1", "last": 1})
    );
    assert_eq!(couchdb.put(path, &json!({"_rev": "0-9"})).status, 409);
    assert_eq!(
        couchdb.put(path, &json!({"_rev": "0-1"})).body["rev"],
        "0-2"
    );
    assert_eq!(couchdb.get("/functions/_all_docs").body["total_rows"], 0);
    assert_eq!(
        couchdb.get("/functions/_changes").body["results"],
        json!([])
    );
    assert_eq!(couchdb.delete(path).status, 200);
    assert_eq!(couchdb.delete(path).status, 404);
}
