//! Errors lead authors to their mistakes.

use insta::assert_json_snapshot;
use switchhook_runtime::Class;

use crate::{compile_failure, failure};

#[tokio::test]
async fn an_exception_has_a_name_a_message_and_a_place() {
    for (source, name, message, line, column) in [
        ("throw new TypeError('no')", "TypeError", "no", 1, 11),
        (
            "let a = 1;\n\n  null.x",
            "TypeError",
            "cannot read property 'x' of null",
            3,
            8,
        ),
        (
            "let a;\r\nlet b;\r\nnowhere()",
            "ReferenceError",
            "nowhere is not defined",
            3,
            1,
        ),
        ("const a = 1;\na = 2", "TypeError", "'a' is read-only", 2, 1),
        (
            "let a = 1;\nreturn nowhere",
            "ReferenceError",
            "nowhere is not defined",
            2,
            8,
        ),
        (
            "return {\n  'a': 1,\n  'b': nowhere\n}",
            "ReferenceError",
            "nowhere is not defined",
            3,
            8,
        ),
        (
            "let a = 1,\n  b = call.none.x",
            "TypeError",
            "cannot read property 'x' of undefined",
            2,
            17,
        ),
        (
            "let a;\nfor (let x of 5) {}",
            "TypeError",
            "value is not iterable",
            2,
            1,
        ),
        (
            "let {a} = null",
            "TypeError",
            "Cannot convert undefined or null to object",
            1,
            6,
        ),
        (
            "'é😀'; nowhere()",
            "ReferenceError",
            "nowhere is not defined",
            1,
            7,
        ),
    ] {
        let failure = failure(source).await;
        assert_eq!(failure.class, Class::Exception, "{source}");
        let error = failure.error;
        assert_eq!(
            (error.name.as_str(), error.message.as_str()),
            (name, message),
            "{source}"
        );
        assert_eq!(
            (error.line, error.column),
            (Some(line), Some(column)),
            "{source}"
        );
        assert_eq!(
            error.stack,
            format!("    at anonymous (function.js:{line}:{column})\n"),
            "{source}"
        );
    }
}

#[tokio::test]
async fn the_stack_names_every_function() {
    let source = "\
function route(to) {
  function check() {
    throw new RangeError('no route')
  }
  check()
}
return route('+1')";
    assert_json_snapshot!(failure(source).await.error, @r#"
    {
      "name": "RangeError",
      "message": "no route",
      "line": 3,
      "column": 15,
      "stack": "    at check (function.js:3:15)\n    at route (function.js:5:3)\n    at anonymous (function.js:7:8)\n",
      "frame": "3 |     throw new RangeError('no route')\n  |               ^"
    }
    "#);
}

#[tokio::test]
async fn an_error_from_inside_the_engine_has_the_place_of_the_functions_own_code() {
    assert_json_snapshot!(failure("let a;\nJSON.parse('{')").await.error, @r#"
    {
      "name": "SyntaxError",
      "message": "Expected property name or '}' in JSON at position 1 (line 1 column 2)",
      "line": 2,
      "column": 6,
      "stack": "    at <input>:1:1\n    at parse (native)\n    at anonymous (function.js:2:6)\n",
      "frame": "2 | JSON.parse('{')\n  |      ^"
    }
    "#);
}

#[tokio::test]
async fn an_error_class_of_the_functions_own_keeps_its_name() {
    let source = "class NoRoute extends Error { constructor(to) { super(to); this.name = 'NoRoute' } }\nthrow new NoRoute('+1')";
    let error = failure(source).await.error;
    assert_eq!(
        (error.name.as_str(), error.message.as_str()),
        ("NoRoute", "+1")
    );
}

async fn assert_compile_error(source: &str, message: &str, line: u32, column: u32) {
    let failure = compile_failure(source).await;
    assert_eq!(failure.class, Class::CompileError, "{source}");
    let error = failure.error;
    assert_eq!(
        (error.name.as_str(), error.message.as_str()),
        ("SyntaxError", message),
        "{source}"
    );
    assert_eq!(
        (error.line, error.column),
        (Some(line), Some(column)),
        "{source}"
    );
}

#[tokio::test]
async fn a_compile_error_has_a_place() {
    for (source, message, line, column) in [
        ("let a = = 1", "unexpected token in expression: '='", 1, 9),
        (
            "let a = 1;\nlet b = = 1;\nreturn a",
            "unexpected token in expression: '='",
            2,
            9,
        ),
        (
            "let a = 1;\nlet a = 2",
            "invalid redefinition of lexical identifier",
            2,
            7,
        ),
        ("return {\n  'a': 1,\n  'b' 2\n}", "Unexpected number", 3, 7),
        ("return 'abc\n;", "unexpected end of string", 1, 8),
        ("await call call", "expecting ';'", 1, 12),
        ("'é😀'; )", "unexpected token in expression: ')'", 1, 7),
        ("let a;\nreturn `abc\n", "unexpected end of string", 2, 8),
        ("let a;\nreturn /(/", "expecting ')'", 2, 8),
    ] {
        assert_compile_error(source, message, line, column).await;
    }
}

#[tokio::test]
async fn of_several_mistakes_the_first_is_reported() {
    for source in [
        "let a = 1;\nlet b = ;\nlet c = ;\nlet a = }",
        "export default 1;\nlet b = ;\nlet c = ;",
        "const a = await 1;\nlet b = ;\nawait = ;",
    ] {
        assert_compile_error(source, "unexpected token in expression: ';'", 2, 9).await;
    }
}

#[tokio::test]
async fn a_source_that_ends_too_early_says_so_at_its_end() {
    for (source, line, column) in [
        ("if (call) {", 1, 12),
        ("if (call) {\n  return 1", 2, 11),
        ("return 1 +\n\n", 3, 1),
        ("return [1, 'é'", 1, 15),
        ("return 1 }", 1, 11),
    ] {
        let message = "unexpected end of the function: are all brackets paired?";
        assert_compile_error(source, message, line, column).await;
    }
}

#[tokio::test]
async fn a_made_up_stack_names_no_place_that_cannot_be() {
    for stack in [
        "function.js:0:0",
        "function.js:99999999999:1",
        "function.js:-1:x",
    ] {
        let source = format!("var e = new Error('no'); e.stack = '{stack}'; throw e");
        let error = failure(&source).await.error;
        assert_eq!((error.line, error.column), (None, None), "{stack}");
        assert_eq!(error.message, "no", "{stack}");
    }
}

#[tokio::test]
async fn a_mistake_in_the_last_word_keeps_its_own_message() {
    assert_compile_error("break", "break must be inside loop or switch", 1, 6).await;
}

#[tokio::test]
async fn a_source_cannot_close_the_brackets_around_it() {
    for source in ["}, function () {", "}); (function () {"] {
        let failure = compile_failure(source).await;
        assert_eq!(failure.class, Class::CompileError, "{source}");
        assert_eq!(
            failure.error.message, "the source is not the body of one function",
            "{source}"
        );
    }
}

#[tokio::test]
async fn anything_can_be_thrown() {
    for (source, message) in [
        ("throw 'no route'", "uncaught no route"),
        ("throw {code: 404}", "uncaught {\"code\":404}"),
        ("throw [1]", "uncaught [1]"),
        ("throw null", "uncaught null"),
        ("throw undefined", "uncaught undefined"),
        ("throw 12n", "uncaught 12"),
        ("throw Symbol('a')", "uncaught Symbol(a)"),
        (
            "throw {toJSON() { throw 1 }, toString() { throw 2 }}",
            "uncaught a value that has no text form",
        ),
    ] {
        let failure = failure(source).await;
        assert_eq!(failure.class, Class::Exception, "{source}");
        assert_eq!(failure.error.name, "Error", "{source}");
        assert_eq!(failure.error.message, message, "{source}");
        assert_eq!(
            (failure.error.line, failure.error.stack.as_str()),
            (None, ""),
            "{source}"
        );
    }
}

#[tokio::test]
async fn an_error_that_throws_when_it_is_read_is_reported_all_the_same() {
    for (property, name, message) in [
        ("stack", "TypeError", "no"),
        ("message", "TypeError", ""),
        ("name", "Error", "no"),
    ] {
        let source = format!(
            "let e = new TypeError('no'); Object.defineProperty(e, '{property}', {{get() {{ throw 1 }}}}); throw e"
        );
        let failure = failure(&source).await;
        assert_eq!(failure.class, Class::Exception, "{property}");
        assert_eq!(
            (failure.error.name.as_str(), failure.error.message.as_str()),
            (name, message),
            "{property}"
        );
    }
}

#[tokio::test]
async fn long_texts_are_cut() {
    let source = "let e = new Error('m'.repeat(10 << 20)); e.name = 'é'.repeat(1000); e.stack = 's'.repeat(1e6); throw e";
    let failure = failure(source).await;
    assert_eq!(failure.class, Class::Exception);
    let error = failure.error;
    assert_eq!(error.message, format!("{}…", "m".repeat(4096)));
    assert_eq!(error.name, format!("{}…", "é".repeat(64)));
    assert_eq!(error.stack.trim_end(), format!("{}…", "s".repeat(8192)));
}

#[tokio::test]
async fn a_rejected_promise_is_an_exception() {
    let rejected =
        failure("return (async () => {\n  await null;\n  throw new RangeError('later')\n})()")
            .await;
    assert_eq!(rejected.class, Class::Exception);
    assert_eq!(rejected.error.to_string(), "RangeError: later");
    assert_eq!(rejected.error.line, Some(3));
}

#[tokio::test]
async fn a_result_needs_a_json_form() {
    for (source, message) in [
        (
            "call.a = 1",
            "the function returned nothing (did it end without `return`?), which has no JSON form",
        ),
        (
            "return undefined",
            "the function returned nothing (did it end without `return`?), which has no JSON form",
        ),
        (
            "return () => 1",
            "the function returned a function, which has no JSON form",
        ),
        (
            "return Symbol()",
            "the function returned a symbol, which has no JSON form",
        ),
        ("return 1n", "BigInt are forbidden in JSON.stringify"),
        ("return {a: [1n]}", "BigInt are forbidden in JSON.stringify"),
        ("let a = {}; a.b = [a]; return a", "circular reference"),
        ("return {toJSON() { throw new TypeError('no') }}", "no"),
        (
            "return new Promise(() => {})",
            "the promise that the function returned never settles",
        ),
    ] {
        let failure = failure(source).await;
        assert_eq!(failure.class, Class::InvalidResult, "{source}");
        assert_eq!(failure.error.name, "TypeError", "{source}");
        assert_eq!(failure.error.message, message, "{source}");
    }
}

#[tokio::test]
async fn a_frame_shows_the_line_and_a_caret_under_the_column() {
    let long = format!(
        "let a = '{}'; {}nowhere{}",
        "x".repeat(90),
        " ".repeat(5),
        "+y".repeat(100)
    );
    for (source, frame) in [
        (
            "let a;\nreturn  nowhere",
            "2 | return  nowhere\n  |         ^",
        ),
        (
            "\treturn nowhere\r\n",
            "1 | \treturn nowhere\n  | \t       ^",
        ),
        (
            "return 'é😀' + nowhere",
            "1 | return 'é😀' + nowhere\n  |               ^",
        ),
        (
            long.as_str(),
            "1 | …xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx';      nowhere+y+y+y+y+y+y+y+y+y+y+y+y+y+y+y+y+y+y+y+y+y+…\n  |                                                    ^",
        ),
    ] {
        assert_eq!(failure(source).await.error.frame, frame, "{source}");
    }
    let error = compile_failure("let a;\nif (a {}").await.error;
    assert_eq!(error.frame, "2 | if (a {}\n  |       ^");
    let error = compile_failure("if (call) {").await.error;
    assert_eq!(error.frame, "1 | if (call) {\n  |            ^");
}

#[tokio::test]
async fn a_rejection_that_nobody_looks_after_is_an_exception() {
    for (source, message, line, column) in [
        (
            "Promise.reject(new Error('lost')); return 1",
            "Error: lost",
            Some(1),
            Some(20),
        ),
        (
            "(async () => { await null; null.x })(); await 1; return 1",
            "TypeError: cannot read property 'x' of null",
            Some(1),
            Some(33),
        ),
        (
            "Promise.reject(42); return 1",
            "Error: uncaught 42",
            None,
            None,
        ),
    ] {
        let failure = failure(source).await;
        assert_eq!(failure.class, Class::Exception, "{source}");
        let error = failure.error;
        assert_eq!(
            (error.name.as_str(), error.message.as_str()),
            ("UnhandledRejection", message)
        );
        assert_eq!((error.line, error.column), (line, column), "{source}");
    }
}
