//! The database fails over to a standby: acknowledged writes are kept, calls go on, and numbers of changes tell the two
//! histories apart.

use std::{
    env,
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::Client,
    couchdb::CouchDb,
    database::Database,
    postgres::Postgres,
    server::{Over, Server, eventually},
};

/// Writes before the failover, and as many after it.
const WRITES: usize = 10;

/// The same database by the addresses of a server and its standby.
fn with_standby(database: &Database) -> Database {
    let address = database.location();
    let (hosts, name) = address.rsplit_once('/').unwrap();
    let (_, host) = hosts.rsplit_once('@').unwrap();
    Database::Postgres(format!("{hosts},{host}%2Fstandby/{name}"))
}

/// The standby alone, which can be read.
fn on_standby(database: &Database) -> Database {
    let address = database.location();
    let (host, name) = address.rsplit_once('/').unwrap();
    Database::Postgres(format!("{host}%2Fstandby/{name}"))
}

/// From now on, the server acknowledges a write only when the standby has it.
fn synchronise(database: &Database) {
    configure(database, "synchronous_standby_names = '*'");
    eventually("the standby is in step", || {
        let standbys = "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'";
        (database.number(standbys) == 1).then_some(())
    });
}

fn configure(database: &Database, setting: &str) {
    database.execute(&format!("ALTER SYSTEM SET {setting}"));
    let reload = "SELECT CAST(pg_reload_conf() AS integer)";
    assert_eq!(database.number(reload), 1);
}

/// Updates a function until [`WRITES`] updates were acknowledged. Returns their revisions.
fn written(clients: [&Client; 2], id: &str) -> Vec<Value> {
    let write = |number: usize| {
        let client = clients[number % clients.len()];
        let change = json!({"data": {"function_js": format!("return {number}")}}).to_string();
        eventually("a write is acknowledged", || {
            let reply = client.send(Method::PATCH, &client.functions(&format!("/{id}")), &change);
            match reply.status {
                200 => Some(reply.body["revision"].clone()),
                // The database is away, or it is not known whether an earlier write was committed.
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
    let database = Database::in_postgres(&primary.address);
    synchronise(&database);
    let database = with_standby(&database);
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
    // The client's number is from before the failover, so it gets every document.
    let all = changes(since);
    assert_eq!(all["results"].as_array().unwrap().len(), 2);
    let last = all["last_seq"].as_str().unwrap();
    assert!(last.ends_with("-2"), "{last}");
    assert_eq!(changes(last)["results"], json!([]));
    drop((couchdb, other, standby, gone));
}

/// The standby is not synchronised and lacks the last commits. Acknowledged writes are lost, as docs/cluster.md says.
/// No server keeps using them from its memory or from its copy.
#[test]
fn no_server_goes_on_with_commits_that_a_failover_has_lost() {
    if env::var("SWITCHHOOK_TEST_POSTGRES").is_err() {
        return;
    }
    let primary = Postgres::start("");
    let standby = primary.standby();
    let database = Database::in_postgres(&primary.address);
    let settings = "local_copy = \"copy.db\"\n";
    let folder = tempfile::tempdir().unwrap();
    let first = Server::start_on(with_standby(&database), folder, settings);
    let second = first.another();
    let clients = [&first.client, &second.client];
    let kept = clients[0].created("return 1");
    let at = "SELECT CAST(pg_current_wal_lsn() - '0/0' AS bigint)";
    let position = database.number(at);
    eventually("the standby has the function", || {
        let replayed = "SELECT CAST(pg_last_wal_replay_lsn() - '0/0' AS bigint)";
        (on_standby(&database).number(replayed) >= position).then_some(())
    });
    configure(&on_standby(&database), "primary_conninfo = ''");
    eventually("the standby hears nothing any more", || {
        let standbys = "SELECT count(*) FROM pg_stat_replication";
        (database.number(standbys) == 0).then_some(())
    });
    clients[0].update(&kept, "return 2");
    let lost = clients[1].created("return 3");
    for client in clients {
        eventually("the change is seen", || {
            (client.result(&kept, &json!({})) == 2).then_some(())
        });
        assert_eq!(client.result(&lost, &json!({})), 3);
    }

    let gone = primary.crash();
    standby.promote();
    for client in clients {
        eventually("the lost change is forgotten", || {
            (client.run(&kept, &json!({})).body["data"]["result"] == 1).then_some(())
        });
        eventually("the lost function is gone", || {
            (client.run(&lost, &json!({})).status == 404).then_some(())
        });
    }
    clients[1].update(&kept, "return 4");
    eventually("a new change is seen", || {
        (clients[0].result(&kept, &json!({})) == 4).then_some(())
    });
    drop((first, second, standby, gone));
}
