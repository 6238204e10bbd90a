//! A PostgreSQL server is killed while clients write: acknowledged writes are kept, and calls go on meanwhile.

use std::{
    env,
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
};

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::Client,
    database::Database,
    postgres::Postgres,
    server::{Over, Server, eventually},
};

const WRITERS: usize = 50;

/// Calls before and during each outage.
const CALLS: usize = 30;

/// Updates a function until it is told to stop. Returns every revision that was acknowledged.
fn write(client: &Client, id: &str, is_over: &AtomicBool, written: &AtomicUsize) -> Vec<Value> {
    let path = client.functions(&format!("/{id}"));
    let mut acknowledged = Vec::new();
    for number in 0.. {
        if is_over.load(Ordering::Relaxed) {
            break;
        }
        let change = json!({"data": {"function_js": format!("return {number}")}}).to_string();
        let reply = client.send(Method::PATCH, &path, &change);
        match reply.status {
            200 => {
                acknowledged.push(reply.body["revision"].clone());
                written.fetch_add(1, Ordering::Relaxed);
            }
            503 => assert!(reply.headers.contains_key("retry-after")),
            // An earlier write, which may or may not have been committed, was committed.
            409 => {}
            status => panic!("{status}: {}", reply.body),
        }
    }
    acknowledged
}

#[test]
fn what_was_acknowledged_outlives_a_killed_postgresql() {
    if env::var("SWITCHHOOK_TEST_POSTGRES").is_err() {
        return;
    }
    let postgres = Postgres::start("");
    let database = Database::in_postgres(&postgres.address);
    // Fifty clients of one account write as fast as they can.
    let settings = "[rate]\nper_second = 1_000_000\nburst = 1_000_000\n";
    let server = Server::start_on(database, tempfile::tempdir().unwrap(), settings);
    let called = server.client.created("return {n: 1}");
    let ids: Vec<_> = (0..WRITERS)
        .map(|_| server.client.created("return 0"))
        .collect();

    let (is_over, written) = (AtomicBool::new(false), AtomicUsize::new(0));
    let more_is_written = || {
        let before = written.load(Ordering::Relaxed);
        eventually("writes are acknowledged", || {
            (written.load(Ordering::Relaxed) > before + WRITERS).then_some(())
        });
    };
    // The first calls may have to load the function, because the server forgets it when it hears of its own write.
    let called_often = || {
        for _ in 0..CALLS {
            assert_eq!(server.client.result(&called, &json!({})), json!({"n": 1}));
        }
    };
    let acknowledged = thread::scope(|scope| {
        let writers: Vec<_> = ids
            .iter()
            .map(|id| {
                let (is_over, written) = (&is_over, &written);
                let client = server.client.with_own_connection();
                scope.spawn(move || write(&client, id, is_over, written))
            })
            .collect();
        let over = Over(&is_over);
        for _ in 0..3 {
            more_is_written();
            called_often();
            let away = postgres.crash();
            let refused = server.client.create("return 1");
            assert_eq!(refused.status, 503, "{}", refused.body);
            assert_eq!(refused.body["message"], "datastore_unreachable");
            called_often();
            drop(away);
        }
        more_is_written();
        drop(over);
        let ended = writers.into_iter().map(|writer| writer.join().unwrap());
        ended.collect::<Vec<_>>()
    });

    for (id, revisions) in ids.iter().zip(acknowledged) {
        let path = server
            .client
            .functions(&format!("/{id}/revisions?paginate=false"));
        let history = server.client.send(Method::GET, &path, "").body["data"].clone();
        let history: Vec<_> = history
            .as_array()
            .unwrap()
            .iter()
            .map(|row| &row["revision"])
            .collect();
        for revision in revisions {
            assert!(history.contains(&&revision), "{id} lost {revision}");
        }
    }
}
