//! The views of KAZOO's design document.

use serde_json::{Value, json};

use super::{CouchDb, function};

/// Three accounts. The first is the smallest, and its function `a2` is disabled.
const ACCOUNTS: [&str; 3] = [
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
    "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
    "cccccccccccccccccccccccccccccccc",
];

fn with_functions() -> CouchDb {
    let couchdb = CouchDb::start();
    let mut docs = vec![json!({"_id": "other", "name": "no function"})];
    for (account, letter) in ACCOUNTS.iter().zip(["a", "b", "c"]) {
        for number in 1..=3 {
            let mut doc = function(account, &format!("return {number}"));
            doc["_id"] = format!("{letter}{number}").into();
            doc["enabled"] = (letter != "a" || number != 2).into();
            docs.push(doc);
        }
    }
    let mut deleted = function(ACCOUNTS[1], "return 4");
    deleted["_id"] = "b4".into();
    deleted["pvt_deleted"] = true.into();
    docs.push(deleted);
    let written = couchdb.post("/functions/_bulk_docs", &json!({"docs": docs}));
    let all_are = |it: &Value| it["ok"] == true;
    assert!(
        written.body.as_array().unwrap().iter().all(all_are),
        "{}",
        written.body
    );
    couchdb
}

fn path(view: &str, query: &str) -> String {
    let query = ["A", "B", "C"]
        .iter()
        .zip(ACCOUNTS)
        .fold(query.to_owned(), |query, (short, account)| {
            query.replace(&format!("'{short}'"), &format!("'{account}'"))
        });
    let query = query
        .replace('\'', "%22")
        .replace('{', "%7B")
        .replace('}', "%7D");
    format!("/functions/_design/functions/_view/{view}?{query}")
}

fn ids(reply: &Value) -> Vec<&str> {
    let rows = reply["rows"].as_array().unwrap().iter();
    rows.map(|row| row["id"].as_str().unwrap()).collect()
}

#[test]
fn views_have_couchdbs_semantics() {
    let couchdb = with_functions();
    const CROSSBAR: &str = "crossbar_listing";
    const ACCOUNT: &str = "accounts_listing";
    for (view, query, expected) in [
        (
            CROSSBAR,
            "",
            &["a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3"][..],
        ),
        (
            "functions_listing",
            "",
            &["a1", "a3", "b1", "b2", "b3", "c1", "c2", "c3"],
        ),
        (CROSSBAR, "descending=true&limit=2", &["c3", "c2"]),
        // KAZOO's request.
        (
            CROSSBAR,
            "startkey=['B']&endkey=['B',{}]",
            &["b1", "b2", "b3"],
        ),
        (
            CROSSBAR,
            "startkey=['B']&endkey=['B','\\ufff0']",
            &["b1", "b2", "b3"],
        ),
        (
            CROSSBAR,
            "startkey=['B',{}]&endkey=['B']&descending=true",
            &["b3", "b2", "b1"],
        ),
        (
            CROSSBAR,
            "startkey=['B',{}]&endkey=['B']&descending=true&limit=2",
            &["b3", "b2"],
        ),
        (
            CROSSBAR,
            "startkey=['B','b2']&endkey=['B']&descending=true",
            &["b2", "b1"],
        ),
        (CROSSBAR, "key=['B','b2']", &["b2"]),
        (CROSSBAR, "key=['B']", &[]),
        (
            CROSSBAR,
            "startkey=['B','b2']",
            &["b2", "b3", "c1", "c2", "c3"],
        ),
        (
            CROSSBAR,
            "endkey=['B','b2']",
            &["a1", "a2", "a3", "b1", "b2"],
        ),
        (
            CROSSBAR,
            "endkey=['B','b2']&inclusive_end=false",
            &["a1", "a2", "a3", "b1"],
        ),
        (
            CROSSBAR,
            "start_key=['A','a2']&end_key=['B','b1']&skip=1&limit=2",
            &["a3", "b1"],
        ),
        (CROSSBAR, "startkey=['C','c3',0]", &[]),
        (CROSSBAR, "startkey=null&endkey={}&limit=1", &["a1"]),
        (CROSSBAR, "startkey={}", &[]),
        (CROSSBAR, "startkey=[{}]&descending=true&limit=1", &["c3"]),
        (CROSSBAR, "limit=0", &[]),
        (
            CROSSBAR,
            "keys=[['C','c1'],['A','a1'],['A','none']]",
            &["c1", "a1"],
        ),
        (
            CROSSBAR,
            "keys=[['C','c1'],['A','a1'],['B','b1']]&skip=1&limit=1",
            &["a1"],
        ),
        (ACCOUNT, "reduce=false&key='B'", &["b1", "b2", "b3"]),
        (
            ACCOUNT,
            "reduce=false&startkey='B'&startkey_docid=b2&endkey='B'",
            &["b2", "b3"],
        ),
        (
            ACCOUNT,
            "reduce=false&startkey='A'&endkey='B'&endkey_docid=b1",
            &["a1", "a2", "a3", "b1"],
        ),
        (
            ACCOUNT,
            "reduce=false&startkey='B'&startkey_docid=b2&descending=true",
            &["b2", "b1", "a3", "a2", "a1"],
        ),
    ] {
        let reply = couchdb.get(&path(view, query));
        assert_eq!(reply.status, 200, "{query}: {}", reply.body);
        assert_eq!(ids(&reply.body), expected, "{view} {query}");
    }
}

#[test]
fn rows_hold_what_kazoos_own_views_emit() {
    let couchdb = with_functions();
    let of_a = couchdb
        .get(&path(
            "crossbar_listing",
            "key=['A','a2']&include_docs=true&update_seq=true",
        ))
        .body;
    assert_eq!(
        (&of_a["total_rows"], &of_a["update_seq"]),
        (&json!(9), &json!("11"))
    );
    assert_eq!(
        of_a["rows"][0],
        json!({
            "id": "a2", "key": [ACCOUNTS[0], "a2"], "doc": couchdb.document("a2"),
            "value": {"name": "test", "function_js": "return 2", "enabled": false},
        })
    );
    let enabled = couchdb.get(&path("functions_listing", "limit=1")).body;
    assert_eq!(
        (&enabled["total_rows"], &enabled["offset"]),
        (&json!(8), &json!(0))
    );
    assert_eq!(
        enabled["rows"][0]["value"],
        json!({"name": "test", "function_js": "return 1"})
    );
    let accounts = couchdb
        .get(&path("accounts_listing", "reduce=false&limit=1"))
        .body;
    assert_eq!(
        accounts["rows"][0],
        json!({"id": "a1", "key": ACCOUNTS[0], "value": null})
    );
}

#[test]
fn functions_are_counted_by_account() {
    let couchdb = with_functions();
    let [a, b, c] = ACCOUNTS;
    for (query, expected) in [
        ("", json!([{"key": null, "value": 9}])),
        (
            "group=true",
            json!([{"key": a, "value": 3}, {"key": b, "value": 3}, {"key": c, "value": 3}]),
        ),
        (
            "group_level=1&skip=1&limit=1",
            json!([{"key": b, "value": 3}]),
        ),
        (
            "group=true&descending=true&limit=1",
            json!([{"key": c, "value": 3}]),
        ),
        ("reduce=true&key='B'", json!([{"key": null, "value": 3}])),
        (
            "group=true&keys=['C','A','none']",
            json!([{"key": c, "value": 3}, {"key": a, "value": 3}]),
        ),
        ("keys=['B']", json!([{"key": null, "value": 3}])),
        ("key='none'", json!([])),
        (
            "startkey='A'&startkey_docid=a2",
            json!([{"key": null, "value": 8}]),
        ),
    ] {
        let reply = couchdb.get(&path("accounts_listing", query));
        assert_eq!(
            (reply.status, &reply.body["rows"]),
            (200, &expected),
            "{query}"
        );
        assert!(reply.body.get("total_rows").is_none());
    }
}

#[test]
fn a_query_can_be_in_a_body() {
    let couchdb = with_functions();
    let keys = json!({"keys": [[ACCOUNTS[2], "c1"], [ACCOUNTS[0], "a1"]]});
    let reply = couchdb.post(&path("crossbar_listing", ""), &keys);
    assert_eq!(ids(&reply.body), ["c1", "a1"]);
    let range = json!({"startkey": [ACCOUNTS[1]], "endkey": [ACCOUNTS[1], {}], "descending": false, "limit": 2});
    let reply = couchdb.post(&path("crossbar_listing", "limit=1"), &range);
    assert_eq!(ids(&reply.body), ["b1"], "the query wins");
}

#[test]
fn what_makes_no_sense_is_refused() {
    let couchdb = with_functions();
    for (view, query, status, error) in [
        ("nope", "", 404, "not_found"),
        ("crossbar_listing", "reduce=true", 400, "query_parse_error"),
        ("crossbar_listing", "group=true", 400, "query_parse_error"),
        (
            "accounts_listing",
            "include_docs=true",
            400,
            "query_parse_error",
        ),
        (
            "accounts_listing",
            "keys=['A','B']",
            400,
            "query_parse_error",
        ),
        ("crossbar_listing", "limit=x", 400, "query_parse_error"),
        ("crossbar_listing", "skip=-1", 400, "query_parse_error"),
        ("crossbar_listing", "descending=1", 400, "query_parse_error"),
        ("crossbar_listing", "startkey=x", 400, "bad_request"),
        (
            "crossbar_listing",
            "startkey=['B']&endkey=['A']",
            400,
            "query_parse_error",
        ),
        (
            "crossbar_listing",
            "keys=[]&key=1",
            400,
            "query_parse_error",
        ),
        ("crossbar_listing", "keys=1", 400, "bad_request"),
    ] {
        let reply = couchdb.get(&path(view, query));
        assert_eq!(
            (reply.status, reply.body["error"].as_str()),
            (status, Some(error)),
            "{view} {query}"
        );
    }
}

#[test]
fn long_lists_are_whole() {
    let couchdb = CouchDb::start();
    // More documents than are read or sent at one time.
    let docs: Vec<_> = (0..700)
        .map(|n| {
            let mut doc = function(ACCOUNTS[n % 2], &format!("return '{}'", "x".repeat(n)));
            doc["_id"] = format!("f{n:03}").into();
            doc
        })
        .collect();
    for docs in docs.chunks(100) {
        couchdb.post("/functions/_bulk_docs", &json!({"docs": docs}));
    }
    let of = |start: usize| -> Vec<_> {
        (start..700)
            .step_by(2)
            .map(|n| format!("f{n:03}"))
            .collect()
    };
    let all = couchdb.get(&path("crossbar_listing", "")).body;
    assert_eq!(ids(&all), [of(0), of(1)].concat());
    let second = couchdb
        .get(&path(
            "crossbar_listing",
            "startkey=['B',{}]&endkey=['B']&descending=true",
        ))
        .body;
    assert!(ids(&second).into_iter().eq(of(1).iter().rev()));
    let counted = couchdb.get(&path("accounts_listing", "group=true")).body;
    assert_eq!(counted["rows"][0]["value"], 350);
}
