//! jambonz, which sends JSON and expects a list of verbs (jambonz-feature-server, `http-requestor.js`).
//!
//! With any status but 200, jambonz answers the call with 480, so that the sender of the call can try another way.

use actix_web::{HttpResponse, http::header};
use serde_json::{Map, Value, json, value::RawValue};
use switchhook_store::ids::hex;

use super::{CallError, Ran, Refused, Router, RouterRequest, Sample, signatures};

pub(super) struct Jambonz;

impl Router for Jambonz {
    const NAME: &'static str = "jambonz";
    const ADDRESS_IS_FOR: &'static str = "For the calling webhook of an application of jambonz";
    const TITLE: &'static str = "jambonz";
    const ENTERED_AT: &'static str = "In the portal: Applications, Calling webhook, method POST.";
    const CALL_ID: &'static str = "/call_sid";
    const SAMPLE: Sample = Sample::Json(include_str!(
        "../../../../docs/examples/jambonz/request.json"
    ));

    /// The account's webhook secret.
    const SIGNED_WITH: Option<&'static str> = Some("JAMBONZ_WEBHOOK_SECRET");

    async fn call(request: &mut RouterRequest<'_>) -> Result<Box<RawValue>, CallError> {
        request.json()
    }

    const SIGNS_ADDRESS: bool = false;

    /// The signature covers the JSON of the body. A GET has no body, so the signed JSON is unknown.
    fn is_signed(request: &RouterRequest, secret: &str) -> bool {
        let header = request.header("jambonz-signature");
        !request.body.is_empty()
            && header
                .is_some_and(|header| is_signed(header, request.body, secret, signatures::now()))
    }

    /// Always true. After a hook or an event, an empty list continues the application. For a new call, an empty list
    /// does the same as a failure.
    fn takes_nothing(_: &RawValue) -> bool {
        true
    }

    fn nothing() -> HttpResponse {
        verbs("[]".to_owned())
    }

    fn reply(result: &RawValue, _: &Ran) -> Result<HttpResponse, Refused> {
        match serde_json::from_str(result.get()) {
            Ok(Value::Array(all)) if all.iter().all(is_verb) => Ok(verbs(result.get().to_owned())),
            Ok(one) if is_verb(&one) => Ok(verbs(format!("[{}]", result.get()))),
            _ => Err(Refused::unusable(json!({"message": NO_VERBS}))),
        }
    }
}

const NO_VERBS: &str = "jambonz takes a verb or a list of them, each written as `{verb: 'say', text: 'hello'}` or as `{say: {text: 'hello'}}`";

/// Whether a value is a verb, in one of the two forms (jambonz `verb-specifications`, `normalizeJambones`).
fn is_verb(verb: &Value) -> bool {
    let by_its_name =
        |fields: &Map<String, Value>| fields.len() == 1 && fields.values().all(Value::is_object);
    verb["verb"].is_string() || verb.as_object().is_some_and(by_its_name)
}

fn verbs(list: String) -> HttpResponse {
    HttpResponse::Ok()
        // jambonz reads no other content type.
        .insert_header((header::CONTENT_TYPE, "application/json"))
        .body(list)
}

/// Checks a header `t=1700000000,v1=…`, with one or more `v1`: HMAC-SHA256 of the time, a dot and the body (jambonz
/// `node-client`, `verifyJambonzSignature`).
fn is_signed(header: &str, body: &[u8], secret: &str, now: i64) -> bool {
    let parts = || {
        header
            .split(',')
            .filter_map(|part| part.trim().split_once('='))
    };
    let Some((_, time)) = parts().find(|(name, _)| *name == "t") else {
        return false;
    };
    if !signatures::is_fresh(time, now) {
        return false;
    }
    let expected = hex(&signatures::hmac_sha256(
        secret,
        &[time.as_bytes(), b".", body],
    ));
    let mut given = parts().filter(|(name, _)| *name == "v1");
    given.any(|(_, signature)| signatures::same(signature, &expected))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by `openssl dgst -sha256 -hmac secret` from `1700000000.{"call_sid":"x"}`.
    const SIGNATURE: &str = "b86af52d9cb454392b9b9cdb982c4599b82e94588c7723600ae626fbe4c2027e";

    #[test]
    fn signatures_are_of_the_time_and_the_body() {
        let body = br#"{"call_sid":"x"}"#;
        let right = format!("t=1700000000,v1={SIGNATURE}");
        let is_signed =
            |header: &str, body: &[u8], secret| is_signed(header, body, secret, 1_700_000_100);
        assert!(is_signed(&right, body, "secret"));
        assert!(is_signed(
            &format!("t=1700000000,v1=00, v1={SIGNATURE}"),
            body,
            "secret"
        ));
        assert!(!is_signed(&right, body, "other"));
        assert!(!is_signed(&right, b"{}", "secret"));
        assert!(!is_signed(
            &format!("t=1700000001,v1={SIGNATURE}"),
            body,
            "secret"
        ));
        assert!(!is_signed(&format!("v1={SIGNATURE}"), body, "secret"));
        assert!(!is_signed("t=1700000000", body, "secret"));
        assert!(!super::is_signed(&right, body, "secret", 1_700_000_301));
    }
}
