use serde_json::{Value, json};

use super::{Couchjs, name};
use crate::server::switchhook;

/// Tries every way to make a function from text, and reports what happened.
const MAKING: &str = "var made = []; \
    function attempt(make) { try { made.push(make()); } catch (e) { made.push(e.name); } } \
    function(doc) { made = []; \
    attempt(function () { return eval('1 + 1'); }); attempt(function () { return (0, eval)('1 + 1'); }); \
    attempt(function () { return new Function('return 2')(); }); attempt(function () { return Function('return 2')(); }); \
    attempt(function () { return [].constructor.constructor('return 2')(); }); \
    attempt(function () { return emit.constructor('return 2')(); }); \
    attempt(function () { return (function* () {}).constructor('yield 2')().next().value; }); \
    attempt(function () { return (async () => {}).constructor('return 2') && 2; }); \
    attempt(function () { return (async function* () {}).constructor('return 2') && 2; }); \
    emit(made, [(function () {}) instanceof Function, typeof attempt]); }";

fn made(options: &[&str], what: impl Into<Value>) {
    let what = what.into();
    let mut couchjs = Couchjs::with(options);
    let (before, body) = MAKING.split_once("function(doc) {").unwrap();
    let inside = format!("function(doc) {{ {before} {body}");
    for source in [MAKING, &inside] {
        couchjs.says([
            (json!(["reset"]), json!(true)),
            (json!(["add_fun", source]), json!(true)),
            (
                json!(["map_doc", {}]),
                json!([[[vec![what.clone(); 9], [true, "function"]]]]),
            ),
        ]);
    }
    assert_eq!(couchjs.end(), 0);
}

#[test]
fn functions_of_text_may_be_forbidden() {
    made(&[], 2);
    made(&["--eval"], 2);
    made(&["--no-eval"], "EvalError");
}

#[test]
fn what_is_written_down_is_no_function_of_text() {
    let mut couchjs = Couchjs::with(&["--no-eval"]);
    couchjs.teach(
        "d",
        &json!({
            "lib": {"x": "exports.x = (n) => n + 1"},
            "shows": {"s": "var one = 1;\nfunction() { return String(require('lib/x').x(one)); }"},
        }),
    );
    couchjs.says([(
        json!(["ddoc", "d", ["shows", "s"], [{}, {}]]),
        json!(["resp", {"body": "2"}]),
    )]);
}

#[test]
fn the_most_memory_is_set_as_for_couchjs() {
    let hungry = "function(doc) { emit('x'.repeat(doc.n).toUpperCase().length, 1); }";
    for (options, is_enough) in [
        (["-S", "67108864", "-M", "67108864"], true),
        (["-S", "16777216", "-M", "512000000"], false),
    ] {
        let mut couchjs = Couchjs::with(&options);
        couchjs.says([(json!(["add_fun", hungry]), json!(true))]);
        let answer = couchjs.ask(json!(["map_doc", {"n": 10_000_000}]));
        if is_enough {
            assert_eq!(answer, json!([[[10_000_000, 1]]]));
        } else {
            assert_eq!(name(&answer), ("fatal", "memory_limit"));
        }
    }
}

#[test]
fn what_cannot_be_had_is_refused_by_a_sentence() {
    for (options, code, says) in [
        (
            &["couchjs", "-H", "main.js"][..],
            1,
            "design functions reach no network here",
        ),
        (
            &["couchjs", "--use-http"],
            1,
            "design functions reach no network here",
        ),
        (
            &["couchjs", "-S", "1000", "main.js"],
            2,
            "the engine takes 4194304 bytes itself",
        ),
        (
            &["couchjs", "--eval", "--no-eval"],
            2,
            "cannot be used with '--no-eval'",
        ),
        (&["couchjs", "-V"], 0, env!("CARGO_PKG_VERSION")),
        (&["couchjs", "-h"], 0, "--no-eval"),
    ] {
        let output = switchhook().args(options).output().unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8(said).unwrap();
        assert_eq!(output.status.code(), Some(code), "{options:?}: {said}");
        assert!(said.contains(says), "{options:?}: {said}");
    }
}
