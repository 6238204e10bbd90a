//! Whatever a function does ends with a named outcome, and the next call is not affected.

use std::time::Duration;

use serde_json::Value;
use switchhook_runtime::{Class, Limit, Limits};

use crate::{
    CALL_LIMITS, COMPILE_LIMITS, call, compile, compile_failure, failure, function, javascript,
    result, run,
};

#[tokio::test]
async fn an_endless_loop_uses_up_the_fuel() {
    let outcome = run("while (true) {}", "{}").await;
    assert_eq!(outcome.class(), Class::FuelExhausted);
    assert_eq!(outcome.metrics.fuel, CALL_LIMITS.fuel);
}

#[tokio::test]
async fn what_cannot_be_caught_cannot_be_caught() {
    for source in [
        "for (;;) { try { for (;;) {} } catch {} finally { continue } }",
        "/^(a+)+$/.test('a'.repeat(40) + '!')",
        "return {toJSON() { for (;;) {} }}",
        "throw {toString() { for (;;) {} }, toJSON() { throw 1 }}",
        "return (async () => { for (;;) await null })()",
        "let n = 0; const again = () => { n++; Promise.resolve().then(again) }; again(); return new Promise(() => {})",
    ] {
        assert_eq!(
            failure(source).await.class,
            Class::FuelExhausted,
            "{source}"
        );
    }
}

#[tokio::test]
async fn the_wall_clock_stops_what_has_fuel_left() {
    let limits = Limits {
        fuel: 100_000_000_000,
        wall_clock: Duration::from_millis(1),
        ..CALL_LIMITS
    };
    let outcome = call(&function("while (true) {}").await, "{}", &limits).await;
    assert_eq!(outcome.class(), Class::Timeout);
    assert!(outcome.metrics.fuel < limits.fuel);
}

#[tokio::test]
async fn memory_has_an_end() {
    for source in [
        "a = []; for (;;) a.push('x'.repeat(1 << 20))",
        "return new Uint8Array(64 << 20).length",
        "return 'x'.padEnd(2 ** 29)",
        "let f = () => 1; for (;;) f = f.bind(null)",
    ] {
        let outcome = run(source, "{}").await;
        assert_eq!(outcome.class(), Class::MemoryLimit, "{source}");
        assert!(
            outcome.metrics.memory_bytes <= CALL_LIMITS.memory_bytes,
            "{source}"
        );
    }
}

#[tokio::test]
async fn a_function_can_get_over_the_end_of_memory() {
    let source = "let a = []; try { for (;;) a.push('x'.repeat(1 << 20)) } catch (e) { a = null; return e.message }";
    assert_eq!(result(source).await, "out of memory");
}

#[tokio::test]
async fn endless_recursion_is_a_range_error() {
    let failure = failure("function f() { f() } f()").await;
    assert_eq!(failure.class, Class::StackOverflow);
    let limit = failure.limit.expect("the stack is a limit");
    assert_eq!((limit.limit, limit.value), (Limit::StackBytes, 400 * 1024));
    assert_eq!(
        failure.error.to_string(),
        "RangeError: Maximum call stack size exceeded"
    );
    assert!(
        failure
            .error
            .stack
            .starts_with("    at f (function.js:1:16)\n    at f "),
        "{}",
        failure.error.stack
    );
    assert_eq!(
        result("function f() { f() } try { f() } catch (e) { return e.name }").await,
        "RangeError"
    );
}

/// The error that a function sees after recursing through some part of the engine. JSON looks for cycles at every
/// level, so a deep value costs more than a call may.
async fn caught(recursion: &str) -> Value {
    let limits = Limits {
        fuel: 20 * CALL_LIMITS.fuel,
        ..CALL_LIMITS
    };
    let source = format!("try {{ {recursion} }} catch (e) {{ return `${{e}}` }} return 'ended'");
    match call(&function(&source).await, "{}", &limits).await.result {
        Ok(json) => serde_json::from_str(json.get()).expect("a result is JSON"),
        Err(failure) => panic!("{source}\nfails: {failure:?}"),
    }
}

const TOO_DEEP: &str = "RangeError: Maximum call stack size exceeded";

#[tokio::test]
async fn what_nests_too_deeply_for_a_parser_is_a_range_error() {
    for (open, middle, close) in [
        ("(", "1", ")"),
        ("[", "", "]"),
        ("({a: ", "1", "})"),
        ("`${", "1", "}`"),
        ("f`${", "1", "}`"),
        ("f(", "1", ")"),
        ("f(...", "a", ")"),
        ("a[", "1", "]"),
        ("a?.[", "1", "]"),
        ("import(", "1", ")"),
        ("a => ", "1", ""),
        ("(a => {", "1", "})"),
        ("async a => ", "1", ""),
        ("- ", "1", ""),
        ("!", "1", ""),
        ("typeof ", "1", ""),
        ("delete ", "a.b", ""),
        ("new ", "a", "()"),
        ("1 ** ", "1", ""),
        ("a = ", "1", ""),
        ("a ? b : ", "1", ""),
        ("a ? ", "1", ": b"),
        ("{", "", "}"),
        ("if (a) ", ";", ""),
        ("if (a) ; else ", ";", ""),
        ("while (a) ", ";", ""),
        ("for (let a of b) ", ";", ""),
        ("do ", ";", "while (a);"),
        ("try {", "", "} finally {}"),
        ("switch (a) { case 1: ", "", "}"),
        ("with (a) ", ";", ""),
        ("function f() {", "", "}"),
        ("function f(a = ", "1", ") {}"),
        ("({a() {", "", "}})"),
        ("(class extends ", "a", "{})"),
        ("(class {a = (", "1", ")})"),
        ("(class {a() {", "", "}})"),
        ("(class {static {", "", "}})"),
        ("(class {[", "1", "]() {}})"),
    ] {
        let text = format!("'{open}'.repeat(1e4) + '{middle}' + '{close}'.repeat(1e4)");
        let seen = caught(&format!("new Function({text})")).await;
        assert_eq!(seen, TOO_DEEP, "new Function({text})");
    }
    for (recursion, seen) in [
        ("eval('('.repeat(1e5))", TOO_DEEP),
        ("(0, eval)('('.repeat(1e5))", TOO_DEEP),
        (
            "new Function(`(${'['.repeat(1e4)}a${']'.repeat(1e4)} = b)`)",
            TOO_DEEP,
        ),
        (
            "new (async () => {}).constructor('await '.repeat(2e4) + 1)",
            TOO_DEEP,
        ),
        (
            "new (function* () {}).constructor('yield '.repeat(2e4) + 1)",
            TOO_DEEP,
        ),
        ("JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))", TOO_DEEP),
        (
            "JSON.parse('{\"a\":'.repeat(1e5) + 1 + '}'.repeat(1e5))",
            TOO_DEEP,
        ),
        (
            "JSON.parse('['.repeat(1e5) + ']'.repeat(1e5), (k, v) => v)",
            TOO_DEEP,
        ),
        // The same as in other engines.
        (
            "new RegExp('(?:'.repeat(1e4) + ')'.repeat(1e4))",
            "SyntaxError: nested too deeply",
        ),
        (
            "new RegExp('(?='.repeat(1e4) + ')'.repeat(1e4))",
            "SyntaxError: nested too deeply",
        ),
        (
            "new RegExp('(?:a|'.repeat(1e4) + ')*'.repeat(1e4))",
            "SyntaxError: nested too deeply",
        ),
    ] {
        assert_eq!(caught(recursion).await, seen, "{recursion}");
    }
}

#[tokio::test]
async fn recursion_in_the_engines_own_functions_is_a_range_error() {
    for (nest, work) in [
        ("a = [a]", "return JSON.stringify(a)"),
        ("a = {a}", "return JSON.stringify(a)"),
        ("a = {a}", "return JSON.stringify(a, null, 1)"),
        (
            "const b = a; a = {toJSON: () => ({b})}",
            "return JSON.stringify(a)",
        ),
        ("a = [a]", "return String(a)"),
        ("a = [a]", "return a.toLocaleString()"),
        ("a = [a]", "return a.flat(Infinity)"),
        (
            "const b = a; a = {toString: () => '' + b}",
            "return String(a)",
        ),
        ("const b = a; a = {valueOf: () => +b}", "return +a"),
    ] {
        let recursion = format!("let a = []; for (let i = 0; i < 2e4; i++) {{ {nest} }} {work}");
        assert_eq!(caught(&recursion).await, TOO_DEEP, "{recursion}");
    }
    for (first, nest, work) in [
        ("{}", "new Proxy(a, {})", "a.x"),
        ("{}", "new Proxy(a, {})", "a.x = 1"),
        ("{}", "new Proxy(a, {})", "'x' in a"),
        ("{}", "new Proxy(a, {})", "delete a.x"),
        ("{}", "new Proxy(a, {})", "Object.keys(a)"),
        ("{}", "new Proxy(a, {})", "Object.setPrototypeOf(a, null)"),
        ("{}", "new Proxy(a, {})", "Object.freeze(a)"),
        (
            "{}",
            "new Proxy(a, {})",
            "Object.getOwnPropertyDescriptor(a, 'x')",
        ),
        (
            "{}",
            "new Proxy(a, {})",
            "Object.defineProperty(a, 'x', {value: 1})",
        ),
        ("() => 1", "new Proxy(a, {})", "a()"),
        ("function () {}", "new Proxy(a, {})", "new a()"),
        ("{}", "Object.create(new Proxy(a, {}))", "a.x"),
    ] {
        let recursion =
            format!("let a = {first}; for (let i = 0; i < 2e4; i++) a = {nest}; {work}");
        assert_eq!(caught(&recursion).await, TOO_DEEP, "{recursion}");
    }
    // Each name is a word longer than the last, so memory runs out.
    for (first, work) in [("() => 1", "a()"), ("function () {}", "({}) instanceof a")] {
        let nest = "for (let i = 0; i < 2e3; i++) a = a.bind(null)";
        let recursion = format!("let a = {first}; {nest}; {work}");
        assert_eq!(caught(&recursion).await, TOO_DEEP, "{recursion}");
    }
    for again in [
        "[1].map(f)",
        "[2, 1].sort(f)",
        "'a'.replace('a', f)",
        "'a'.replace(/a/, f)",
        "JSON.parse('[1]', f)",
        "JSON.stringify([1], f)",
        "f.apply(null, [1, 2])",
        "Reflect.construct(f, [])",
        "eval('f()')",
        "new Function('f', 'f()')(f)",
        "Array.from({[Symbol.iterator]: f})",
        "new Map({[Symbol.iterator]: f})",
        "Object.assign({}, {get a() { f() }})",
        "structuredClone({get a() { f() }})",
        "new Date({valueOf: f})",
        "new URL({toString: f})",
        "new Error({toString: f})",
    ] {
        let recursion = format!("function f() {{ {again} }} f()");
        assert_eq!(caught(&recursion).await, TOO_DEEP, "{again}");
    }
}

/// Values of any depth, for operations without recursion.
#[tokio::test]
async fn deep_values_that_need_no_stack_end_by_name() {
    for source in [
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; throw a",
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a = null; return 1",
        "let a = null; for (let i = 0; i < 5e4; i++) { const b = a; a = () => b } a = null; return 1",
        "let p = {}; for (let i = 0; i < 1e5; i++) p = Object.create(p); return p.x ?? nowhere",
        "let p = {}; for (let i = 0; i < 2e4; i++) p = new Proxy(p, {}); return Object.getPrototypeOf(p) !== null",
        "let p = {}; for (let i = 0; i < 2e4; i++) p = new Proxy(p, {}); return Object.isExtensible(p)",
        "return /(?:(?=(a))a)*b/.test('a'.repeat(1e5))",
        "return /(a?){0,1000}b/.test('a'.repeat(1e5))",
    ] {
        let outcome = run(source, "{}").await;
        let named = [
            Class::Ok,
            Class::Exception,
            Class::FuelExhausted,
            Class::MemoryLimit,
        ];
        assert!(
            named.contains(&outcome.class()),
            "{source}: {}",
            outcome.class()
        );
        assert_eq!(result("return 1").await, 1, "after {source}");
    }
}

#[tokio::test]
async fn a_source_that_nests_too_deeply_does_not_compile() {
    for (before, open, close) in [
        ("return ", "(", ")"),
        ("return ", "[", "]"),
        ("", "{", "}"),
        ("return ", "a => ", "1"),
        ("", "if (call) ", ""),
        ("export default ", "(", ")"),
        ("export default ", "a => ", "1"),
        ("return await ", "(", ")"),
    ] {
        let source = format!("\n{before}{}1{}", open.repeat(20_000), close.repeat(20_000));
        let failure = compile_failure(&source).await;
        assert_eq!(failure.class, Class::CompileError, "{before}{open}");
        let error = failure.error;
        assert_eq!(
            error.to_string(),
            "SyntaxError: the source is nested too deeply",
            "{before}{open}"
        );
        assert_eq!(error.line, Some(2), "{before}{open}");
        assert!(
            error.column > Some(100),
            "{before}{open}: {:?}",
            error.column
        );
    }
    let failure = compile_failure(&format!("return /{}/", "(?:".repeat(10_000))).await;
    assert_eq!(failure.error.to_string(), "SyntaxError: nested too deeply");
}

/// The module is valid, but its top level fails.
#[tokio::test]
async fn recursion_at_a_modules_top_level_is_a_stack_overflow() {
    let failure = compile_failure("export default f;\nfunction f() { f() }\nf()").await;
    assert_eq!(failure.class, Class::StackOverflow);
    assert_eq!(failure.error.to_string(), TOO_DEEP);
}

#[tokio::test]
async fn a_deeply_nested_call_ends_by_name() {
    let function = function("return 1").await;
    let limit = CALL_LIMITS.input_depth;
    // The guest's own behaviour, if the host lets such a call through.
    let unlimited = Limits {
        input_depth: usize::MAX,
        ..CALL_LIMITS
    };
    for (depth, limits, class) in [
        (limit, &CALL_LIMITS, Class::Ok),
        (limit + 1, &CALL_LIMITS, Class::InputTooLarge),
        (1_000, &unlimited, Class::Ok),
        (40_000, &unlimited, Class::StackOverflow),
    ] {
        for (open, close) in [("[", "]"), ("{\"\":", "}")] {
            let input = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            let outcome = call(&function, &input, limits).await;
            assert_eq!(outcome.class(), class, "{depth} times {open}");
        }
    }
}

/// The host checks calls, so no caller can cause this.
#[tokio::test]
async fn a_call_that_is_no_json_is_not_the_functions_fault() {
    let function = function("return 1").await;
    for input in ["", "{", "undefined", "{} {}", "\0"] {
        assert_eq!(
            call(&function, input, &CALL_LIMITS).await.class(),
            Class::Internal,
            "{input}"
        );
    }
}

#[tokio::test]
async fn a_result_may_be_as_large_as_the_limit() {
    let quotes = 2;
    let fits = CALL_LIMITS.output_bytes - quotes;
    for (length, class) in [(fits, Class::Ok), (fits + 1, Class::OutputTooLarge)] {
        let outcome = run(&format!("return 'x'.repeat({length})"), "{}").await;
        assert_eq!(outcome.class(), class, "{length}");
    }
}

#[tokio::test]
async fn an_input_may_be_as_large_as_the_limit() {
    let function = function("return call.length").await;
    let quotes = 2;
    let fits = CALL_LIMITS.input_bytes - quotes;
    for (length, class) in [(fits, Class::Ok), (fits + 1, Class::InputTooLarge)] {
        let input = format!("\"{}\"", "x".repeat(length));
        assert_eq!(
            call(&function, &input, &CALL_LIMITS).await.class(),
            class,
            "{length}"
        );
    }
}

#[tokio::test]
async fn a_source_may_be_as_large_as_the_limit() {
    let code = "return 1 //";
    let fits = COMPILE_LIMITS.input_bytes - code.len();
    for (length, class) in [(fits, Class::Ok), (fits + 1, Class::InputTooLarge)] {
        let source = format!("{code}{}", "x".repeat(length));
        assert_eq!(compile(&source).await.class(), class, "{length}");
    }
}

#[tokio::test]
async fn a_hostile_source_ends_by_name() {
    for source in [
        "(".repeat(10_000),
        "[".repeat(1 << 20),
        "{".repeat(100_000),
        "a=>".repeat(100_000),
        "`${".repeat(100_000),
        format!("return {}1", "-~".repeat(200_000)),
        format!("return 1{}", "**1".repeat(100_000)),
        format!("/{}/", "(".repeat(100_000)),
        "\0".to_owned(),
        "\u{1e}".to_owned(),
    ] {
        assert_eq!(
            compile_failure(&source).await.class,
            Class::CompileError,
            "{}…",
            &source[..8.min(source.len())]
        );
    }
    assert_eq!(result("return 1").await, 1);
}

#[tokio::test]
async fn a_compilation_has_limits_of_its_own() {
    let source = format!("return [{}]", "1,".repeat(100_000));
    let fuel = Limits {
        fuel: 1_000_000,
        ..COMPILE_LIMITS
    };
    let memory = Limits {
        memory_bytes: 2 << 20,
        ..COMPILE_LIMITS
    };
    for (limits, class) in [(fuel, Class::FuelExhausted), (memory, Class::MemoryLimit)] {
        assert_eq!(
            javascript().await.compile(&source, &limits).await.class(),
            class
        );
    }
}
