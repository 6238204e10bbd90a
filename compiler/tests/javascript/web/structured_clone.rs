//! Copies of values.

use serde_json::json;
use switchhook_runtime::Class;

use super::{assert_errors, assert_values};
use crate::{failure, result};

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
            "Object.assign(new Number(1), {valueOf: () => 2})",
            "b.valueOf() === 1 && b instanceof Number",
        ),
        (
            "Object.defineProperties(/x/g, {source: {value: 'y'}, flags: {value: ''}, global: {value: false}})",
            "b.source === 'x' && b.flags === 'g'",
        ),
        (
            "Object.defineProperties(new Uint8Array([1, 2]), {length: {value: 0}, buffer: {value: 1}})",
            "b.length === 2 && b[1] === 2",
        ),
        (
            "Object.freeze({toString: 1, constructor: 2})",
            "b.toString === 1 && b.constructor === 2 && !Object.isFrozen(b)",
        ),
        (
            "(Object.freeze(Object.prototype), {toString: 1, x: [{valueOf: 2}]})",
            "b.toString === 1 && b.x[0].valueOf === 2",
        ),
        (
            "(Object.defineProperty(Object.prototype, 'x', {set() {}, configurable: true}), JSON.parse('{\"x\": 1}'))",
            "Object.getOwnPropertyDescriptor(b, 'x').value === 1",
        ),
        (
            "{get a() { delete this.b; return 1 }, b: 2, c: 3}",
            "Object.keys(b).join() === 'a,c'",
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

/// Cloning does not recurse, so only fuel limits it.
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
