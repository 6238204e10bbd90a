//! Where released QuickJS-ng differs from ECMAScript, and the guest does not.

use serde_json::{Value, json};

use crate::{result, run};

async fn assert_values<const COUNT: usize>(cases: [(&str, Value); COUNT]) {
    for (source, expected) in cases {
        assert_eq!(result(source).await, expected, "{source}");
    }
}

/// A long concatenated text is stored as a rope, which must not be observable.
#[tokio::test]
async fn how_a_text_came_about_makes_no_difference() {
    let source = r#"
        const rope = () => 'a'.repeat(5000) + 'b'.repeat(5000);
        const flat = JSON.parse(JSON.stringify(rope()));
        const digits = () => '1'.repeat(5000) + '2'.repeat(5000);
        return [
            rope() == flat, flat == rope(), rope() != flat, rope() == rope(), new String(flat) == rope(), rope() == [flat],
            BigInt(digits()) == digits(), BigInt(digits()) - 1n < digits(), digits() > BigInt(digits()),
            RegExp.escape(rope()) === '\\x61' + 'a'.repeat(4999) + 'b'.repeat(5000),
            JSON.stringify([1], null, rope()) === '[\naaaaaaaaaa1\n]',
            Object.keys({...rope()}).length === 10000,
        ];"#;
    let same = json!([
        true, true, false, true, true, true, true, true, false, true, true, true
    ]);
    assert_eq!(result(source).await, same);
}

/// Not part of ECMAScript, but of every browser and of node. Libraries and old functions use it.
#[tokio::test]
async fn the_constructor_tells_of_the_last_match() {
    let told = "return [RegExp.$1, RegExp.$2, RegExp.$9, RegExp.lastMatch, RegExp['$&'], RegExp.lastParen, RegExp.leftContext, RegExp.rightContext, RegExp.input]";
    let dialled = json!([
        "1",
        "415",
        "",
        "+1415",
        "+1415",
        "415",
        "call ",
        "!",
        "call +1415!"
    ]);
    for matched in [
        r"/\+(\d)(\d{3})/.test('call +1415!');",
        r"/\+(\d)(\d{3})/.exec('call +1415!'); /x/.test('no match');",
        r"'call +1415!'.replace(/\+(\d)(\d{3})/, '');",
        r"'call +1415!'.replace(/\+(\d)(\d{3})/g, '');",
        r"'call +1415!'.match(/\+(\d)(\d{3})/g);",
        r"'call +1415!'.search(/\+(\d)(\d{3})/);",
        r"'call +1415!'.replace(/\+(\d)(\d{3})/, () => RegExp.$1);",
    ] {
        assert_eq!(
            result(&format!("{matched}{told}")).await,
            dialled,
            "{matched}"
        );
    }
    assert_values([
        ("return [RegExp.$1, RegExp.lastMatch, RegExp.input]", json!(["", "", ""])),
        ("/(a)|(b)/.test('b'); return [RegExp.$1, RegExp.$2, RegExp['$+']]", json!(["", "b", "b"])),
        ("/é(😀)/u.test('xé😀y'); return [RegExp.$1, RegExp['$`'], RegExp[\"$'\"]]", json!(["😀", "x", "y"])),
        ("/(?<=(\\d)(x))y/.test('1xy'); return [RegExp.$1, RegExp.$2]", json!(["1", "x"])),
        ("const r = /(1)(2)(3)(4)(5)(6)(7)(8)(9)(a)(b)/; r.test('123456789ab'); return [RegExp.$9, RegExp.lastParen]", json!(["9", "b"])),
        (
            "class Own extends RegExp {} new Own('(a)').test('a'); return [Own.$1, RegExp.$1]",
            json!(["a", "a"]),
        ),
    ])
    .await;
}

#[tokio::test]
async fn a_text_can_be_spread_into_an_object() {
    assert_values([
        ("return {...'ab'}", json!({"0": "a", "1": "b"})),
        (
            "return {a: 1, ...'x', ...1, ...null, ...true}",
            json!({"a": 1, "0": "x"}),
        ),
        (
            "const {0: a, ...rest} = 'abc'; return [a, rest]",
            json!(["a", {"1": "b", "2": "c"}]),
        ),
    ])
    .await;
}

#[tokio::test]
async fn iterator_helpers_can_be_left() {
    assert_values([
        ("for (const x of [1, 2].values().map(x => x + 1)) return x", json!(2)),
        ("for (const x of new Set([1, 2]).values().filter(x => x > 1)) return x", json!(2)),
        ("for (const x of [1, 2].values().flatMap(x => [x, x])) return x", json!(1)),
        ("for (const [k] of new Map([[1, 2]]).entries().drop(0)) return k", json!(1)),
        ("const [a] = [1, 2].values().map(x => x); return a", json!(1)),
        ("return Iterator.from([1, 2]).map(x => x).take(1).toArray()", json!([1])),
        ("return [1].values().map(x => x).return()", json!({"done": true})),
        (
            "const closed = [];
            const closing = name => ({__proto__: Iterator.prototype, next: () => ({value: 1}), return() { closed.push(name); return {} }});
            for (const x of closing('outer').flatMap(() => closing('inner'))) break;
            for (const x of closing('dropped').drop(5)) break;
            return closed",
            json!(["inner", "outer", "dropped"]),
        ),
    ])
    .await;
}

#[tokio::test]
async fn sort_asks_about_equal_elements() {
    assert_values([
        ("let asked = 0; [1, 1].sort(() => { asked++; return 0 }); return asked", json!(1)),
        (
            "const o = {}; let same = false; [o, o].toSorted((a, b) => { same ||= a === b; return 0 }); return same",
            json!(true),
        ),
        ("return [3, 1, 2, 1].sort((a, b) => b - a)", json!([3, 2, 1, 1])),
    ])
    .await;
}

#[tokio::test]
async fn integers_of_n_bits_are_as_they_should_be() {
    let source = "
        const powers = [0, 1, 31, 32, 33, 63, 64, 65, 96, 128, 130], wrong = [];
        for (const bits of powers) {
            const modulus = 1n << BigInt(bits), half = modulus >> 1n;
            for (const power of powers) for (const near of [-2n, -1n, 0n, 1n, 2n]) for (const sign of [1n, -1n]) {
                const n = sign * (1n << BigInt(power)) + near, rest = ((n % modulus) + modulus) % modulus;
                if (BigInt.asUintN(bits, n) !== rest) wrong.push(['asUintN', bits, String(n)]);
                if (BigInt.asIntN(bits, n) !== (bits && rest >= half ? rest - modulus : rest)) wrong.push(['asIntN', bits, String(n)]);
            }
        }
        return wrong";
    assert_eq!(result(source).await, json!([]));
    assert_values([
        (
            "return String(BigInt.asUintN(64, -1n))",
            json!("18446744073709551615"),
        ),
        (
            "try { BigInt.asUintN(2 ** 53 - 1, -1n) } catch (e) { return e.name }",
            json!("RangeError"),
        ),
        ("return String(BigInt.asUintN(2 ** 53 - 1, 1n))", json!("1")),
    ])
    .await;
}

/// New buffers contain no old bytes.
#[tokio::test]
async fn nothing_is_read_that_was_not_written() {
    assert_values([
        (
            "const a = [1]; a.length = 5; a.push(2); return [a.length, 1 in a, 4 in a, a[5], Object.keys(a)]",
            json!([6, false, false, 2, ["0", "5"]]),
        ),
        (
            "const stack = new DisposableStack(), seen = [];
            stack.defer(() => seen.push('first'));
            stack.adopt({}, () => { try { stack.move() } catch (e) { seen.push(e.name) } });
            stack.use(null);
            stack.dispose(); stack.dispose();
            return seen",
            json!(["ReferenceError", "first"]),
        ),
        (
            "const stack = new AsyncDisposableStack();
            stack.defer(() => Promise.reject());
            try { await stack.disposeAsync() } catch (e) { return ['thrown', typeof e] }",
            json!(["thrown", "undefined"]),
        ),
    ])
    .await;
}

/// The shortest digits that read as the same number. Rust writes the same.
#[tokio::test]
async fn numbers_are_written_with_the_fewest_digits() {
    let powers_below_normal = (0..52).map(|bit| 1 << bit);
    let powers = (1..0x7ff).map(|exponent| exponent << 52);
    let numbers: Vec<f64> = powers_below_normal
        .chain(powers)
        .map(f64::from_bits)
        .chain((1..2000).map(|n| f64::from_bits(u64::MAX / 4001 * n)))
        .chain([7.120_236_347_223_045e-307, f64::MAX, f64::MIN_POSITIVE])
        .collect();
    // As many numbers as the fuel of a call allows.
    for numbers in numbers.chunks(500) {
        let written = run("return call.map(String)", &json!(numbers).to_string()).await;
        let written: Vec<String> = serde_json::from_str(written.result.unwrap().get()).unwrap();
        for (number, written) in numbers.iter().zip(&written) {
            assert_eq!(written.parse(), Ok(*number), "{written}");
            let shortest = digits(&format!("{number:e}"));
            assert_eq!(digits(written).len(), shortest.len(), "{number:e}");
        }
    }
    assert_values([(
        "return [String(2 ** 89), JSON.stringify([2 ** 89])]",
        json!(["6.189700196426902e+26", "[6.189700196426902e+26]"]),
    )])
    .await;
}

/// The digits, without sign, exponent, and zeros that only place the point.
fn digits(number: &str) -> String {
    let mantissa = number.split('e').next().unwrap_or_default();
    mantissa
        .replace(['.', '-'], "")
        .trim_matches('0')
        .to_owned()
}

#[tokio::test]
async fn a_match_begins_with_a_whole_character() {
    let source = "
        const at = (regExp, lastIndex, text) => {
            regExp.lastIndex = lastIndex;
            const match = regExp.exec(text);
            return match && [match.index, match[0], regExp.lastIndex];
        };
        return [at(/./gu, 1, '💩'), at(/./yu, 1, '💩'), at(/./gv, 2, 'a💩'), at(/\\udca9/gu, 1, '💩'), at(/./gu, 2, '💩a'),
            at(/./g, 1, '💩a')?.[0], 'a💩b'.replace(/(?:)/gu, '-'), 'a💩b'.replace(/(?:)/gv, '-'), 'a💩b'.split(/(?:)/v),
            '💩a'.match(/./gv)]";
    assert_eq!(
        result(source).await,
        json!([
            [0, "💩", 2],
            [0, "💩", 2],
            [1, "💩", 3],
            null,
            [2, "a", 3],
            1,
            "-a-💩-b-",
            "-a-💩-b-",
            ["a", "💩", "b"],
            ["💩", "a"]
        ])
    );
}

#[tokio::test]
async fn the_flag_v_means_what_it_says_or_is_a_syntax_error() {
    for (pattern, text, expected) in [
        ("^.$", "💩", json!(true)),
        ("^[💩]$", "💩", json!(true)),
        ("^\\u{1f4a9}$", "💩", json!(true)),
        ("^\\p{L}+$", "aé", json!(true)),
        ("^\\P{L}$", "é", json!(false)),
        ("^[^\\p{L}]$", "1", json!(true)),
        ("^[\\&\\-\\!\\@]+$", "&-!@", json!(true)),
        ("^[.*&]+$", "*.&", json!(true)),
        ("(?<a>.)\\k<a>", "💩💩", json!(true)),
        ("[]", "a", json!(false)),
        ("^[^]$", "💩", json!(true)),
        // Set operations, which this mode does not have.
        ("^[\\d--[5]]$", "9", json!("SyntaxError")),
        ("^[[a-z]&&[aeiou]]$", "b", json!("SyntaxError")),
        ("[[a]]", "a", json!("SyntaxError")),
        ("[\\q{ab|c}]", "ab", json!("SyntaxError")),
        ("[a--b]", "a", json!("SyntaxError")),
        ("[--a]", "a", json!("SyntaxError")),
        ("^\\p{RGI_Emoji}$", "👍🏽", json!("SyntaxError")),
        ("^\\p{Emoji_Keycap_Sequence}$", "1", json!("SyntaxError")),
        // Characters that must be escaped.
        ("[a-]", "a", json!("SyntaxError")),
        ("[(]", "(", json!("SyntaxError")),
        ("[|]", "|", json!("SyntaxError")),
        ("[a&&b]", "a", json!("SyntaxError")),
        ("[!!]", "!", json!("SyntaxError")),
        ("[^^^]", "^", json!("SyntaxError")),
        ("[a", "a", json!("SyntaxError")),
    ] {
        let source =
            "try { return new RegExp(call[0], 'v').test(call[1]) } catch (e) { return e.name }";
        let outcome = run(source, &json!([pattern, text]).to_string()).await;
        let value: Value = serde_json::from_str(outcome.result.unwrap().get()).unwrap();
        assert_eq!(value, expected, "{pattern}");
    }
    assert_values([
        (
            "return /^\\p{Lu}$/iv.test('a') && /^\\p{Lu}$/iu.test('a') && !/^\\p{Lu}$/u.test('a')",
            json!(true),
        ),
        (
            "try { return new RegExp('\\\\P{Lu}', 'iv') } catch (e) { return e.message }",
            json!("\\P is not supported with the flags i and v"),
        ),
        (
            "return [/a/v.unicode, /a/v.unicodeSets, /a/v.flags]",
            json!([false, true, "v"]),
        ),
    ])
    .await;
}
