//! Stored snapshots are a cache: whatever is wrong with them, the function is compiled again from its source.

use rusqlite::Connection;
use serde_json::json;

use super::server::Server;

fn answers_after(damage: &str) {
    let mut server = Server::start();
    let id = server.client.created("return 'right'");
    server.kill();
    let database = Connection::open(server.database()).unwrap();
    assert_eq!(database.execute(damage, []).unwrap(), 1);
    drop(database);
    server.restart();
    assert_eq!(server.client.result(&id, &json!({})), "right");

    let count = "SELECT count(*) FROM snapshots";
    server.kill();
    let database = Connection::open(server.database()).unwrap();
    let stored: i64 = database.query_row(count, [], |row| row.get(0)).unwrap();
    assert!(stored >= 1, "the new snapshot was stored");
}

#[test]
fn a_missing_snapshot_is_made_again() {
    answers_after("DELETE FROM snapshots");
}

#[test]
fn a_damaged_snapshot_is_not_applied() {
    answers_after("UPDATE snapshots SET snapshot = zeroblob(100)");
}

#[test]
fn a_snapshot_of_another_guest_is_not_applied() {
    answers_after("UPDATE snapshots SET guest = zeroblob(32)");
}
