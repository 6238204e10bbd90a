//! A source can be a module that exports its function. Its top level runs once, when it is compiled.

use serde_json::json;
use switchhook_runtime::Class;

use crate::{compile_failure, failure, result, result_on};

#[tokio::test]
async fn a_module_exports_its_function() {
    for source in [
        "export default function (call) { return call.x + 1 }",
        "export default call => call.x + 1;",
        "export default async function named({x}) { return x + 1 }",
        "const one = 1;\nexport default (call) => call.x + one",
        "function f(call) { return call.x + 1 }\nexport { f as default }",
        "// a comment\n\n  export default (call) => call.x + 1",
        "const {one} = await Promise.resolve({one: 1});\nexport default (call) => call.x + one",
        // In the form that minifiers write.
        "var n=e=>e.x+1;export{n as default};",
        "var n=e=>({x:e.x+1}),o={n};export{o as o};export default e=>o.n(e).x",
        "const one=1;function f(e){return e.x+one}export{f as default}",
        "/* a comment */export default call => call.x + 1",
    ] {
        assert_eq!(result_on(source, r#"{"x": 41}"#).await, 42, "{source}");
    }
}

#[tokio::test]
async fn the_top_level_runs_once_and_every_call_starts_behind_it() {
    let source = "let n = 0;\nconst table = new Map();\nfor (let i = 0; i < 1000; i++) table.set('+' + i, i);\n\
                  export default () => [n++, table.get('+999'), table.size]";
    for _ in 0..3 {
        assert_eq!(result(source).await, json!([0, 999, 1000]));
    }
}

#[tokio::test]
async fn a_module_is_strict_and_a_body_is_not() {
    assert_eq!(
        result("export default function () { return this === undefined }").await,
        true
    );
    assert_eq!(result("undeclared = 1; return undeclared").await, 1);
    let error = failure("export default () => { undeclared = 1 }")
        .await
        .error;
    assert_eq!(
        error.to_string(),
        "ReferenceError: undeclared is not defined"
    );
}

#[tokio::test]
async fn a_module_that_gives_no_function_does_not_compile() {
    for (source, message, line, column) in [
        (
            "export const f = 1",
            "the module has no default export: `export default function (call) {…}`",
            None,
            None,
        ),
        (
            "export default 1",
            "the module's default export is not a function",
            None,
            None,
        ),
        (
            "export default () => {};\nlet x = ;",
            "unexpected token in expression: ';'",
            Some(2),
            Some(9),
        ),
        (
            "export default () => {};\nnull.x",
            "cannot read property 'x' of null",
            Some(2),
            Some(6),
        ),
        (
            "export default () => {};\nawait new Promise(() => {})",
            "the module's top-level `await` never ends",
            None,
            None,
        ),
        (
            "export default () => {};\nthrow new Error('no')",
            "no",
            Some(2),
            Some(11),
        ),
        (
            "export default () => {};\nPromise.reject(new Error('lost'))",
            "Error: lost",
            Some(2),
            Some(20),
        ),
        (
            "export default () => {}; Math.random()",
            "Math.random cannot be used at the top level of a module: it runs once, before all calls; use it in the function",
            Some(1),
            Some(31),
        ),
    ] {
        let failure = compile_failure(source).await;
        assert_eq!(failure.class, Class::CompileError, "{source}");
        let error = failure.error;
        assert_eq!(error.message, message, "{source}");
        assert_eq!((error.line, error.column), (line, column), "{source}");
    }
}

#[tokio::test]
async fn there_is_nothing_to_import() {
    let message = "there is no module 'fs': functions cannot import";
    for (source, line, column) in [
        ("import fs from 'fs';\nexport default () => fs", 1, 16),
        ("let a;\nimport \"fs\"", 2, 8),
        ("\nexport * from 'fs'", 2, 15),
    ] {
        let error = compile_failure(source).await.error;
        assert_eq!(error.message, message, "{source}");
        assert_eq!(
            (error.line, error.column),
            (Some(line), Some(column)),
            "{source}"
        );
    }
    let failure = failure("const fs = await import('fs'); return 1").await;
    assert_eq!(failure.class, Class::Exception);
    assert_eq!(failure.error.message, message);
}

/// The parser decides between module and body by which of them it can read further.
#[tokio::test]
async fn a_mistake_is_told_of_the_form_that_was_meant() {
    assert_eq!(
        result("return '\\\nexport default'").await,
        "export default"
    );
    let equals = "unexpected token in expression: ';'";
    for (source, message, line, column) in [
        ("let s = 'export default';\nlet x = ;", equals, 2, 9),
        (
            "const text = `\nimport all you like\nexport it`;\nlet x = ;",
            equals,
            4,
            9,
        ),
        (
            "/*\nimport this\nexport that\n*/\nreturn 1 +;",
            equals,
            5,
            11,
        ),
        (
            "// export default\nif (call) return 1;\nlet x = ;",
            equals,
            3,
            9,
        ),
        (
            "const t = `\nexport default 1`; await null;\nlet x = ;",
            equals,
            3,
            9,
        ),
        (
            "export default () => 1;\nconst t = `return`;\nlet x = ;",
            equals,
            3,
            9,
        ),
        ("const a = 1;export{a as default};let x = ;", equals, 1, 42),
        (
            "await null;\nexport default () => 1;\nlet x = ;",
            equals,
            3,
            9,
        ),
    ] {
        let failure = compile_failure(source).await;
        assert_eq!(failure.class, Class::CompileError, "{source}");
        let error = failure.error;
        assert_eq!(error.message, message, "{source}");
        assert_eq!(
            (error.line, error.column),
            (Some(line), Some(column)),
            "{source}"
        );
    }
}

#[tokio::test]
async fn set_up_is_held_to_the_limits_of_compilation() {
    let failure = compile_failure("for (;;) ;\nexport default () => 1").await;
    assert_eq!(failure.class, Class::FuelExhausted);
    let failure = compile_failure(
        "const a = []; for (;;) a.push('x'.repeat(1 << 20));\nexport default () => 1",
    )
    .await;
    assert_eq!(failure.class, Class::MemoryLimit);
}
