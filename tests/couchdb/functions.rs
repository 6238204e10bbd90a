//! Functions are documents, and documents of the type `function` are functions.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use ureq::http::Method;

use super::{CouchDb, function};
use crate::routers::address;

const HI: &str = "return {module: 'tts', data: {text: 'hi ' + call.To}}";

#[test]
fn a_document_from_kazoo_is_a_function() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    let mut body = function(&client.account, HI);
    body["pvt_alphanum_name"] = json!("test");
    body["custom"] = json!({"a": [1]});
    let first = couchdb.written("f1", &body);
    let mut stored = couchdb.document("f1");
    let read = client.send(Method::GET, &client.functions("/f1"), "");
    assert_eq!(read.body["revision"], first.as_str());
    assert_eq!(
        read.body["data"],
        json!({"id": "f1", "name": "test", "function_js": HI, "enabled": true, "language_pack": "javascript", "custom": {"a": [1]}})
    );
    assert_eq!(
        client.result("f1", &json!({"To": "you"}))["data"]["text"],
        "hi you"
    );

    // After a change by its owner, it is still KAZOO's document.
    let patch = json!({"data": {"custom": "value", "function_js": "return 2"}}).to_string();
    let patched = client.send(Method::PATCH, &client.functions("/f1"), &patch);
    assert_eq!(patched.status, 200, "{}", patched.body);
    let now = couchdb.document("f1");
    assert_eq!(now["_rev"], patched.body["revision"]);
    assert!(now["pvt_modified"].as_u64() > stored["pvt_modified"].as_u64());
    for (name, value) in [
        ("_rev", &now["_rev"]),
        ("custom", &json!("value")),
        ("function_js", &json!("return 2")),
        ("pvt_modified", &now["pvt_modified"]),
    ] {
        stored[name] = value.clone();
    }
    assert_eq!(now, stored);
    assert_eq!(
        couchdb.put("/functions/f1", &json!({"_rev": first})).status,
        409
    );

    // KAZOO's deletion keeps the document, which is then not a function.
    let mut deleted = now.clone();
    deleted["pvt_deleted"] = true.into();
    couchdb.written("f1", &deleted);
    let gone = client.send(Method::GET, &client.functions("/f1"), "");
    assert_eq!(gone.status, 404);
    assert_eq!(couchdb.document("f1")["pvt_deleted"], true);
    let mut again = couchdb.document("f1");
    again["pvt_deleted"] = false.into();
    let last = couchdb.written("f1", &again);
    assert_eq!(client.result("f1", &json!({})), 2);

    let destroyed = couchdb.delete(&format!("/functions/f1?rev={last}"));
    assert_eq!(destroyed.status, 200, "{}", destroyed.body);
    assert_eq!(client.run("f1", &json!({})).status, 404);
    assert_eq!(couchdb.get("/functions/f1").status, 404);
}

#[test]
fn nothing_is_made_up_for_a_document_that_was_written_as_one() {
    let couchdb = CouchDb::start();
    let mut body = function(&couchdb.server.client.account, HI);
    body.as_object_mut().unwrap().remove("pvt_created");
    body.as_object_mut().unwrap().remove("pvt_modified");
    body["_rev"] = couchdb.written("f1", &body).into();
    body["_id"] = "f1".into();
    assert_eq!(couchdb.document("f1"), body);
}

#[test]
fn a_function_of_the_api_is_a_document_of_kazoos() {
    let couchdb = CouchDb::start();
    let client = couchdb.server.client.sub_account("other");
    let id = client.created(HI);
    let document = couchdb.document(&id);
    assert_eq!(document["name"], "test");
    assert_eq!(document["function_js"], HI);
    assert_eq!(document["pvt_type"], "function");
    assert_eq!(document["pvt_account_id"], client.account.as_str());
    let created = document["pvt_created"].as_u64().unwrap();
    assert!(created > 63_900_000_000, "Gregorian seconds: {created}");
    // Like KAZOO, this reads, changes and writes the document.
    let mut changed = couchdb.document(&id);
    changed["name"] = "changed".into();
    changed["enabled"] = false.into();
    let rev = couchdb.written(&id, &changed);
    let read = client.send(Method::GET, &client.functions(&format!("/{id}")), "");
    assert_eq!(read.body["data"]["name"], "changed");
    assert_eq!(read.body["revision"], rev.as_str());
    assert_eq!(client.run(&id, &json!({})).status, 409);

    let softly = client.send(Method::DELETE, &client.functions(&format!("/{id}")), "");
    assert_eq!(softly.status, 200);
    assert_eq!(couchdb.document(&id)["pvt_deleted"], true);
    let other = client.created(HI);
    let path = client.functions(&format!("/{other}?should_soft_delete=false"));
    assert_eq!(client.send(Method::DELETE, &path, "").status, 200);
    let gone = couchdb.get(&format!("/functions/{other}"));
    assert_eq!(
        (gone.status, gone.body["reason"].as_str()),
        (404, Some("deleted"))
    );
}

#[test]
fn past_revisions_of_functions_can_be_read() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    let id = client.created("return 1");
    let first = couchdb.document(&id);
    let patch = json!({"data": {"function_js": "return 2"}}).to_string();
    client.send(Method::PATCH, &client.functions(&format!("/{id}")), &patch);
    let rev = first["_rev"].as_str().unwrap();
    let past = couchdb.get(&format!("/functions/{id}?rev={rev}"));
    assert_eq!(past.body["function_js"], "return 1");
    assert_eq!(past.body["_rev"], rev);
    let info = couchdb.get(&format!("/functions/{id}?revs_info=true")).body;
    let statuses: Vec<_> = info["_revs_info"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["available", "available"]);
    let latest = couchdb.get(&format!("/functions/{id}?rev={rev}&latest=true"));
    assert_eq!(latest.body["function_js"], "return 2");
}

#[test]
fn what_is_no_function_does_not_become_one() {
    let couchdb = CouchDb::start();
    let account = couchdb.server.client.account.as_str();
    let invalid = [
        ("no source", json!({"function_js": null})),
        ("a number for a source", json!({"function_js": 1})),
        ("no name", json!({"name": null})),
        ("no text for a language", json!({"language_pack": 1})),
        ("no id of an account", json!({"pvt_account_id": "short"})),
    ];
    for (what, changes) in invalid {
        let mut body = function(account, HI);
        for (name, value) in changes.as_object().unwrap() {
            match value {
                Value::Null => drop(body.as_object_mut().unwrap().remove(name)),
                value => body[name] = value.clone(),
            }
        }
        let reply = couchdb.put("/functions/x", &body);
        assert_eq!(
            (reply.status, reply.body["error"].as_str()),
            (403, Some("forbidden")),
            "{what}: {}",
            reply.body
        );
        assert_eq!(couchdb.get("/functions/x").status, 404, "{what}");
    }
    let rev = couchdb.written("x", &function(account, HI));
    let moved = couchdb.put("/functions/x", &json!({"_rev": rev, "n": 1}));
    assert_eq!(moved.status, 403, "{}", moved.body);
    let other = couchdb.server.client.sub_account("other");
    let mut moved = function(&other.account, HI);
    moved["_rev"] = rev.into();
    assert_eq!(couchdb.put("/functions/x", &moved).status, 403);
}

/// KAZOO's schema has no such limits, so everything that KAZOO stores can be replicated.
#[test]
fn what_kazoo_would_keep_is_kept() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    let kept = |id: &str, name: &str, value: Value| {
        let mut body = function(&client.account, HI);
        body[name] = value.clone();
        (body["_id"], body["_rev"]) = (id.into(), "1-a".into());
        let replicated = json!({"docs": [body], "new_edits": false});
        let reply = couchdb.post("/functions/_bulk_docs", &replicated);
        assert_eq!((reply.status, reply.body), (201, json!([])));
        assert_eq!(couchdb.document(id)[name], value);
        let read = client.send(Method::GET, &client.functions(&format!("/{id}")), "");
        assert_eq!(read.body["data"][name], value);
    };
    let show = |id: &str| couchdb.get(&format!("/functions/_design/functions/_show/wh/{id}"));
    kept("long", "name", "n".repeat(129).into());
    kept("nameless", "name", "".into());
    assert_eq!((show("long").status, show("nameless").status), (200, 200));
    kept("empty", "function_js", "".into());
    assert_eq!(show("empty").body["error"], "render_error");
    for (language, says) in [
        ("cobol", "the language pack `cobol` is not installed, only "),
        (
            "wasm",
            "a function whose language_pack is wasm needs a function_wasm",
        ),
    ] {
        kept(language, "language_pack", language.into());
        let shown = show(language);
        assert_eq!(
            (shown.status, &shown.body["error"]),
            (500, &json!("compilation_error"))
        );
        let ran = client.run(language, &json!({}));
        assert_eq!(
            (ran.status, &ran.body["data"]["outcome"]),
            (422, &json!("compile_error"))
        );
        let path = address(client, language, "pivot");
        let asked = client.send_as_is(Method::GET, &path, "", &[]);
        assert_eq!(
            (asked.status, &asked.body["outcome"]),
            (422, &json!("compile_error"))
        );
        for told in [
            &shown.body["reason"],
            &ran.body["data"]["error"]["message"],
            &asked.body["error"]["message"],
        ] {
            assert!(told.as_str().unwrap().contains(says), "{told}");
        }
    }
    // Requests to `/v2` are checked more strictly.
    let one = client.functions("/long");
    let changed = client.send(Method::PATCH, &one, r#"{"data":{"custom":1}}"#);
    assert_eq!(changed.status, 400);
    assert!(changed.body["data"]["name"]["maxLength"].is_object());
}

#[test]
fn accounts_that_only_kazoo_knows_are_made() {
    let couchdb = CouchDb::start();
    let account = "0123456789abcdef0123456789abcdef";
    couchdb.written("f1", &function(account, HI));
    let client = couchdb.server.client.within(account);
    let read = client.send(Method::GET, &client.functions("/f1"), "");
    assert_eq!(read.status, 200, "{}", read.body);
}

#[test]
fn secrets_stay_secret_and_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let key_file = folder.path().join("key");
    std::fs::write(&key_file, STANDARD.encode([7; 32])).unwrap();
    let couchdb = CouchDb::start_with(&format!("[secrets]\nkey_file = {key_file:?}"));
    let client = &couchdb.server.client;
    let id = client.created("return env.TOKEN");
    let env = json!({"TOKEN": {"secret": true, "value": "s3cret-value"}, "A": "b"});
    let patch = json!({"data": {"env": env}}).to_string();
    let patched = client.send(Method::PATCH, &client.functions(&format!("/{id}")), &patch);
    assert_eq!(patched.status, 200, "{}", patched.body);
    let mut document = couchdb.document(&id);
    assert_eq!(
        document["env"],
        json!({"TOKEN": {"secret": true}, "A": "b"})
    );
    document["name"] = "changed".into();
    couchdb.written(&id, &document);
    assert_eq!(client.result(&id, &json!({})), "s3cret-value");
    // The function is neither in the list of changes nor in a view.
    for path in [
        "_changes?include_docs=true",
        "_all_docs?include_docs=true",
        "_design/functions/_view/crossbar_listing?include_docs=true",
    ] {
        let reply = couchdb.get(&format!("/functions/{path}"));
        assert!(!reply.body.to_string().contains("s3cret"), "{path}");
    }
}

#[test]
fn nothing_is_left_of_a_deleted_function() {
    let couchdb = CouchDb::start();
    let mut body = function(&couchdb.server.client.account, HI);
    body["_rev"] = couchdb.written("f1", &body).into();
    body["_deleted"] = true.into();
    body["env"] = json!({"TOKEN": {"secret": true, "value": "s3cret-value"}});
    let rev = couchdb.written("f1", &body);
    let left = couchdb.get(&format!("/functions/f1?rev={rev}"));
    let mut names = left.body.as_object().unwrap().keys();
    let is_expected = |name: &String| name.starts_with('_') || name.starts_with("pvt_");
    assert!(names.all(is_expected), "{}", left.body);
}

#[test]
fn what_no_function_can_be_is_refused() {
    let couchdb = CouchDb::start();
    let account = couchdb.server.client.account.clone();
    let put = |id: &str, name: &str, value: Value| {
        let mut body = function(&account, HI);
        body[name] = value;
        couchdb.put(&format!("/functions/{id}"), &body).status
    };
    assert_eq!(put("f1", "pvt_large", "x".repeat(300_000).into()), 403);
    assert_eq!(put("attempts", "a", json!(1)), 403);
    assert_eq!(put("f1", "pvt_account_id", json!("nobody")), 403);
    assert_eq!(put("f1", "enabled", json!("false")), 201);
    assert_eq!(couchdb.document("f1")["enabled"], false);
}

#[test]
fn a_reason_is_kept_for_as_long_as_a_function_is_off() {
    let couchdb = CouchDb::start();
    let mut body = function(&couchdb.server.client.account, HI);
    body["pvt_disabled_message"] = "it failed".into();
    body["_rev"] = couchdb.written("f1", &body).into();
    let reason = || couchdb.document("f1")["pvt_disabled_message"].clone();
    assert_eq!(reason(), Value::Null);
    body["enabled"] = false.into();
    couchdb.written("f1", &body);
    assert_eq!(reason(), "it failed");
}
