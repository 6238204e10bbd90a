//! Whatever a function does ends, by name, and the next call knows nothing of it.

use std::time::Duration;

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

/// Recursion inside the engine: in its parsers, its JSON, its own functions.
#[tokio::test]
async fn the_engines_own_recursion_ends_by_name() {
    for source in [
        "return eval('('.repeat(1e5))",
        "return eval('['.repeat(1e5))",
        "return new Function('{'.repeat(1e5))",
        "return JSON.parse('['.repeat(1e5) + ']'.repeat(1e5))",
        "return new RegExp('(?:'.repeat(1e5) + ')'.repeat(1e5)).test('')",
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a",
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return String(a)",
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; throw a",
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; return a.flat(Infinity)",
        "let f = () => 1; for (let i = 0; i < 5e4; i++) f = f.bind(null); return f()",
        "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); return p.x",
        "let p = {}; for (let i = 0; i < 1e5; i++) p = Object.create(p); return p.x ?? nowhere",
    ] {
        let class = failure(source).await.class;
        let named = [
            Class::Exception,
            Class::StackOverflow,
            Class::FuelExhausted,
            Class::MemoryLimit,
        ];
        assert!(named.contains(&class), "{source}: {class}");
        assert_eq!(result("return 1").await, 1, "after {source}");
    }
}

#[tokio::test]
async fn a_deeply_nested_call_ends_by_name() {
    let function = function("return 1").await;
    let limit = CALL_LIMITS.input_depth;
    // What becomes of it in the guest if the host lets it through.
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

/// The host checks what it is sent, so this cannot happen.
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
        let class = compile_failure(&source).await.class;
        let named = [Class::CompileError, Class::StackOverflow];
        assert!(
            named.contains(&class),
            "{}…: {class}",
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
