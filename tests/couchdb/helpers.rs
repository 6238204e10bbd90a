//! CouchDB's helpers exist when KAZOO asks for a show of a function, and in no other calls.

use serde_json::{Value, json};
use ureq::http::Method;

use super::CouchDb;
use crate::server::eventually;

fn show(couchdb: &CouchDb, id: &str) -> (u16, Value) {
    let shown = couchdb.get(&format!("/functions/_design/functions/_show/wh/{id}?To=1"));
    (shown.status, shown.body)
}

#[test]
fn a_function_that_is_shown_has_couchdbs_helpers() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    for (source, expected) in [
        (
            "log('x'); return {a: sum([1,2]), b: isArray([])}",
            json!({"a": 3, "b": true}),
        ),
        (
            "start({code: 201}); send('x'); emit(1, 1); registerType('a', 'b/c'); provides('a', function () { return 'x' });\n\
             return {row: getRow(), json: toJSON({a: [1]}), none: typeof nowhere} // done",
            json!({"row": null, "json": "{\"a\":[1]}", "none": "undefined"}),
        ),
        // A function's own declarations take precedence, in every form.
        (
            "var toJSON = function () { return 'own' }; isArray = function () { return 'mine' };\n\
             return {own: toJSON([]), mine: isArray(1), of: [1].map(function (log) { return log }), sum: sum([call.To | 0])}",
            json!({"own": "own", "mine": "mine", "of": [1], "sum": 1}),
        ),
        (
            "export default async function (call) { return await {later: sum([3, 1])} }",
            json!({"later": 4}),
        ),
    ] {
        let id = client.created(source);
        for _ in 0..2 {
            assert_eq!(show(&couchdb, &id), (200, expected.clone()), "{source}");
        }
    }
}

#[test]
fn a_function_that_is_run_is_what_it_was() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    let id = client.created("return {sum: sum([1, 2])}");
    let other = client.created("return {sum: [1, 2].length}");
    let ran = |id: &str| client.run(id, &json!({})).body["data"].clone();
    let (before, fuel) = (ran(&id), ran(&other)["metrics"]["fuel"].clone());
    assert_eq!(before["error"]["message"], "sum is not defined");
    assert_eq!(show(&couchdb, &id), (200, json!({"sum": 3})));
    assert_eq!(show(&couchdb, &other), (200, json!({"sum": 2})));
    let after = ran(&id);
    assert_eq!(after["error"], before["error"]);
    assert_eq!(after["metrics"]["fuel"], before["metrics"]["fuel"]);
    assert_eq!(ran(&other)["metrics"]["fuel"], fuel);

    // After a change, the new source is shown.
    let change = json!({"data": {"function_js": "return {sum: sum([2, 2])}"}});
    client.send(
        Method::PATCH,
        &client.functions(&format!("/{id}")),
        &change.to_string(),
    );
    assert_eq!(show(&couchdb, &id), (200, json!({"sum": 4})));
}

#[test]
fn a_function_with_helpers_fails_at_its_own_lines() {
    let couchdb = CouchDb::start();
    let client = &couchdb.server.client;
    for (source, place) in [
        ("log('x');\nreturn call.a.b;", "at line 2, column 15"),
        (
            "log('x'); return sum(nowhere);",
            "nowhere is not defined at line 1",
        ),
        (
            "log('x');\nthrow new ReferenceError('log is not defined');",
            "log is not defined at line 2",
        ),
    ] {
        let id = client.created(source);
        let (status, body) = show(&couchdb, &id);
        assert_eq!((status, &body["error"]), (500, &json!("render_error")));
        assert!(body["reason"].as_str().unwrap().contains(place), "{body}");
        // A show is one attempt, which contains the log.
        let attempts = client.functions(&format!("/{id}/attempts"));
        let attempt = eventually("the attempt is kept", || {
            let reply = client.send(Method::GET, &attempts, "");
            let attempts = reply.body["data"].as_array()?.clone();
            (!attempts.is_empty()).then_some(attempts)
        });
        assert_eq!(attempt.len(), 1);
        assert!(attempt[0]["logs"].to_string().contains('x'), "{attempt:?}");
    }
}
