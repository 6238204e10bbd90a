//! The interfaces of the web platform that a function has, and those whose absence is explained to it.

use serde_json::{Value, json};
use switchhook_runtime::Class;

use crate::{CALL_LIMITS, call, failure, function, result};

/// Each is an expression and its value.
async fn assert_values<const COUNT: usize>(cases: [(&str, Value); COUNT]) {
    for (expression, expected) in cases {
        let value = result(&format!("return {expression}")).await;
        assert_eq!(value, expected, "{expression}");
    }
}

/// Each is an expression, and the error that it throws: at the place of the expression, whatever frames of our own
/// scripts are above it.
async fn assert_errors<const COUNT: usize>(cases: [(&str, &str); COUNT]) {
    for (expression, expected) in cases {
        let failure = failure(&format!("let a;\n{expression}")).await;
        assert_eq!(failure.class, Class::Exception, "{expression}");
        let error = failure.error;
        assert_eq!(error.to_string(), expected, "{expression}");
        assert_eq!(error.line, Some(2), "{expression}: {}", error.stack);
        assert!(error.column.is_some(), "{expression}: {}", error.stack);
    }
}

#[tokio::test]
async fn globals_are_like_the_languages_own() {
    for name in [
        "Crypto",
        "DOMException",
        "TextDecoder",
        "TextEncoder",
        "URL",
        "URLSearchParams",
        "XMLHttpRequest",
        "WebSocket",
        "atob",
        "btoa",
        "crypto",
        "fetch",
        "queueMicrotask",
        "require",
        "setImmediate",
        "setInterval",
        "setTimeout",
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
async fn text_becomes_utf_8_and_comes_back() {
    assert_values([
        (
            "[...new TextEncoder().encode('aé€😀')]",
            json!([97, 195, 169, 226, 130, 172, 240, 159, 152, 128]),
        ),
        ("[...new TextEncoder().encode('\\ud800')]", json!([239, 191, 189])),
        ("new TextEncoder().encode().length", json!(0)),
        ("new TextEncoder().encode(12) instanceof Uint8Array", json!(true)),
        (
            "((bytes) => [new TextEncoder().encodeInto('aé😀é', bytes), [...bytes]])(new Uint8Array(8))",
            json!([{"read": 4, "written": 7}, [97, 195, 169, 240, 159, 152, 128, 0]]),
        ),
        (
            "((bytes) => [new TextEncoder().encodeInto('é', bytes.subarray(1, 2)), [...bytes]])(new Uint8Array(2))",
            json!([{"read": 0, "written": 0}, [0, 0]]),
        ),
        ("new TextDecoder().decode()", json!("")),
        (
            "new TextDecoder().decode(new Uint8Array([97, 195, 169, 240, 159, 152, 128]))",
            json!("aé😀"),
        ),
        ("new TextDecoder().decode(new Uint8Array([97, 98, 99]).subarray(1))", json!("bc")),
        ("new TextDecoder().decode(new Uint16Array([0x6261]))", json!("ab")),
        ("new TextDecoder().decode(new Uint8Array([97, 98]).buffer)", json!("ab")),
        (
            "new TextDecoder().decode(new DataView(new Uint8Array([97, 98, 99]).buffer, 1, 1))",
            json!("b"),
        ),
        // Maximal subparts, as in Unicode 16, section 3.9.6.
        (
            "new TextDecoder().decode(new Uint8Array([97, 0xff, 0xe2, 0x82, 98, 0xed, 0xa0, 0x80, 0xc0, 0x80, 0xf0]))",
            json!("a\u{fffd}\u{fffd}b\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
        ),
        ("new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 97]))", json!("a")),
        (
            "new TextDecoder('utf-8', {ignoreBOM: true}).decode(new Uint8Array([0xef, 0xbb, 0xbf, 97]))",
            json!("\u{feff}a"),
        ),
        (
            "new TextDecoder().decode(new Uint8Array([0xef, 0xbb, 0xbf, 0xef, 0xbb, 0xbf]))",
            json!("\u{feff}"),
        ),
        (
            "((decoder) => [decoder.encoding, decoder.fatal, decoder.ignoreBOM])(new TextDecoder(' UTF8\\n', {fatal: 1}))",
            json!(["utf-8", true, false]),
        ),
    ])
    .await;
    assert_errors([
        (
            "new TextDecoder('utf-8', {fatal: true}).decode(new Uint8Array([97, 0xff]))",
            "TypeError: the data is not valid UTF-8",
        ),
        (
            "new TextDecoder('utf-8', {fatal: true}).decode(new Uint8Array([0xe2, 0x82]))",
            "TypeError: the data is not valid UTF-8",
        ),
        (
            "new TextDecoder('latin1')",
            "RangeError: the encoding 'latin1' is not supported: only UTF-8 is",
        ),
        (
            "new TextDecoder().decode('text')",
            "TypeError: the data is not an ArrayBuffer, a typed array or a DataView",
        ),
        (
            "new TextEncoder().encodeInto('a', [])",
            "TypeError: the destination is not a Uint8Array",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_stream_is_decoded_in_parts() {
    let source = "
        const decoder = new TextDecoder();
        const part = (...bytes) => decoder.decode(new Uint8Array(bytes), {stream: true});
        return [part(0xef, 0xbb), part(0xbf, 97, 0xe2), part(), part(0x82), part(0xac, 0xef, 0xbb, 0xbf, 0xf0),
            decoder.decode(), part(0xef, 0xbb, 0xbf), decoder.decode()]";
    assert_eq!(
        result(source).await,
        json!(["", "a", "", "", "€\u{feff}", "\u{fffd}", "", ""])
    );
}

#[tokio::test]
async fn base64_is_forgiving_as_the_platforms() {
    assert_values([
        ("btoa('')", json!("")),
        ("btoa('a\\xff\\0')", json!("Yf8A")),
        ("btoa(12)", json!("MTI=")),
        ("atob('Yf8A')", json!("a\u{ff}\0")),
        (
            "[' Y\\tQ\\n', 'YQ=\\f=', 'YQ', 'YWI', 'YWI='].map(atob)",
            json!(["a", "a", "a", "ab", "ab"]),
        ),
    ])
    .await;
    for text in [
        "Y", "YQ=", "YQ===", "YWI==", "=", "Y=Q=", "a-_a", "YQ==a", "é",
    ] {
        assert_errors([(
            format!("atob('{text}')").as_str(),
            "InvalidCharacterError: The string to be decoded is not correctly encoded",
        )])
        .await;
    }
    assert_errors([(
        "btoa('\\u0100')",
        "InvalidCharacterError: String contains an invalid character",
    )])
    .await;
}

#[tokio::test]
async fn a_structured_clone_is_the_same_but_another() {
    let clone_of = |value: &str, test: &str| {
        format!("const a = {value}, b = structuredClone(a); return {test}")
    };
    for (value, test) in [
        ("12", "b === a"),
        ("null", "b === a"),
        ("undefined", "b === a"),
        ("'text'", "b === a"),
        ("1n << 99n", "b === a"),
        ("-0", "Object.is(b, a)"),
        ("{x: {y: [1]}}", "b !== a && b.x !== a.x && b.x.y[0] === 1"),
        ("{x: undefined}", "'x' in b"),
        (
            "JSON.parse('{\"__proto__\": 1}')",
            "Object.keys(b)[0] === '__proto__' && {}.__proto__ === Object.getPrototypeOf(b)",
        ),
        (
            "[1, , 3]",
            "Array.isArray(b) && b.length === 3 && !(1 in b) && b[2] === 3",
        ),
        ("Object.assign([], {x: 1})", "b.x === 1"),
        ("{[Symbol()]: 1}", "Reflect.ownKeys(b).length === 0"),
        ("Object.defineProperty({}, 'x', {value: 1})", "!('x' in b)"),
        (
            "{get x() { return structuredClone([1]) }}",
            "Object.getOwnPropertyDescriptor(b, 'x').value[0] === 1",
        ),
        (
            "new (class A { #x = 1; y = 2; z() {} })()",
            "b.y === 2 && Object.getPrototypeOf(b) === Object.prototype",
        ),
        (
            "Object.create(null)",
            "Object.getPrototypeOf(b) === Object.prototype",
        ),
        (
            "(function () { return arguments })(1)",
            "b[0] === 1 && b.length === undefined",
        ),
        (
            "((cycle) => cycle.x = [cycle])({})",
            "b[0].x === b && b !== a",
        ),
        (
            "((x) => [x, x, /x/, x])({})",
            "b[0] === b[1] && b[0] === b[3] && b[0] !== a[0]",
        ),
        (
            "new Map([[{k: 1}, new Set([[1]])]])",
            "b instanceof Map && [...b.keys()][0].k === 1 && [...[...b.values()][0]][0][0] === 1",
        ),
        (
            "((map) => map.set(map, map))(new Map())",
            "b !== a && b.get(b) === b",
        ),
        (
            "new (class extends Map { forEach() {} })([[1, 2]])",
            "b.get(1) === 2",
        ),
        ("new Date(5)", "b instanceof Date && b.getTime() === 5"),
        (
            "/x/gi",
            "b instanceof RegExp && b.source === 'x' && b.flags === 'gi'",
        ),
        (
            "[new Number(1), new String('s'), new Boolean(false), Object(1n)]",
            "b.every((object, i) => typeof object === 'object' && object !== a[i] && object.valueOf() === a[i].valueOf())",
        ),
        (
            "new Uint8Array([1, 2, 3]).subarray(1)",
            "b instanceof Uint8Array && b.join() === '2,3' && b.byteOffset === 1 && b.buffer !== a.buffer",
        ),
        (
            "((x) => ({x, y: new Float64Array(x), z: new DataView(x, 8)}))(new ArrayBuffer(16))",
            "b.x === b.y.buffer && b.x === b.z.buffer && b.y.length === 2 && b.z.byteLength === 8",
        ),
        (
            "new ArrayBuffer(1, {maxByteLength: 4})",
            "b.resizable && b.byteLength === 1 && b.maxByteLength === 4",
        ),
        (
            "new RangeError('no')",
            "b instanceof RangeError && b.message === 'no' && b.stack === a.stack && Object.keys(b).length === 0",
        ),
        (
            "new (class No extends TypeError { name = 'No'; x = 1 })('no')",
            "Object.getPrototypeOf(b) === Error.prototype && b.message === 'no' && !('x' in b)",
        ),
        (
            "new DOMException('no', 'AbortError')",
            "b instanceof DOMException && b.name === 'AbortError' && b.message === 'no'",
        ),
    ] {
        assert_eq!(result(&clone_of(value, test)).await, true, "{value}");
    }
}

#[tokio::test]
async fn what_has_no_structured_clone_is_refused() {
    for (value, what) in [
        ("() => 1", "a function"),
        ("Symbol()", "a symbol"),
        ("{x: [Symbol.iterator]}", "a symbol"),
        ("{x() {}}", "a function"),
        ("Promise.resolve()", "[object Promise]"),
        ("new WeakMap()", "[object WeakMap]"),
        ("new Proxy({}, {})", "[object Object]"),
        ("(function* () {})()", "[object Generator]"),
        ("new URL('a:')", "[object URL]"),
        ("[crypto]", "[object Crypto]"),
        ("new TextEncoder()", "[object TextEncoder]"),
        (
            "((buffer) => (buffer.transfer(), buffer))(new ArrayBuffer(1))",
            "a detached ArrayBuffer",
        ),
    ] {
        assert_errors([(
            format!("structuredClone({value})").as_str(),
            format!("DataCloneError: {what} cannot be cloned").as_str(),
        )])
        .await;
    }
    assert_errors([
        (
            "structuredClone()",
            "TypeError: structuredClone needs a value",
        ),
        (
            "structuredClone({get x() { throw new Error('no') }})",
            "Error: no",
        ),
        (
            "let b = new ArrayBuffer(1); structuredClone(b, {transfer: [b]})",
            "DataCloneError: nothing can be transferred: there is nobody to transfer it to",
        ),
    ])
    .await;
    assert_values([
        ("structuredClone([1], {transfer: []})", json!([1])),
        (
            "(() => { try { structuredClone([() => 1]) } catch { return structuredClone({x: [1]}) } })()",
            json!({"x": [1]}),
        ),
    ])
    .await;
}

#[tokio::test]
async fn random_values_fill_what_they_are_asked_for() {
    assert_values([
        (
            "((array) => crypto.getRandomValues(array) === array)(new Uint32Array(4))",
            json!(true),
        ),
        ("crypto.getRandomValues(new Uint8Array(0)).length", json!(0)),
        (
            "crypto.getRandomValues(new Uint8Array(65536)).some(byte => byte > 0)",
            json!(true),
        ),
        (
            "((all) => (crypto.getRandomValues(all.subarray(8, 24)), \
                [all.subarray(0, 8).some(Boolean), all.subarray(8, 24).some(Boolean), all.subarray(24).some(Boolean)]))\
                (new Uint8Array(32))",
            json!([false, true, false]),
        ),
        (
            "[Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, BigInt64Array, BigUint64Array]\
                .every(type => crypto.getRandomValues(new type(32)).some(value => value != 0))",
            json!(true),
        ),
        (
            "/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())",
            json!(true),
        ),
        ("typeof crypto.subtle", json!("undefined")),
    ])
    .await;
    let not_integers = "TypeMismatchError: getRandomValues needs a typed array of integers";
    assert_errors([
        (
            "crypto.getRandomValues(new Uint8Array(65537))",
            "QuotaExceededError: getRandomValues gives at most 65536 bytes at once",
        ),
        ("crypto.getRandomValues(new Float32Array(1))", not_integers),
        (
            "crypto.getRandomValues(new DataView(new ArrayBuffer(1)))",
            not_integers,
        ),
        (
            "crypto.getRandomValues([])",
            "TypeError: getRandomValues needs a typed array",
        ),
    ])
    .await;
}

#[tokio::test]
async fn every_call_draws_its_own_random_values() {
    let function = function(
        "return [crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(16))].join()]",
    )
    .await;
    let mut drawn = Vec::new();
    for _ in 0..5 {
        let outcome = call(&function, "{}", &CALL_LIMITS).await;
        let pair: [String; 2] = serde_json::from_str(outcome.result.unwrap().get()).unwrap();
        drawn.extend(pair);
    }
    drawn.sort();
    drawn.dedup();
    assert_eq!(drawn.len(), 10, "{drawn:?}");
}

/// What a URL against a base becomes.
#[tokio::test]
async fn a_url_is_parsed_as_the_platform_does() {
    for (input, base, href) in [
        ("http://example.com", "", "http://example.com/"),
        (
            " HTTP://EXAMPLE.com:80/a b ",
            "",
            "http://example.com/a%20b",
        ),
        ("https:example.com", "", "https://example.com/"),
        ("https://example.com:0443/", "", "https://example.com/"),
        ("http://a\\b\\c", "", "http://a/b/c"),
        ("http://a/b/./c/../%2E%2e/d", "", "http://a/d"),
        ("http://u:p@a", "", "http://u:p@a/"),
        ("http://a@b@c/", "", "http://a%40b@c/"),
        ("http://a/é?é#é", "", "http://a/%C3%A9?%C3%A9#%C3%A9"),
        ("http://a/'?'#'", "", "http://a/'?%27#'"),
        ("http://a/{}|\"<>`", "", "http://a/%7B%7D|%22%3C%3E%60"),
        ("http://a/%zz%", "", "http://a/%zz%"),
        ("ht\\ntp://a\\tb/", "", "http://ab/"),
        ("http://a/\\ud800", "", "http://a/%EF%BF%BD"),
        // Hosts.
        ("http://0x7f.1/", "", "http://127.0.0.1/"),
        ("http://192.168.257", "", "http://192.168.1.1/"),
        ("http://[2001:DB8::0:1]/", "", "http://[2001:db8::1]/"),
        ("http://[::ffff:1.2.3.4]/", "", "http://[::ffff:102:304]/"),
        ("http://faß.de/", "", "http://xn--fa-hia.de/"),
        ("http://日本語。ＪＰ/", "", "http://xn--wgv71a119e.jp/"),
        ("http://EX%41MPLE.com/", "", "http://example.com/"),
        ("a://EX%41MPLE/", "", "a://EX%41MPLE/"),
        // Relative to a base.
        ("b", "http://a/c/d?e#f", "http://a/c/b"),
        ("/b", "http://a/c/d", "http://a/b"),
        ("//b", "https://a/c", "https://b/"),
        ("../../../b", "http://a/c/d", "http://a/b"),
        ("?b", "http://a/c?d#e", "http://a/c?b"),
        ("#b", "http://a/c?d#e", "http://a/c?d#b"),
        ("", "http://a/c?d#e", "http://a/c?d"),
        ("http:b", "http://a/c/", "http://a/c/b"),
        ("tel:b", "http://a/", "tel:b"),
        ("#b", "tel:1", "tel:1#b"),
        // Other schemes and opaque paths.
        ("tel:+1 415", "", "tel:+1 415"),
        (
            "sip:bob@example.com;transport=tcp",
            "",
            "sip:bob@example.com;transport=tcp",
        ),
        ("data:text/plain,a b#c d", "", "data:text/plain,a b#c%20d"),
        ("urn:a:b/../c", "", "urn:a:b/../c"),
        ("a:/b/../c", "", "a:/c"),
        ("a:/..//b", "", "a:/.//b"),
        ("file:///a/../b", "", "file:///b"),
    ] {
        let base = if base.is_empty() {
            "undefined"
        } else {
            &format!("'{base}'")
        };
        // The cases have escapes of JavaScript, where they are not backslashes.
        let input = if input.contains("\\n") || input.contains("\\u") {
            format!("\"{input}\"")
        } else {
            json!(input).to_string()
        };
        let source = format!(
            "const url = [{input}, {base}]; return [new URL(...url), URL.parse(...url), URL.canParse(...url)]"
        );
        assert_eq!(result(&source).await, json!([href, href, true]), "{input}");
    }
}

#[tokio::test]
async fn what_is_no_url_is_refused_with_a_reason() {
    for (input, reason) in [
        ("b", "relative URL without a base"),
        ("", "relative URL without a base"),
        ("//a", "relative URL without a base"),
        ("http://", "empty host"),
        ("http://a:65536", "invalid port number"),
        ("http://a:b", "invalid port number"),
        ("http://1.2.3.256", "invalid IPv4 address"),
        ("http://[::1", "invalid IPv6 address"),
        ("http://a b/", "invalid international domain name"),
        ("http://xn--a/", "invalid international domain name"),
        ("a://b<c", "invalid domain character"),
    ] {
        assert_errors([(
            format!("new URL('{input}')").as_str(),
            format!("TypeError: '{input}' is no URL: {reason}").as_str(),
        )])
        .await;
        let source = format!("return [URL.canParse('{input}'), URL.parse('{input}')]");
        assert_eq!(result(&source).await, json!([false, null]), "{input}");
    }
    assert_errors([
        (
            "new URL('a', 'b')",
            "TypeError: 'a' is no URL: its base is none: relative URL without a base",
        ),
        (
            "new URL('a', 'tel:1')",
            "TypeError: 'a' is no URL: relative URL with a cannot-be-a-base base",
        ),
        ("new URL()", "TypeError: URL needs an argument"),
        (
            "new URL(Symbol())",
            "TypeError: cannot convert symbol to string",
        ),
        (
            "new URL('a:').href = 'b'",
            "TypeError: 'b' is no URL: relative URL without a base",
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_url_has_parts() {
    let parts = "const {href, origin, protocol, username, password, host, hostname, port, pathname, search, hash} = url;
        return [href, origin, protocol, username, password, host, hostname, port, pathname, search, hash]";
    for (url, expected) in [
        (
            "https://u:p%40@a.b:8443/c/d?e=f#g",
            json!([
                "https://u:p%40@a.b:8443/c/d?e=f#g",
                "https://a.b:8443",
                "https:",
                "u",
                "p%40",
                "a.b:8443",
                "a.b",
                "8443",
                "/c/d",
                "?e=f",
                "#g"
            ]),
        ),
        (
            "http://a?#",
            json!([
                "http://a/?#",
                "http://a",
                "http:",
                "",
                "",
                "a",
                "a",
                "",
                "/",
                "",
                ""
            ]),
        ),
        (
            "sip:bob@b",
            json!([
                "sip:bob@b",
                "null",
                "sip:",
                "",
                "",
                "",
                "",
                "",
                "bob@b",
                "",
                ""
            ]),
        ),
        (
            "http://[::1]:81",
            json!([
                "http://[::1]:81/",
                "http://[::1]:81",
                "http:",
                "",
                "",
                "[::1]:81",
                "[::1]",
                "81",
                "/",
                "",
                ""
            ]),
        ),
    ] {
        let source = format!("const url = new URL('{url}'); {parts}");
        assert_eq!(result(&source).await, expected, "{url}");
    }
    assert_values([
        ("{url: new URL('a:b')}", json!({"url": "a:b"})),
        ("`${new URL('a:b')}`", json!("a:b")),
    ])
    .await;
}

#[tokio::test]
async fn a_part_of_a_url_can_be_set() {
    for (url, part, value, href) in [
        ("http://a/", "href", "https://b", "https://b/"),
        ("http://a/", "protocol", "https", "https://a/"),
        ("http://a/", "protocol", "https:x", "https://a/"),
        ("http://a/", "protocol", "tel", "http://a/"),
        ("http://a/", "username", "u@", "http://u%40@a/"),
        ("http://u@a/", "password", "p:", "http://u:p%3A@a/"),
        ("http://u:p@a/", "username", "", "http://:p@a/"),
        ("tel:1", "username", "u", "tel:1"),
        ("http://a:1/", "host", "b", "http://b:1/"),
        ("http://a:1/", "host", "b:2", "http://b:2/"),
        ("http://a:1/", "host", "", "http://a:1/"),
        ("http://a:1/", "hostname", "b:2", "http://a:1/"),
        ("http://a:1/", "hostname", "É", "http://xn--9ca:1/"),
        ("http://a/", "port", "8080", "http://a:8080/"),
        ("http://a:1/", "port", "80", "http://a/"),
        ("http://a:1/", "port", "", "http://a/"),
        ("http://a/", "port", "90x", "http://a:90/"),
        ("http://a/", "port", "x", "http://a/"),
        ("http://a/", "port", "65536", "http://a/"),
        ("http://a/b", "pathname", "c d?#", "http://a/c%20d%3F%23"),
        ("http://a/b", "pathname", "../c", "http://a/c"),
        ("tel:1", "pathname", "2", "tel:1"),
        ("http://a/?b", "search", "c d", "http://a/?c%20d"),
        ("http://a/?b", "search", "?#", "http://a/?%23"),
        ("http://a/?b#c", "search", "", "http://a/#c"),
        ("http://a/#b", "hash", "c d", "http://a/#c%20d"),
        ("http://a/#b", "hash", "", "http://a/"),
        ("http://a/", "origin", "http://b", "http://a/"),
        ("http://a/", "hash", "\u{d7ff}", "http://a/#%ED%9F%BF"),
    ] {
        let source = format!("const url = new URL('{url}'); url.{part} = '{value}'; return url");
        assert_eq!(result(&source).await, href, "{url} {part} = {value}");
    }
}

#[tokio::test]
async fn query_parameters_are_made_of_anything() {
    for (init, expected) in [
        ("", ""),
        ("undefined", ""),
        ("null", "null="),
        ("'?a=1&b=2&a=3'", "a=1&b=2&a=3"),
        ("'??a'", "%3Fa="),
        ("'a=b=c&&=d&e'", "a=b%3Dc&=d&e="),
        ("'a+b=%C3%A9%zz%ff'", "a+b=%C3%A9%25zz%EF%BF%BD"),
        ("'\\ud800'", "%EF%BF%BD="),
        ("'\\ufeffa=1'", "%EF%BB%BFa=1"),
        ("[['a', 1], ['a', null]]", "a=1&a=null"),
        ("new Map([['a', 'b']])", "a=b"),
        ("{a: 1, 'é': '*-._~ +&='}", "a=1&%C3%A9=*-._%7E+%2B%26%3D"),
        ("new URLSearchParams('a=1')", "a=1"),
        ("new URL('http://a?b=c').searchParams", "b=c"),
        ("12", "12="),
    ] {
        let source = format!("return String(new URLSearchParams({init}))");
        assert_eq!(result(&source).await, expected, "{init}");
    }
    assert_errors([
        (
            "new URLSearchParams([['a']])",
            "TypeError: each element needs to be a pair of a name and a value",
        ),
        (
            "new URLSearchParams(['abc'])",
            "TypeError: each element needs to be a pair of a name and a value",
        ),
        (
            "new URLSearchParams([1])",
            "TypeError: value is not iterable",
        ),
        (
            "new URLSearchParams({[Symbol()]: 1})",
            "TypeError: cannot convert symbol to string",
        ),
        (
            "new URLSearchParams().append('a')",
            "TypeError: append needs 2 arguments",
        ),
        (
            "new URLSearchParams().forEach()",
            "TypeError: forEach needs a function",
        ),
    ])
    .await;
}

#[tokio::test]
async fn query_parameters_can_be_read_and_changed() {
    for (code, expected) in [
        ("return params.size", json!(4)),
        (
            "return [params.get('a'), params.get('x')]",
            json!(["1", null]),
        ),
        (
            "return [params.getAll('a'), params.getAll('x')]",
            json!([["1", "3"], []]),
        ),
        (
            "return [params.has('a'), params.has('x'), params.has('a', '3'), params.has('a', 2), params.has('a', undefined)]",
            json!([true, false, true, false, true]),
        ),
        (
            "return [...params]",
            json!([["a", "1"], ["b", "2"], ["a", "3"], ["", "é"]]),
        ),
        (
            "return [[...params.keys()], [...params.values()]]",
            json!([["a", "b", "a", ""], ["1", "2", "3", "é"]]),
        ),
        (
            "const seen = []; params.forEach(function (value, name, it) { seen.push(name + value, it === params, this.x) }, {x: 5}); \
                return seen.slice(0, 3)",
            json!(["a1", true, 5]),
        ),
        (
            "const seen = []; for (const [name] of params) { seen.push(name); params.delete(name) } return seen",
            json!(["a", ""]),
        ),
        (
            "params.append('c', 4); return String(params)",
            json!("a=1&b=2&a=3&=%C3%A9&c=4"),
        ),
        (
            "params.delete('a'); return String(params)",
            json!("b=2&=%C3%A9"),
        ),
        (
            "params.delete('a', 3); return String(params)",
            json!("a=1&b=2&=%C3%A9"),
        ),
        (
            "params.set('a', 4); return String(params)",
            json!("a=4&b=2&=%C3%A9"),
        ),
        (
            "params.set('c', 4); return String(params)",
            json!("a=1&b=2&a=3&=%C3%A9&c=4"),
        ),
        (
            "params.sort(); return String(params)",
            json!("=%C3%A9&a=1&a=3&b=2"),
        ),
    ] {
        let source = format!("const params = new URLSearchParams('a=1&b=2&a=3&=%C3%A9'); {code}");
        assert_eq!(result(&source).await, expected, "{code}");
    }
    // By code units, in which U+1F600 begins with 0xD83D.
    assert_values([(
        "((params) => (params.sort(), [...params.keys()]))(new URLSearchParams('\\ufb01&😀&z&é'))",
        json!(["z", "é", "😀", "\u{fb01}"]),
    )])
    .await;
}

#[tokio::test]
async fn a_url_and_its_query_parameters_follow_each_other() {
    for (code, expected) in [
        (
            "params.append('b', 'é &'); return url.href",
            "http://x/?a=1&b=%C3%A9+%26#h",
        ),
        ("params.set('a', 2); return url.search", "?a=2"),
        ("params.delete('a'); return url.href", "http://x/#h"),
        ("url.search = '?c=3'; return params", "c=3"),
        ("url.href = 'http://y?d'; return params", "d="),
        (
            "url.hash = ''; params.append('b', 2); return url",
            "http://x/?a=1&b=2",
        ),
        (
            "params.sort(); url.pathname = 'p'; return url",
            "http://x/p?a=1#h",
        ),
        ("return url.searchParams === params", "true"),
    ] {
        let source = format!(
            "const url = new URL('http://x?a=1#h'), params = url.searchParams; {}",
            code.replace("return ", "return '' + ").replace(
                "'' + url.searchParams === params",
                "String(url.searchParams === params)"
            )
        );
        assert_eq!(result(&source).await, expected, "{code}");
    }
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
            format!("Error: there is no {name}: {reason}").as_str(),
        )])
        .await;
    }
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

/// The clone itself does not recurse: what ends it is the fuel.
#[tokio::test]
async fn a_deep_nest_can_be_cloned() {
    let source = "
        let deep = [];
        for (let i = 0; i < 1e4; i++) deep = [deep];
        let copy = structuredClone(deep), depth = 0;
        while (copy.length > 0) { copy = copy[0]; depth++ }
        return depth";
    assert_eq!(result(source).await, 10_000);
    let source = source.replace("1e4", "1e5");
    assert_eq!(failure(&source).await.class, Class::FuelExhausted);
}
