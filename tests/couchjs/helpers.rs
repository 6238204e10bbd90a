use serde_json::{Value, json};

use super::Couchjs;

/// A function that calls all of CouchDB's helpers in unusual ways, and then returns `answer`.
fn helping(answer: &str) -> String {
    format!(
        "function(first) {{ \
           start({{'X-A': 'y'}}); send('Hey'); \
           provides('html', function () {{ return 'never'; }}); registerType('foo', 'text/foo'); \
           var no = 'none'; try {{ require('nowhere') }} catch (e) {{ no = e[1]; }} \
           log('said'); \
           var all = [getRow(), sum([1, 2]), isArray([]), toJSON({{a: 1}}), no]; \
           {answer} }}"
    )
}

fn all() -> Value {
    json!([null, 3, true, "{\"a\":1}", "invalid_require_path"])
}

#[test]
fn the_helpers_are_everywhere_and_come_to_nothing_where_nothing_is_rendered() {
    let mut couchjs = Couchjs::start();
    couchjs.teach(
        "d",
        &json!({
            "shows": {"plain": "function() { return 'plain'; }"},
            "updates": {"u": helping("return [null, {json: all}];")},
            "filters": {"f": helping("return sum(all.slice(1, 2)) == 3;")},
            "views": {"v": {"map": helping("emit(all, 1);")}},
            "validate_doc_update": helping("throw {forbidden: toJSON(all)};"),
            "rewrites": helping("return {path: toJSON(all)};"),
        }),
    );
    let ask = |path: Value, arguments: Value| json!(["ddoc", "d", path, arguments]);
    for _ in 0..2 {
        couchjs.says([
            (json!(["reset"]), json!(true)),
            (json!(["add_fun", helping("emit(all, 1);")]), json!(true)),
            (json!(["map_doc", {}]), json!([[[all(), 1]]])),
            (
                json!(["reduce", [helping("return all;")], [[["a", "id"], 1]]]),
                json!([true, [all()]]),
            ),
            (
                json!(["rereduce", [helping("return all;")], [1]]),
                json!([true, [all()]]),
            ),
            (
                ask(json!(["updates", "u"]), json!([{}, {"method": "PUT"}])),
                json!(["up", null, {"json": all()}]),
            ),
            (
                ask(json!(["filters", "f"]), json!([[{}], {}])),
                json!([true, [true]]),
            ),
            (
                ask(json!(["views", "v", "map"]), json!([[{}]])),
                json!([true, [true]]),
            ),
            (
                ask(json!(["validate_doc_update"]), json!([{}, {}, {}, {}])),
                json!({"forbidden": all().to_string()}),
            ),
            (
                ask(json!(["rewrites"]), json!([{}])),
                json!(["ok", {"path": all().to_string()}]),
            ),
            // The next function sees nothing of the first one.
            (
                ask(json!(["shows", "plain"]), json!([{}, {}])),
                json!(["resp", {"body": "plain"}]),
            ),
        ]);
    }
    assert_eq!(couchjs.logs, ["said"; 16]);
}

#[test]
fn a_show_may_be_started_with_its_headers_alone() {
    let mut couchjs = Couchjs::start();
    couchjs.teach("d", &json!({"shows": {
        "sends": "function() { start({'X-A': 'y'}); send('Hey'); }",
        "mixes": "function() { start({'X-A': 'y'}); send('Hey '); return 'Dude'; }",
        "adds": "function() { start({'X-A': 'y'}); send('Hey '); return {headers: {'X-A': 'n', 'X-B': 'z'}, body: 'Dude'}; }",
        "whole": "function() { start({code: 201, headers: {'X-B': 'z'}, 'X-A': 'y'}); send('Hey'); }",
        "offers": "function() { provides('text', function () { send('foo, '); send('bar'); }); start({'X-A': 'y'}); }",
        "returns": "function() { provides('text', function () { send('4, '); return '5!'; }); send('1, '); send('2, '); return '3, '; }",
        "unknown": "function() { return {'X-A': 'y'}; }",
    }}));
    let show =
        |name: &str| json!(["ddoc", "d", ["shows", name], [{}, {"headers": {"Accept": "*/*"}}]]);
    let text = "text/plain; charset=utf-8";
    couchjs.says([
        (
            show("sends"),
            json!(["resp", {"headers": {"X-A": "y"}, "body": "Hey"}]),
        ),
        (
            show("mixes"),
            json!(["resp", {"headers": {"X-A": "y"}, "body": "Hey Dude"}]),
        ),
        (
            show("adds"),
            json!(["resp", {"headers": {"X-A": "y", "X-B": "z"}, "body": "Hey Dude"}]),
        ),
        (
            show("whole"),
            json!(["resp", {"code": 201, "headers": {"X-A": "y", "X-B": "z"}, "body": "Hey"}]),
        ),
        (
            show("offers"),
            json!(["resp", {"headers": {"X-A": "y", "Content-Type": text}, "body": "foo, bar"}]),
        ),
        (
            show("returns"),
            json!(["resp", {"headers": {"Content-Type": text}, "body": "1, 2, 3, 4, 5!"}]),
        ),
        // CouchDB reports the mistake.
        (show("unknown"), json!(["resp", {"X-A": "y"}])),
    ]);
}
