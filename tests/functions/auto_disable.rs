//! Functions that keep failing are disabled, and can be enabled again.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    server::{Server, eventually},
};

const FAILS: &str = "if (call.fail) throw new Error('by design'); return {}";

fn fail(client: &Client, id: &str) -> Reply {
    client.run(id, &json!({"fail": true}))
}

/// The function's row in the list.
fn row(client: &Client, id: &str) -> Value {
    let listed = client.send(Method::GET, &client.functions("?paginate=false"), "");
    let rows = listed.body["data"].as_array().unwrap();
    rows.iter().find(|row| row["id"] == id).unwrap().clone()
}

fn is_off(client: &Client, id: &str) -> Option<()> {
    (row(client, id)["enabled"] == false).then_some(())
}

/// Creates a function that gets disabled.
fn switched_off(client: &Client) -> String {
    let id = client.created(FAILS);
    for _ in 0..6 {
        fail(client, &id);
    }
    eventually("six failures switch it off", || is_off(client, &id));
    id
}

fn patch(client: &Client, path: &str, data: &Value) -> Reply {
    client.send(Method::PATCH, path, &json!({"data": data}).to_string())
}

#[test]
fn six_failures_switch_a_function_off_and_its_owner_switches_it_on() {
    let server = Server::start();
    let client = &server.client;
    let id = client.created(FAILS);
    for _ in 0..5 {
        assert_eq!(fail(client, &id).body["data"]["outcome"], "exception");
    }
    // Successes, failures for other reasons, and tests do not count.
    assert_eq!(client.run(&id, &json!({})).status, 200);
    let large = json!({"text": "x".repeat(300_000)});
    assert_eq!(client.run(&id, &large).status, 413);
    assert_eq!(client.test("throw 1", &json!({})).status, 422);
    assert_eq!(row(client, &id)["enabled"], true);

    fail(client, &id);
    eventually("it is switched off", || is_off(client, &id));
    assert_eq!(
        row(client, &id)["disable_reason"],
        "too many failed attempts"
    );
    let refused = eventually("it does not run", || {
        let reply = fail(client, &id);
        (reply.status == 409).then_some(reply)
    });
    assert_eq!(refused.body["data"]["outcome"], "disabled");

    // Any other change leaves it disabled.
    let one = client.functions(&format!("/{id}"));
    let changed = patch(client, &one, &json!({"custom": 1}));
    assert_eq!(changed.body["data"]["enabled"], false);
    assert_eq!(changed.body["data"]["disable_reason"], Value::Null);
    assert_eq!(
        row(client, &id)["disable_reason"],
        "too many failed attempts"
    );

    assert_eq!(patch(client, &one, &json!({"enabled": true})).status, 200);
    assert_eq!(row(client, &id)["disable_reason"], Value::Null);
    assert_eq!(client.run(&id, &json!({})).status, 200);

    // Earlier failures no longer count.
    for _ in 0..5 {
        assert_eq!(fail(client, &id).body["data"]["outcome"], "exception");
    }
    assert_eq!(client.run(&id, &json!({})).status, 200);
}

#[test]
fn all_that_was_switched_off_is_switched_on_together() {
    let server = Server::start();
    let client = &server.client;
    let (first, second) = (switched_off(client), switched_off(client));
    let by_owner = client.created("return {}");
    let path = client.functions(&format!("/{by_owner}"));
    patch(client, &path, &json!({"enabled": false}));

    let all = client.functions("");
    let refused = patch(client, &all, &json!({}));
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.body["data"],
        json!({"re-enable": {"required": {"message": "re-enable is required to patch collections"}}})
    );
    let refused = patch(client, &all, &json!({"re-enable": false}));
    assert_eq!(refused.status, 400);
    assert_eq!(
        refused.body["data"]["re-enable"]["enum"]["target"],
        json!(["true"])
    );
    assert_eq!(row(client, &first)["enabled"], false);

    let patched = patch(client, &all, &json!({"re-enable": true}));
    assert_eq!(
        (patched.status, &patched.body["data"]),
        (200, &json!("functions updated"))
    );
    for id in [&first, &second] {
        assert_eq!(row(client, id)["enabled"], true);
        assert_eq!(client.run(id, &json!({})).status, 200);
    }
    assert_eq!(row(client, &by_owner)["enabled"], false);
}

#[test]
fn an_account_switches_on_what_is_below_it_and_not_its_own() {
    let mut server = Server::on_file("");
    let child = "0123456789abcdef0123456789abcdef";
    server.kill();
    add_child(&server, child);
    server.start_again();
    let client = &server.client;
    let below = client.within(child);
    let (own, theirs) = (switched_off(client), switched_off(&below));
    let path = format!("/v2/accounts/{}/descendants/functions", client.account);
    let listed = || client.send(Method::GET, &path, "").body["data"].clone();
    let expected = json!([{
        "account_id": child,
        "account_name": "child",
        "id": theirs,
        "name": "test",
        "disable_reason": "too many failed attempts",
    }]);
    assert_eq!(listed(), expected);
    assert_eq!(
        patch(client, &path, &json!({"re-enable": true})).status,
        200
    );
    assert_eq!(row(&below, &theirs)["enabled"], true);
    assert_eq!(row(client, &own)["enabled"], false);
    assert_eq!(listed(), json!([]));
}

#[test]
fn what_is_switched_off_below_an_account_is_listed_page_by_page() {
    let server = Server::start();
    let client = &server.client;
    let below = client.sub_account("below");
    let mut ids: Vec<_> = (0..3).map(|_| switched_off(&below)).collect();
    ids.sort();
    let path = format!("/v2/accounts/{}/descendants/functions", client.account);
    let page = |query: &str| {
        let reply = client.send(Method::GET, &format!("{path}?page_size=2{query}"), "");
        assert_eq!(reply.status, 200, "{}", reply.body);
        let rows = reply.body["data"].as_array().unwrap();
        let ids: Vec<_> = rows.iter().map(|row| row["id"].clone()).collect();
        (ids, reply.body["next_start_key"].clone())
    };
    let (first, next) = page("");
    assert_eq!(first, ids[..2]);
    let (second, end) = page(&format!("&start_key={}", next.as_str().unwrap()));
    assert_eq!(second, ids[2..]);
    assert_eq!(end, Value::Null);
    // There are no such functions below the other account, and it may not see those of its siblings.
    let its_own = format!("/v2/accounts/{}/descendants/functions", below.account);
    assert_eq!(
        below.send(Method::GET, &its_own, "").body["data"],
        json!([])
    );
    assert_eq!(below.send(Method::GET, &path, "").status, 403);
}

/// Creates an account below the server's own.
fn add_child(server: &Server, id: &str) {
    let database = server.database().open();
    let tree = json!([server.client.account]).to_string();
    database
        .execute(
            "INSERT INTO accounts (id, name, tree, api_key, created) VALUES (?1, 'child', ?2, x'00', 0)",
            [id, &tree],
        )
        .unwrap();
    database
        .execute(
            "INSERT INTO ancestors (ancestor_id, account_id) VALUES (?1, ?2)",
            [&server.client.account, id],
        )
        .unwrap();
}

#[test]
fn an_operator_decides_how_many_failures_are_too_many() {
    let mut server = Server::start();
    let account = server.client.account.clone();
    server.configure(&format!(
        "[failures]\ncount = 0\n[accounts.{account}.failures]\ncount = 2"
    ));
    let client = &server.client;
    let id = client.created(FAILS);
    for _ in 0..2 {
        fail(client, &id);
    }
    eventually("two are too many here", || is_off(client, &id));

    server.configure("[failures]\ncount = 0");
    let client = &server.client;
    let id = client.created(FAILS);
    for _ in 0..20 {
        assert_eq!(fail(client, &id).status, 422);
    }
    assert_eq!(row(client, &id)["enabled"], true);
}

#[test]
fn what_no_longer_compiles_fails_like_everything_else() {
    let mut server = Server::on_file("");
    let id = server.client.created(FAILS);
    server.stop();
    let database = server.database().open();
    database
        .execute_batch(
            "DELETE FROM snapshots;
             UPDATE revisions SET document = json_set(document, '$.function_js', 'return (')",
        )
        .unwrap();
    server.start_again();
    let client = &server.client;
    for _ in 0..6 {
        let reply = fail(client, &id);
        assert_eq!(reply.status, 422, "{}", reply.body);
        assert_eq!(reply.body["data"]["outcome"], "compile_error");
        assert_eq!(reply.body["data"]["error"]["name"], "SyntaxError");
    }
    eventually("it is switched off", || is_off(client, &id));
}
