//! `TextEncoder` and `TextDecoder`.

use serde_json::json;

use super::{assert_errors, assert_values};
use crate::result;

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
        // Maximal subparts (Unicode 16, section 3.9.6).
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
