//! Attempts to act in another account: each is refused and has no effect.

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use serde_json::{Value, json};
use ureq::http::Method;

use super::logins::md5;
use crate::{
    client::{Client, Reply},
    server::Server,
};

/// A server, an account with a function, and a second account.
struct Neighbours {
    server: Server,
    victim: Client,
    function: String,
    attacker: Client,
}

impl Neighbours {
    fn new() -> Self {
        let server = Server::start();
        let victim = server.client.sub_account("victim");
        let function = victim.created("return 'private'");
        let attacker = server.client.sub_account("attacker");
        Self {
            server,
            victim,
            function,
            attacker,
        }
    }

    /// The victim's function has not changed.
    fn assert_untouched(&self) {
        let one = self.victim.functions(&format!("/{}", self.function));
        let read = self.victim.send(Method::GET, &one, "");
        assert_eq!(read.body["data"]["function_js"], "return 'private'");
        assert_eq!(read.body["revision"].as_str().unwrap()[..2], *"1-");
        let own = self.victim.send(Method::GET, &self.victim.path(""), "");
        assert_eq!(own.body["data"]["name"], "victim");
        let children = self
            .victim
            .send(Method::GET, &self.victim.path("/children"), "");
        assert_eq!(children.body["data"], json!([]));
    }
}

fn assert_unknown(reply: &Reply) {
    assert_eq!(
        (reply.status, &reply.body["data"], &reply.body["message"]),
        (401, &json!({}), &json!("invalid credentials")),
        "{}",
        reply.body
    );
    assert_eq!(reply.body.get("version"), None);
}

#[test]
fn nothing_below_another_account_is_open_to_one_beside_it_or_below_it() {
    let neighbours = Neighbours::new();
    let Neighbours {
        victim,
        function,
        attacker,
        ..
    } = &neighbours;
    let below = victim.sub_account("below");
    let function = format!("/functions/{function}");
    let run = format!("{function}/run");
    let module = format!("{function}/module");
    let attempts = [
        (Method::GET, "", ""),
        (Method::PATCH, "", r#"{"data":{"name":"taken"}}"#),
        (Method::POST, "", r#"{"data":{"name":"taken"}}"#),
        (Method::PUT, "", r#"{"data":{"name":"planted"}}"#),
        (Method::DELETE, "", ""),
        (Method::GET, "/children", ""),
        (Method::GET, "/descendants", ""),
        (Method::GET, "/siblings", ""),
        (Method::GET, "/tree", ""),
        (Method::GET, "/parents", ""),
        (Method::GET, "/search?t=account&q=name&v=", ""),
        (Method::GET, "/api_key", ""),
        (Method::PUT, "/api_key", ""),
        (Method::GET, "/users", ""),
        (
            Method::PUT,
            "/users",
            r#"{"data":{"first_name":"a","last_name":"b"}}"#,
        ),
        (Method::GET, "/users/x", ""),
        (Method::PATCH, "/users/x", r#"{"data":{"enabled":true}}"#),
        (Method::DELETE, "/users/x", ""),
        (Method::GET, "/functions", ""),
        (
            Method::PUT,
            "/functions",
            r#"{"data":{"name":"n","function_js":"return 1"}}"#,
        ),
        (
            Method::POST,
            "/functions/test",
            r#"{"data":{"function_js":"return 1"}}"#,
        ),
        (Method::GET, &function, ""),
        (Method::PATCH, &function, r#"{"data":{"name":"taken"}}"#),
        (
            Method::POST,
            &function,
            r#"{"data":{"name":"n","function_js":"return 1"}}"#,
        ),
        (Method::DELETE, &function, ""),
        (Method::POST, &run, "{\"data\":{}}"),
        (Method::GET, &module, ""),
        (Method::GET, "/nope", ""),
    ];
    for (method, rest, body) in attempts {
        for client in [attacker, &below] {
            let reply = client.send(method.clone(), &victim.path(rest), body);
            assert_eq!(
                (reply.status, &reply.body["message"]),
                (403, &json!("forbidden")),
                "{method} {rest}: {}",
                reply.body
            );
        }
    }
    // `below` existed.
    let deleted = victim.send(Method::DELETE, &below.path(""), "");
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    neighbours.assert_untouched();
}

#[test]
fn those_above_may_do_everything_below() {
    let Neighbours {
        server,
        victim,
        function,
        ..
    } = Neighbours::new();
    let below = victim.sub_account("below");
    let deep = below.created("return 'deep'");
    for (client, owner, id) in [
        (&server.client, &victim, &function),
        (&victim, &below, &deep),
    ] {
        let one = owner.functions(&format!("/{id}"));
        assert_eq!(client.send(Method::GET, &one, "").status, 200);
        let patch = client.send(Method::PATCH, &one, r#"{"data":{"by":"above"}}"#);
        assert_eq!(patch.status, 200, "{}", patch.body);
        let run = client.send(Method::POST, &format!("{one}/run"), r#"{"data":{}}"#);
        assert_eq!(run.status, 200, "{}", run.body);
        assert_eq!(client.send(Method::DELETE, &one, "").status, 200);
    }
    // The master account is above all other accounts.
    let path = below.path("");
    assert_eq!(server.client.send(Method::DELETE, &path, "").status, 200);
}

#[test]
fn functions_are_found_under_their_own_account_only() {
    let neighbours = Neighbours::new();
    let Neighbours {
        server,
        victim,
        function,
        attacker,
    } = &neighbours;
    for client in [attacker, &server.client] {
        let one = client.functions(&format!("/{function}"));
        let run = format!("{one}/run");
        let module = format!("{one}/module");
        for (method, path, body) in [
            (Method::GET, &one, ""),
            (Method::PATCH, &one, r#"{"data":{"name":"taken"}}"#),
            (
                Method::POST,
                &one,
                r#"{"data":{"name":"n","function_js":"return 1"}}"#,
            ),
            (Method::DELETE, &one, ""),
            (Method::POST, &run, r#"{"data":{}}"#),
            (Method::GET, &module, ""),
        ] {
            let reply = client.send(method.clone(), path, body);
            assert_eq!(reply.status, 404, "{method} {path}: {}", reply.body);
            assert_eq!(reply.body["data"]["cause"], function.as_str());
        }
        // Repeats the attacks with the function in memory.
        assert_eq!(victim.run(function, &json!({})).status, 200);
        assert_eq!(client.run(function, &json!({})).status, 404);
        // Its id cannot be taken, and it cannot be moved.
        let body = json!({"data": {"id": function, "name": "n", "function_js": "return 1"}});
        let taken = client.send(Method::PUT, &client.functions(""), &body.to_string());
        assert_eq!(taken.status, 409, "{}", taken.body);
    }
    neighbours.assert_untouched();
}

/// `[account, function]` in KAZOO's form (Erlang's external term format).
fn kazoo_key(account: &str, function: &str) -> String {
    let mut bytes = vec![131, 108, 0, 0, 0, 2];
    for part in [account, function] {
        bytes.push(109);
        bytes.extend(u32::try_from(part.len()).unwrap().to_be_bytes());
        bytes.extend(part.as_bytes());
    }
    bytes.push(106);
    URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn no_start_key_leads_into_another_account() {
    let neighbours = Neighbours::new();
    let Neighbours {
        victim,
        function,
        attacker,
        ..
    } = &neighbours;
    let own = attacker.created("return 'own'");
    let foreign = [victim.account.as_str(), function];
    for key in [
        kazoo_key(&victim.account, function),
        kazoo_key(&victim.account, &"f".repeat(32)),
        URL_SAFE_NO_PAD.encode(json!(foreign).to_string()),
        URL_SAFE_NO_PAD.encode(function),
        URL_SAFE_NO_PAD.encode("\u{10ffff}"),
        function.clone(),
        "%5B%22".to_owned(),
    ] {
        for path in ["/functions", "/users", "/children", "/descendants"] {
            let path = format!("{path}?start_key={key}");
            let reply = attacker.send(Method::GET, &attacker.path(&path), "");
            let ids: Vec<_> = match reply.body["data"].as_array() {
                Some(rows) => rows.iter().map(|row| row["id"].clone()).collect(),
                None => Vec::new(),
            };
            assert!(
                ids.iter().all(|id| *id == own.as_str()),
                "{path}: {}",
                reply.body
            );
        }
    }
}

#[test]
fn a_deleted_accounts_token_is_nobodys() {
    let Neighbours {
        server,
        victim,
        function,
        ..
    } = Neighbours::new();
    assert_eq!(victim.run(&function, &json!({})).status, 200);
    let deleted = server.client.send(Method::DELETE, &victim.path(""), "");
    assert_eq!(deleted.status, 200);
    assert_unknown(&victim.send(Method::GET, "/v2/token_auth", ""));
    assert_unknown(&victim.run(&function, &json!({})));
    // For accounts above, the account and its function no longer exist, not even in memory.
    let gone = server.client.with_token(&server.client.token);
    let run = victim.functions(&format!("/{function}/run"));
    let reply = gone.send(Method::POST, &run, r#"{"data":{}}"#);
    assert_eq!(reply.status, 404);
    assert_eq!(reply.body["data"]["cause"], victim.account.as_str());
}

/// A deleted account's id can come back: its owner can make it again, or KAZOO can, because its functions bring their
/// accounts along.
#[test]
fn an_account_that_is_made_again_is_closed_to_whom_it_was_open() {
    let server = Server::start();
    let master = &server.client;
    let id = "1".repeat(32);
    let created = || {
        let body = json!({"data": {"id": id, "name": "again"}}).to_string();
        let path = master.path("?include_api_key=true");
        let created = master.send(Method::PUT, &path, &body);
        assert_eq!(created.body["data"]["id"], id, "{}", created.body);
        created.body["data"]["api_key"].as_str().unwrap().to_owned()
    };
    let old = master.logged_in(&created());
    let user = json!({"data": {"first_name": "a", "last_name": "b", "username": "bob", "password": "secret"}});
    let path = old.path("/users");
    let user = old.send(Method::PUT, &path, &user.to_string());
    assert_eq!(user.status, 201, "{}", user.body);
    let credentials = md5("bob:secret");
    let basic = STANDARD.encode(format!("{id}:{credentials}"));
    let basic = [("authorization", format!("Basic {basic}"))];
    let with_basic = || {
        let headers = basic
            .each_ref()
            .map(|(name, value)| (*name, value.as_str()));
        master.send_with(Method::GET, &old.path(""), "", &headers)
    };
    // From here on, the token and the key are in memory.
    assert_eq!(old.send(Method::GET, &old.path(""), "").status, 200);
    assert_eq!(with_basic().status, 200);

    let deleted = master.send(Method::DELETE, &old.path(""), "");
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    let new = master.logged_in(&created());
    assert_eq!(new.send(Method::GET, &new.path(""), "").status, 200);
    assert_unknown(&old.send(Method::GET, &old.path(""), ""));
    assert_unknown(&with_basic());
}

#[test]
fn a_revoked_token_is_nobodys_at_once() {
    let server = Server::start();
    let first = server.client.logged_in(&server.api_key);
    let second = server.client.logged_in(&server.api_key);
    assert_eq!(first.send(Method::GET, &first.path(""), "").status, 200);
    assert_eq!(first.send(Method::DELETE, "/v2/token_auth", "").status, 200);
    assert_unknown(&first.send(Method::GET, &first.path(""), ""));
    assert_eq!(second.send(Method::GET, &second.path(""), "").status, 200);
}

#[test]
fn an_expired_token_is_nobodys() {
    let mut server = Server::start();
    let login = server.client.logged_in(&server.api_key);
    assert_eq!(login.send(Method::GET, &login.path(""), "").status, 200);
    server.kill();
    let database = server.database();
    let ending = "SELECT count(*) FROM tokens WHERE expires IS NOT NULL";
    assert_eq!(database.number(ending), 1);
    database.execute("UPDATE tokens SET expires = expires - 3601");
    server.restart();
    let expired = server.client.with_token(&login.token);
    assert_unknown(&expired.send(Method::GET, &expired.path(""), ""));
    // The next login deletes it.
    server.client.logged_in(&server.api_key);
    assert_eq!(server.database().number("SELECT count(*) FROM tokens"), 2);
}

#[test]
fn keys_and_tokens_are_not_in_the_database() {
    let mut server = Server::on_file("");
    let child = server.client.sub_account("child");
    server.kill();
    for secret in [&server.api_key, &server.client.token, &child.token] {
        for suffix in ["", "-wal"] {
            let mut file = server.database().path().as_os_str().to_owned();
            file.push(suffix);
            let bytes = std::fs::read(file).unwrap_or_default();
            let found = bytes
                .windows(secret.len())
                .any(|window| window == secret.as_bytes());
            assert!(!found, "a secret is in the file{suffix}");
        }
    }
}

#[test]
fn accounts_that_cannot_be_are_told_from_those_that_are_not() {
    let server = Server::start();
    let get = |account: &str| {
        let path = format!("/v2/accounts/{account}/users");
        let reply = server.client.send(Method::GET, &path, "");
        (reply.status, reply.body["data"]["message"].clone())
    };
    assert_eq!(get("foo"), (404, Value::from("invalid account_id 'foo'")));
    assert_eq!(get(&"0".repeat(32)), (404, Value::from("bad identifier")));
}
