//! Errors lead authors to their mistakes.

use switchhook_runtime::{Class, Level};

use crate::{compile_failure, failure, run};

#[tokio::test]
async fn an_error_has_message_line_stack_and_frame() {
    let source = "local function fail(what)\n  error('no ' .. what)\nend\nreturn fail('route')";
    let failure = failure(source).await;
    assert_eq!(failure.class, Class::Exception);
    assert_eq!(failure.error.to_string(), "Error: no route");
    assert_eq!((failure.error.line, failure.error.column), (Some(2), None));
    assert_eq!(failure.error.frame, "2 |   error('no ' .. what)");
    assert_eq!(
        failure.error.stack,
        "[C]: in function 'error'\nfunction.lua:2: in function <function.lua:1>\n(...tail calls...)"
    );
}

#[tokio::test]
async fn any_value_can_be_raised() {
    for (source, expected) in [
        ("error('plain', 0)", "Error: plain"),
        ("error()", "Error: nil"),
        ("error(42)", "Error: 42"),
        ("error({code = 42})", "Error: {\"code\":42}"),
        ("error({print})", "Error: table: 0x"),
        (
            "error({name = 'RoutingError', message = 'none'})",
            "RoutingError: none",
        ),
        (
            "error(setmetatable({}, {__tostring = function () return 'mine' end}))",
            "Error: mine",
        ),
        ("error(json.null)", "Error: null"),
        (
            "local x <close> = setmetatable({}, {__close = function () error('closing', 0) end}) error('first')",
            "Error: closing",
        ),
        (
            "local ok, e = pcall(error, 'inner') error(e, 0)",
            "Error: inner",
        ),
        (
            "coroutine.wrap(function () error('in a coroutine') end)()",
            "Error: in a coroutine",
        ),
        (
            "return call.a.b",
            "Error: attempt to index a nil value (field 'a')",
        ),
        ("return json.null.x", "Error: attempt to index a null value"),
        (
            "return 1 < 'x'",
            "Error: attempt to compare number with string",
        ),
        (
            "return nothing()",
            "Error: attempt to call a nil value (global 'nothing')",
        ),
    ] {
        let failure = failure(&format!("\n{source}")).await;
        assert_eq!(failure.class, Class::Exception, "{source}");
        let message = failure.error.to_string();
        assert!(message.starts_with(expected), "{source}: {message}");
        assert_eq!(failure.error.line, Some(2), "{source}");
    }
}

#[tokio::test]
async fn what_does_not_compile_is_on_a_line() {
    for (source, message, line) in [
        (
            "return {\n  'a'\n  'b'\n}",
            "'}' expected (to close '{' at line 1) near ''b''",
            3,
        ),
        ("local x =\n\n", "unexpected symbol near <eof>", 3),
        (
            "goto nowhere",
            "no visible label 'nowhere' for <goto> at line 1",
            1,
        ),
        (
            "local x <const> = 1\nx = 2",
            "attempt to assign to const variable 'x'",
            2,
        ),
        ("return 'a\n'", "unfinished string near ''a'", 1),
        ("break", "break outside loop at line 1", 1),
    ] {
        let failure = compile_failure(source).await;
        assert_eq!(failure.class, Class::CompileError, "{source}");
        assert_eq!(failure.error.name, "SyntaxError", "{source}");
        assert_eq!(
            (failure.error.message.as_str(), failure.error.line),
            (message, Some(line)),
            "{source}"
        );
        assert!(
            failure.error.frame.starts_with(&format!("{line} | ")),
            "{source}"
        );
    }
}

#[tokio::test]
async fn binary_chunks_are_refused() {
    let failure = compile_failure("\u{1b}LuaT\0").await;
    assert_eq!(failure.class, Class::CompileError);
    let source = r"local f, e = load('\x1bLuaT\0') local g, e2 = load('\x1bLuaT\0', 'x', 'b')
        return {f == nil, e, g == nil, e2, string.dump == nil}";
    let outcome = run(source, "{}").await;
    assert_eq!(
        outcome.result.unwrap().get(),
        r#"[true,"\u001bLuaT: binary chunks cannot be loaded",true,"x: binary chunks cannot be loaded",true]"#
    );
}

#[tokio::test]
async fn logs_are_written_by_level() {
    let source = "print('a', 1, nil, true, 2.0, json.null)\nlog.info('i')\nlog.warn('w')\nlog.error('e', {1} ~= nil)\n\
        log.debug('d')\nwarn('two', ' pieces')\nwarn('@off')\nprint()\nreturn 1";
    let outcome = run(source, "{}").await;
    let logs: Vec<_> = outcome
        .logs
        .records
        .iter()
        .map(|record| (record.level, record.message.as_str()))
        .collect();
    assert_eq!(
        logs,
        [
            (Level::Log, "a\t1\tnil\ttrue\t2.0\tnull"),
            (Level::Info, "i"),
            (Level::Warn, "w"),
            (Level::Error, "e\ttrue"),
            (Level::Debug, "d"),
            (Level::Warn, "two pieces"),
            (Level::Log, ""),
        ]
    );
}
