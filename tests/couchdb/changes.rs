//! `_changes`: past writes, and writes while a feed waits.

use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use ureq::http::Method;

use super::{CouchDb, feed::Feed};
use crate::server::eventually;

fn ids(reply: &Value) -> Vec<&str> {
    let results = reply["results"].as_array().unwrap().iter();
    results.map(|it| it["id"].as_str().unwrap()).collect()
}

#[test]
fn changes_are_in_order_and_each_document_is_there_once() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    let docs: Vec<_> = (0..500).map(|n| json!({"_id": format!("d{n}")})).collect();
    couchdb.post("/functions/_bulk_docs", &json!({"docs": docs}));
    let function = client.created("return 1");
    let rev = couchdb.document("d0")["_rev"].as_str().unwrap().to_owned();
    couchdb.delete(&format!("/functions/d0?rev={rev}"));
    let all = couchdb.get("/functions/_changes").body;
    let found = ids(&all);
    assert_eq!(found.len(), 501);
    assert_eq!(
        (found[0], found[499], found[500]),
        ("d1", function.as_str(), "d0")
    );
    assert_eq!(all["results"][500]["deleted"], true);
    assert_eq!(all["pending"], 0);
    let last = all["last_seq"].as_str().unwrap();
    assert_eq!(couchdb.get("/functions").body["update_seq"], last);
    assert_eq!(all["results"][500]["seq"], last);

    let query = |query: &str| couchdb.get(&format!("/functions/_changes?{query}")).body;
    let two = query("limit=2");
    assert_eq!(ids(&two), ["d1", "d2"]);
    assert!(two["pending"].as_u64().unwrap() >= 499);
    let since = two["last_seq"].as_str().unwrap();
    assert_eq!(ids(&query(&format!("since={since}&limit=1"))), ["d3"]);
    assert_eq!(ids(&query("descending=true&limit=2")), ["d0", &function]);
    let nothing = query("since=now");
    assert_eq!(
        (&nothing["results"], &nothing["last_seq"]),
        (&json!([]), &json!(last))
    );
    let none = query("limit=0&since=3");
    assert_eq!(
        (&none["results"], &none["last_seq"]),
        (&json!([]), &json!("3"))
    );

    let docs = query("include_docs=true&descending=true&limit=2");
    assert_eq!(docs["results"][0]["doc"]["_deleted"], true);
    assert_eq!(docs["results"][1]["doc"], couchdb.document(&function));

    assert_eq!(
        ids(&query("filter=_doc_ids&doc_ids=[%22d7%22,%22none%22]")),
        ["d7"]
    );
    let posted = couchdb.post(
        "/functions/_changes?filter=_doc_ids",
        &json!({"doc_ids": ["d8", "d9"]}),
    );
    assert_eq!(ids(&posted.body), ["d8", "d9"]);
    couchdb.written("_design/x", &json!({}));
    assert_eq!(ids(&query("filter=_design")), ["_design/x"]);
    for refused in [
        "filter=_doc_ids",
        "filter=_selector",
        "heartbeat=x",
        "timeout=x",
        "limit=-1",
    ] {
        let reply = couchdb.get(&format!("/functions/_changes?{refused}"));
        assert!(
            (400..405).contains(&reply.status),
            "{refused}: {}",
            reply.body
        );
    }
}

#[test]
fn a_long_poll_is_woken_by_a_write_of_the_api() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    let at_once = couchdb.get("/functions/_changes?feed=longpoll&timeout=1");
    assert_eq!(
        at_once.body,
        json!({"results": [], "last_seq": "0", "pending": 0})
    );
    // The server sends the head before any write, so the feed waits.
    let mut feed = Feed::open(&couchdb.address(), "feed=longpoll&since=now&timeout=60000");
    let id = client.created("return 1");
    let found = feed.next().unwrap();
    assert_eq!(found["id"], id.as_str());
    assert!(feed.has(|line| line.starts_with("\"last_seq\":\"1\"")));
    let there = couchdb.get("/functions/_changes?feed=longpoll&since=0");
    assert_eq!(ids(&there.body), [id]);
}

#[test]
fn what_is_no_document_keeps_no_feed_waiting() {
    let couchdb = CouchDb::start();
    let ended = AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                couchdb.put("/functions/_local/x", &json!({}));
            }
        });
        let mut feed = Feed::open(&couchdb.address(), "feed=continuous&since=now&timeout=1000");
        let last = feed.next();
        ended.store(true, Ordering::Relaxed);
        assert_eq!(last, Some(json!({"last_seq": "0", "pending": 0})));
    });
}

#[test]
fn a_continuous_feed_goes_on() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    couchdb.written("a", &json!({}));
    let mut feed = Feed::open(
        &couchdb.address(),
        "feed=continuous&since=0&heartbeat=100&include_docs=true",
    );
    assert_eq!(feed.next().unwrap()["id"], "a");
    let id = client.created("return 1");
    assert_eq!(feed.next().unwrap()["id"], id.as_str());
    couchdb.written("b", &json!({"n": 1}));
    assert_eq!(feed.next().unwrap()["doc"]["n"], 1);
    assert!(
        feed.has(|line| line.is_empty()),
        "it shows that it is there"
    );
    client.send(Method::DELETE, &client.functions(&format!("/{id}")), "");
    assert_eq!(feed.next().unwrap()["doc"]["pvt_deleted"], true);

    let mut limited = Feed::open(&couchdb.address(), "feed=continuous&limit=2&timeout=60000");
    assert_eq!(limited.next().unwrap()["id"], "a");
    assert_eq!(limited.next().unwrap()["id"], "b");
    assert_eq!(limited.next().unwrap()["last_seq"], "3");
    let mut idle = Feed::open(&couchdb.address(), "feed=continuous&since=now&timeout=1");
    assert_eq!(idle.next().unwrap(), json!({"last_seq": "4", "pending": 0}));
}

#[test]
fn events_for_browsers() {
    let couchdb = CouchDb::start();
    couchdb.written("a", &json!({}));
    let mut feed = Feed::open(&couchdb.address(), "feed=eventsource&heartbeat=100");
    assert!(feed.has(|line| line.starts_with("data: {\"seq\":\"1\",\"id\":\"a\"")));
    assert!(feed.has(|line| line == "id: \"1\""));
    assert!(feed.has(|line| line == "event: heartbeat"));
}

#[test]
fn feeds_have_a_bound_and_those_who_left_make_room() {
    let couchdb = CouchDb::start();
    let open = || {
        Feed::open(
            &couchdb.address(),
            "feed=continuous&since=now&heartbeat=true",
        )
    };
    let feeds: Vec<_> = (0..256).map(|_| open()).collect();
    let ask = || couchdb.get("/functions/_changes?feed=longpoll&timeout=0");
    let refused = ask();
    assert_eq!(refused.status, 503, "{}", refused.body);
    assert_eq!(refused.body["error"], "service unavailable");
    assert!(refused.headers.contains_key("retry-after"));
    // A feed that does not wait needs no place.
    assert_eq!(couchdb.get("/functions/_changes").status, 200);
    drop(feeds);
    eventually("those who left are noticed", || {
        (ask().status == 200).then_some(())
    });
}

#[test]
fn a_server_that_stops_ends_its_feeds() {
    let mut couchdb = CouchDb::start();
    let mut feed = Feed::open(
        &couchdb.address(),
        "feed=continuous&since=now&heartbeat=true",
    );
    couchdb.server.stop();
    assert_eq!(feed.next().unwrap()["last_seq"], "0");
    couchdb.server.start_again();
}
