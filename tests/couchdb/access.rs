//! Access to the database's listener.

use serde_json::{Map, Value, json};
use ureq::http::Method;

use super::{CouchDb, PASSWORD, USER, basic};
use crate::server::switchhook;

#[test]
fn whoever_has_no_password_is_told_nothing() {
    let couchdb = CouchDb::start();
    let ask = |path: &str, authorization: Option<String>| {
        let headers: Vec<_> = authorization
            .iter()
            .map(|it| ("authorization", it.as_str()))
            .collect();
        let reply = couchdb.send_with(Method::GET, path, "", &headers);
        (reply.status, reply.body)
    };
    for path in ["/", "/_up", "/_session"] {
        assert_eq!(ask(path, None).0, 200, "{path}");
    }
    let nobody = json!({"error": "unauthorized", "reason": "Authentication required."});
    let wrong = json!({"error": "unauthorized", "reason": "Name or password is incorrect."});
    for path in [
        "/functions",
        "/other",
        "/_all_dbs",
        "/functions/x",
        "/functions/_design/functions/_show/wh/x",
    ] {
        assert_eq!(ask(path, None), (401, nobody.clone()), "{path}");
        for refused in [
            basic(USER, "wrong"),
            basic(USER, ""),
            basic("other", PASSWORD),
            "Basic !".into(),
        ] {
            let found = ask(path, Some(refused.clone()));
            assert_eq!(found, (401, wrong.clone()), "{path} {refused}");
        }
        let let_in = ask(path, Some(basic(USER, PASSWORD))).0;
        assert!(let_in != 401, "{path}");
    }
    let reply = couchdb.send_with(Method::GET, "/functions", "", &[]);
    assert_eq!(reply.headers["www-authenticate"], "Basic realm=\"server\"");
    // The API's tokens are not passwords here, and these passwords are not valid in the API.
    let token = couchdb.server.client.token.as_str();
    let with_token = couchdb.send_with(Method::GET, "/functions", "", &[("x-auth-token", token)]);
    assert_eq!(with_token.status, 401);
    let client = &couchdb.server.client;
    let password = basic(USER, PASSWORD);
    let at_the_api = client.send_as_is(
        Method::GET,
        &client.functions(""),
        "",
        &[("authorization", &password)],
    );
    assert_eq!(at_the_api.status, 401);
    assert_eq!(client.send(Method::GET, "/functions/x", "").status, 404);
}

#[test]
fn a_cookie_is_as_good_as_a_password_until_it_is_given_back() {
    let couchdb = CouchDb::start();
    let json = [("content-type", "application/json")];
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let log_in = |headers: &[(&str, &str)], body: &str| {
        couchdb.send_with(Method::POST, "/_session", body, headers)
    };
    let escaped = PASSWORD.replace(' ', "+").replace(':', "%3A");
    for (headers, body) in [
        (
            &json,
            json!({"name": USER, "password": PASSWORD}).to_string(),
        ),
        (&form, format!("name={USER}&password={escaped}")),
        (&form, format!("username={USER}&password={escaped}")),
    ] {
        let reply = log_in(headers, &body);
        assert_eq!(reply.status, 200, "{}", reply.body);
        assert_eq!(
            reply.body,
            json!({"ok": true, "name": USER, "roles": ["_admin"]})
        );
        let cookie = reply.headers["set-cookie"].to_str().unwrap();
        assert!(cookie.ends_with("Path=/; HttpOnly"), "{cookie}");
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let with_cookie = |method: Method, path: &str| {
            couchdb.send_with(method, path, "", &[("cookie", &cookie)])
        };
        assert_eq!(with_cookie(Method::GET, "/functions").status, 200);
        let session = with_cookie(Method::GET, "/_session");
        assert_eq!(session.body["userCtx"]["name"], USER);
        let renewed = session.headers["set-cookie"].to_str().unwrap();
        let renewed = renewed.split(';').next().unwrap();
        let headers = [("cookie", renewed)];
        let reply = couchdb.send_with(Method::GET, "/functions", "", &headers);
        assert_eq!(reply.status, 200);
        let ended = with_cookie(Method::DELETE, "/_session");
        assert_eq!(ended.status, 200);
        let ended = ended.headers["set-cookie"].to_str().unwrap();
        assert!(ended.starts_with("AuthSession=; "), "{ended}");
        let changed = [("cookie", &*format!("{cookie}A"))];
        let reply = couchdb.send_with(Method::GET, "/functions", "", &changed);
        assert_eq!(reply.status, 401);
    }
    for (headers, body, status) in [
        (&json, r#"{"name":"kazoo","password":"wrong"}"#, 401),
        (&json, r#"{"name":"kazoo"}"#, 401),
        (&json, r#"{"password":"x"}"#, 400),
        (&json, "[", 400),
        (&form, "name=other&password=x", 401),
        (&[("content-type", "text/plain")], "x", 415),
    ] {
        let reply = log_in(headers, body);
        assert_eq!(reply.status, status, "{body}");
        assert!(!reply.headers.contains_key("set-cookie"));
    }
}

#[test]
fn only_from_the_addresses_that_are_allowed() {
    let elsewhere = CouchDb::start_with("allow = [\"192.0.2.0/24\", \"2001:db8::/32\"]");
    let refused = elsewhere.get("/");
    assert_eq!(refused.status, 403);
    assert_eq!(refused.body["error"], "forbidden");
    let here = CouchDb::start_with("allow = [\"192.0.2.0/24\", \"127.0.0.0/8\"]");
    assert_eq!(here.get("/functions").status, 200);
}

#[test]
fn a_listener_without_users_or_passwords_does_not_start() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty");
    std::fs::write(&empty, "\nsecond line").unwrap();
    let missing = folder.path().join("missing");
    for (users, message) in [
        (String::new(), "no users"),
        (format!("users.k.password_file = {empty:?}"), "is empty"),
        (
            format!("users.k.password_file = {missing:?}"),
            "cannot read",
        ),
    ] {
        let config = folder.path().join("config.toml");
        std::fs::write(
            &config,
            format!("[couchdb]\nlisten = \"127.0.0.1:0\"\n{users}"),
        )
        .unwrap();
        let output = switchhook()
            .args(["serve", "--listen", "127.0.0.1:0", "--config"])
            .arg(&config)
            .arg("--database")
            .arg(folder.path().join("db"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && said.contains(message), "{said}");
    }
}

#[test]
fn what_there_is_and_what_there_is_not() {
    let couchdb = CouchDb::start();
    let mut found = Map::new();
    for (method, path) in [
        (Method::GET, "/"),
        (Method::PUT, "/"),
        (Method::GET, "/_up"),
        (Method::GET, "/_all_dbs"),
        (Method::GET, "/_uuids?count=1001"),
        (Method::GET, "/functions"),
        (Method::PUT, "/functions"),
        (Method::DELETE, "/functions"),
        (Method::PATCH, "/functions"),
        (Method::GET, "/other"),
        (Method::PUT, "/other"),
        (Method::GET, "/other/x"),
        (Method::PUT, "/other/x"),
        (Method::GET, "/functions/_security"),
        (Method::PUT, "/functions/_security"),
        (Method::GET, "/functions/_revs_limit"),
        (Method::POST, "/functions/_ensure_full_commit"),
        (Method::POST, "/functions/_compact"),
        (Method::GET, "/functions/_compact"),
        (Method::GET, "/functions/_find"),
        (Method::GET, "/functions/_bulk_docs"),
        (Method::POST, "/functions/_bulk_docs"),
        (Method::POST, "/functions/_bulk_get"),
        (Method::GET, "/functions/_local"),
        (Method::GET, "/functions/_local/x"),
        (Method::GET, "/functions/x"),
        (Method::GET, "/functions/x/attachment"),
        (Method::GET, "/functions/_design/x"),
        (Method::GET, "/functions/_design/x/_info"),
        (Method::GET, "/functions/_design/functions/_info"),
        (Method::GET, "/functions/_design/x/_view/y"),
        (Method::GET, "/functions/_design/functions/_view/y"),
        (Method::GET, "/functions/_design/functions/_show/y"),
        (Method::GET, "/functions/_design/functions/_rewrite"),
        (Method::GET, "/functions/_changes?feed=x"),
        (Method::GET, "/functions/_changes?since=x"),
        (Method::GET, "/functions/_changes?filter=x/y"),
        (Method::GET, "/functions/_all_docs?limit=x"),
        (Method::GET, "/functions/_all_docs?key=x"),
        (Method::GET, "/functions/_all_docs?keys=1"),
    ] {
        let name = format!("{method} {path}");
        let reply = couchdb.send(method, path, &Value::Null);
        let said = json!({"status": reply.status, "body": reply.body});
        found.insert(name, said);
    }
    insta::assert_json_snapshot!("what there is", found);
    let reply = couchdb.send(Method::PATCH, "/functions/x", &Value::Null);
    assert_eq!(reply.headers["allow"], "DELETE,GET,HEAD,PUT");
    let uuids = couchdb.get("/_uuids?count=2").body;
    assert_eq!(uuids["uuids"].as_array().unwrap().len(), 2);
    let head = couchdb.send(Method::HEAD, "/functions", &Value::Null);
    assert_eq!((head.status, head.body), (200, "".into()));
}

#[test]
fn bodies_have_bounds() {
    let couchdb = CouchDb::start();
    let large = json!({"a": "x".repeat(3 * 1024 * 1024)});
    let refused = couchdb.put("/functions/x", &large);
    assert_eq!(
        (refused.status, refused.body["error"].as_str()),
        (413, Some("too_large"))
    );
    let larger = json!({"a": "x".repeat(8_000_000)});
    let refused = couchdb.put("/functions/x", &larger);
    assert_eq!(
        (refused.status, refused.body["error"].as_str()),
        (413, Some("too_large"))
    );
    let many = couchdb.post(
        "/functions/_bulk_docs",
        &json!({"docs": vec![json!({}); 10_001]}),
    );
    assert_eq!(many.status, 413);
    let plain = couchdb.send_with(
        Method::POST,
        "/functions/_bulk_docs",
        "{\"docs\":[]}",
        &[
            ("authorization", &basic(USER, PASSWORD)),
            ("content-type", "text/plain"),
        ],
    );
    assert_eq!(
        (plain.status, plain.body["error"].as_str()),
        (415, Some("bad_content_type"))
    );
}
