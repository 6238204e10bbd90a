//! Common properties of the interfaces: their descriptors, missing ones, and hostile use.

use serde_json::json;
use switchhook_runtime::Class;

use super::{assert_errors, assert_values};
use crate::{failure, result};

#[tokio::test]
async fn globals_are_like_the_languages_own() {
    for name in [
        "Crypto",
        "DOMException",
        "TextDecoder",
        "TextEncoder",
        "URL",
        "URLSearchParams",
        "atob",
        "btoa",
        "crypto",
        "queueMicrotask",
        "structuredClone",
    ] {
        let source = format!(
            "const {{value, writable, enumerable, configurable}} = Object.getOwnPropertyDescriptor(globalThis, '{name}');
            return [value.name ?? 'crypto', writable, enumerable, configurable]"
        );
        assert_eq!(
            result(&source).await,
            json!([name, true, false, true]),
            "{name}"
        );
    }
}

#[tokio::test]
async fn classes_are_like_the_platforms() {
    assert_values([
        (
            "[TextEncoder.length, TextDecoder.length, URL.length, URLSearchParams.length, structuredClone.length]",
            json!([0, 0, 1, 0, 1]),
        ),
        (
            "[new TextEncoder(), new TextDecoder(), new URL('a:'), new URLSearchParams(), crypto].map(String)",
            json!(["[object TextEncoder]", "[object TextDecoder]", "a:", "", "[object Crypto]"]),
        ),
        (
            "[new URL('a:'), new URLSearchParams()].map(it => Object.prototype.toString.call(it))",
            json!(["[object URL]", "[object URLSearchParams]"]),
        ),
        (
            "(() => { const keys = []; for (const key in new TextDecoder()) keys.push(key); return keys })()",
            json!(["encoding", "fatal", "ignoreBOM", "decode"]),
        ),
        (
            "Object.getOwnPropertyDescriptor(URL.prototype, 'href').get.name",
            json!("get href"),
        ),
        (
            "URLSearchParams.prototype[Symbol.iterator] === URLSearchParams.prototype.entries",
            json!(true),
        ),
        (
            "new (class extends URL { get tail() { return this.hash } })('a:b#c').tail",
            json!("#c"),
        ),
        (
            "((e) => [e instanceof Error, Error.isError(e), e.code, `${e}`])(new DOMException('no', 'AbortError'))",
            json!([true, true, 20, "AbortError: no"]),
        ),
    ])
    .await;
    assert_errors([
        (
            "URL('a:')",
            "TypeError: class constructors must be invoked with 'new'",
        ),
        ("new Crypto()", "TypeError: Illegal constructor"),
        (
            "URL.prototype.href",
            "TypeError: private class field '#parts' does not exist",
        ),
        (
            "throw new DOMException('no', 'AbortError')",
            "AbortError: no",
        ),
        ("throw new DOMException('no')", "Error: no"),
    ])
    .await;
}

#[tokio::test]
async fn what_a_function_cannot_have_says_why() {
    const NO_NETWORK: &str =
        "a function has no network; put what it needs into `env` or into the call";
    const NO_TIMERS: &str = "a function has no timers, the caller is waiting; to run something after the current \
        code, use `queueMicrotask`; to pause the call, return an action that does";
    const NO_MODULES: &str =
        "a function has no modules; put the code that it needs into its source";
    for (expression, name, reason) in [
        ("fetch('http://a')", "fetch", NO_NETWORK),
        ("new XMLHttpRequest()", "XMLHttpRequest", NO_NETWORK),
        ("new WebSocket('ws://a')", "WebSocket", NO_NETWORK),
        ("setTimeout(() => 1, 10)", "setTimeout", NO_TIMERS),
        ("setInterval(() => 1, 10)", "setInterval", NO_TIMERS),
        ("setImmediate(() => 1)", "setImmediate", NO_TIMERS),
        ("require('fs')", "require", NO_MODULES),
    ] {
        assert_errors([(
            expression,
            format!("ReferenceError: {name} is not defined: {reason}").as_str(),
        )])
        .await;
        let look = format!("[typeof {name}, '{name}' in globalThis]");
        assert_values([(look.as_str(), json!(["undefined", false]))]).await;
    }
    assert_errors([("fetched()", "ReferenceError: fetched is not defined")]).await;
}

#[tokio::test]
async fn a_microtask_runs_after_the_current_code() {
    let source = "
        const seen = [];
        queueMicrotask(() => seen.push('microtask'));
        seen.push('code');
        return new Promise(resolve => queueMicrotask(() => resolve(seen)))";
    assert_eq!(result(source).await, json!(["code", "microtask"]));
}

#[tokio::test]
async fn the_scripts_of_the_interfaces_are_above_the_functions_own_code_in_a_stack() {
    let error = failure("function route() {\n  return new URL('x')\n}\nroute()")
        .await
        .error;
    assert_eq!((error.line, error.column), (Some(2), Some(14)));
    let frames: Vec<_> = error.stack.lines().map(str::trim).collect();
    assert!(frames[0].contains("(switchhook:url.js:"), "{frames:?}");
    assert_eq!(
        frames[frames.len() - 2..],
        [
            "at route (function.js:2:14)",
            "at anonymous (function.js:4:1)"
        ]
    );
}

#[tokio::test]
async fn a_hostile_use_ends_by_name() {
    for source in [
        "return new URLSearchParams('a=1&'.repeat(1e6)).size",
        "let p = new URLSearchParams(); for (;;) p.append('a', 'b')",
        "let u = new URL('http://a'); for (;;) u.searchParams.append('a', 'b')",
        "return new URL('http://a/' + 'é'.repeat(1 << 23))",
        "return new URL('http://' + 'a.'.repeat(1 << 22))",
        "return new URL('http://' + 'é'.repeat(1 << 20))",
        "let u = new URL('http://a'); for (;;) u.pathname += 'x'.repeat(1 << 16)",
        "return new TextEncoder().encode('é'.repeat(1 << 23))",
        "return new TextDecoder().decode(new Uint8Array(1 << 23).fill(255))",
        "return btoa('x'.repeat(1 << 24))",
        "return structuredClone(new Uint8Array(1 << 24))",
        "let a = []; a.length = 2 ** 32 - 1; a.fill(1); return structuredClone(a)",
        "let a = {get a() { return structuredClone(a) }}; structuredClone(a)",
        "let p = []; for (;;) p.push(crypto.getRandomValues(new Uint8Array(65536)))",
        "let a = {}; Object.defineProperty(a, 'length', {get() { for (;;); }}); structuredClone(a); for (;;);",
        "String.prototype.toWellFormed = () => '\\ud800'; new URL('a:')",
        "String.prototype.toWellFormed = () => ({}); new TextEncoder().encode('a')",
        "const t = new Uint8Array(4); Object.defineProperty(t, 'length', {value: 'x'}); new TextEncoder().encodeInto('abc', t); for (;;);",
        "const t = new Uint8Array(4); Object.defineProperty(t, 'byteLength', {value: 1e9}); crypto.getRandomValues(t)",
    ] {
        let class = failure(source).await.class;
        let named = [
            Class::Exception,
            Class::FuelExhausted,
            Class::MemoryLimit,
            Class::StackOverflow,
            Class::OutputTooLarge,
        ];
        assert!(named.contains(&class), "{source}: {class}");
        assert_eq!(result("return 1").await, 1, "after {source}");
    }
}
