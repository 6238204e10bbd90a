use serde_json::{Value, json};

use super::{Couchjs, name};

const ID: &str = "_design/lists";

fn couchjs() -> Couchjs {
    let mut couchjs = Couchjs::start();
    couchjs.teach(
        ID,
        &json!({"lists": {
            "all": "function(head, req) { send('first'); send(req.q); var row; while (row = getRow()) { send(row.key); } return 'tail'; }",
            "two": "function(head, req) { send(head.total_rows); getRow(); send('b'); getRow(); send('c'); return 'early'; }",
            "none": "function(head, req) { start({code: 201, headers: {'X-A': 'b'}}); return 'all of it'; }",
            "late": "function(head, req) { getRow(); start({headers: {'X-A': 'b'}}); send('x'); getRow(); }",
            "provides": "function(head, req) { \
                provides('html', function () { var row; while (row = getRow()) send('<' + row.key + '>'); return '</>'; }); \
                provides('json', function () { send('['); while (getRow()) send('1'); return ']'; }); }",
            "stubborn": "function(head, req) { for (;;) try { if (!getRow()) return 'x'; } catch (e) { log(e); } }",
            "fails": "function(head, req) { getRow(); nowhere(); }",
        }}),
    );
    couchjs
}

fn list(name: &str, request: &Value) -> Value {
    json!(["ddoc", ID, ["lists", name], [{"total_rows": 3}, request]])
}

fn row(key: &str) -> Value {
    json!(["list_row", {"key": key}])
}

fn last() -> Value {
    json!(["list_end"])
}

#[test]
fn a_list_reads_all_rows() {
    let mut couchjs = couchjs();
    for _ in 0..2 {
        couchjs.says([
            (
                list("all", &json!({"q": "ok"})),
                json!(["start", ["first", "ok"], {"headers": {}}]),
            ),
            (row("a"), json!(["chunks", ["a"]])),
            (row("b"), json!(["chunks", ["b"]])),
            (last(), json!(["end", ["tail"]])),
        ]);
    }
    couchjs.says([
        (
            list("all", &json!({"q": "ok"})),
            json!(["start", ["first", "ok"], {"headers": {}}]),
        ),
        (last(), json!(["end", ["tail"]])),
        (json!(["reset"]), json!(true)),
    ]);
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn a_list_may_end_early() {
    let mut couchjs = couchjs();
    couchjs.says([
        (
            list("two", &json!({})),
            json!(["start", ["3"], {"headers": {}}]),
        ),
        (row("a"), json!(["chunks", ["b"]])),
        (row("b"), json!(["end", ["c", "early"]])),
        (json!(["reset"]), json!(true)),
    ]);
}

#[test]
fn a_list_may_read_no_row() {
    let mut couchjs = couchjs();
    couchjs.says([
        (
            list("none", &json!({})),
            json!(["start", [], {"code": 201, "headers": {"X-A": "b"}}]),
        ),
        (row("a"), json!(["end", ["all of it"]])),
    ]);
}

#[test]
fn headers_may_come_late() {
    let mut couchjs = couchjs();
    couchjs.says([
        (
            list("late", &json!({})),
            json!(["start", [], {"headers": {}}]),
        ),
        (
            row("a"),
            json!(["chunks", ["x"], {"headers": {"X-A": "b"}}]),
        ),
        (row("b"), json!(["end", []])),
    ]);
}

#[test]
fn a_list_provides_what_is_accepted() {
    let mut couchjs = couchjs();
    let html = json!({"headers": {"Accept": "text/html,application/xml;q=0.9,*/*;q=0.8"}});
    let begins = |kind: &str| json!({"headers": {"Content-Type": kind}});
    couchjs.says([
        (
            list("provides", &html),
            json!(["start", [], begins("text/html; charset=utf-8")]),
        ),
        (row("a"), json!(["chunks", ["<a>"]])),
        (last(), json!(["end", ["</>"]])),
        (
            list(
                "provides",
                &json!({"headers": {"Accept": "application/json"}}),
            ),
            json!(["start", ["["], begins("application/json")]),
        ),
        (row("a"), json!(["chunks", ["1"]])),
        (last(), json!(["end", ["]"]])),
    ]);
    let answer = couchjs.ask(list(
        "provides",
        &json!({"headers": {"Accept": "image/png"}}),
    ));
    assert_eq!(name(&answer), ("error", "not_acceptable"));
}

#[test]
fn a_list_that_fails_is_an_error() {
    let mut couchjs = couchjs();
    couchjs.says([(
        list("fails", &json!({})),
        json!(["start", [], {"headers": {}}]),
    )]);
    let answer = couchjs.ask(row("a"));
    assert_eq!(name(&answer), ("error", "render_error"));
    assert!(
        answer[2].as_str().unwrap().contains("lists.fails:1:"),
        "{answer}"
    );
    assert_eq!(couchjs.ask(json!(["reset"])), json!(true));
}

#[test]
fn what_is_no_row_ends_the_server() {
    let mut asking = couchjs();
    asking.ask(list("all", &json!({"q": "ok"})));
    assert_eq!(name(&asking.ask(json!(["reset"]))), ("fatal", "list_error"));
    assert_eq!(asking.end(), 1);

    let mut garbled = couchjs();
    garbled.ask(list("stubborn", &json!({})));
    garbled.write("[\"list_row\",{");
    assert_eq!(name(&garbled.read()), ("fatal", "list_error"));
    assert_eq!(garbled.end(), 1);

    let mut left_alone = couchjs();
    left_alone.ask(list("stubborn", &json!({})));
    left_alone.input = None;
    assert_eq!(name(&left_alone.read()), ("fatal", "list_error"));
    assert_eq!(left_alone.end(), 1);

    let mut asked_too_much = couchjs();
    asked_too_much.says([
        (
            list("none", &json!({})),
            json!(["start", [], {"code": 201, "headers": {"X-A": "b"}}]),
        ),
        (last(), json!(["end", ["all of it"]])),
    ]);
    assert_eq!(
        name(&asked_too_much.ask(row("a"))),
        ("fatal", "unknown_command")
    );
    assert_eq!(asked_too_much.end(), 1);
}

/// A question has exactly one answer: a second one would be taken for the next question's.
#[test]
fn only_lists_read_rows() {
    let mut couchjs = Couchjs::start();
    couchjs.teach(
        ID,
        &json!({
            "shows": {"row": "function() { return String(getRow()); }"},
            "lists": {"later": "function() { Promise.resolve().then(getRow).then(log); return 'x'; }"},
        }),
    );
    couchjs.says([
        (
            json!(["ddoc", ID, ["shows", "row"], [null, {}]]),
            json!(["resp", {"body": "null"}]),
        ),
        (
            list("later", &json!({})),
            json!(["start", [], {"headers": {}}]),
        ),
        (last(), json!(["end", ["x"]])),
        (
            json!(["add_fun", "function() { emit(typeof getRow, getRow()); }"]),
            json!(true),
        ),
        (json!(["map_doc", {}]), json!([[["function", null]]])),
    ]);
    assert_eq!(couchjs.logs, ["null"]);
}

/// Changes how arrays are iterated and written, reads a line that is not a row, and continues.
const STAYS: &str = "function(head, req) { \
    var answer; \
    function say(it) { answer = it; Array.prototype.toJSON = function () { return answer; }; } \
    Array.prototype[Symbol.iterator] = function () { \
        var all = this, at = 0; \
        return {next: function () { at += 1; return at > 2 ? {done: true} : {done: false, value: at === 1 ? 'list_row' : all}; }}; \
    }; \
    say(['start', [], {}]); getRow(); \
    say(['end', ['bye']]); var line = getRow(); \
    for (;;) { log('saw ' + line[0]); say(true); line = getRow(); } }";

#[test]
fn no_list_stays_for_what_is_asked_next() {
    let mut couchjs = Couchjs::start();
    couchjs.teach(ID, &json!({"lists": {"stays": STAYS}}));
    couchjs.says([
        (
            list("stays", &json!({})),
            json!(["start", [], {"headers": {}}]),
        ),
        (row("a"), json!(["chunks", []])),
    ]);
    let answer = couchjs.ask(json!(["reset"]));
    assert_eq!(name(&answer), ("fatal", "list_error"));
    assert_eq!(couchjs.logs, [] as [&str; 0]);
    assert_eq!(couchjs.end(), 1);
}

#[test]
fn what_rows_leave_behind_is_collected() {
    let mut couchjs = Couchjs::with(&["--memory-bytes", "16000000"]);
    let circles =
        "function(head, req) { var row; while (row = getRow()) row.self = row; return 'done'; }";
    couchjs.teach(ID, &json!({"lists": {"circles": circles}}));
    couchjs.ask(list("circles", &json!({})));
    for _ in 0..2_000 {
        assert_eq!(couchjs.ask(row(&"x".repeat(20_000))), json!(["chunks", []]));
    }
    assert_eq!(couchjs.ask(last()), json!(["end", ["done"]]));
    assert_eq!(couchjs.end(), 0);
}
