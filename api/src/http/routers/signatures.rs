//! Common parts of several routers' signatures.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// Largest difference between a signed time and now, in seconds: the value that jambonz and Telnyx recommend.
const TOLERANCE_SECONDS: u64 = 300;

/// The time in seconds since 1970.
pub(super) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs().cast_signed())
}

/// Whether a time, in seconds since 1970, is about now. So an intercepted signature soon becomes useless.
pub(super) fn is_fresh(time: &str, now: i64) -> bool {
    let time = time.parse::<i64>();
    time.is_ok_and(|time| time.abs_diff(now) <= TOLERANCE_SECONDS)
}

pub(super) fn hmac_sha1(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    finished::<Hmac<Sha1>>(secret, parts)
}

pub(super) fn hmac_sha256(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    finished::<Hmac<Sha256>>(secret, parts)
}

fn finished<M: Mac + KeyInit>(secret: &str, parts: &[&[u8]]) -> Vec<u8> {
    let mut mac =
        <M as KeyInit>::new_from_slice(secret.as_bytes()).expect("a key of HMAC has any length");
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().to_vec()
}

/// Compares two texts in a time that does not depend on where they differ.
pub(super) fn same(one: &str, other: &str) -> bool {
    one.as_bytes().ct_eq(other.as_bytes()).into()
}

/// An address as it is, and the other form: without its port, or with the default port. Vendors may sign either form
/// (twilio-node, `validateRequest`).
pub(super) fn spellings(url: &str) -> [String; 2] {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let end = rest.find(['/', '?']).unwrap_or(rest.len());
        let (host, path) = rest.split_at(end);
        let port = match scheme {
            "https" => ":443",
            "http" => ":80",
            _ => return None,
        };
        Some(match host.rsplit_once(':') {
            // In an IPv6 address, the text after the last colon ends in a bracket.
            Some((bare, own)) if !own.ends_with(']') => format!("{scheme}://{bare}{path}"),
            _ => format!("{scheme}://{host}{port}{path}"),
        })
    });
    let other = parts.unwrap_or_else(|| url.to_owned());
    [url.to_owned(), other]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_usual_port_or_none() {
        for (url, other) in [
            ("https://a.b/c?d=e:443", "https://a.b:443/c?d=e:443"),
            ("https://a.b:443/c", "https://a.b/c"),
            ("http://a.b:80", "http://a.b"),
            ("http://[::1]/c", "http://[::1]:80/c"),
            ("https://a.b:8443/c", "https://a.b/c"),
            ("https://[::1]:8443/c", "https://[::1]/c"),
        ] {
            assert_eq!(spellings(url), [url.to_owned(), other.to_owned()]);
        }
    }

    #[test]
    fn a_time_is_fresh_for_five_minutes() {
        for (time, expected) in [
            ("1000", true),
            ("700", true),
            ("699", false),
            ("1300", true),
            ("1301", false),
            ("-9223372036854775808", false),
            ("", false),
            ("x", false),
        ] {
            assert_eq!(is_fresh(time, 1000), expected, "{time}");
        }
    }
}
