use serde_json::json;

use super::{Couchjs, name};

/// The view of KAZOO's functions from which its lists are made.
const BY_ACCOUNT: &str = "function(doc) { if (doc.pvt_type != 'function' || doc.pvt_deleted) return; \
    emit(doc.pvt_account_id, {id: doc._id, name: doc.name, enabled: doc.enabled}); }";
const BY_NAME: &str =
    "function(doc) { if (doc.pvt_type != 'function') return; emit(doc.name, null); };\n";
const COUNT: &str =
    "// any function\nfunction count(doc) { if (doc.pvt_type) emit([doc.pvt_type, doc._id], 1) }";

#[test]
fn map_functions_map() {
    let mut couchjs = Couchjs::start();
    let doc = json!({"_id": "f1", "pvt_type": "function", "pvt_account_id": "a", "name": "hi", "enabled": true});
    couchjs.says([
        (json!(["reset", {"reduce_limit": true, "timeout": 5000}]), json!(true)),
        (json!(["add_fun", BY_ACCOUNT]), json!(true)),
        (json!(["add_fun", BY_NAME]), json!(true)),
        (json!(["add_fun", COUNT]), json!(true)),
        (
            json!(["map_doc", doc]),
            json!([[["a", {"id": "f1", "name": "hi", "enabled": true}]], [["hi", null]], [[["function", "f1"], 1]]]),
        ),
        (json!(["map_doc", {"_id": "other"}]), json!([[], [], []])),
    ]);
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn map_functions_share_a_library() {
    let mut couchjs = Couchjs::start();
    let lib = json!({
        "double": "var twice = require('./more/twice'); exports.of = function (n) { return twice(n); };",
        "more": {"twice": "module.exports = function (n) { return n * require('../factor').FACTOR }"},
        "factor": "exports.FACTOR = 2;",
    });
    couchjs.says([
        (json!(["reset"]), json!(true)),
        (json!(["add_lib", lib]), json!(true)),
        (
            json!([
                "add_fun",
                "function(doc) { emit(null, require('views/lib/double').of(doc.n)); }"
            ]),
            json!(true),
        ),
        (
            json!(["map_doc", {"_id": "1", "n": 21}]),
            json!([[[null, 42]]]),
        ),
        (json!(["reset"]), json!(true)),
        (
            json!([
                "add_fun",
                "doc => { try { require('views/lib/double') } catch (e) { emit(e[1], 1) } }"
            ]),
            json!(true),
        ),
        (
            json!(["map_doc", {}]),
            json!([[["invalid_require_path", 1]]]),
        ),
    ]);
}

#[test]
fn the_helpers_are_there() {
    let mut couchjs = Couchjs::start();
    let source = "(doc) => { log('a'); log({b: 1}); log(undefined); emit(toJSON([1]), sum([1, 2, 3])); \
        emit(isArray([]), isArray({})); try { nowhere() } catch (e) { emit('e', e) } emit(undefined, undefined) }";
    couchjs.says([
        (json!(["add_fun", source]), json!(true)),
        (
            json!(["map_doc", {}]),
            json!([[
                ["[1]", 6],
                [true, false],
                ["e", {"error": "ReferenceError", "message": "nowhere is not defined"}],
                [null, null]
            ]]),
        ),
    ]);
    assert_eq!(couchjs.logs, ["a", "{\"b\":1}", "undefined"]);
}

#[test]
fn text_of_all_languages_passes() {
    let mut couchjs = Couchjs::start();
    couchjs.says([
        (json!(["add_fun", "function(doc) { emit(doc.value.toLowerCase(), 'Ü'); }"]), json!(true)),
        (json!(["map_doc", {"value": "Ä мама 💥"}]), json!([[["ä мама 💥", "Ü"]]])),
        (json!(["reset"]), json!(true)),
        (
            json!(["add_fun", "function(doc) { emit(doc.value.split('').reverse().length, doc.value.charCodeAt(0)); }"]),
            json!(true),
        ),
        (json!(["map_doc", {"value": "💥"}]), json!([[[2, 0xd83d]]])),
    ]);
}

#[test]
fn a_document_is_sealed() {
    let mut couchjs = Couchjs::start();
    let vandal = "function(doc) { doc.list.push(9); }";
    let stubborn = "function(doc) { doc.n = 2; doc.more = 1; doc.deep.n = 2; emit(doc.n, doc); }";
    let doc = json!({"n": 1, "deep": {"n": 1}, "list": [1]});
    couchjs.says([
        (json!(["add_fun", vandal]), json!(true)),
        (json!(["add_fun", stubborn]), json!(true)),
        (json!(["map_doc", doc]), json!([[], [[1, doc]]])),
    ]);
    assert!(couchjs.logs[0].contains("TypeError"), "{:?}", couchjs.logs);
}

#[test]
fn reductions_reduce() {
    let mut couchjs = Couchjs::start();
    let length =
        "function(keys, values, rereduce) { return [keys && keys[0], values.length, rereduce]; }";
    let total = "function(keys, values) { return sum(values); }";
    couchjs.says([
        (json!(["reset", {"reduce_limit": true}]), json!(true)),
        (
            json!([
                "reduce",
                [length, total],
                [[["a", "id1"], 1], [["b", "id2"], 2]]
            ]),
            json!([true, [[["a", "id1"], 2, false], 3]]),
        ),
        (
            json!(["rereduce", [total, length], [3, 4]]),
            json!([true, [7, [null, 2, true]]]),
        ),
        (
            json!(["reduce", ["function() { throw 'x' }"], []]),
            json!([true, [null]]),
        ),
    ]);
    assert_eq!(couchjs.logs, ["a function failed: x"]);
}

#[test]
fn a_reduction_that_grows_is_an_error() {
    let mut couchjs = Couchjs::start();
    let copy = "function(keys, values) { return values.concat(values, values); }";
    let pairs: Vec<_> = (0..400).map(|n| json!([[n, "id"], "abcdefgh"])).collect();
    let few = json!(["reduce", [copy], [[[1, "id"], "abcdefgh"]], "ctx"]);
    let many = json!(["reduce", [copy], pairs, "ctx"]);
    couchjs.ask(json!(["reset", {"reduce_limit": true, "reduce_limit_threshold": 5000, "reduce_limit_ratio": 2.0}]));
    assert_eq!(
        couchjs.ask(few),
        json!([true, [["abcdefgh", "abcdefgh", "abcdefgh"]]])
    );
    let answer = couchjs.ask(many.clone());
    assert_eq!(
        name(&answer),
        ("error", "reduce_overflow_error"),
        "{answer}"
    );

    couchjs.ask(json!(["reset", {"reduce_limit": "log", "reduce_limit_threshold": 5000, "reduce_limit_ratio": 2.0}]));
    assert_eq!(couchjs.ask(many.clone())[0], json!(true));
    assert!(
        couchjs.logs[0].starts_with("reduce_overflow_error"),
        "{:?}",
        couchjs.logs
    );

    couchjs.ask(json!(["reset", {"reduce_limit": false}]));
    assert_eq!(couchjs.ask(many)[0], json!(true));
}

#[test]
fn a_map_function_that_fails_maps_nothing() {
    let mut couchjs = Couchjs::start();
    couchjs.says([
        (
            json!(["add_fun", "function(doc) { emit(1, 1); doc.a.b.c; }"]),
            json!(true),
        ),
        (
            json!(["add_fun", "function(doc) { emit(doc._id, 1); }"]),
            json!(true),
        ),
        (json!(["map_doc", {"_id": "d"}]), json!([[], [["d", 1]]])),
    ]);
    let log = &couchjs.logs[0];
    assert!(
        log.contains("the document d") && log.contains("TypeError") && log.contains("map:1:"),
        "{log}"
    );
}

#[test]
fn what_is_no_function_is_a_compilation_error() {
    let mut couchjs = Couchjs::start();
    for source in [
        "function(doc) {",
        "1 + 1",
        "",
        "throw 'x'",
        "function(doc) {} )(",
    ] {
        let answer = couchjs.ask(json!(["add_fun", source]));
        let expected = if source.is_empty() {
            "not_found"
        } else {
            "compilation_error"
        };
        assert_eq!(name(&answer), ("error", expected), "{source}: {answer}");
    }
    let answer = couchjs.ask(json!(["add_fun", "function(doc) {\n  emit(1,, 2);\n}"]));
    assert!(answer[2].as_str().unwrap().contains("map:2:10"), "{answer}");
    couchjs.says([
        (
            json!(["add_fun", "function(doc) { emit(1, 1); }"]),
            json!(true),
        ),
        (json!(["map_doc", {}]), json!([[[1, 1]]])),
    ]);
}

#[test]
fn what_a_function_leaves_behind_is_gone_with_reset() {
    let mut couchjs = Couchjs::start();
    let source = "function(doc) { emit([0].indexOf(0), Object.left); Object.left = 43; leaked = 1; \
        [].constructor.prototype.indexOf = function () { return 42; }; }";
    for _ in 0..2 {
        couchjs.says([
            (json!(["reset"]), json!(true)),
            (json!(["add_fun", source]), json!(true)),
            (json!(["map_doc", {}]), json!([[[0, null]]])),
            (json!(["map_doc", {}]), json!([[[42, 43]]])),
        ]);
    }
    couchjs.says([
        (json!(["reset"]), json!(true)),
        (json!(["map_doc", {}]), json!([])),
        (
            json!([
                "add_fun",
                "function() { emit(typeof leaked, Object.left); }"
            ]),
            json!(true),
        ),
        (json!(["map_doc", {}]), json!([[["undefined", null]]])),
    ]);
}

/// Reset functions, documents, and cyclic garbage are all freed.
#[test]
fn many_documents_take_no_more_memory_than_one() {
    const MEMORY: &str = "16000000";
    let mut couchjs = Couchjs::with(&["--memory-bytes", MEMORY]);
    let circle = "function(doc) { var a = {text: doc.text}; a.self = a; emit(a.text.length, 1); }";
    let text = "x".repeat(100_000);
    for _ in 0..20 {
        couchjs.says([
            (json!(["reset"]), json!(true)),
            (json!(["add_fun", circle]), json!(true)),
        ]);
        for _ in 0..50 {
            couchjs.says([(json!(["map_doc", {"text": text}]), json!([[[100_000, 1]]]))]);
        }
    }
    for n in 0..200 {
        let total = "function(keys, values) { return sum(values) }";
        couchjs.says([
            (json!(["reset"]), json!(true)),
            (json!(["rereduce", [total], [n, 1]]), json!([true, [n + 1]])),
        ]);
    }
    assert_eq!(couchjs.end(), 0);
}
