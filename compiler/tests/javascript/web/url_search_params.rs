//! `URLSearchParams`, alone and as part of a `URL`.

use serde_json::json;

use super::{assert_errors, assert_values};
use crate::result;

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
    assert_values([
        (
            "[...new URLSearchParams('a=1').entries().map(([name]) => name)]",
            json!(["a"]),
        ),
        (
            "(() => { const pairs = new URLSearchParams('a=1&b=2').entries(); for (const pair of pairs) break; return [...pairs] })()",
            json!([["b", "2"]]),
        ),
        (
            "['entries', 'keys', 'values', Symbol.iterator].map(name => String(new URLSearchParams()[name]()))",
            json!(vec!["[object URLSearchParams Iterator]"; 4]),
        ),
        (
            "((pairs) => [Object.keys(Object.getPrototypeOf(pairs)), pairs[Symbol.iterator]() === pairs, pairs.return, pairs.next()])
                (new URLSearchParams().keys())",
            json!([["next"], true, null, {"done": true}]),
        ),
    ])
    .await;
    assert_errors([(
        "URLSearchParams.prototype.entries.call({})",
        "TypeError: private class field '#list' does not exist",
    )])
    .await;
    // Sorted by code units: U+1F600 begins with 0xD83D.
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
