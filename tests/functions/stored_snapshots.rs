//! Stored snapshots are a cache: if one is unusable, the function is compiled again.

use serde_json::json;

use crate::server::{Server, eventually};

fn answers_after(damage: &str) {
    let mut server = Server::on_file("");
    let id = server.client.created("return 'right'");
    server.kill();
    let database = server.database().open();
    assert_eq!(database.execute(damage, []).unwrap(), 1);
    drop(database);
    server.restart();
    assert_eq!(server.client.result(&id, &json!({})), "right");

    let database = server.database().open();
    let current =
        "SELECT count(*) FROM snapshots WHERE guest <> zeroblob(32) AND length(snapshot) <> 100";
    eventually("the new snapshot is stored", || {
        let stored: i64 = database.query_row(current, [], |row| row.get(0)).unwrap();
        (stored == 1).then_some(())
    });
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

/// If a source were not compiled again, the short time would reveal that another account has the same source.
#[test]
fn what_another_account_has_stored_is_compiled_all_the_same() {
    let server = Server::start_with("[metrics]\nlisten = \"127.0.0.1:0\"\n");
    let compiled = || server.metric(r#"switchhook_compilations_total{outcome="ok"}"#);
    let source = "return 'the PIN is 1234'";
    server.client.created(source);
    let before = compiled();
    let other = server.client.sub_account("other");
    other.created(source);
    assert_eq!(compiled(), before + 1);
    // Each account has its own snapshot.
    other.created(source);
    assert_eq!(compiled(), before + 1);
    let id = other.created(source);
    assert_eq!(other.result(&id, &json!({})), "the PIN is 1234");
}
