//! A server with a local copy can be started and answers calls of all functions while the database is away.

use std::{env, path::PathBuf};

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::Client,
    couchdb::{CouchDb, PASSWORD, USER, basic},
    database::Database,
    postgres::Postgres,
    routers::{address, post},
    server::{Server, eventually},
};

/// More functions than are copied at once.
const FUNCTIONS: usize = 150;

/// A server with a local copy, on a PostgreSQL server of its own.
fn start() -> Option<(Postgres, CouchDb)> {
    env::var("SWITCHHOOK_TEST_POSTGRES").ok()?;
    let postgres = Postgres::start("");
    let database = Database::in_postgres(&postgres.address);
    let settings = "[rate]\nper_second = 1_000_000\nburst = 1_000_000\n";
    let couchdb = CouchDb::with(settings, |config| {
        let config = format!("local_copy = \"copy.db\"\n{config}");
        Server::start_on(database, tempfile::tempdir().unwrap(), &config)
    });
    Some((postgres, couchdb))
}

fn readiness(client: &Client) -> Value {
    client.send_as_is(Method::GET, "/readyz", "", &[]).body
}

/// Waits until a server's copy has all writes of all servers so far. A copy that has not heard of a write reports
/// itself complete without that write.
fn until_complete(server: &Server) {
    let last = "SELECT coalesce(max(number), 0) FROM writes";
    let last = server.database().number(last);
    let copy = Database::File(copy_of(server));
    eventually("the copy knows of all writes", || {
        let known = copy.number("SELECT coalesce(number, -1) FROM copied");
        (known >= last).then_some(())
    });
    eventually("the copy is complete", || {
        (readiness(&server.client)["local_copy"] == "complete").then_some(())
    });
}

fn copy_of(server: &Server) -> PathBuf {
    server.folder().join("copy.db")
}

fn until_there(client: &Client) {
    eventually("the database is there again", || {
        (readiness(client)["database"] == "there").then_some(())
    });
}

fn numbered(client: &Client) -> Vec<String> {
    let sources = (0..FUNCTIONS).map(|number| format!("return {number}"));
    sources.map(|source| client.created(&source)).collect()
}

fn assert_results(client: &Client, ids: &[String]) {
    for (number, id) in ids.iter().enumerate() {
        assert_eq!(client.result(id, &json!({})), number);
    }
}

/// Another server has made the functions and the token, and this server has used none of them.
#[test]
fn a_server_is_started_without_its_database_and_answers_all_calls() {
    let Some((postgres, mut couchdb)) = start() else {
        return;
    };
    let server = &mut couchdb.server;
    let another = server.another();
    let ids = numbered(&another.client);
    let company = another.client.sub_account("Company");
    let routed = another.client.created("return [{verb: 'hangup'}]");
    let path = address(&another.client, &routed, "jambonz");
    until_complete(server);

    server.stop();
    let away = postgres.crash();
    server.start_again();
    let client = &server.client;
    assert_eq!(
        readiness(client),
        json!({"ready": true, "database": "away", "local_copy": "complete"})
    );
    assert_results(client, &ids);
    let answered = post(client, &path, "application/json", "{}");
    assert_eq!(answered.body, json!([{"verb": "hangup"}]));
    let wrong = format!("{}x", path.trim_end_matches(|last| last != '/'));
    assert_ne!(post(client, &wrong, "application/json", "{}").status, 200);
    let listener = client.at(server.couchdb.as_deref().unwrap());
    let show = format!("/functions/_design/functions/_show/wh/{}", ids[5]);
    let password = basic(USER, PASSWORD);
    let shown = listener.send_as_is(Method::GET, &show, "", &[("authorization", &password)]);
    assert_eq!((shown.status, shown.body), (200, json!(5)));

    // A function that the copy lacks is not refused, because it may exist.
    let unknown = client.run("0123456789abcdef0123456789abcdef", &json!({}));
    assert_eq!(unknown.status, 503);
    let stranger = client.with_token("no token of anybody");
    assert_eq!(stranger.run(&ids[0], &json!({})).status, 503);
    assert_eq!(client.create("return 1").status, 503);
    let of_company = client.within(&company.account).with_token(&company.token);
    let list = of_company.send(Method::GET, &company.functions(""), "");
    assert_eq!(list.status, 503, "{}", list.body);

    drop(away);
    until_there(client);
    assert_eq!(
        client
            .run("0123456789abcdef0123456789abcdef", &json!({}))
            .status,
        404
    );
    assert_eq!(stranger.run(&ids[0], &json!({})).status, 401);
    assert_results(client, &ids);
}

/// Whichever server changed, deleted or revoked something, no answer comes from the old state.
#[test]
fn a_copy_has_nothing_of_what_was_written_since() {
    let Some((postgres, couchdb)) = start() else {
        return;
    };
    let server = &couchdb.server;
    let another = server.another();
    let (client, other) = (&server.client, &another.client);
    let [changed, deleted, own] = ["return 1", "return 1", "return 1"].map(|it| other.created(it));
    let company = other.sub_account("Company");
    let token = |client: &Client| client.within(&company.account).with_token(&company.token);
    let owned = token(other).created("return 1");
    until_complete(server);

    other.update(&changed, "return 2");
    let path = other.functions(&format!("/{deleted}"));
    assert_eq!(other.send(Method::DELETE, &path, "").status, 200);
    let revoked = token(other).send(Method::DELETE, "/v2/token_auth", "");
    assert_eq!(revoked.status, 200);
    until_complete(server);
    client.update(&own, "return 2");
    let _away = postgres.crash();
    eventually("the database is away", || {
        (readiness(client)["database"] == "away").then_some(())
    });
    assert_eq!(client.result(&changed, &json!({})), 2);
    assert_eq!(client.run(&deleted, &json!({})).status, 503);
    assert_eq!(token(client).run(&owned, &json!({})).status, 503);
    // The function was written a moment ago, so the copy has the new revision or none.
    let reply = client.run(&own, &json!({}));
    assert!(
        reply.status == 503 || reply.body["data"]["result"] == 2,
        "{}",
        reply.body
    );
}

/// A stopped server has missed the writes of others.
#[test]
fn a_copy_catches_up_with_what_was_written_meanwhile() {
    let Some((postgres, mut couchdb)) = start() else {
        return;
    };
    let server = &mut couchdb.server;
    let another = server.another();
    let other = another.client.clone();
    let id = other.created("return 1");
    until_complete(server);
    server.stop();
    other.update(&id, "return 2");
    let made = other.created("return 3");
    let away = postgres.crash();
    server.start_again();
    let client = &server.client;
    assert_eq!(client.result(&id, &json!({})), 1);
    assert_eq!(client.run(&made, &json!({})).status, 503);
    drop(away);
    eventually("the change is seen", || {
        (client.run(&id, &json!({})).body["data"]["result"] == 2).then_some(())
    });
    assert_eq!(client.result(&made, &json!({})), 3);
    until_complete(server);

    let _away = postgres.crash();
    server.restart();
    assert_eq!(server.client.result(&id, &json!({})), 2);
    assert_eq!(server.client.result(&made, &json!({})), 3);
}

/// A copy that is broken or of another database is made anew. A copy that another server uses is left alone.
#[test]
fn a_copy_that_cannot_be_used_is_made_anew() {
    let Some((postgres, mut couchdb)) = start() else {
        return;
    };
    let server = &mut couchdb.server;
    let id = server.client.created("return 1");
    until_complete(server);
    server.stop();
    // Writes after the header, which marks the file as a copy.
    let copy = copy_of(server);
    let mut bytes = std::fs::read(&copy).unwrap();
    bytes[100..].fill(b'x');
    std::fs::write(&copy, bytes).unwrap();
    let _ = std::fs::remove_file(server.folder().join("copy.db-wal"));
    server.start_again();
    until_complete(server);
    assert!(server.log().contains("is made anew"));
    server.stop();

    server.start_on_another(Database::in_postgres(&postgres.address));
    until_complete(server);
    let _away = postgres.crash();
    server.restart();
    assert_eq!(server.client.run(&id, &json!({})).status, 503);
}
