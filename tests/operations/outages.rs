//! A PostgreSQL server that cannot be reached for a while: calls go on, writes are refused, and waiting requests stay
//! bounded.

use std::{
    env, fs,
    path::Path,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use serde_json::json;

use crate::{
    database::Database,
    proxy::{Network, Proxy},
    server::{Over, Server, eventually},
};

/// More writers than the server has connections for writes.
const WRITERS: usize = 12;

/// Writes that each writer tries during an outage.
const WRITES: usize = 5;

/// Calls before and during an outage.
const CALLS: usize = 300;

/// Most threads that an outage may add. One thread for each connection waits for the database. Without a bound, there
/// would be one for each waiting request.
const MOST_MORE_THREADS: usize = 20;

/// A server, and the proxy in front of its database. `None` if tests run on SQLite.
fn start() -> Option<(Server, Proxy)> {
    let (Ok(server), Ok(folder)) = (
        env::var("SWITCHHOOK_TEST_DATABASE"),
        env::var("SWITCHHOOK_TEST_POSTGRES"),
    ) else {
        return None;
    };
    let proxy = Proxy::before(&Path::new(&folder).join(".s.PGSQL.5432"));
    let database = Database::in_postgres(&server).at(proxy.address());
    let settings = "[rate]\nper_second = 1_000_000\nburst = 1_000_000\n";
    let server = Server::start_on(database, tempfile::tempdir().unwrap(), settings);
    Some((server, proxy))
}

fn threads(server: &Server) -> usize {
    let tasks = format!("/proc/{}/task", server.process_id());
    fs::read_dir(tasks).unwrap().count()
}

/// Several clients write at the same time, each one write after the other. All writes get this status.
fn written_at_once(server: &Server, writes: usize, expected: u16) {
    thread::scope(|scope| {
        for _ in 0..WRITERS {
            let client = server.client.with_own_connection();
            scope.spawn(move || {
                for _ in 0..writes {
                    let reply = client.create("return 1");
                    assert_eq!(reply.status, expected, "{}", reply.body);
                    if expected == 503 {
                        assert_eq!(reply.body["message"], "datastore_unreachable");
                        assert!(reply.headers.contains_key("retry-after"));
                    }
                }
            });
        }
    });
}

fn assert_calls_go_on(network: Network) {
    let Some((server, proxy)) = start() else {
        return;
    };
    let called = server.client.created("return {n: call.n}");
    server.client.result(&called, &json!({"n": 1}));
    // Opens as many connections as there will ever be.
    written_at_once(&server, 1, 201);
    let before = threads(&server);

    let (is_over, calls) = (AtomicBool::new(false), AtomicUsize::new(0));
    thread::scope(|scope| {
        let _over = Over(&is_over);
        let (client, called) = (server.client.with_own_connection(), &called);
        let (is_over, calls) = (&is_over, &calls);
        scope.spawn(move || {
            while !is_over.load(Ordering::Relaxed) {
                let call = json!({"n": calls.fetch_add(1, Ordering::Relaxed)});
                assert_eq!(client.result(called, &call), call);
            }
        });
        let more_calls = || {
            let before = calls.load(Ordering::Relaxed);
            eventually("calls are answered", || {
                (calls.load(Ordering::Relaxed) > before + CALLS).then_some(())
            });
        };
        // By then the server has heard of its own writes, and forgets no more functions because of them.
        more_calls();
        proxy.set(network);
        written_at_once(&server, WRITES, 503);
        assert!(threads(&server) <= before + MOST_MORE_THREADS);
        more_calls();
    });

    proxy.set(Network::Passes);
    eventually("a write succeeds", || {
        (server.client.create("return 1").status == 201).then_some(())
    });
    written_at_once(&server, 1, 201);
    let result = server.client.result(&called, &json!({"n": 1}));
    assert_eq!(result, json!({"n": 1}));
}

#[test]
fn calls_go_on_while_connections_are_refused() {
    assert_calls_go_on(Network::Refuses);
}

#[test]
fn calls_go_on_while_the_network_swallows_everything() {
    assert_calls_go_on(Network::Swallows);
}
