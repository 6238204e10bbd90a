//! Logins with an API key or as a user, and logouts.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha1::Sha1;
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    server::Server,
};

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn md5(text: &str) -> String {
    hex(&Md5::digest(text))
}

/// Sends a login without a token.
fn login(client: &Client, path: &str, data: &Value) -> Reply {
    let body = json!({"data": data}).to_string();
    client.send_with(Method::PUT, path, &body, &[])
}

/// The body, with placeholders for values that differ in each run.
fn redacted(mut reply: Reply) -> Value {
    let body = reply.body.as_object_mut().unwrap();
    for key in ["node", "request_id", "timestamp", "tokens"] {
        assert!(body.shift_remove(key).is_some(), "there is no {key}");
    }
    for key in ["version", "auth_token"] {
        if let Some(value) = body.get_mut(key) {
            *value = json!(format!("[{key}]"));
        }
    }
    if let Some(Value::Object(data)) = body.get_mut("data") {
        for key in ["account_id", "reseller_id", "owner_id", "cluster_id"] {
            if let Some(value) = data.get_mut(key) {
                *value = json!(format!("[{} digits]", value.as_str().unwrap().len()));
            }
        }
    }
    json!({"status": reply.status, "body": reply.body})
}

/// Creates a user with a password in a client's account.
pub(super) fn add_user(client: &Client, name: &str, password: &str, level: &str) -> String {
    let body = json!({"data": {"first_name": name, "last_name": "Smith", "username": name,
                               "password": password, "priv_level": level}});
    let created = client.send(Method::PUT, &client.path("/users"), &body.to_string());
    assert_eq!(created.status, 201, "{}", created.body);
    created.body["data"]["id"].as_str().unwrap().to_owned()
}

/// A client with the token of a user.
pub(super) fn user_client(client: &Client, account_name: &str, credentials: &str) -> Client {
    let data = json!({"credentials": md5(credentials), "account_name": account_name});
    let reply = login(client, "/v2/user_auth", &data);
    assert_eq!(reply.status, 201, "{}", reply.body);
    client.with_token(reply.body["auth_token"].as_str().unwrap())
}

#[test]
fn with_an_api_key() {
    let server = Server::start();
    let client = &server.client;
    let api_auth = |data: Value| redacted(login(client, "/v2/api_auth", &data));
    let mut unknown = api_auth(json!({"api_key": "0".repeat(64)}));
    assert_eq!(unknown["body"]["data"].take(), json!(["0".repeat(64)]));
    insta::assert_json_snapshot!(
        "api_auth",
        json!({
            "the master account": api_auth(json!({"api_key": server.api_key})),
            "an unknown key": unknown,
            "too short": api_auth(json!({"api_key": "short"})),
            "no key": api_auth(json!({})),
            "more than a key": api_auth(json!({"api_key": "0".repeat(64), "more": 1})),
        })
    );
    let get = client.send_with(Method::GET, "/v2/api_auth", "", &[]);
    assert_eq!(get.status, 405);

    let logged_in = client.logged_in(&server.api_key);
    assert_ne!(logged_in.token, client.token);
    assert_eq!(logged_in.token.len(), 64);
    let own = logged_in.send(Method::GET, &logged_in.path(""), "");
    assert_eq!(own.status, 200);
    assert_eq!(own.body["auth_token"], logged_in.token.as_str());
}

#[test]
fn as_a_user() {
    let server = Server::start();
    let child = server.client.sub_account("My Company");
    let user = add_user(&child, "Bob", "secret", "user");
    let user_auth = |data: Value| redacted(login(&child, "/v2/user_auth", &data));
    let realm = child.send(Method::GET, &child.path(""), "").body["data"]["realm"].clone();
    let good = md5("bob:secret");
    insta::assert_json_snapshot!(
        "user_auth",
        json!({
            "by account name": user_auth(json!({"credentials": good, "account_name": "my company"})),
            "by realm": user_auth(json!({"credentials": good, "account_realm": realm})),
            "with sha": user_auth(json!({"credentials": hex(&Sha1::digest("bob:secret")), "method": "sha", "account_name": "mycompany"})),
            "a wrong password": user_auth(json!({"credentials": md5("bob:guess"), "account_name": "My Company"})),
            "the hash of another method": user_auth(json!({"credentials": good, "method": "sha", "account_name": "My Company"})),
            "another account": user_auth(json!({"credentials": good, "account_name": "master"})),
            "no such account": user_auth(json!({"credentials": good, "account_name": "nobody"})),
            "no account": user_auth(json!({"credentials": good})),
            "a phone number": user_auth(json!({"credentials": good, "phone_number": "+14158867900", "account_name": "My Company"})),
            "no credentials": user_auth(json!({"account_name": "My Company"})),
            "no such method": user_auth(json!({"credentials": good, "account_name": "My Company", "method": "none"})),
        })
    );
    let bob = user_client(&child, "My Company", "bob:secret");
    let who = bob.send(Method::GET, "/v2/token_auth", "");
    assert_eq!(
        (
            &who.body["data"]["owner_id"],
            &who.body["data"]["account_id"]
        ),
        (&json!(user), &json!(child.account))
    );
}

#[test]
fn a_disabled_account_or_user_does_not_get_in() {
    let server = Server::start();
    let child = server.client.sub_account("child");
    let user = add_user(&child, "bob", "secret", "user");
    let bob = user_client(&child, "child", "bob:secret");
    let data = json!({"credentials": md5("bob:secret"), "account_name": "child"});
    let users = child.path(&format!("/users/{user}"));
    let switch = |client: &Client, path: &str, on: bool| {
        let body = json!({"data": {"enabled": on}}).to_string();
        assert_eq!(client.send(Method::PATCH, path, &body).status, 200);
    };

    switch(&child, &users, false);
    assert_eq!(bob.send(Method::GET, &bob.path(""), "").status, 401);
    assert_eq!(login(&child, "/v2/user_auth", &data).status, 401);
    switch(&child, &users, true);

    let bob = user_client(&child, "child", "bob:secret");
    switch(&server.client, &child.path(""), false);
    assert_eq!(bob.send(Method::GET, &bob.path(""), "").status, 401);
    let refused = login(&child, "/v2/user_auth", &data);
    assert_eq!(
        (refused.status, &refused.body["data"]),
        (
            400,
            &json!({"account": {"disabled": {"message": "account disabled"}}})
        )
    );
}

#[test]
fn logging_out() {
    let server = Server::start();
    let client = server.client.logged_in(&server.api_key);
    let who = client.send(Method::GET, "/v2/token_auth", "");
    insta::assert_json_snapshot!(
        "token_auth",
        json!({
            "who": redacted(who),
            "out": redacted(client.send(Method::DELETE, "/v2/token_auth", "")),
            "again": redacted(client.send(Method::DELETE, "/v2/token_auth", "")),
            "nobody": redacted(client.send_with(Method::GET, "/v2/token_auth", "", &[])),
        })
    );
    // The token of `bootstrap` can be revoked like any other.
    assert_eq!(
        server
            .client
            .send(Method::DELETE, "/v2/token_auth", "")
            .status,
        200
    );
    assert_eq!(
        server.client.send(Method::GET, "/v2/token_auth", "").status,
        401
    );
}

#[test]
fn with_a_name_and_a_password_in_each_request() {
    let server = Server::start();
    let child = server.client.sub_account("child");
    let user = add_user(&child, "bob", "secret", "user");
    let get = |account: &str, credentials: &str| {
        let pair = STANDARD.encode(format!("{account}:{}", md5(credentials)));
        let header = format!("Basic {pair}");
        let headers = [("authorization", header.as_str())];
        child.send_with(Method::GET, &child.path(""), "", &headers)
    };
    let let_in = get(&child.account, "bob:secret");
    assert_eq!(let_in.status, 200, "{}", let_in.body);
    assert_eq!(let_in.body.get("auth_token"), None);
    assert_eq!(get(&child.account, "bob:guess").status, 401);
    assert_eq!(get(&server.client.account, "bob:secret").status, 401);
    assert_eq!(get("x", "bob:secret").status, 401);
    // A new password invalidates the old one at once.
    let path = child.path(&format!("/users/{user}"));
    let body = r#"{"data":{"password":"better"}}"#;
    assert_eq!(child.send(Method::PATCH, &path, body).status, 200);
    assert_eq!(get(&child.account, "bob:secret").status, 401);
    assert_eq!(get(&child.account, "bob:better").status, 200);
}

#[test]
fn guessing_a_password_costs_as_much_as_logging_in() {
    let server = Server::start_with("[rate]\nburst = 100\nper_second = 1");
    let guess = |number: u32| {
        let pair = format!(
            "{}:{}",
            server.client.account,
            md5(&format!("bob:{number}"))
        );
        let header = format!("Basic {}", STANDARD.encode(pair));
        let headers = [("authorization", header.as_str())];
        let path = server.client.path("");
        server
            .client
            .send_with(Method::GET, &path, "", &headers)
            .status
    };
    let statuses: Vec<_> = (0..4).map(guess).collect();
    assert_eq!(statuses[0], 401);
    assert_eq!(statuses[3], 429);
}

#[test]
fn a_login_costs_the_same_however_its_path_is_written() {
    let server = Server::start();
    for path in ["/v2/api%5Fauth", "/%762/api_auth", "/v2/user%5fauth/"] {
        let reply = server.client.send(Method::PUT, path, r#"{"data":{}}"#);
        assert_eq!(reply.status, 400, "{path}: {}", reply.body);
        assert_eq!(reply.body["tokens"]["consumed"], 35, "{path}");
    }
}

#[test]
fn nobody_asks_for_nothing() {
    let server = Server::start();
    let client = &server.client;
    let run = client.functions("/none/run");
    for (path, body) in [(&run, "{}"), (&run, "no JSON")] {
        let reply = client.send_with(Method::POST, path, body, &[]);
        assert_eq!(reply.body["tokens"]["consumed"], 1, "{}", reply.body);
    }
    // The end of a path alone does not make a request a call.
    let user = client.send(Method::POST, &client.path("/users/run"), "{}");
    assert_eq!(user.body["tokens"]["consumed"], 1, "{}", user.body);
}

#[test]
fn no_token_pays_for_a_login() {
    let server = Server::start_with("[rate]\nburst = 100\nper_second = 1");
    let mut client = server.client.clone();
    let statuses: Vec<_> = (0..4)
        .map(|_| {
            let body = json!({"data": {"api_key": server.api_key}}).to_string();
            let reply = client.send(Method::PUT, "/v2/api_auth", &body);
            if let Some(token) = reply.body["auth_token"].as_str() {
                client = client.with_token(token);
            }
            reply.status
        })
        .collect();
    assert_eq!((statuses[0], statuses[3]), (201, 429));
}

#[test]
fn an_api_key_can_be_read_only_if_the_operator_keeps_it_and_replaced_always() {
    let mut server = Server::start();
    let master = server.client.clone();
    let put = |client: &Client| {
        let reply = client.send(Method::PUT, &client.path("/api_key"), "");
        assert_eq!(reply.status, 201, "{}", reply.body);
        reply.body["data"]["api_key"].as_str().unwrap().to_owned()
    };
    let get = |client: &Client| client.send(Method::GET, &client.path("/api_key"), "");
    let not_kept = get(&master);
    assert_eq!(
        (not_kept.status, &not_kept.body["data"]["message"]),
        (
            404,
            &json!("the API key was shown once and not kept; PUT makes a new one")
        )
    );
    let new = put(&master);
    assert_eq!(get(&master).status, 404);
    assert_eq!(master.logged_in(&new).account, master.account);
    let old = login(&master, "/v2/api_auth", &json!({"api_key": server.api_key}));
    assert_eq!(old.status, 404);

    let folder = tempfile::tempdir().unwrap();
    let key = folder.path().join("key");
    std::fs::write(&key, STANDARD.encode([7; 32])).unwrap();
    server.configure(&format!("[secrets]\nkey_file = '{}'", key.display()));
    let master = &server.client;
    assert_eq!(get(master).status, 404);
    let kept = put(master);
    assert_eq!(get(master).body["data"]["api_key"], kept.as_str());
    let child = master.sub_account("child");
    let key = get(&child).body["data"]["api_key"].clone();
    assert_eq!(
        child.logged_in(key.as_str().unwrap()).account,
        child.account
    );

    // Only users who may create users may read it.
    add_user(&child, "bob", "secret", "user");
    add_user(&child, "alice", "secret", "admin");
    let bob = user_client(&child, "child", "bob:secret");
    let alice = user_client(&child, "child", "alice:secret");
    assert_eq!((get(&bob).status, get(&alice).status), (403, 200));
    server.configure("");
    assert_eq!(get(&server.client).status, 404);
}
