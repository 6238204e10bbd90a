//! Types are removed, and features beyond types become JavaScript.

use serde_json::json;
use switchhook_runtime::{Call, Class};

use crate::{call, function, javascript, result, result_on, run, typescript};

#[tokio::test]
async fn a_source_has_the_forms_of_javascript() {
    for source in [
        "const x: number = call.x; return x + 1",
        "const {one}: {one: number} = await Promise.resolve({one: 1}); return call.x + one",
        "export default function (call: {x: number}): number { return call.x + 1 }",
        "export default async (call: any): Promise<number> => call.x + 1",
        "type C = {x: number};\nfunction f(call: C) { return call.x + 1 }\nexport { f as default }",
        "const one: number = await Promise.resolve(1);\nexport default (call: any) => call.x + one",
        // Types can be imported, also in a body.
        "import type { Call } from './switchhook';\nreturn (call as Call).x + 1",
        "import { type Call } from './switchhook';\nreturn (call as Call).x + 1",
        "import { Call } from './switchhook';\nexport type { Call };\nreturn (call as Call).x + 1",
    ] {
        assert_eq!(result_on(source, r#"{"x": 41}"#).await, 42, "{source}");
    }
}

#[tokio::test]
async fn a_body_is_sloppy_and_a_module_is_strict() {
    assert_eq!(result("undeclared = 1; return undeclared").await, 1);
    let source = "export default function (): boolean { return this === undefined }";
    assert_eq!(result(source).await, true);
}

#[tokio::test]
async fn types_leave_nothing_behind() {
    let source = "\
interface A<T = string> extends Array<T> { readonly [key: string]: any; (): void; new (): A }
type B = { [K in keyof A]?: A[K] } & (string | `a${number}`) extends infer U ? U : never;
declare const nowhere: string;
declare function f(): void;
abstract class C<in out T> implements B { abstract m(): T; declare x: T; private override y?: T }
function over(a: string): 1;
function over(a: number): 2;
function over(this: void, a?: unknown, ...rest: readonly unknown[]): asserts a is string {}
const g = <T,>(t: T): t is T & string => !!t!;
let v = <number>(5 as unknown as any)!, w = v satisfies number;
export default (call: Call) => [v, w, g<number>(1), typeof over];";
    assert_eq!(result(source).await, json!([5, 5, true, "function"]));
    for word in [
        "interface",
        "type B",
        "declare",
        "abstract",
        "satisfies",
        "nowhere",
    ] {
        let javascript = javascript(source).await;
        let (text, _) = javascript.split_once("//# source").unwrap();
        assert!(!text.contains(word), "{text}");
    }
}

#[tokio::test]
async fn what_is_more_than_a_type_runs() {
    for (source, expected) in [
        (
            "enum E { A, B = 5, C, D = 'd', F = B | 8, G = D.length } return [E.A, E[0], E.C, E.D, E.F, E.G]",
            json!([0, "A", 6, "d", 13, 1]),
        ),
        ("const enum E { A = 1 << 4 } return E.A", json!(16)),
        (
            "namespace N.M { export const x = 5; const y = 6 } return [N.M.x, N.M.y]",
            json!([5, null]),
        ),
        (
            "class P { constructor(private readonly a: number, public b = 2, c = 3) {} sum() { return this.a + this.b } } \
             const p = new P(1); return [p.sum(), p]",
            json!([3, {"a": 1, "b": 2}]),
        ),
        (
            "class A { static { this.x = 1 } static x; #y? = 2; get y() { return this.#y } } return [A.x, new A().y]",
            json!([null, 2]),
        ),
        (
            r"return '\ud83d' + 'é😀\u2028' + `\u{1f600}`",
            json!("\u{fffd}é😀\u{2028}😀"),
        ),
        (
            "return [0x10, 1_000, 0.1 + 0.2, 5n > 4, /(?<=é)\\p{L}/u.exec('éä')![0]]",
            json!([16, 1000, 0.1 + 0.2, true, "ä"]),
        ),
    ] {
        assert_eq!(result(source).await, expected, "{source}");
    }
}

/// A call runs the same JavaScript.
#[tokio::test]
async fn a_call_costs_what_it_costs_in_javascript() {
    let javascript = &typescript().await.javascript;
    for (typed, plain) in [
        (
            "const name: string = call['Caller-ID-Name'] || 'friend';\n\
             return { module: 'tts', data: { text: 'Thanks for calling us, ' + (name as string) } };",
            "const name = call['Caller-ID-Name'] || 'friend';\n\
             return { module: 'tts', data: { text: 'Thanks for calling us, ' + name } };",
        ),
        (
            "function fib(n: number): number { return n < 2 ? n : fib(n - 1) + fib(n - 2) }\nreturn fib(15);",
            "function fib(n) { return n < 2 ? n : fib(n - 1) + fib(n - 2) }\nreturn fib(15);",
        ),
    ] {
        let plain = javascript.compile(plain, &crate::COMPILE_LIMITS).await;
        let plain = call(&plain.result.unwrap(), Call::now("{}")).await;
        let typed = run(typed, Call::now("{}")).await;
        assert_eq!(typed.class(), Class::Ok);
        assert_eq!(typed.metrics.fuel, plain.metrics.fuel);
    }
}

#[tokio::test]
async fn a_small_function_makes_a_small_snapshot() {
    let source = include_str!("../../../wasm-guests/typescript/samples/say_hi.ts");
    let bytes = function(source).await.to_bytes().len();
    assert!(bytes < 8 * 1024, "{bytes}");
}

#[tokio::test]
async fn the_same_source_always_becomes_the_same_javascript() {
    let source = "enum E { A } class P { constructor(private a: E) {} } return new P(E.A)";
    assert_eq!(javascript(source).await, javascript(source).await);
}
