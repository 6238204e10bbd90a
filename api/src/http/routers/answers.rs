//! Answers to routers when a function has run.

use actix_web::{HttpResponse, body::MessageBody, http::header};
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use super::{Refused, Router};
use crate::functions::Ran;

/// A router's answer, for the author of a function.
#[derive(Serialize, ToSchema)]
pub(in crate::http) struct Answer {
    /// Of HTTP
    status: u16,
    /// Missing if there is no body
    #[serde(skip_serializing_if = "Option::is_none")]
    content_type: Option<String>,
    body: String,
}

/// The answer to a call.
pub(super) fn of<R: Router>(ran: &Ran, call: &RawValue) -> Result<HttpResponse, Refused> {
    match &ran.outcome.result {
        Ok(result) if is_nothing(result) && R::takes_nothing(call) => Ok(R::nothing()),
        Ok(result) => R::reply(result, ran),
        Err(failure) => Err(Refused::failed(failure)),
    }
}

/// The answer to a call as the router would get it, failures included.
pub(super) fn shown<R: Router>(ran: &Ran, call: &RawValue) -> Answer {
    let reply = of::<R>(ran, call).unwrap_or_else(|refused| R::failure(&refused));
    let content_type = reply.headers().get(header::CONTENT_TYPE);
    let content_type = content_type.and_then(|it| it.to_str().ok());
    Answer {
        status: reply.status().as_u16(),
        content_type: content_type.map(str::to_owned),
        // The body is never a stream.
        body: reply
            .into_body()
            .try_into_bytes()
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .unwrap_or_default(),
    }
}

/// Whether a result has no instructions. A function that returned nothing at all has the result `null` by now.
fn is_nothing(result: &RawValue) -> bool {
    let json = result.get();
    let items = json
        .strip_prefix('[')
        .and_then(|json| json.strip_suffix(']'));
    json == "null" || items.is_some_and(|items| items.trim_ascii().is_empty())
}
