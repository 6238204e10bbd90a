//! Errors lead authors to their mistakes in the TypeScript.

use insta::assert_json_snapshot;
use switchhook_runtime::{Call, Class, FunctionError};

use crate::{compile, failure, refusal, run};

fn place(error: &FunctionError) -> (u32, u32) {
    (error.line.unwrap(), error.column.unwrap())
}

#[tokio::test]
async fn a_mistake_has_a_place() {
    for (source, message, line, column) in [
        ("const x: string = ;", "Unexpected token", 1, 19),
        ("let a;\n'é😀'; const b: = 1", "Unexpected token", 2, 16),
        (
            "if (call) {\n  return 1",
            "Expected `}` but found `EOF`",
            2,
            11,
        ),
        ("return 1 }", "Unexpected token", 1, 10),
        ("return 'abc\n;", "Unterminated string", 1, 8),
        (
            "return /(/",
            "Invalid regular expression: Unterminated capturing group (Add the missing closing delimiter)",
            1,
            9,
        ),
        // Mistakes that a parser does not see.
        (
            "let a = 1;\nlet a = 2;",
            "Identifier `a` has already been declared",
            2,
            5,
        ),
        (
            "a: for (;;) {\n  break b;\n}",
            "Use of undefined label (Did you mean 'a'?)",
            2,
            9,
        ),
        (
            "class A { m() { super() } }",
            "Super calls are not permitted outside constructors or in nested functions inside constructors",
            1,
            17,
        ),
        (
            "with (call) { return 1 }",
            "'with' statements are not allowed",
            1,
            1,
        ),
        // Features that functions cannot use.
        (
            "let a;\n@dec class A {}",
            "decorators are not supported",
            2,
            1,
        ),
        (
            "class A { accessor x = 1 }",
            "accessor fields are not supported",
            1,
            11,
        ),
        (
            "export = (call: Call) => 1",
            "a module exports its function by `export default`",
            1,
            1,
        ),
    ] {
        let failure = refusal(source).await;
        // The caller of the transform makes a compile error of it.
        assert_eq!(failure.class, Class::Exception, "{source}");
        let error = failure.error;
        assert_eq!(
            (error.name.as_str(), error.message.as_str()),
            ("SyntaxError", message),
            "{source}"
        );
        assert_eq!(place(&error), (line, column), "{source}");
    }
}

#[tokio::test]
async fn of_several_mistakes_the_first_is_told_and_the_others_are_counted() {
    let error = refusal("let a = 1;\nlet a = 2;\nlet a = 3;\nbreak b;")
        .await
        .error;
    assert_eq!(
        error.message,
        "Identifier `a` has already been declared; and 2 more mistakes"
    );
    assert_eq!(place(&error), (2, 5));
    let error = refusal("@one class A {}\n@two class B {}").await.error;
    assert_eq!(
        error.message,
        "decorators are not supported; and one more mistake"
    );
    let error = refusal("class A { constructor(); m() { super() } }")
        .await
        .error;
    assert_eq!(
        error.message,
        "Constructor implementation is missing; and one more mistake"
    );
}

/// Types move everything to other lines and columns.
const SOURCE: &str = "\
interface Route {
  to: string;
}

type Table = Record<string, Route | undefined>;

function find(table: Table, name: string): Route {
  const é: string = name as string; return check(table[é]!);
}

const check = <T extends Route>(route: T): T => {
  if (!(route satisfies T)) throw new RangeError('no route');
  return route;
};

return find({} as Table, <string>'sales');
";

#[tokio::test]
async fn a_stack_names_every_function_where_it_was_written() {
    assert_json_snapshot!(failure(SOURCE).await.error, @r#"
    {
      "name": "RangeError",
      "message": "no route",
      "line": 12,
      "column": 39,
      "stack": "    at check (function.ts:12:39)\n    at find (function.ts:8:44)\n    at anonymous (function.ts:16:8)\n",
      "frame": "12 |   if (!(route satisfies T)) throw new RangeError('no route');\n   |                                       ^"
    }
    "#);
}

#[tokio::test]
async fn every_way_to_fail_has_its_place() {
    let types = "type A = {\n  a: string;\n};\n";
    for (source, name, line, column) in [
        ("const a: A = null as any; a.b.c", "TypeError", 4, 29),
        (
            "const a: A | 'é😀' = 'é😀'; nowhere<A>()",
            "ReferenceError",
            4,
            27,
        ),
        (
            "const a: A = await Promise.reject(new TypeError('no'))",
            "TypeError",
            4,
            39,
        ),
        (
            "Promise.reject(new TypeError('no') as Error); return 1 as number",
            "UnhandledRejection",
            4,
            20,
        ),
        ("enum E { A = call.none.x } return E.A", "TypeError", 4, 24),
        (
            "namespace N { export const x: A = nowhere } return N",
            "ReferenceError",
            4,
            35,
        ),
        (
            "class P { constructor(private a: A = nowhere) {} } return new P()",
            "ReferenceError",
            4,
            38,
        ),
        (
            "return ((x: A): A => x.a.b.c as any)({ a: {} as any })",
            "TypeError",
            4,
            28,
        ),
        (
            "for (const x of (5 as unknown as A[])) {}",
            "TypeError",
            4,
            1,
        ),
        (
            "return { a: 1 as number,\n  b: nowhere as A }",
            "ReferenceError",
            5,
            6,
        ),
    ] {
        let source = format!("{types}{source}");
        let error = failure(&source).await.error;
        assert_eq!(error.name, name, "{source}: {error:?}");
        assert_eq!(place(&error), (line, column), "{source}: {error:?}");
        let text = source.lines().nth(line as usize - 1).unwrap();
        assert!(
            error.frame.starts_with(&format!("{line} | {text}\n")),
            "{}",
            error.frame
        );
    }
}

#[tokio::test]
async fn what_only_the_engine_refuses_has_its_place_too() {
    for (source, message, line, column) in [
        (
            "type A = 1;\nimport fs from 'fs';\nexport default (): A => fs.x",
            "there is no module 'fs': functions cannot import",
            2,
            16,
        ),
        (
            "type A = 1;\nlet call: A = 1;\nreturn call",
            "invalid redefinition of parameter name",
            2,
            5,
        ),
        (
            "type A = 1;\nexport default () => 1;\nnull!.x",
            "cannot read property 'x' of null",
            3,
            7,
        ),
    ] {
        let failure = compile(source).await.result.unwrap_err();
        assert_eq!(failure.class, Class::CompileError, "{source}");
        let error = failure.error;
        assert_eq!(error.message, message, "{source}");
        assert_eq!(place(&error), (line, column), "{source}");
    }
}

#[tokio::test]
async fn errors_in_the_log_have_the_places_of_the_source() {
    let source = "interface A {}\ninterface B {}\nconsole.warn(new Error('odd') as A); return 1";
    let outcome = run(source, Call::now("{}")).await;
    assert_eq!(
        outcome.logs.records[0].message,
        "Error: odd\n    at anonymous (function.ts:3:18)"
    );
}
