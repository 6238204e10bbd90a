//! Bounds on what the database stores: the size of a function, the number of functions, and the size of all together.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    couchdb::{CouchDb, function},
    server::Server,
};

/// More memory than a call may have.
const OF_100_MIB: &str =
    "const table = new Uint8Array(100 << 20).fill(7); export default () => table.length";
/// As much memory as a call may have, and more than a snapshot may have.
const OF_20_MIB: &str =
    "const table = new Uint8Array(20 << 20).fill(7); export default () => table.length";
/// The same amount of memory, but of zeros, which a snapshot does not contain.
const OF_ZEROS: &str = "const table = new Uint8Array(20 << 20); export default () => table.length";

/// Most bytes for a function without a snapshot: its document.
const ALLOWED_BYTES: i64 = 10_000;

fn number(server: &Server, query: &str) -> i64 {
    server.database().number(query)
}

fn stored_snapshots(server: &Server) -> i64 {
    number(
        server,
        "SELECT CAST(coalesce(sum(octet_length(snapshot)), 0) AS BIGINT) FROM snapshots",
    )
}

#[test]
fn what_no_call_could_resume_is_refused() {
    let server = Server::start();
    let client = &server.client;
    for (source, words) in [
        (OF_100_MIB, "and may have 33554432"),
        (OF_20_MIB, "and 16777216 are allowed"),
    ] {
        let refused = client.create(source);
        assert_eq!(refused.status, 400, "{}", refused.body);
        let problem = &refused.body["data"]["function_js"]["compile_error"];
        assert_eq!(problem["outcome"], "memory_limit");
        let message = problem["message"].as_str().unwrap();
        assert!(message.contains(words), "{message}");
        let tested = client.test(source, &json!({}));
        assert_eq!(tested.status, 422, "{}", tested.body);
        assert_eq!(tested.body["data"]["outcome"], "memory_limit");
    }
    assert_eq!(stored_snapshots(&server), 0);
    assert_eq!(number(&server, "SELECT count(*) FROM functions"), 0);

    let id = client.created(OF_ZEROS);
    assert_eq!(client.result(&id, &json!({})), 20 << 20);
    assert!(stored_snapshots(&server) < ALLOWED_BYTES);
}

/// Functions that are large, but not unusually large.
#[test]
fn large_functions_are_kept() {
    let server = Server::start();
    let client = &server.client;
    let entries: Vec<_> = (0..20_000)
        .map(|number| format!("'+1415{number:07}':{{to:'{number}',ring:[1,2]}}"))
        .collect();
    let table = format!(
        "const table = {{{}}}; export default () => Object.keys(table).length",
        entries.join(",")
    );
    let statements: String = (0..60_000)
        .map(|number| format!("x += {number} * x;"))
        .collect();
    let code = format!("let x = 1; {statements} return 1");
    for (what, source, result) in [("a table", table, 20_000), ("code", code, 1)] {
        let before = stored_snapshots(&server);
        let id = client.created(&source);
        assert_eq!(client.result(&id, &json!({})), result, "{what}");
        let stored = stored_snapshots(&server) - before;
        eprintln!("{what} of {} bytes is kept in {stored}", source.len());
    }
}

#[test]
fn a_function_with_less_memory_than_its_compilation_took_is_refused() {
    let server = Server::start();
    let client = &server.client;
    let document = json!({"data": {"name": "n", "function_js": OF_ZEROS, "limits": {"memory_bytes": 10 << 20}}});
    let refused = client.send(Method::PUT, &client.functions(""), &document.to_string());
    assert_eq!(refused.status, 400, "{}", refused.body);
    let problem = &refused.body["data"]["function_js"]["compile_error"];
    assert_eq!(problem["limit"]["value"], 10 << 20);
    // The same source with other limits. It was compiled before.
    client.created(OF_ZEROS);
    let refused = client.send(Method::PUT, &client.functions(""), &document.to_string());
    assert_eq!(refused.status, 400, "{}", refused.body);
}

/// As in KAZOO's database, a source that does not compile is stored. There is no snapshot.
#[test]
fn a_document_of_the_database_is_kept_and_its_snapshot_is_not() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    for (id, source) in [("a", OF_100_MIB), ("b", OF_20_MIB)] {
        couchdb.written(id, &function(&client.account, source));
        let ran = client.run(id, &json!({}));
        assert_eq!(ran.status, 422, "{}", ran.body);
        assert_eq!(ran.body["data"]["outcome"], "memory_limit");
    }
    assert_eq!(stored_snapshots(&couchdb.server), 0);
}

/// The writer learns why the write is refused.
fn assert_over_quota(reply: &Reply, words: &str) {
    assert_eq!(reply.status, 403, "{}", reply.body);
    assert_eq!(reply.body["message"], "over_quota");
    let message = reply.body["data"]["message"].as_str().unwrap();
    assert!(message.contains(words), "{message}");
}

fn delete(client: &Client, id: &str, soft: bool) {
    let path = client.functions(&format!("/{id}?should_soft_delete={soft}"));
    let deleted = client.send(Method::DELETE, &path, "");
    assert_eq!(deleted.status, 200, "{}", deleted.body);
}

fn patch(client: &Client, id: &str, changes: &Value) -> Reply {
    let body = json!({"data": changes}).to_string();
    client.send(Method::PATCH, &client.functions(&format!("/{id}")), &body)
}

#[test]
fn an_account_has_no_more_functions_than_it_may() {
    let couchdb = CouchDb::start_with("[functions]\ncount = 2");
    let client = &couchdb.server.client;
    let document = |text: &str| function(&client.account, text);
    let first = client.created("return 1");
    let second = couchdb.written("second", &document("return 2"));
    let words = "may have 2 functions";
    assert_over_quota(&client.create("return 3"), words);
    let refused = couchdb.put("/functions/third", &document("return 3"));
    assert_eq!(refused.status, 403, "{}", refused.body);
    let reason = refused.body["reason"].as_str().unwrap();
    assert!(reason.contains(words), "{reason}");
    assert_eq!(couchdb.get("/functions/third").status, 404);

    // Existing functions can be changed.
    assert_eq!(patch(client, &first, &json!({"a": 1})).status, 200);
    let mut changed = document("return 4");
    changed["_rev"] = second.into();
    couchdb.written("second", &changed);
    // Another account has its own quota.
    client.sub_account("other").created("return 1");

    delete(client, &first, true);
    client.created("return 3");
    assert_over_quota(&client.create("return 5"), words);
}

#[test]
fn revisions_count_until_their_function_is_removed() {
    let couchdb = CouchDb::start_with("[functions]\nbytes = 100_000");
    let client = &couchdb.server.client;
    let words = "100000 bytes with all their revisions";
    let id = client.created("return 1");
    let text = "x".repeat(10_000);
    let refused = (0..10)
        .map(|number| patch(client, &id, &json!({"text": text, "number": number})))
        .find(|reply| reply.status != 200);
    assert_over_quota(&refused.expect("ten revisions have more"), words);
    let other = function(&client.account, &format!("return '{text}'"));
    let refused = couchdb.put("/functions/other", &other);
    assert_eq!(refused.status, 403, "{}", refused.body);
    let reason = refused.body["reason"].as_str().unwrap();
    assert!(reason.contains(words), "{reason}");

    // The function can be called. Hiding it frees no bytes, and removing it does.
    assert_eq!(client.result(&id, &json!({})), 1);
    delete(client, &id, true);
    let large = format!("return '{text}'");
    assert_over_quota(&client.create(&large), words);
    let removed = couchdb.document(&id);
    let path = format!("/functions/{id}?rev={}", removed["_rev"].as_str().unwrap());
    assert_eq!(couchdb.delete(&path).status, 200);
    let id = client.created(&large);
    delete(client, &id, false);
    client.created(&large);
}

#[test]
fn what_a_function_was_compiled_to_counts() {
    // Random numbers, which cannot be compressed (Marsaglia, "Xorshift RNGs").
    let random = "let x = 1; const table = new Uint8Array(1 << 20)
        .map(() => (x ^= x << 13, x ^= x >>> 17, x ^= x << 5) >>> 24);
        export default () => table.length";
    let server = Server::start_with("[functions]\nbytes = 500_000");
    let client = &server.client;
    assert_over_quota(&client.create(random), "500000 bytes");
    assert_eq!(number(&server, "SELECT count(*) FROM snapshots"), 0);
    client.created("return 1");

    // A function that is compiled when it is called runs, and is compiled again the next time.
    let couchdb = CouchDb::start_with("[functions]\nbytes = 500_000");
    let client = &couchdb.server.client;
    couchdb.written("f", &function(&client.account, random));
    assert_eq!(client.result("f", &json!({})), 1 << 20);
    assert_eq!(stored_snapshots(&couchdb.server), 0);
}
