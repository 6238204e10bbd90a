//! `URL`.

use serde_json::json;

use super::{assert_errors, assert_values};
use crate::result;

/// Triples of a URL, a base and the result.
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
        // Drive letters have a meaning in files only.
        ("https://h/a/c:/../x", "", "https://h/a/x"),
        ("sip://h/c:/..", "", "sip://h/"),
        ("file:///c:/../x", "", "file:///c:/x"),
        // In special schemes, the number of slashes before the host does not matter, and a backslash counts as a slash.
        ("///test", "https://h/a", "https://test/"),
        ("/\\/\\test/x", "https://h/a", "https://test/x"),
        ("///test", "sip://h/a", "sip:///test"),
        ("\\x", "sip://h/a", "sip://h/\\x"),
        ("\\x", "https://h/a/b", "https://h/x"),
    ] {
        let base = if base.is_empty() {
            "undefined"
        } else {
            &format!("'{base}'")
        };
        // The cases contain escapes of JavaScript, except where they mean backslashes.
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
            "new URL('sip://h:8080\\\\x')",
            "TypeError: 'sip://h:8080\\x' is no URL: invalid port number",
        ),
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
