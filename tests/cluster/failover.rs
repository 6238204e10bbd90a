//! The database fails over to a standby: what was acknowledged is there, calls go on, and numbers of changes tell the two
//! histories apart.

use std::{
    env,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    couchdb::CouchDb,
    database::Database,
    postgres::Postgres,
    server::{Client, Over, Server, eventually},
};

/// Writes before the failover, and behind it.
const WRITES: usize = 10;

/// A new database of a server and its standby. Whatever the server acknowledges, the standby has.
fn replicated(primary: &Postgres) -> Database {
    let database = Database::in_postgres(&primary.address);
    database.execute("ALTER SYSTEM SET synchronous_standby_names = '*'");
    assert_eq!(
        database.number("SELECT CAST(pg_reload_conf() AS integer)"),
        1
    );
    eventually("the standby is in step", || {
        let standbys = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        (database.number(standbys) == 1).then_some(())
    });
    let address = database.location();
    let (hosts, name) = address.rsplit_once('/').unwrap();
    let (_, host) = hosts.rsplit_once('@').unwrap();
    Database::Postgres(format!("{hosts},{host}%2Fstandby/{name}"))
}

/// Updates a function until that was acknowledged so many times. Returns the revisions.
fn written(clients: [&Client; 2], id: &str) -> Vec<Value> {
    let write = |number: usize| {
        let client = clients[number % clients.len()];
        let change = json!({"data": {"function_js": format!("return {number}")}}).to_string();
        eventually("a write is acknowledged", || {
            let reply = client.send(Method::PATCH, &client.functions(&format!("/{id}")), &change);
            match reply.status {
                200 => Some(reply.body["revision"].clone()),
                // While the database is away, or for a write whose commit was in doubt.
                503 | 409 => None,
                status => panic!("{status}: {}", reply.body),
            }
        })
    };
    (0..WRITES).map(write).collect()
}

#[test]
fn nothing_acknowledged_is_lost_when_a_standby_takes_over() {
    if env::var("SWITCHHOOK_TEST_POSTGRES").is_err() {
        return;
    }
    let primary = Postgres::start("");
    let standby = primary.standby();
    let database = replicated(&primary);
    let rate = "[rate]\nper_second = 1_000_000\nburst = 1_000_000\n";
    let couchdb = CouchDb::with(rate, |config| {
        Server::start_on(database, tempfile::tempdir().unwrap(), config)
    });
    let other = couchdb.server.another();
    let clients = [&couchdb.server.client, &other.client];
    let called = clients[0].created("return {n: call.n}");
    for client in clients {
        client.result(&called, &json!({"n": 0}));
    }
    let id = clients[0].created("return 0");
    let before = written(clients, &id);
    let since = couchdb.get("/functions").body["update_seq"].clone();
    let since = since.as_str().unwrap();
    let changes = |since: &str| {
        couchdb
            .get(&format!("/functions/_changes?since={since}"))
            .body
    };
    assert_eq!(changes(since)["results"], json!([]));

    let is_over = AtomicBool::new(false);
    let (gone, after) = thread::scope(|scope| {
        for client in clients {
            let (is_over, called) = (&is_over, &called);
            scope.spawn(move || {
                while !is_over.load(Ordering::Relaxed) {
                    assert_eq!(client.result(called, &json!({"n": 1})), json!({"n": 1}));
                }
            });
        }
        let _over = Over(&is_over);
        let gone = primary.crash();
        standby.promote();
        (gone, written(clients, &id))
    });

    let path = clients[1].functions(&format!("/{id}/revisions?paginate=false"));
    let kept = clients[1].send(Method::GET, &path, "").body["data"].clone();
    for revision in before.iter().chain(&after) {
        let is_kept = kept
            .as_array()
            .unwrap()
            .iter()
            .any(|row| row["revision"] == *revision);
        assert!(is_kept, "{revision} is lost");
    }
    // The client does not know of the failover, and gets every document.
    let all = changes(since);
    assert_eq!(all["results"].as_array().unwrap().len(), 2);
    let last = all["last_seq"].as_str().unwrap();
    assert!(last.ends_with("-2"), "{last}");
    assert_eq!(changes(last)["results"], json!([]));
    drop((couchdb, other, standby, gone));
}
