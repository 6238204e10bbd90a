//! Accounts over the API: created, read, changed, listed, searched, deleted.

use serde_json::{Value, json};
use ureq::http::Method;

use crate::{
    client::{Client, Reply},
    server::Server,
};

fn put(client: &Client, data: &Value) -> Reply {
    let body = json!({"data": data}).to_string();
    client.send(Method::PUT, &client.path(""), &body)
}

fn get(client: &Client, rest: &str) -> Value {
    let reply = client.send(Method::GET, &client.path(rest), "");
    assert_eq!(reply.status, 200, "{}", reply.body);
    reply.body
}

/// One field of each row.
fn column(list: &Value, field: &str) -> Vec<String> {
    let rows = list["data"].as_array().unwrap();
    rows.iter()
        .map(|row| row[field].as_str().unwrap().to_owned())
        .collect()
}

/// The data, with placeholders for values that differ in each run.
fn redacted(mut reply: Reply) -> Value {
    for (field, name) in [
        ("id", "[id]"),
        ("realm", "[realm]"),
        ("created", "[seconds]"),
        ("reseller_id", "[master]"),
    ] {
        if let Some(value) = reply.body["data"].get_mut(field)
            && !value.is_object()
        {
            *value = json!(name);
        }
    }
    json!({"status": reply.status, "data": reply.body["data"], "message": reply.body["message"]})
}

#[test]
fn an_accounts_life() {
    let server = Server::start();
    let master = &server.client;
    let created = put(
        master,
        &json!({"name": "Tenant", "timezone": "Europe/Berlin", "custom": {"a": 1}, "pvt_x": 1,
               "superduper_admin": true}),
    );
    let id = created.body["data"]["id"].as_str().unwrap().to_owned();
    let path = format!("/v2/accounts/{id}");
    let location = format!("/v2/accounts/{}/{id}", master.account);
    assert_eq!(created.headers["location"], location.as_str());
    assert!(created.body["revision"].as_str().unwrap().starts_with("1-"));
    assert_eq!(created.body["data"]["reseller_id"], master.account.as_str());
    let realm = created.body["data"]["realm"].as_str().unwrap();
    assert!(realm.ends_with(".sip.localhost"), "{realm}");
    // KAZOO counts from the year 0.
    assert!(created.body["data"]["created"].as_i64().unwrap() > 63_000_000_000);
    insta::assert_json_snapshot!("created account", redacted(created));

    let send = |method, body: Value| master.send(method, &path, &json!({"data": body}).to_string());
    let patched = send(Method::PATCH, json!({"custom": {"b": 2}, "timezone": null}));
    assert!(patched.body["revision"].as_str().unwrap().starts_with("2-"));
    let data = &patched.body["data"];
    assert_eq!(
        (&data["custom"], data.get("timezone"), &data["name"]),
        (&json!({"a": 1, "b": 2}), None, &json!("Tenant"))
    );
    let realm = data["realm"].clone();

    let replaced = send(Method::POST, json!({"name": "Renamed"}));
    let data = &replaced.body["data"];
    assert_eq!(
        (&data["name"], data.get("custom"), &data["realm"]),
        (&json!("Renamed"), None, &realm)
    );

    let read = master.send(Method::GET, &path, "");
    assert_eq!(
        read.headers["etag"],
        format!("\"{}\"", replaced.body["revision"].as_str().unwrap()).as_str()
    );
    assert_eq!(read.body["data"], replaced.body["data"]);

    let deleted = master.send(Method::DELETE, &path, "");
    assert_eq!(deleted.status, 200, "{}", deleted.body);
    assert_eq!(deleted.body["data"]["id"], id.as_str());
    assert_eq!(master.send(Method::GET, &path, "").status, 404);
}

#[test]
fn names_and_realms_are_unique_and_time_zones_exist() {
    let server = Server::start();
    let master = &server.client;
    let first = put(
        master,
        &json!({"name": "Acme, Inc.", "realm": "Acme.example.com"}),
    );
    assert_eq!(first.status, 201, "{}", first.body);
    insta::assert_json_snapshot!(
        "refused accounts",
        json!({
            "no name": redacted(put(master, &json!({}))),
            "an empty name": redacted(put(master, &json!({"name": ""}))),
            "a name and a realm in use": redacted(put(master, &json!({"name": "ACME inc", "realm": "acme.EXAMPLE.com"}))),
            "no time zone": redacted(put(master, &json!({"name": "n", "timezone": "Mars/Olympus"}))),
            "enabled or not": redacted(put(master, &json!({"name": "n", "enabled": "perhaps"}))),
        })
    );
    let second = master.sub_account("other");
    let body = r#"{"data":{"name":"acme inc"}}"#;
    let renamed = second.send(Method::PATCH, &second.path(""), body);
    assert_eq!(renamed.status, 400, "{}", renamed.body);
    assert_eq!(renamed.body["data"]["name"]["unique"]["cause"], "acme inc");
    // Its own name does not collide with itself.
    let body = r#"{"data":{"name":"OTHER"}}"#;
    assert_eq!(
        second.send(Method::PATCH, &second.path(""), body).status,
        200
    );
    // Names without letters or digits are compared as they are.
    assert_eq!(put(master, &json!({"name": "株式会社"})).status, 201);
    assert_eq!(put(master, &json!({"name": "有限会社"})).status, 201);
    assert_eq!(put(master, &json!({"name": "株式会社"})).status, 400);
}

#[test]
fn below_the_callers_own_account_without_saying_so() {
    let server = Server::start();
    let child = server.client.sub_account("child");
    let body = r#"{"data":{"name":"grandchild"}}"#;
    let created = child.send(Method::PUT, "/v2/accounts", body);
    let id = created.body["data"]["id"].as_str().unwrap();
    let tree = server
        .client
        .send(Method::GET, &format!("/v2/accounts/{id}/tree"), "");
    assert_eq!(
        column(&tree.body, "id"),
        [server.client.account.as_str(), &child.account]
    );
    // Accounts above are hidden.
    let tree = child.send(Method::GET, &format!("/v2/accounts/{id}/parents"), "");
    assert_eq!(column(&tree.body, "id"), [child.account.as_str()]);
}

#[test]
fn lists_are_by_name_and_page_by_page() {
    let server = Server::start();
    let master = &server.client;
    let bravo = master.sub_account("bravo");
    for name in ["Delta", "alpha", "charlie"] {
        master.sub_account(name);
    }
    bravo.sub_account("Below Bravo");
    let children = get(master, "/children");
    assert_eq!(
        column(&children, "name"),
        ["alpha", "bravo", "charlie", "Delta"]
    );
    assert_eq!(
        children["data"][1],
        json!({"id": bravo.account, "name": "bravo", "realm": children["data"][1]["realm"],
               "descendants_count": 1, "flags": []})
    );
    assert_eq!(
        column(&get(master, "/descendants"), "name"),
        ["alpha", "Below Bravo", "bravo", "charlie", "Delta"]
    );
    let below = get(&bravo, "/descendants");
    assert_eq!(
        below["data"][0]["tree"],
        json!([master.account, bravo.account])
    );

    let mut names = Vec::new();
    let mut query = "/children?page_size=3".to_owned();
    loop {
        let page = get(master, &query);
        names.extend(column(&page, "name"));
        match page["next_start_key"].as_str() {
            Some(key) => query = format!("/children?page_size=3&start_key={key}"),
            None => break,
        }
    }
    assert_eq!(names, ["alpha", "bravo", "charlie", "Delta"]);

    let siblings = master.send(Method::GET, &bravo.path("/siblings"), "");
    assert_eq!(
        column(&siblings.body, "name"),
        ["alpha", "bravo", "charlie", "Delta"]
    );
    let own = bravo.send(Method::GET, &bravo.path("/siblings"), "");
    assert_eq!(own.status, 403);
}

#[test]
fn a_search_finds_descendants_by_what_they_begin_with() {
    let server = Server::start();
    let master = &server.client;
    let tenant = master.sub_account("My Company, Inc.");
    tenant.sub_account("My Companion");
    master.sub_account("Another");
    let found = |client: &Client, query: &str| {
        column(&get(client, &format!("/search?t=account&{query}")), "name")
    };
    assert_eq!(
        found(master, "q=name&v=MyComp"),
        ["My Companion", "My Company, Inc."]
    );
    assert_eq!(
        found(master, "q=name&v=my%20company,"),
        ["My Company, Inc."]
    );
    assert_eq!(found(master, "q=name&v=company"), [""; 0]);
    assert_eq!(found(&tenant, "q=name&v=my"), ["My Companion"]);
    assert_eq!(
        found(master, &format!("q=id&v={}", &tenant.account[..8])),
        ["My Company, Inc."]
    );
    let own = tenant.send(Method::GET, "/v2/search?t=account&q=name&v=my", "");
    assert_eq!(column(&own.body, "name"), ["My Companion"]);
    insta::assert_json_snapshot!(
        "refused searches",
        [
            "",
            "?t=account",
            "?t=account&q=name",
            "?t=account&q=size&v=1",
            "?t=device&q=name&v=1"
        ]
        .map(|query| {
            let path = master.path(&format!("/search{query}"));
            redacted(master.send(Method::GET, &path, ""))
        })
    );
}

#[test]
fn what_others_are_below_or_depend_on_cannot_be_deleted() {
    let server = Server::start();
    let master = &server.client;
    let child = master.sub_account("child");
    let grandchild = child.sub_account("grandchild");
    let delete = |client: &Client| master.send(Method::DELETE, &client.path(""), "");
    insta::assert_json_snapshot!(
        "accounts that stay",
        json!({"the master": redacted(delete(master)), "a parent": redacted(delete(&child))})
    );
    // The method is refused to any client.
    let anonymous = master.send_with(Method::DELETE, &master.path(""), "", &[]);
    assert_eq!(anonymous.status, 405);
    assert_eq!(delete(&grandchild).status, 200);
    assert_eq!(delete(&child).status, 200);
}

#[test]
fn a_deleted_account_leaves_nothing_behind() {
    let mut server = Server::start();
    let kept = server.client.created("return 'shared source'");
    let child = server.client.sub_account("child");
    let ran = child.created("return 'shared source'");
    assert_eq!(child.result(&ran, &json!({})), "shared source");
    let own = child.created("return 'own source'");
    child.send(Method::DELETE, &child.functions(&format!("/{own}")), "");
    let user = r#"{"data":{"first_name":"a","last_name":"b","username":"u","password":"p"}}"#;
    assert_eq!(
        child.send(Method::PUT, &child.path("/users"), user).status,
        201
    );
    let deleted = server.client.send(Method::DELETE, &child.path(""), "");
    assert_eq!(deleted.status, 200, "{}", deleted.body);

    server.kill();
    for (table, left) in [
        ("accounts", 1),
        ("ancestors", 0),
        ("tokens", 1),
        ("users", 0),
        ("functions", 1),
        ("revisions", 1),
        ("snapshots", 1),
        ("attempts", 0),
    ] {
        let sql = format!("SELECT count(*) FROM {table}");
        assert_eq!(server.database().number(&sql), left, "{table}");
    }
    server.restart();
    assert_eq!(server.client.result(&kept, &json!({})), "shared source");
}

#[test]
fn an_accounts_time_zone_is_its_functions_at_once_and_its_childrens_at_first() {
    let server = Server::start();
    let master = &server.client;
    let zone = "return new Date(0).getTimezoneOffset()";
    let parent = master.sub_account("parent");
    let id = parent.created(zone);
    assert_eq!(parent.result(&id, &json!({})), 0);
    let body = r#"{"data":{"timezone":"America/Bogota"}}"#;
    assert_eq!(
        parent.send(Method::PATCH, &parent.path(""), body).status,
        200
    );
    assert_eq!(parent.result(&id, &json!({})), 300);

    let child = parent.sub_account("child");
    let id = child.created(zone);
    assert_eq!(child.result(&id, &json!({})), 300);
}

#[test]
fn only_those_above_switch_an_account_off() {
    let server = Server::start();
    let master = &server.client;
    let child = master.sub_account("child");
    let off = r#"{"data":{"enabled":false}}"#;
    let on = r#"{"data":{"enabled":true}}"#;
    let own = child.send(Method::PATCH, &child.path(""), off);
    assert_eq!(
        (own.status, &own.body["data"]["enabled"]),
        (200, &json!(true))
    );

    let path = child.path("");
    assert_eq!(
        master.send(Method::PATCH, &path, off).body["data"]["enabled"],
        false
    );
    let refused = child.send(Method::GET, &path, "");
    assert_eq!((refused.status, &refused.body["data"]), (401, &json!({})));
    // Accounts above can still manage its functions.
    assert_eq!(
        master.send(Method::GET, &child.functions(""), "").status,
        200
    );
    assert_eq!(master.send(Method::PATCH, &path, on).status, 200);
    assert_eq!(child.send(Method::GET, &path, "").status, 200);
}

#[test]
fn a_client_can_say_which_revision_it_expects() {
    let server = Server::start();
    let client = server.client.sub_account("child");
    let user = super::logins::add_user(&client, "bob", "secret", "user");
    let path = client.path("");
    let user = client.path(&format!("/users/{user}"));
    let body = r#"{"data":{"custom":1}}"#;
    for path in [&path, &user] {
        let send = |method, name: &str, value: &str| {
            let headers = [("x-auth-token", client.token.as_str()), (name, value)];
            client.send_with(method, path, body, &headers).status
        };
        let read = client.send(Method::GET, path, "");
        let tag = read.headers["etag"].to_str().unwrap();
        assert_eq!(send(Method::GET, "if-none-match", tag), 304);
        for method in [Method::PATCH, Method::POST, Method::DELETE] {
            assert_eq!(send(method.clone(), "if-match", "\"9-x\""), 412, "{method}");
            assert_eq!(send(method, "if-none-match", tag), 412);
        }
        assert_eq!(send(Method::PATCH, "if-match", tag), 200);
        assert_eq!(send(Method::PATCH, "if-match", tag), 412);
        assert_eq!(send(Method::GET, "if-none-match", tag), 200);
    }
    let headers = [("x-auth-token", client.token.as_str()), ("if-match", "*")];
    let new = client.send_with(Method::PUT, &path, r#"{"data":{"name":"n"}}"#, &headers);
    assert_eq!(new.status, 412);
}

#[test]
fn of_two_who_change_an_account_at_once_none_is_overwritten() {
    let server = Server::start();
    let client = server.client.sub_account("child");
    let path = client.path("");
    let mut done = 0;
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|number| {
                let (client, path) = (&client, &path);
                scope.spawn(move || {
                    let body = json!({"data": {format!("key{number}"): number}}).to_string();
                    client.send(Method::PATCH, path, &body).status
                })
            })
            .collect();
        for thread in threads {
            match thread.join().unwrap() {
                200 => done += 1,
                status => assert_eq!(status, 409),
            }
        }
    });
    let account = client.send(Method::GET, &path, "").body;
    let keys = account["data"].as_object().unwrap().keys();
    assert_eq!(keys.filter(|key| key.starts_with("key")).count(), done);
}

#[test]
fn the_owner_of_the_master_account_may_choose_ids() {
    let server = Server::start();
    let master = &server.client;
    let id = "0123456789abcdef0123456789abcdef";
    let data = |name: &str| json!({"name": name, "id": id});
    assert_eq!(put(master, &data("first")).body["data"]["id"], id);
    assert_eq!(put(master, &data("second")).status, 409);
    let child = master.sub_account("child");
    let other = put(&child, &json!({"name": "third", "id": "f".repeat(32)}));
    assert_eq!(other.status, 201);
    assert_ne!(other.body["data"]["id"], "f".repeat(32));
}
