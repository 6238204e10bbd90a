//! Users over the API: created, listed, read, changed, deleted.

use serde_json::{Value, json};
use ureq::http::Method;

use super::logins::{add_user, user_client};
use crate::{
    client::{Client, Reply},
    server::Server,
};

fn put(client: &Client, data: &Value) -> Reply {
    let body = json!({"data": data}).to_string();
    client.send(Method::PUT, &client.path("/users"), &body)
}

#[test]
fn a_users_life() {
    let server = Server::start();
    let client = &server.client;
    let created = put(
        client,
        &json!({"first_name": "Bob", "last_name": "Smith", "username": "Bob", "password": "secret",
               "custom": {"a": 1}, "pvt_md5_auth": "x"}),
    );
    assert_eq!(created.status, 201, "{}", created.body);
    let id = created.body["data"]["id"].as_str().unwrap().to_owned();
    let path = client.path(&format!("/users/{id}"));
    assert_eq!(created.headers["location"], path.as_str());
    assert_eq!(
        created.body["data"],
        json!({"first_name": "Bob", "last_name": "Smith", "username": "bob", "custom": {"a": 1},
               "priv_level": "user", "enabled": true, "id": id})
    );
    let list = client.send(Method::GET, &client.path("/users"), "");
    assert_eq!(
        list.body["data"],
        json!([{"id": id, "features": [], "username": "bob", "first_name": "Bob", "last_name": "Smith",
                "priv_level": "user", "flags": []}])
    );

    let send = |method, body: Value| client.send(method, &path, &json!({"data": body}).to_string());
    let patched = send(Method::PATCH, json!({"custom": {"b": 2}}));
    assert_eq!(patched.body["data"]["custom"], json!({"a": 1, "b": 2}));
    // The password has not changed.
    user_client(client, "master", "bob:secret");
    let renamed = send(Method::PATCH, json!({"username": "robert"}));
    assert_eq!(
        (
            renamed.status,
            &renamed.body["data"]["password"]["required"]["message"]
        ),
        (
            400,
            &json!("The password must be provided when updating the user name")
        )
    );
    let renamed = send(
        Method::PATCH,
        json!({"username": "robert", "password": "other"}),
    );
    assert_eq!(renamed.status, 200, "{}", renamed.body);
    user_client(client, "master", "robert:other");

    let replaced = send(
        Method::POST,
        json!({"first_name": "R", "last_name": "S", "username": "robert"}),
    );
    assert_eq!(
        replaced.body["data"],
        json!({"first_name": "R", "last_name": "S", "username": "robert", "priv_level": "user",
               "enabled": true, "id": id})
    );
    let robert = user_client(client, "master", "robert:other");

    let deleted = client.send(Method::DELETE, &path, "");
    assert_eq!(deleted.body["data"]["_read_only"], json!({"deleted": true}));
    assert_eq!(client.send(Method::GET, &path, "").status, 404);
    assert_eq!(robert.send(Method::GET, &robert.path(""), "").status, 401);
}

#[test]
fn what_is_no_user_is_refused() {
    let server = Server::start();
    let client = &server.client;
    add_user(client, "bob", "secret", "user");
    let refused = |data: Value| {
        let reply = put(client, &data);
        json!({"status": reply.status, "data": reply.body["data"]})
    };
    insta::assert_json_snapshot!(
        "refused users",
        json!({
            "no names": refused(json!({})),
            "a name in use": refused(json!({"first_name": "a", "last_name": "b", "username": "BOB", "password": "x"})),
            "a password without a name": refused(json!({"first_name": "a", "last_name": "b", "password": "x"})),
            "a name without a password": refused(json!({"first_name": "a", "last_name": "b", "username": "c"})),
            "no such level": refused(json!({"first_name": "a", "last_name": "b", "priv_level": "root"})),
        })
    );
    // Names are unique within an account.
    let child = server.client.sub_account("child");
    add_user(&child, "bob", "secret", "user");
}

#[test]
fn users_who_are_no_administrators_change_nobody_but_themselves() {
    let server = Server::start();
    let client = &server.client;
    let bob = add_user(client, "bob", "secret", "user");
    let alice = add_user(client, "alice", "secret", "admin");
    let as_bob = user_client(client, "master", "bob:secret");
    let patch = |client: &Client, id: &str, data: Value| {
        let path = client.path(&format!("/users/{id}"));
        client.send(Method::PATCH, &path, &json!({"data": data}).to_string())
    };
    let data = json!({"first_name": "a", "last_name": "b"});
    assert_eq!(put(&as_bob, &data).status, 403);
    assert_eq!(
        patch(&as_bob, &alice, json!({"enabled": false})).status,
        403
    );
    let path = client.path(&format!("/users/{alice}"));
    assert_eq!(as_bob.send(Method::DELETE, &path, "").status, 403);
    let own = patch(
        &as_bob,
        &bob,
        json!({"priv_level": "admin", "email": "bob@example.com"}),
    );
    assert_eq!(
        (&own.body["data"]["priv_level"], &own.body["data"]["email"]),
        (&json!("user"), &json!("bob@example.com"))
    );
    let as_alice = user_client(client, "master", "alice:secret");
    assert_eq!(put(&as_alice, &data).status, 201);
    assert_eq!(
        patch(&as_alice, &bob, json!({"priv_level": "admin"})).status,
        200
    );
    // Every user may write functions.
    as_bob.created("return 1");
}

#[test]
fn users_are_listed_page_by_page() {
    let server = Server::start();
    let client = &server.client;
    for name in ["a", "b", "c", "d", "e"] {
        let created = put(client, &json!({"first_name": name, "last_name": "x"}));
        assert_eq!(created.status, 201, "{}", created.body);
    }
    let mut names = Vec::new();
    let mut query = "/users?page_size=2".to_owned();
    loop {
        let page = client.send(Method::GET, &client.path(&query), "").body;
        let rows = page["data"].as_array().unwrap();
        names.extend(rows.iter().map(|row| row["first_name"].clone()));
        match page["next_start_key"].as_str() {
            Some(key) => query = format!("/users?page_size=2&start_key={key}"),
            None => break,
        }
    }
    assert_eq!(names, ["e", "d", "c", "b", "a"]);
}
