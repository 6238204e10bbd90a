//! Errors name the author's own lines and columns.

use switchhook_runtime::{Class, Failure};

use crate::{compile_failure, failure, run};

fn place(failure: &Failure) -> (Option<u32>, Option<u32>) {
    (failure.error.line, failure.error.column)
}

#[tokio::test]
async fn an_exception_has_its_place() {
    let source =
        "def f(x):\n    return {'a': 1}[x]\n\ndef handler(call):\n    y = 1; return f('b') + y\n";
    let failure = failure(source).await;
    assert_eq!(failure.class, Class::Exception);
    assert_eq!(failure.error.name, "KeyError");
    assert_eq!(failure.error.message, "'b'");
    assert_eq!(place(&failure), (Some(2), Some(12)));
    let stack = "    at f (function.py:2:12)\n    at handler (function.py:5:19)\n";
    assert_eq!(failure.error.stack, stack);
    assert_eq!(
        failure.error.frame,
        "2 |     return {'a': 1}[x]\n  |            ^"
    );
}

#[tokio::test]
async fn a_body_keeps_its_lines_and_columns() {
    for (source, line, column) in [
        ("return call['missing']", 1, 8),
        ("if True:\n  x = 1\n  return x + missing", 3, 14),
        ("text = '''\n  a\n'''\nreturn int(text)", 4, 8),
        ("é = '漢字'; return 1 / 0", 1, 18),
    ] {
        let failure = failure(source).await;
        assert_eq!(failure.class, Class::Exception, "{source}");
        assert_eq!(place(&failure), (Some(line), Some(column)), "{source}");
    }
}

#[tokio::test]
async fn an_error_in_the_library_has_the_place_that_called_it() {
    let failure = failure("import json\nreturn json.loads('{')").await;
    assert_eq!(failure.error.name, "JSONDecodeError");
    assert_eq!(place(&failure), (Some(2), Some(8)));
    assert_eq!(failure.error.stack, "    at handler (function.py:2:8)\n");
}

#[tokio::test]
async fn raised_exceptions_of_all_kinds_are_exceptions() {
    for (source, name, message) in [
        ("raise ValueError('boom')", "ValueError", "boom"),
        ("raise ValueError", "ValueError", ""),
        (
            "class Mine(Exception):\n    pass\nraise Mine('a', 1)",
            "Mine",
            "('a', 1)",
        ),
        ("raise SystemExit(3)", "SystemExit", "3"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt", ""),
        ("import sys\nsys.exit('bye')", "SystemExit", "bye"),
        ("assert 1 == 2, 'no'", "AssertionError", "no"),
        (
            "class Silent(Exception):\n    def __str__(self):\n        raise TypeError\nraise Silent",
            "Silent",
            "",
        ),
        (
            "raise ExceptionGroup('several', [ValueError(1)])",
            "ExceptionGroup",
            "several (1 sub-exception)",
        ),
        ("exec('x = = 1')", "SyntaxError", "invalid syntax"),
    ] {
        let failure = failure(&format!("{source}\nreturn 1")).await;
        assert_eq!(failure.class, Class::Exception, "{source}");
        assert_eq!(failure.error.name, name, "{source}");
        assert_eq!(failure.error.message, message, "{source}");
        assert!(failure.error.line.is_some(), "{source}");
    }
}

#[tokio::test]
async fn texts_of_errors_are_bounded() {
    let failure = failure("raise ValueError('x' * 100000)\nreturn 1").await;
    assert_eq!(failure.error.message.len(), 4096 + "…".len());
}

#[tokio::test]
async fn a_syntax_error_has_its_place() {
    for (source, name, line, column) in [
        ("x = 1\ny = = 3\nreturn x", "SyntaxError", 2, 5),
        (
            "def handler(call):\n    return (1 +\n",
            "SyntaxError",
            2,
            12,
        ),
        ("if True:\nreturn 1", "IndentationError", 2, 1),
        ("x = 'abc\nreturn x", "SyntaxError", 1, 5),
        ("é漢 = 1; break\nreturn 1", "SyntaxError", 1, 9),
    ] {
        let failure = compile_failure(source).await;
        assert_eq!(failure.class, Class::CompileError, "{source}");
        assert_eq!(failure.error.name, name, "{source}");
        assert_eq!(
            place(&failure),
            (Some(line), Some(column)),
            "{source}: {}",
            failure.error.message
        );
    }
}

/// RustPython gives no place for this error.
#[tokio::test]
async fn a_syntax_error_without_a_place_names_none() {
    let failure = compile_failure("def handler(call):\n    nonlocal x\n    return x").await;
    assert_eq!(failure.class, Class::CompileError);
    assert_eq!(failure.error.message, "no binding for nonlocal 'x' found");
    assert_eq!(place(&failure), (None, None));
}

#[tokio::test]
async fn a_module_that_raises_does_not_compile() {
    let failure =
        compile_failure("import math\nX = math.sqrt(-1)\ndef handler(call):\n    return X").await;
    assert_eq!(failure.class, Class::CompileError);
    assert_eq!(failure.error.name, "ValueError");
    assert_eq!(place(&failure), (Some(2), Some(5)));
}

#[tokio::test]
async fn caught_exceptions_are_nobodys_business() {
    let source = "try:\n    call['x']\nexcept KeyError as error:\n    return str(error)";
    assert_eq!(run(source, "{}").await.result.unwrap().get(), "\"'x'\"");
}
