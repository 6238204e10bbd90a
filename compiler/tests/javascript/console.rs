//! A function's log contains what the function logs, and nothing else.

use switchhook_runtime::{Class, Level};

use crate::{CALL_LIMITS, call, function, run};

async fn logged(source: &str) -> Vec<(Level, String)> {
    let logs = run(source, "{}").await.logs;
    assert!(!logs.truncated, "{source}");
    logs.records
        .into_iter()
        .map(|record| (record.level, record.message))
        .collect()
}

/// The message of a function's only log record.
async fn text(source: &str) -> String {
    let mut records = logged(source).await;
    assert_eq!(records.len(), 1, "{source}: {records:?}");
    records.remove(0).1
}

#[tokio::test]
async fn a_record_keeps_its_level() {
    let source =
        "for (const level of ['log', 'info', 'warn', 'error', 'debug']) console[level](level)";
    let records = logged(source).await;
    let expected = [
        (Level::Log, "log"),
        (Level::Info, "info"),
        (Level::Warn, "warn"),
        (Level::Error, "error"),
        (Level::Debug, "debug"),
    ];
    assert_eq!(
        records,
        expected.map(|(level, text)| (level, text.to_owned()))
    );
}

#[tokio::test]
async fn every_value_has_a_text() {
    for (arguments, expected) in [
        ("", ""),
        ("'two\\nlines'", "two\nlines"),
        (
            "'a', 1, true, null, undefined, 12n, Symbol('s')",
            "a 1 true null undefined 12 Symbol(s)",
        ),
        ("{a: [1, 'b']}, [2]", "{\"a\":[1,\"b\"]} [2]"),
        ("() => 1", "() => 1"),
        (
            "new TypeError('no')",
            "TypeError: no\n    at anonymous (function.js:1:17)",
        ),
        ("'nul \\0 here'", "nul \0 here"),
        ("'\\ud800'", "\u{fffd}"),
        (
            "{toString() { throw 1 }, toJSON() { throw 2 }}",
            "[a value that cannot be shown]",
        ),
    ] {
        assert_eq!(
            text(&format!("console.log({arguments})")).await,
            expected,
            "{arguments}"
        );
    }
    assert_eq!(
        text("let a = {}; a.a = a; console.log(a)").await,
        "[object Object]"
    );
}

#[tokio::test]
async fn other_methods_write_what_they_write_elsewhere() {
    let log = |text: &str| (Level::Log, text.to_owned());
    for (source, expected) in [
        ("console.assert(1 < 2, 'no')", vec![]),
        (
            "console.assert(false); console.assert(0, 'no', {a: 1}); console.assert(null, 1)",
            vec![
                (Level::Error, "Assertion failed".to_owned()),
                (Level::Error, "Assertion failed: no {\"a\":1}".to_owned()),
                (Level::Error, "Assertion failed 1".to_owned()),
            ],
        ),
        (
            "console.count(); console.count('a'); console.count(); console.countReset(); console.count(); console.countReset('b')",
            vec![
                log("default: 1"),
                log("a: 1"),
                log("default: 2"),
                log("default: 1"),
                (Level::Warn, "there is no count for 'b'".to_owned()),
            ],
        ),
        (
            "console.time('a'); console.time('a'); console.timeLog('a', 1); console.timeEnd('a'); console.timeEnd('a')",
            vec![
                (
                    Level::Warn,
                    "there is a label 'a' for console.time() already".to_owned(),
                ),
                log("a: 0ms 1"),
                log("a: 0ms"),
                (
                    Level::Warn,
                    "there is no label 'a' for console.timeEnd()".to_owned(),
                ),
            ],
        ),
        (
            "console.group('a'); console.info('b\\nc', 1); console.group(); console.log('d'); console.groupEnd(); \
                console.groupEnd(); console.groupEnd(); console.log('e')",
            vec![
                log("a"),
                (Level::Info, "  b\n  c 1".to_owned()),
                log("    d"),
                log("e"),
            ],
        ),
        (
            "console.dir({a: 1}, {}); console.dirxml(1, 2)",
            vec![log("{\"a\":1}"), log("1 2")],
        ),
        (
            "function f() {\n  console.trace('here', 1)\n}\nf()",
            vec![log(
                "Trace: here 1 \n    at f (function.js:2:11)\n    at anonymous (function.js:4:1)",
            )],
        ),
    ] {
        assert_eq!(logged(source).await, expected, "{source}");
    }
}

#[tokio::test]
async fn a_table_is_drawn() {
    for (data, expected) in [
        (
            "[{a: 1, b: 'é'}, {a: true, c: [2]}, 'x']",
            "\
┌─────────┬──────┬─────┬─────┬────────┐
│ (index) │ a    │ b   │ c   │ Values │
├─────────┼──────┼─────┼─────┼────────┤
│ 0       │ 1    │ 'é' │     │        │
│ 1       │ true │     │ [2] │        │
│ 2       │      │     │     │ 'x'    │
└─────────┴──────┴─────┴─────┴────────┘",
        ),
        (
            "new Map([['k', {a: 1}]])",
            "\
┌───────────────────┬─────┬───┐
│ (iteration index) │ Key │ a │
├───────────────────┼─────┼───┤
│ 0                 │ 'k' │ 1 │
└───────────────────┴─────┴───┘",
        ),
        (
            "{x: {a: 1, b: 2}}, ['b']",
            "\
┌─────────┬───┐
│ (index) │ b │
├─────────┼───┤
│ x       │ 2 │
└─────────┴───┘",
        ),
        ("12", "12"),
    ] {
        assert_eq!(
            text(&format!("console.table({data})")).await,
            expected,
            "{data}"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_shown_leaves_no_exception_behind() {
    for value in [
        "let c = {}; c.c = c",
        "let c = {get a() { throw 1 }}",
        "let c = {toString() { throw 1 }, toJSON() { throw 2 }}",
        "let c = new Error('x'); Object.defineProperty(c, 'stack', {get() { throw 3 }})",
        "let c = new Error('x'); Object.defineProperty(c, 'message', {get() { throw 3 }})",
    ] {
        let source = format!(
            "{value}; console.log(c); try {{ JSON.parse('{{') }} catch (error) {{ return error.name }}"
        );
        let result = run(&source, "{}").await.result.unwrap();
        assert_eq!(result.get(), r#""SyntaxError""#, "{value}");
    }
}

#[tokio::test]
async fn a_text_cannot_forge_a_record() {
    assert_eq!(
        logged("console.log('a\\u001eerror b')").await,
        [(Level::Log, "a\u{fffd}error b".to_owned())]
    );
}

#[tokio::test]
async fn logs_outlive_a_failure() {
    let outcome = run("console.warn('about to fail'); throw 1", "{}").await;
    assert_eq!(outcome.class(), Class::Exception);
    assert_eq!(outcome.logs.records[0].message, "about to fail");
}

#[tokio::test]
async fn a_flood_is_cut_and_does_not_fail_the_call() {
    for source in [
        "for (let i = 0; i < 1e4; i++) console.log('')",
        "for (let i = 0; i < 1e4; i++) console.log('x'.repeat(99))",
        "console.log('é'.repeat(1e5))",
    ] {
        let outcome = run(&format!("{source}; return 1"), "{}").await;
        assert_eq!(outcome.class(), Class::Ok, "{source}");
        assert!(outcome.logs.truncated, "{source}");
        let (marker, kept) = outcome.logs.records.split_last().unwrap();
        assert_eq!(marker.level, Level::Warn, "{source}");
        assert_eq!(
            marker.message, "the log was cut after 16384 bytes",
            "{source}"
        );
        let bytes: usize = kept.iter().map(|record| record.message.len()).sum();
        assert!(bytes <= CALL_LIMITS.log_bytes, "{source}: {bytes}");
        assert!(
            kept.iter().all(|record| record.level == Level::Log),
            "{source}"
        );
    }
}

#[tokio::test]
async fn an_endless_log_uses_up_the_fuel() {
    let outcome = run("for (;;) console.log('x')", "{}").await;
    assert_eq!(outcome.class(), Class::FuelExhausted);
    assert!(outcome.logs.truncated);
}

#[tokio::test]
async fn a_function_may_replace_its_console() {
    let function = function("console.log = 1; console = 2; return 3").await;
    let outcome = call(&function, "{}", &CALL_LIMITS).await;
    assert_eq!(outcome.result.unwrap().get(), "3");
}
