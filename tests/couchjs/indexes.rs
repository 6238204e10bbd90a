use serde_json::{Value, json};

use super::{Couchjs, name};

fn indexing(source: &str, option: &Value) -> Couchjs {
    let mut couchjs = Couchjs::start();
    let mut line = vec![json!("add_fun"), json!(source)];
    line.extend(option.as_str().map(Value::from));
    assert_eq!(couchjs.ask(Value::Array(line)), json!(true));
    couchjs
}

#[test]
fn dreyfus_indexes() {
    let source = "function(doc) { emit(1, 1); index('default', doc.text, {store: true}); index('n', doc.n); index('b', false, null); }";
    let mut couchjs = indexing(source, &Value::Null);
    couchjs.says([
        (json!(["add_fun", "function(doc) {}"]), json!(true)),
        (
            json!(["index_doc", {"_id": "a", "text": "some", "n": 1.5}]),
            json!([
                [
                    ["default", "some", {"store": true}],
                    ["n", 1.5, {}],
                    ["b", false, {}]
                ],
                []
            ]),
        ),
        // A document without text adds nothing to the indexes.
        (json!(["index_doc", {"_id": "b"}]), json!([[], []])),
        (
            json!(["map_doc", {"text": "", "n": 1}]),
            json!([[[1, 1]], []]),
        ),
    ]);
    assert!(
        couchjs.logs[0].contains("the document b: TypeError"),
        "{:?}",
        couchjs.logs
    );
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn nouveau_indexes() {
    let source = "function(doc) { \
        index('string', 's', 'a', {store: true, facet: true, other: 1}); index('double', 'd', 1.5, {facet: true}); \
        index('text', 't', 'some words', {store: true, facet: true}); index('stored', 'k', 7, {store: true}); \
        if (doc.wrong) index.apply(null, doc.wrong); }";
    let mut couchjs = indexing(source, &json!("nouveau"));
    couchjs.says([(
        json!(["nouveau_index_doc", {"_id": "a"}]),
        json!([[
            {"@type": "string", "name": "s", "value": "a", "store": true, "facet": true},
            {"@type": "double", "name": "d", "value": 1.5, "facet": true},
            {"@type": "text", "name": "t", "value": "some words", "store": true},
            {"@type": "stored", "name": "k", "value": 7}
        ]]),
    )]);
    for wrong in [
        json!(["integer", "i", 1]),
        json!(["string", "s", 1]),
        json!(["double", "d", "1"]),
        json!(["text", "t", null]),
        json!(["stored", "k", {}]),
        json!(["string", 1, "a"]),
        json!(["string", "_reserved", "a"]),
        json!([1, "a", "a"]),
        json!(["constructor", "a", "a"]),
        json!([]),
    ] {
        couchjs.logs.clear();
        couchjs.says([(
            json!(["nouveau_index_doc", {"_id": "a", "wrong": wrong}]),
            json!([[]]),
        )]);
        let named = if wrong[1] == "_reserved" {
            "ReservedName"
        } else {
            "TypeError"
        };
        assert!(
            couchjs.logs[0].contains(named),
            "{wrong}: {:?}",
            couchjs.logs
        );
    }
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn a_function_that_means_everything_to_stop_stops_indexing() {
    for command in ["index_doc", "nouveau_index_doc"] {
        let mut couchjs = indexing("function(doc) { throw 'fatal_error'; }", &Value::Null);
        let answer = couchjs.ask(json!([command, {}]));
        assert_eq!(name(&answer), ("error", "map_runtime_error"));
        assert_eq!(couchjs.end(), 0);
    }
}
