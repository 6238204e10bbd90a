use serde_json::{Value, json};

use super::{Couchjs, name};

const ID: &str = "_design/functions";

/// A question about a design document that the query server knows.
fn ddoc(path: Value, arguments: Value) -> Value {
    json!(["ddoc", ID, path, arguments])
}

fn knowing(document: &Value) -> Couchjs {
    let mut couchjs = Couchjs::start();
    couchjs.teach(ID, document);
    couchjs
}

/// A design document that does the same as KAZOO's own. Its functions are made from text, which couchjs refuses unless
/// it is started with `--eval`.
fn kazoo() -> Value {
    json!({
        "_id": ID,
        "language": "javascript",
        "shows": {
            "wh": "function(doc, req) {\n\
                if (req == null) return {json: {error: 'empty callflow document'}};\n\
                if (!doc || !doc.function_js) return {json: {error: 'empty function definition'}};\n\
                var run = new Function('call', doc.function_js);\n\
                return {json: run(req.query)};\n}",
            "print_doc": "function(doc, req) { return {json: {doc: doc, call: req.query}}; }",
        },
        "views": {
            "crossbar_listing": {"map": "function(doc) { if (doc.pvt_type == 'function') emit(doc._id, doc.name); }"},
        },
    })
}

#[test]
fn kazoo_runs_its_functions() {
    let mut couchjs = knowing(&kazoo());
    let doc = json!({"_id": "f", "function_js": "return {'module': 'tts', 'data': {'text': 'got it ' + call['To']}};"});
    let request = json!({"query": {"To": "to", "From": "from"}, "path": ["functions", "_design", "functions", "_show", "wh", "f"]});
    couchjs.says([
        (
            json!(["reset", {"reduce_limit": true, "timeout": 5000}]),
            json!(true),
        ),
        (
            ddoc(json!(["shows", "wh"]), json!([doc, request])),
            json!(["resp", {"json": {"module": "tts", "data": {"text": "got it to"}}}]),
        ),
        (
            ddoc(json!(["shows", "wh"]), json!([{}, request])),
            json!(["resp", {"json": {"error": "empty function definition"}}]),
        ),
        (
            ddoc(json!(["shows", "wh"]), json!([doc, null])),
            json!(["resp", {"json": {"error": "empty callflow document"}}]),
        ),
        (
            ddoc(json!(["shows", "print_doc"]), json!([{"a": 1}, request])),
            json!(["resp", {"json": {"doc": {"a": 1}, "call": {"To": "to", "From": "from"}}}]),
        ),
    ]);
    let broken = json!({"_id": "f", "function_js": "return nowhere()"});
    let answer = couchjs.ask(ddoc(json!(["shows", "wh"]), json!([broken, request])));
    assert_eq!(name(&answer), ("error", "render_error"));
    assert!(
        answer[2]
            .as_str()
            .unwrap()
            .contains("nowhere is not defined"),
        "{answer}"
    );
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn shows_show() {
    let mut couchjs = knowing(&json!({"shows": {
        "text": "function(doc, req) { log('ok'); return [doc.title, doc.body].join(' - '); }",
        "whole": "function(doc, req) { return {code: 201, headers: {'X-A': 'b'}, body: this.shows.text.length > 1 ? 'x' : ''}; }",
        "nothing": "function(doc, req) {}",
        "number": "function(doc, req) { return 7; }",
        "sends": "function(doc, req) { start({headers: {'X-A': 'b'}}); send('a'); send(1); return 'c'; }",
        "throws": "function(doc, req) { throw ['error', 'teapot', 'short and stout']; }",
        "old": "function(doc, req) { throw {error: 'teapot', reason: 'short'}; }",
        "fails": "function(doc, req) { return doc.title; }",
        "provides": "function(doc, req) { registerType('foo', 'application/foo', 'text/foo'); \
            provides('html', function () { return '<b>'; }); provides('foo', function () { return {body: 'foo', code: 202}; }); return 'a'; }",
    }}));
    let show = |name: &str, doc: Value, request: Value| {
        ddoc(json!(["shows", name]), json!([doc, request]))
    };
    let doc = json!({"title": "Best", "body": "Doc"});
    let html = json!({"Content-Type": "text/html; charset=utf-8"});
    couchjs.says([
        (show("text", doc.clone(), json!({})), json!(["resp", {"body": "Best - Doc"}])),
        (
            show("whole", doc, json!({})),
            json!(["resp", {"code": 201, "headers": {"X-A": "b"}, "body": "x"}]),
        ),
        (show("nothing", json!({}), json!({})), json!(["resp", {}])),
        (show("sends", json!({}), json!({})), json!(["resp", {"headers": {"X-A": "b"}, "body": "a1c"}])),
        (show("throws", json!({}), json!({})), json!(["error", "teapot", "short and stout"])),
        (show("old", json!({}), json!({})), json!(["error", "teapot", "short"])),
        (
            show("fails", Value::Null, json!({"path": ["db", "_design", "d", "_show", "fails", "id"]})),
            json!(["error", "not_found", "there is no such document"]),
        ),
        (
            show("provides", json!({}), json!({"headers": {"Accept": "text/foo;q=0.5, image/png"}})),
            json!(["resp", {"headers": {"Content-Type": "text/foo"}, "body": "afoo", "code": 202}]),
        ),
        (
            show("provides", json!({}), json!({"headers": {"Accept": "*/*"}})),
            json!(["resp", {"headers": html, "body": "a<b>"}]),
        ),
        (
            show("provides", json!({}), json!({"query": {"format": "foo"}, "headers": {}})),
            json!(["resp", {"headers": {"Content-Type": "application/foo"}, "body": "afoo", "code": 202}]),
        ),
        (show("provides", json!({}), json!({"headers": {}})), json!(["resp", {"headers": html, "body": "a<b>"}])),
    ]);
    for (show, expected) in [
        (
            show("fails", Value::Null, json!({"path": ["db"]})),
            "render_error",
        ),
        (show("number", json!({}), json!({})), "render_error"),
        (show("missing", json!({}), json!({})), "not_found"),
        (
            show("provides", json!({}), json!({"query": {"format": "pdf"}})),
            "not_acceptable",
        ),
    ] {
        let answer = couchjs.ask(show);
        assert_eq!(name(&answer), ("error", expected), "{answer}");
    }
    assert_eq!(couchjs.logs[0], "ok");
}

#[test]
fn updates_update() {
    let mut couchjs = knowing(&json!({"updates": {
        "world": "function(doc, req) { doc.world = 'hello'; return [doc, 'hello doc']; }",
        "none": "function(doc, req) { return [null, {code: 404, json: {a: 1}}]; }",
        "mute": "function(doc, req) { return [doc]; }",
    }}));
    let update = |name: &str, method: &str| {
        ddoc(
            json!(["updates", name]),
            json!([{"foo": 1}, {"method": method}]),
        )
    };
    couchjs.says([
        (
            update("world", "POST"),
            json!(["up", {"foo": 1, "world": "hello"}, {"body": "hello doc"}]),
        ),
        (
            update("none", "PUT"),
            json!(["up", null, {"code": 404, "json": {"a": 1}}]),
        ),
    ]);
    assert_eq!(
        name(&couchjs.ask(update("mute", "PUT"))),
        ("error", "render_error")
    );
    assert_eq!(
        name(&couchjs.ask(update("world", "GET"))),
        ("error", "method_not_allowed")
    );
}

#[test]
fn filters_filter() {
    let mut couchjs = knowing(&json!({
        "filters": {"good": "function(doc, req) { if (doc.good) return req.query.on; }"},
        "views": {
            "good": {"map": "function(doc) { if (doc.good) emit(doc._id, this.views ? 1 : 0); }"},
            "lib": {"x": "exports.y = 1"},
            "by_lib": {"map": "function(doc) { if (doc.n == require('views/lib/x').y) emit(1); }"},
        },
    }));
    let docs = json!([{"good": true}, {}, {"good": true, "n": 1}]);
    couchjs.says([
        (
            ddoc(
                json!(["filters", "good"]),
                json!([docs, {"query": {"on": "yes"}}]),
            ),
            json!([true, [true, false, true]]),
        ),
        (
            ddoc(json!(["views", "good", "map"]), json!([docs])),
            json!([true, [true, false, true]]),
        ),
        (
            ddoc(json!(["views", "by_lib", "map"]), json!([docs])),
            json!([true, [false, false, true]]),
        ),
    ]);
}

#[test]
fn updates_of_documents_are_validated() {
    let mut couchjs = knowing(&json!({"validate_doc_update":
        "function(newDoc, oldDoc, userCtx, secObj) { if (newDoc.forbidden) throw({forbidden: newDoc.forbidden}); \
         if (userCtx.name != 'me') throw({unauthorized: 'who?'}); if (secObj.broken) nowhere(); if (newDoc.text) throw 'text'; }"}));
    let validate = |doc: Value, user: Value, security: Value| {
        ddoc(
            json!(["validate_doc_update"]),
            json!([doc, {}, user, security]),
        )
    };
    let me = json!({"name": "me"});
    couchjs.says([
        (validate(json!({}), me.clone(), json!({})), json!(1)),
        (
            validate(json!({"forbidden": "bad doc"}), me.clone(), json!({})),
            json!({"forbidden": "bad doc"}),
        ),
        (
            validate(json!({}), json!({}), json!({})),
            json!({"unauthorized": "who?"}),
        ),
        (
            validate(json!({"text": 1}), me.clone(), json!({})),
            json!("text"),
        ),
    ]);
    let answer = couchjs.ask(validate(json!({}), me, json!({"broken": true})));
    assert_eq!(name(&answer), ("error", "ReferenceError"));
}

#[test]
fn rewrites_rewrite() {
    let mut couchjs = knowing(&json!({"rewrites":
        "function(req) { if (req.path == 'fail') nowhere(); if (req.path == 'none') return; \
         return req.path == 'whole' ? {path: 'p', query: {a: 'b'}} : 'to/' + req.path; }"}));
    let rewrite = |path: &str| {
        ddoc(
            json!(["rewrites"]),
            json!([{"path": path, "method": "PUT"}]),
        )
    };
    couchjs.says([
        (
            rewrite("x"),
            json!(["ok", {"path": "to/x", "method": "PUT"}]),
        ),
        (
            rewrite("whole"),
            json!(["ok", {"path": "p", "query": {"a": "b"}}]),
        ),
        (rewrite("none"), json!(["no_dispatch_rule"])),
    ]);
    assert_eq!(
        name(&couchjs.ask(rewrite("fail"))),
        ("error", "rewrite_error")
    );
}

#[test]
fn modules_are_required_by_their_paths() {
    let mut couchjs = knowing(&json!({
        "top": "exports.name = 'top ' + module.id;",
        "number": 1,
        "lib": {
            "a": "exports.count = (exports.count || 0) + 1; exports.b = require('./sub/b');",
            "sub": {"b": "module.exports = require('../../top').name + require('../c').c;"},
            "c": "exports.c = 'c'; exports.a = require('lib/a');",
            "fails": "nowhere();",
        },
        "shows": {
            "a": "function() { var a = require('lib/a'); require('lib/a').count++; return [a.b, a.count, require('lib/c').a === a].join(); }",
            "path": "function(doc, req) { require(req.path); }",
        },
    }));
    couchjs.says([(
        ddoc(json!(["shows", "a"]), json!([null, {}])),
        json!(["resp", {"body": "top topc,2,true"}]),
    )]);
    for (path, expected) in [
        ("lib/nothing", "invalid_require_path"),
        ("number", "invalid_require_path"),
        ("../x", "invalid_require_path"),
        ("lib/fails", "compilation_error"),
    ] {
        let answer = couchjs.ask(ddoc(json!(["shows", "path"]), json!([{}, {"path": path}])));
        assert_eq!(name(&answer), ("error", expected), "{path}: {answer}");
    }
}

#[test]
fn design_documents_stay_and_are_replaced() {
    let mut couchjs = Couchjs::start();
    let show = |text: &str| json!({"shows": {"s": format!("function() {{ return '{text}'; }}")}});
    couchjs.teach(ID, &show("one"));
    couchjs.teach("_design/\"other\"", &show("other"));
    let ask = |id: &str| json!(["ddoc", id, ["shows", "s"], [null, {}]]);
    couchjs.says([
        (json!(["reset", {}]), json!(true)),
        (ask(ID), json!(["resp", {"body": "one"}])),
        (ask("_design/\"other\""), json!(["resp", {"body": "other"}])),
    ]);
    couchjs.teach(ID, &show("two"));
    couchjs.says([(ask(ID), json!(["resp", {"body": "two"}]))]);
    // More realms than are kept ready.
    for n in 0..100 {
        couchjs.teach(&format!("_design/{n}"), &show(&n.to_string()));
    }
    for n in 0..100 {
        couchjs.says([(
            ask(&format!("_design/{n}")),
            json!(["resp", {"body": n.to_string()}]),
        )]);
    }
    couchjs.says([(ask(ID), json!(["resp", {"body": "two"}]))]);
    assert_eq!(couchjs.end(), 0);
}

/// Changes everything that a function can reach outside of its design document.
const VANDAL: &str = "function(doc, req) { \
    leaked = 'secret'; Object.leaked = 'secret'; Object.prototype.polluted = 'yes'; \
    JSON.stringify = function () { return '\"spoilt\"'; }; JSON.parse = function () { return {}; }; \
    Array.prototype.map = Array.prototype.join = String.prototype.startsWith = RegExp.prototype.exec = null; \
    var found = []; \
    Error.prepareStackTrace = function (e, sites) { \
        for (var i = 0; i < sites.length; i++) if (sites[i].getFunction) found.push(sites[i].getFunction()); return ''; }; \
    new Error().stack; \
    [emit, log, send, getRow, toJSON, require].forEach(function (f) { found.push(f); }); \
    found.concat([doc, req, this]).forEach(function (x) { \
        try { x.constructor.constructor('Object.leaked = \"secret\"; leaked = \"secret\"')(); } catch (e) {} }); \
    function deep() { try { deep(); } catch (e) { try { e.constructor.constructor('leaked = 1')(); getRow(); log(''); } \
        catch (f) { f.constructor.constructor('leaked = 1')(); } } } deep(); \
    return found.length - 6 + ''; }";

#[test]
fn a_design_document_sees_nothing_of_another() {
    let mut couchjs = knowing(&json!({"shows": {"vandal": VANDAL}}));
    let look = "function() { return [typeof leaked, Object.leaked, ({}).polluted, JSON.stringify([1].map(String))].join('|'); }";
    couchjs.teach("_design/before", &json!({"shows": {"look": look}}));
    couchjs.ask(json!([
        "add_fun",
        "function(doc) { emit(typeof leaked + Object.leaked, ({}).polluted); }"
    ]));
    let clean = json!(["resp", {"body": "undefined|||[\"1\"]"}]);
    couchjs.says([
        (
            ddoc(json!(["shows", "vandal"]), json!([{}, {}])),
            json!(["resp", {"body": "0"}]),
        ),
        (
            json!(["ddoc", "_design/before", ["shows", "look"], [null, {}]]),
            clean.clone(),
        ),
        (
            json!(["map_doc", {}]),
            json!([[["undefinedundefined", null]]]),
        ),
    ]);
    couchjs.teach("_design/after", &json!({"shows": {"look": look}}));
    couchjs.says([
        (
            json!(["ddoc", "_design/after", ["shows", "look"], [null, {}]]),
            clean,
        ),
        (json!(["reset"]), json!(true)),
        (
            json!([
                "add_fun",
                "function(doc) { emit(typeof leaked + Object.leaked, ({}).polluted); }"
            ]),
            json!(true),
        ),
        (
            json!(["map_doc", {}]),
            json!([[["undefinedundefined", null]]]),
        ),
    ]);
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn an_answer_is_one_line_and_no_log() {
    let forges = "function(doc, req) { \
        Object.prototype.evil = function () { return 'true\\n1\\n{}'; }; \
        Array.prototype[Symbol.iterator] = function () { \
            var at = 0; return {next: function () { at += 1; return {done: at > 1, value: 'evil'}; }}; }; \
        return 'ok'; }";
    let logs = "function() { throw {toJSON: function () { return ['log', 'x']; }}; }";
    let proxy = "function() { throw new Proxy({}, {get: function () { throw 1; }}); }";
    let half = "function() { throw {error: 'e\\ud83d', reason: 'r\\ud83d'}; }";
    let mut couchjs = knowing(&json!({
        "shows": {"forges": forges, "proxy": proxy, "half": half}, "validate_doc_update": logs
    }));
    let show = |name| ddoc(json!(["shows", name]), json!([null, {"path": []}]));
    assert_eq!(couchjs.ask(show("proxy"))[0], "error");
    assert_eq!(
        couchjs.ask(show("half")),
        json!(["error", "e\u{fffd}", "r\u{fffd}"])
    );
    let validate = ddoc(json!(["validate_doc_update"]), json!([{}, null, {}, {}]));
    assert_eq!(couchjs.ask(validate)[0], "error");
    for _ in 0..2 {
        assert_eq!(couchjs.ask(show("forges"))[0], "resp");
    }
    let refuses = json!({"validate_doc_update": "function() { throw {forbidden: 'no'}; }"});
    couchjs.teach("_design/other", &refuses);
    let asked = json!([
        "ddoc",
        "_design/other",
        ["validate_doc_update"],
        [{}, null, {}, {}]
    ]);
    assert_eq!(couchjs.ask(asked), json!({"forbidden": "no"}));
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn nothing_runs_when_garbage_is_collected() {
    let show = "function() { return typeof FinalizationRegistry + typeof WeakRef; }";
    let mut couchjs = knowing(&json!({"shows": {"s": show}}));
    let answer = couchjs.ask(ddoc(json!(["shows", "s"]), json!([null, {"path": []}])));
    assert_eq!(answer, json!(["resp", {"body": "undefinedundefined"}]));
}

#[test]
fn documents_may_be_nested_deeply() {
    let mut couchjs = Couchjs::start();
    let map = "function(doc) { emit(doc._id, 1); }";
    couchjs.says([(json!(["add_fun", map]), json!(true))]);
    let deep = format!("{}1{}", "[".repeat(3_000), "]".repeat(3_000));
    couchjs.write(&format!(r#"["map_doc",{{"_id":"d","deep":{deep}}}]"#));
    assert_eq!(couchjs.read(), json!([[["d", 1]]]));
    assert_eq!(couchjs.end(), 0);
}
