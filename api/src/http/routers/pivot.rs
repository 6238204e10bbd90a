//! KAZOO's `pivot` module (KAZOO `pivot_call.erl`).
//!
//! KAZOO runs the flow in a reply of 200. Any other reply makes KAZOO take the branch `_`, so a result that KAZOO would not run is an
//! error here. KAZOO gives up after 5 s and then waits twice as long in silence.

use actix_web::{HttpResponse, http::header};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::{json, value::RawValue};

use super::{Asked, CallError, Ran, Refused, Router, Sample};
use crate::validation::Invalid;

pub(super) struct Pivot;

impl Router for Pivot {
    const NAME: &'static str = "pivot";
    const ADDRESS_IS_FOR: &'static str = "For `voice_url` of KAZOO's `pivot` module";
    const TITLE: &'static str = "KAZOO";
    const CALL_ID: &'static str = "/Call-ID";
    const SAMPLE: Sample =
        Sample::Form(include_str!("../../../../docs/examples/pivot/request.form"));

    async fn call(asked: &mut Asked<'_>) -> Result<Box<RawValue>, CallError> {
        asked.parameters().await
    }

    /// The record of a call that is over, sent to `cdr_url`, is told and not asked (`pivot_call.erl`, `cdr`). An empty answer to
    /// anything else ends the call.
    fn takes_nothing(call: &RawValue) -> bool {
        let told: Told = serde_json::from_str(call.get()).unwrap_or_default();
        told.hangup_cause.is_some()
    }

    fn nothing() -> HttpResponse {
        HttpResponse::NoContent().finish()
    }

    /// The result, if KAZOO would run it.
    fn reply(result: &RawValue, ran: &Ran) -> Result<HttpResponse, Refused> {
        if let Some(Ok(())) = &ran.flow {
            return Ok(HttpResponse::Ok()
                // Of anything else KAZOO thinks first that it is XML.
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

/// The part of a call that is read here.
#[derive(Default, Deserialize)]
struct Told {
    #[serde(rename = "Hangup-Cause")]
    hangup_cause: Option<IgnoredAny>,
}
