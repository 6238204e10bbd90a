//! SignalWire, which sends JSON and expects a SWML document.
//!
//! With any status but 2xx, SignalWire asks its fallback address, if there is one.

use std::borrow::Cow;

use actix_web::{HttpResponse, http::header};
use serde::Deserialize;
use serde_json::{Map, Value, json, value::RawValue};
use switchhook_store::ids::hex;

use super::{CallError, Ran, Refused, Router, RouterRequest, Sample, signatures};

/// The only version of SWML that there is.
const SWML_VERSION: &str = "1.0.0";

pub(super) struct SignalWire;

impl Router for SignalWire {
    const NAME: &'static str = "signalwire";
    const ADDRESS_IS_FOR: &'static str = "For the address of a SWML webhook of SignalWire";
    const TITLE: &'static str = "SignalWire";
    const ENTERED_AT: &'static str = "In the dashboard: the SWML webhook's Primary request URL.";
    const CALL_ID: &'static str = "/call/call_id";
    const SAMPLE: Sample = Sample::Json(include_str!(
        "../../../../docs/examples/signalwire/request.json"
    ));

    /// The project's signing key.
    const SIGNED_WITH: Option<&'static str> = Some("SIGNALWIRE_SIGNING_KEY");

    async fn call(request: &mut RouterRequest<'_>) -> Result<Box<RawValue>, CallError> {
        request.json()
    }

    fn is_signed(request: &RouterRequest, signing_key: &str) -> bool {
        let signature = request.header("x-signalwire-signature");
        signature.is_some_and(|it| is_signed(it, &request.url(), request.body, signing_key))
    }

    /// True for reports of a call's state, and for sections of a running document, because a document without
    /// instructions only ends the section. For a new call, such a document would end the call.
    fn takes_nothing(call: &RawValue) -> bool {
        let about: About = serde_json::from_str(call.get()).unwrap_or_default();
        about.call.call_state.as_deref() != Some("created")
    }

    fn nothing() -> HttpResponse {
        let sections = json!({"main": []});
        swml(&json!({"version": SWML_VERSION, "sections": sections}))
    }

    fn reply(result: &RawValue, _: &Ran) -> Result<HttpResponse, Refused> {
        let result = serde_json::from_str(result.get()).unwrap_or_default();
        match document(result) {
            Some(document) => Ok(swml(&Value::Object(document))),
            None => Err(Refused::unusable(
                json!({"message": "SWML is an object with `sections`, or with `main`, or a list of instructions"}),
            )),
        }
    }
}

/// The parts of a request that this file reads.
#[derive(Default, Deserialize)]
#[serde(default)]
struct About<'a> {
    #[serde(borrow)]
    call: State<'a>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct State<'a> {
    #[serde(borrow)]
    call_state: Option<Cow<'a, str>>,
}

fn swml(document: &Value) -> HttpResponse {
    HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(document.to_string())
}

/// The document of a result, which is a whole document, its sections, or the instructions of the section `main`.
fn document(result: Value) -> Option<Map<String, Value>> {
    let sections = match result {
        Value::Array(_) => json!({"main": result}),
        Value::Object(mut document) if document.get("sections").is_some_and(Value::is_object) => {
            let version = document.entry("version");
            version.or_insert_with(|| SWML_VERSION.into());
            return Some(document);
        }
        Value::Object(sections) if sections.get("main").is_some_and(Value::is_array) => {
            sections.into()
        }
        _ => return None,
    };
    let mut document = Map::new();
    document.insert("version".into(), SWML_VERSION.into());
    document.insert("sections".into(), sections);
    Some(document)
}

/// Checks an HMAC-SHA1 of address and body, in hexadecimal (signalwire-typescript, `WebhookValidator.ts`).
fn is_signed(signature: &str, url: &str, body: &[u8], signing_key: &str) -> bool {
    signatures::spellings(url).iter().any(|url| {
        let expected = signatures::hmac_sha1(signing_key, &[url.as_bytes(), body]);
        signatures::same(signature, &hex(&expected))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instructions_and_sections_become_a_document() {
        let main = json!({"main": [{"answer": {}}, "hangup"]});
        let whole = json!({"version": "1.0.0", "sections": main});
        for (result, expected) in [
            (main["main"].clone(), Some(&whole)),
            (main.clone(), Some(&whole)),
            (json!({"sections": main}), Some(&whole)),
            (whole.clone(), Some(&whole)),
            (json!({"sections": []}), None),
            (json!({"main": {}}), None),
            (json!({"answer": {}}), None),
            (json!("hangup"), None),
            (Value::Null, None),
        ] {
            let expected = expected.and_then(Value::as_object).cloned();
            assert_eq!(document(result.clone()), expected, "{result}");
        }
    }

    /// From the tests of SignalWire's own libraries.
    #[test]
    fn signatures_are_of_the_address_and_the_body() {
        const KEY: &str = "PSKtest1234567890abcdef";
        const SIGNATURE: &str = "c3c08c1fefaf9ee198a100d5906765a6f394bf0f";
        let url = "https://example.ngrok.io/webhook";
        let body = br#"{"event":"call.state","params":{"call_id":"abc-123","state":"answered"}}"#;
        assert!(is_signed(SIGNATURE, url, body, KEY));
        assert!(is_signed(
            SIGNATURE,
            "https://example.ngrok.io:443/webhook",
            body,
            KEY
        ));
        assert!(!is_signed(SIGNATURE, url, body, "other"));
        assert!(!is_signed(SIGNATURE, url, b"{}", KEY));
        assert!(!is_signed(
            SIGNATURE,
            "https://example.ngrok.io/other",
            body,
            KEY
        ));
        assert!(!is_signed("", url, body, KEY));
    }
}
