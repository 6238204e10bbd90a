//! Telnyx, which sends the same requests as Twilio and expects TeXML.
//!
//! With any status but 2xx, Telnyx asks the failover address of the application, if there is one.

use actix_web::HttpResponse;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signature, VerifyingKey};
use serde_json::value::RawValue;

use super::{CallError, Ran, Refused, Router, RouterRequest, Sample, signatures, twilio, xml};

pub(super) struct Telnyx;

impl Router for Telnyx {
    const NAME: &'static str = "telnyx";
    const ADDRESS_IS_FOR: &'static str = "For the voice method of a TeXML application of Telnyx";
    const TITLE: &'static str = "Telnyx";
    const ENTERED_AT: &'static str =
        "In Mission Control: the TeXML application's Voice method, POST.";
    const CALL_ID: &'static str = "/CallSid";
    const SAMPLE: Sample = Sample::Form(include_str!(
        "../../../../docs/examples/telnyx/request.form"
    ));

    /// The account's public key.
    const SIGNED_WITH: Option<&'static str> = Some("TELNYX_PUBLIC_KEY");

    async fn call(request: &mut RouterRequest<'_>) -> Result<Box<RawValue>, CallError> {
        request.parameters().await
    }

    const SIGNS_ADDRESS: bool = false;

    /// The signature covers the body, so a GET has nothing to sign.
    fn is_signed(request: &RouterRequest, key: &str) -> bool {
        let signature = request.header("telnyx-signature-ed25519");
        let time = request.header("telnyx-timestamp");
        let signed = signature.zip(time).filter(|_| !request.body.is_empty());
        signed.is_some_and(|(signature, time)| {
            signatures::is_fresh(time, signatures::now())
                && is_signed(signature, time, request.body, key).is_some()
        })
    }

    /// A request that is not of TeXML, such as the event `call.hangup` of Telnyx's Voice API, has no call status.
    fn takes_nothing(call: &RawValue) -> bool {
        !twilio::is_new_call(call)
    }

    fn nothing() -> HttpResponse {
        xml::empty("Response")
    }

    fn reply(result: &RawValue, _: &Ran) -> Result<HttpResponse, Refused> {
        xml::reply(result, "Response")
    }
}

/// Checks an Ed25519 signature of the time, a bar and the body. Signature and key are in Base64 (Telnyx, "Webhook
/// Fundamentals").
fn is_signed(signature: &str, time: &str, body: &[u8], key: &str) -> Option<()> {
    let key: [u8; 32] = STANDARD.decode(key.trim()).ok()?.try_into().ok()?;
    let signature = Signature::from_slice(&STANDARD.decode(signature).ok()?).ok()?;
    let signed = [time.as_bytes(), b"|", body].concat();
    let key = VerifyingKey::from_bytes(&key).ok()?;
    key.verify_strict(&signed, &signature).ok()
}

#[cfg(test)]
mod tests {
    use ed25519_dalek::{Signer, SigningKey};

    use super::*;

    #[test]
    fn signatures_are_of_the_time_and_the_body() {
        let own = SigningKey::from_bytes(&[7; 32]);
        let public = |key: &SigningKey| STANDARD.encode(key.verifying_key().as_bytes());
        let signature = STANDARD.encode(own.sign(b"1700000000|CallSid=x").to_bytes());
        let holds = |time, body: &[u8], key: &str| is_signed(&signature, time, body, key).is_some();
        assert!(holds("1700000000", b"CallSid=x", &public(&own)));
        assert!(!holds("1700000001", b"CallSid=x", &public(&own)));
        assert!(!holds("1700000000", b"CallSid=y", &public(&own)));
        let other = SigningKey::from_bytes(&[8; 32]);
        assert!(!holds("1700000000", b"CallSid=x", &public(&other)));
        assert!(!holds("1700000000", b"CallSid=x", "no key"));
        let key = public(&own);
        assert!(is_signed("", "1700000000", b"CallSid=x", &key).is_none());
    }
}
