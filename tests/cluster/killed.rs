//! Servers that are killed one after the other, under writes and calls.

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use ureq::http::Method;

use super::{Cluster, node::Node, number, versions::History};
use crate::server::{Over, eventually};

/// How often a server is killed, unless `CLUSTER_KILLS` is set.
const DEFAULT_KILLS: u64 = 6;

/// Acknowledged writes and answered calls between two kills.
const BETWEEN: usize = 15;

/// Functions, each with one writer.
const FUNCTIONS: usize = 3;

/// The time within which all servers must have seen a change, unless `CLUSTER_STALENESS_MS` is set. Servers promise a
/// second. But a database that takes longer than half a second to answer counts as away, and on a busy machine it takes
/// longer.
const DEFAULT_STALENESS: Duration = Duration::from_secs(10);

/// Writes versions of a function, each at another node. Returns the acknowledged revisions.
fn write(nodes: &[Node], id: &str, history: &History, is_over: &AtomicBool) -> Vec<Value> {
    let mut acknowledged = Vec::new();
    for turn in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let node = turn % nodes.len();
        let client = nodes[node].client();
        let version = history.send();
        let change = json!({"data": {"function_js": format!("return {version}")}}).to_string();
        let path = client.functions(&format!("/{id}"));
        let Some(reply) = client.try_send(Method::PATCH, &path, &change) else {
            continue;
        };
        match reply.status {
            200 => {
                history.acknowledged(node, version);
                acknowledged.push(reply.body["revision"].clone());
            }
            // A killed server has written the revision before, or it is not known whether this server's earlier write
            // was committed.
            409 | 503 => {}
            status => panic!("{status}: {}", reply.body),
        }
    }
    acknowledged
}

/// Calls the functions at one node. Every server that was not killed must answer.
fn call(
    (number, node): (usize, &Node),
    functions: &[(String, History)],
    kills: &AtomicUsize,
    is_over: &AtomicBool,
) {
    while !is_over.load(Ordering::Relaxed) {
        for (id, history) in functions {
            let (client, before, begun) =
                (node.client(), kills.load(Ordering::Acquire), Instant::now());
            let path = client.functions(&format!("/{id}/run"));
            match client.try_send(Method::POST, &path, r#"{"data":{}}"#) {
                // A server that has just started has nothing in memory, and the busy database may not answer in time.
                Some(reply) if reply.status == 503 => {}
                Some(reply) => {
                    assert_eq!(reply.status, 200, "{}", reply.body);
                    let version = reply.body["data"]["result"].as_u64();
                    history.seen(number, version.unwrap(), begun);
                }
                None => {
                    // Until the next server has started, this is the address of the killed one.
                    let is_killed = kills.load(Ordering::Acquire) > 0 || before > 0;
                    assert!(is_killed, "a server that nobody killed does not answer");
                }
            }
        }
    }
}

#[test]
fn servers_that_are_killed_lose_no_write_and_none_answers_with_what_is_over() {
    let rate = "[rate]\nper_second = 1_000_000\nburst = 1_000_000\n";
    let Some(cluster) = Cluster::start(rate) else {
        return;
    };
    let staleness = number("CLUSTER_STALENESS_MS").map(Duration::from_millis);
    let times = number("CLUSTER_KILLS").unwrap_or(DEFAULT_KILLS);
    let functions: Vec<_> = (0..FUNCTIONS)
        .map(|_| {
            let id = cluster.servers[0].client.created("return 0");
            (id, History::default())
        })
        .collect();
    let nodes: Vec<_> = cluster.servers.into_iter().map(Node::of).collect();

    let (is_over, kills) = (AtomicBool::new(false), AtomicUsize::new(0));
    let more_has_happened = || {
        let counts = || {
            let counts = functions.iter().map(|(_, history)| history.counts());
            counts.fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1))
        };
        let before = counts();
        eventually("writes are acknowledged and calls are answered", || {
            let now = counts();
            (now.0 > before.0 + BETWEEN && now.1 > before.1 + BETWEEN).then_some(())
        });
    };
    let acknowledged: Vec<_> = thread::scope(|scope| {
        let writers: Vec<_> = functions
            .iter()
            .map(|(id, history)| scope.spawn(|| write(&nodes, id, history, &is_over)))
            .collect();
        for node in nodes.iter().enumerate() {
            let (functions, kills, is_over) = (&functions, &kills, &is_over);
            scope.spawn(move || call(node, functions, kills, is_over));
        }
        let over = Over(&is_over);
        for kill in 0..times {
            more_has_happened();
            kills.fetch_add(1, Ordering::AcqRel);
            nodes[kill as usize % nodes.len()].restart();
        }
        more_has_happened();
        drop(over);
        writers.into_iter().map(|it| it.join().unwrap()).collect()
    });

    let client = nodes[0].client();
    for ((id, history), revisions) in functions.iter().zip(acknowledged) {
        history.check(staleness.unwrap_or(DEFAULT_STALENESS));
        let path = client.functions(&format!("/{id}/revisions?paginate=false"));
        let kept = client.send(Method::GET, &path, "").body["data"].clone();
        let kept: Vec<_> = kept.as_array().unwrap().iter().collect();
        for revision in revisions {
            let is_kept = kept.iter().any(|row| row["revision"] == revision);
            assert!(is_kept, "{id} lost {revision}");
        }
    }
}
