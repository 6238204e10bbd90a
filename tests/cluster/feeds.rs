//! Continuous `_changes` feeds at all servers, while servers are killed one after the other under writes.

use std::{
    collections::BTreeMap,
    sync::{
        OnceLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use serde_json::{Value, json};
use ureq::http::Method;

use super::{node::Node, number};
use crate::{
    couchdb::{CouchDb, PASSWORD, USER, basic, feed::Feed},
    server::{Over, eventually},
};

/// How often a server is killed, unless `CLUSTER_KILLS` is set.
const DEFAULT_KILLS: u64 = 4;

/// Writers, each with a function of its own.
const WRITERS: usize = 16;

/// Acknowledged writes between two kills.
const BETWEEN: usize = 30;

/// Heartbeats of a feed within which it must have the last revisions: a minute.
const MAX_HEARTBEATS: usize = 600;

/// Revisions by the ids of their documents.
type Revisions = BTreeMap<String, String>;

/// Updates a function, each time at another node.
fn write(nodes: &[Node], id: &str, acknowledged: &AtomicUsize, is_over: &AtomicBool) {
    for turn in 0.. {
        if is_over.load(Ordering::Relaxed) {
            return;
        }
        let client = nodes[turn % nodes.len()].client();
        let change = json!({"data": {"function_js": format!("return {turn}")}}).to_string();
        let path = client.functions(&format!("/{id}"));
        match client.try_send(Method::PATCH, &path, &change) {
            Some(reply) if reply.status == 200 => {
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            Some(reply) => assert!([409, 503].contains(&reply.status), "{}", reply.body),
            // The server was killed.
            None => {}
        }
    }
}

/// Reads a node's feed until it has told of the last revisions, and opens the feed again where it broke off. Returns how
/// many rows there were.
fn hear(node: &Node, last: &OnceLock<Revisions>, is_abandoned: &AtomicBool) -> usize {
    let (mut heard, mut rows, mut heartbeats) = (Revisions::new(), 0, 0);
    let (mut since, mut number) = ("0".to_owned(), 0);
    loop {
        let query = format!("feed=continuous&heartbeat=100&since={since}");
        let mut feed = eventually("the feed can be opened", || {
            Feed::try_open(node.couchdb().socket(), &query).ok()
        });
        while let Some(line) = feed.line() {
            if let Ok(row) = serde_json::from_str::<Value>(&line)
                && let Some(seq) = row["seq"].as_str()
            {
                let next = seq.split('-').next().unwrap().parse().unwrap();
                assert!(next > number, "{row} came behind {number}");
                (since, number) = (seq.to_owned(), next);
                heard.insert(text(&row["id"]), text(&row["changes"][0]["rev"]));
                rows += 1;
            }
            if let Some(last) = last.get() {
                if *last == heard {
                    return rows;
                }
                heartbeats += usize::from(line.is_empty());
                assert!(heartbeats < MAX_HEARTBEATS, "{heard:?} is not {last:?}");
            }
            assert!(!is_abandoned.load(Ordering::Relaxed), "others have failed");
        }
    }
}

#[test]
fn a_feed_at_any_server_tells_of_every_last_revision_in_order() {
    if std::env::var("SWITCHHOOK_TEST_POSTGRES").is_err() {
        return;
    }
    let rate = "[rate]\nper_second = 1_000_000\nburst = 1_000_000\n";
    let couchdb = CouchDb::start_with(rate);
    let first = couchdb.server;
    let ids: Vec<_> = (0..WRITERS)
        .map(|_| first.client.created("return 0"))
        .collect();
    let (second, third) = (first.another(), first.another());
    let nodes = [first, second, third].map(Node::of);

    let (acknowledged, last) = (AtomicUsize::new(0), OnceLock::new());
    let (is_over, is_abandoned) = (AtomicBool::new(false), AtomicBool::new(false));
    let more_is_written = || {
        let before = acknowledged.load(Ordering::Relaxed);
        eventually("writes are acknowledged", || {
            (acknowledged.load(Ordering::Relaxed) > before + BETWEEN).then_some(())
        });
    };
    let rows: Vec<_> = thread::scope(|scope| {
        let _abandoned = Over(&is_abandoned);
        let over = Over(&is_over);
        let feeds: Vec<_> = nodes
            .iter()
            .map(|node| scope.spawn(|| hear(node, &last, &is_abandoned)))
            .collect();
        let writers: Vec<_> = ids
            .iter()
            .map(|id| scope.spawn(|| write(&nodes, id, &acknowledged, &is_over)))
            .collect();
        for kill in 0..number("CLUSTER_KILLS").unwrap_or(DEFAULT_KILLS) {
            more_is_written();
            nodes[kill as usize % nodes.len()].restart();
        }
        more_is_written();
        drop(over);
        for writer in writers {
            writer.join().unwrap();
        }
        last.set(last_revisions(&nodes[0])).unwrap();
        feeds.into_iter().map(|feed| feed.join().unwrap()).collect()
    });
    println!("{acknowledged:?} writes were acknowledged, and feeds had {rows:?} rows");
}

/// What a node's database has in the end.
fn last_revisions(node: &Node) -> Revisions {
    let authorization = basic(USER, PASSWORD);
    let headers = [("authorization", authorization.as_str())];
    let path = "/functions/_all_docs";
    let all = node.couchdb().send_as_is(Method::GET, path, "", &headers);
    let rows = all.body["rows"].as_array().unwrap();
    rows.iter()
        .map(|row| (text(&row["id"]), text(&row["value"]["rev"])))
        .collect()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}
