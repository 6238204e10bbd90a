//! KAZOO's `pivot` module (KAZOO `pivot_call.erl`).
//!
//! KAZOO runs the flow in a reply of 200. After any other reply KAZOO takes the branch `_`, so a result that KAZOO
//! would not run is an error here. KAZOO gives up after 5 s, and then waits twice as long in silence.

use actix_web::{HttpResponse, http::header};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{json, value::RawValue};

use super::{CallError, Ran, Refused, Router, RouterRequest, Sample};
use crate::validation::Invalid;

pub(super) struct Pivot;

impl Router for Pivot {
    const NAME: &'static str = "pivot";
    const ADDRESS_IS_FOR: &'static str = "For `voice_url` of KAZOO's `pivot` module";
    const TITLE: &'static str = "KAZOO";
    const ENTERED_AT: &'static str = "In Monster-UI: Callflows, Advanced, Pivot: Voice URL, method GET, format Kazoo. Use this module there: Monster-UI does not draw `function`, and drops the nodes below it when a callflow is saved.";
    const CALL_ID: &'static str = "/Call-ID";
    const SAMPLE: Sample =
        Sample::Form(include_str!("../../../../docs/examples/pivot/request.form"));

    /// A node of a callflow.
    fn setting(url: &str) -> Option<String> {
        let data = json!({"voice_url": url, "method": "get", "req_format": "kazoo"});
        let node = json!({"module": "pivot", "data": data});
        serde_json::to_string_pretty(&node).ok()
    }

    async fn call(request: &mut RouterRequest<'_>) -> Result<Box<RawValue>, CallError> {
        request.parameters().await
    }

    /// The request with the record of a finished call, for `cdr_url`, only reports an event (`pivot_call.erl`, `cdr`).
    /// An empty answer to any other request ends the call.
    fn takes_nothing(call: &RawValue) -> bool {
        let told: Told = serde_json::from_str(call.get()).unwrap_or_default();
        told.hangup_cause.is_some()
    }

    fn nothing() -> HttpResponse {
        HttpResponse::NoContent().finish()
    }

    /// The reply with a result that KAZOO would run.
    fn reply(result: &RawValue, ran: &Ran) -> Result<HttpResponse, Refused> {
        if let Some(Ok(())) = &ran.flow {
            return Ok(HttpResponse::Ok()
                // With any other content type, KAZOO tries XML first.
                .insert_header((header::CONTENT_TYPE, "application/json"))
                .body(result.get().to_owned()));
        }
        let invalid = ran.flow.as_ref().and_then(|flow| flow.as_ref().err());
        Err(Refused::unusable(json!({
            "message": "KAZOO would not run what the function returned",
            "validation": invalid.map(Invalid::to_json),
        })))
    }
}

/// The parts of a call that this file reads.
#[derive(Default, Deserialize)]
struct Told {
    #[serde(rename = "Hangup-Cause")]
    hangup_cause: Option<IgnoredAny>,
}
