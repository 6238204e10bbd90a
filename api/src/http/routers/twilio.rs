//! Twilio, which sends forms and expects TwiML.
//!
//! With any status but 2xx, Twilio asks the fallback address of the number, if there is one.

use std::{borrow::Cow, collections::BTreeSet};

use actix_web::HttpResponse;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};
use switchhook_store::ids::hex;

use super::{CallError, Ran, Refused, Router, RouterRequest, Sample, signatures, xml};
use crate::http::content::essence;

pub(super) struct Twilio;

impl Router for Twilio {
    const NAME: &'static str = "twilio";
    const ADDRESS_IS_FOR: &'static str =
        "For what happens when a call comes in to a number of Twilio";
    const TITLE: &'static str = "Twilio";
    const ENTERED_AT: &'static str =
        "In the console: the number's Voice settings, A call comes in, Webhook.";
    const CALL_ID: &'static str = "/CallSid";
    const SAMPLE: Sample = Sample::Form(include_str!(
        "../../../../docs/examples/twilio/request.form"
    ));

    /// The account's primary token.
    const SIGNED_WITH: Option<&'static str> = Some("TWILIO_AUTH_TOKEN");

    async fn call(request: &mut RouterRequest<'_>) -> Result<Box<RawValue>, CallError> {
        request.parameters().await
    }

    fn is_signed(request: &RouterRequest, token: &str) -> bool {
        if !is_utf8(request.header("content-type").unwrap_or_default()) {
            return false;
        }
        let is_form = essence(request.headers()) == "application/x-www-form-urlencoded";
        let body = if is_form {
            Body::Form(request.body)
        } else {
            Body::Other(request.body)
        };
        let signature = request.header("x-twilio-signature");
        signature.is_some_and(|signature| is_signed(signature, &request.url(), &body, token))
    }

    fn takes_nothing(call: &RawValue) -> bool {
        !is_new_call(call)
    }

    fn nothing() -> HttpResponse {
        xml::empty("Response")
    }

    fn reply(result: &RawValue, _: &Ran) -> Result<HttpResponse, Refused> {
        xml::reply(result, "Response")
    }
}

/// Whether a request asks for instructions for an unanswered call, which an empty answer would end. A status callback
/// names its source, even if it reports an unanswered call, and Twilio ignores its answer.
pub(super) fn is_new_call(call: &RawValue) -> bool {
    let told: Told = serde_json::from_str(call.get()).unwrap_or_default();
    told.status.as_deref() == Some("ringing") && told.callback_source.is_none()
}

/// The parts of a call that this file reads.
#[derive(Default, Deserialize)]
struct Told<'a> {
    #[serde(borrow, rename = "CallStatus")]
    status: Option<Cow<'a, str>>,
    #[serde(rename = "CallbackSource")]
    callback_source: Option<IgnoredAny>,
}

enum Body<'a> {
    Form(&'a [u8]),
    Other(&'a [u8]),
}

/// The parameter with the hash of a body that is not a form.
const BODY_HASH: &str = "bodySHA256";

/// Checks an HMAC-SHA1, in Base64, of the address and the form's names and values, sorted by name. For other bodies,
/// the address contains the hash of the body (twilio-node, `webhooks.ts`).
fn is_signed(signature: &str, url: &str, body: &Body, token: &str) -> bool {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    let mut query = form_urlencoded::parse(query.as_bytes());
    let hash = query.find(|(name, _)| name == BODY_HASH);
    let form: BTreeSet<(Cow<str>, Cow<str>)> = match (body, hash) {
        (Body::Form(form) | Body::Other(form), Some((_, hash))) => {
            if !signatures::same(&hash, &hex(&Sha256::digest(form))) {
                return false;
            }
            BTreeSet::new()
        }
        (Body::Form(form), None) => {
            let form: BTreeSet<_> = form_urlencoded::parse(form).collect();
            if !is_plain(&form) {
                return false;
            }
            form
        }
        (Body::Other([]), None) => BTreeSet::new(),
        (Body::Other(_), None) => return false,
    };
    signatures::spellings(url).iter().any(|url| {
        let texts = form
            .iter()
            .flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        let parts: Vec<&[u8]> = [url.as_bytes()].into_iter().chain(texts).collect();
        let expected = STANDARD.encode(signatures::hmac_sha1(token, &parts));
        signatures::same(signature, &expected)
    })
}

/// Whether the function will see exactly the signed values. The signature does not cover the order of values with the
/// same name, and the function sees only the last value. Bytes that are not UTF-8 would all be read as the same
/// character.
fn is_plain(form: &BTreeSet<(Cow<str>, Cow<str>)>) -> bool {
    let is_text = |text: &str| !text.contains(char::REPLACEMENT_CHARACTER);
    let names: BTreeSet<_> = form.iter().map(|(name, _)| name).collect();
    names.len() == form.len()
        && form
            .iter()
            .all(|(name, value)| is_text(name) && is_text(value))
}

/// Whether the content type names no other character set than UTF-8.
fn is_utf8(content_type: &str) -> bool {
    let mut parameters = content_type.split(';').skip(1);
    parameters.all(|parameter| match parameter.split_once('=') {
        Some((name, value)) if name.trim().eq_ignore_ascii_case("charset") => {
            value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
        }
        _ => true,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The token in Twilio's documentation and libraries.
    const TOKEN: &str = "12345";
    const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
    const FORM: &[u8] = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
    const SIGNATURE: &str = "RSOYDt4T1cUTdK1PDd93/VVr8B8=";

    #[test]
    fn signatures_are_of_the_address_and_the_form() {
        let form = Body::Form(FORM);
        assert!(is_signed(SIGNATURE, URL, &form, TOKEN));
        let with_port = URL.replace(".com", ".com:443");
        assert!(is_signed(SIGNATURE, &with_port, &form, TOKEN));
        for (signature, url, body, token) in [
            (SIGNATURE, URL, FORM, "other"),
            (SIGNATURE, URL, &FORM[1..], TOKEN),
            (
                SIGNATURE,
                "https://mycompany.com/myapp.php?foo=1",
                FORM,
                TOKEN,
            ),
            ("", URL, FORM, TOKEN),
        ] {
            assert!(!is_signed(signature, url, &Body::Form(body), token));
        }
        assert!(!is_signed(SIGNATURE, URL, &Body::Other(FORM), TOKEN));
    }

    /// Twilio's libraries accept this signature, which does not cover the order of the two values.
    #[test]
    fn a_name_with_several_values_says_nothing() {
        let form = Body::Form(b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234");
        assert!(!is_signed(
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
            URL,
            &form,
            TOKEN
        ));
    }

    #[test]
    fn a_form_is_text_in_utf_8() {
        for (form, expected) in [
            (&b"a=%C3%A4"[..], true),
            (b"a=1&a=1", true),
            (b"a=1&a=2", false),
            (b"a=%E4", false),
            (b"a=\xe4", false),
            (b"%FF=1", false),
        ] {
            assert_eq!(is_plain(&form_urlencoded::parse(form).collect()), expected);
        }
        for (content_type, expected) in [
            ("", true),
            ("application/x-www-form-urlencoded; charset=utf-8", true),
            ("application/x-www-form-urlencoded;Charset=\"UTF-8\"", true),
            (
                "application/x-www-form-urlencoded; a=b; charset=iso-8859-1",
                false,
            ),
        ] {
            assert_eq!(is_utf8(content_type), expected, "{content_type}");
        }
    }

    #[test]
    fn the_hash_of_another_body_is_in_the_address() {
        const HASH: &str = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";
        let url = format!("{URL}&bodySHA256={HASH}");
        let body = br#"{"property": "value", "boolean": true}"#;
        let is_signed = |body: &[u8]| {
            is_signed(
                "a9nBmqA0ju/hNViExpshrM61xv4=",
                &url,
                &Body::Other(body),
                TOKEN,
            )
        };
        assert!(is_signed(body));
        assert!(!is_signed(b"{}"));
        assert!(!is_signed(b""));
    }
}
