//! What every handler needs of its request, and how it replies.

use std::future::{Ready, ready};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse,
    dev::Payload,
    http::StatusCode,
    http::header::{self, HeaderValue},
    web,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json, value::RawValue};

use super::{
    Shared,
    bodies::{BodyError, MAX_BODY_BYTES, Share},
    envelope::{Envelope, Extras},
    error::ApiError,
};
use crate::ids::random_id;

/// Seconds after which an overloaded server may be asked again: a call takes a second at the most.
const RETRY_AFTER: HeaderValue = HeaderValue::from_static("1");

/// One request.
pub(super) struct RequestContext {
    shared: web::Data<Shared>,
    request_id: String,
    token: Option<String>,
    authorized: bool,
    /// What its body takes of the memory for bodies, until the request is answered.
    body: Option<Share>,
}

impl FromRequest for RequestContext {
    type Error = actix_web::Error;
    type Future = Ready<Result<Self, Self::Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let context = request
            .app_data::<web::Data<Shared>>()
            .map(|shared| Self::new(shared.clone(), |name| request.headers().get(name)));
        ready(context.ok_or_else(|| {
            actix_web::error::ErrorInternalServerError("the application has no state")
        }))
    }
}

impl RequestContext {
    /// The headers that [`Self::new`] asks for.
    pub(super) const HEADERS: [&str; 3] = ["x-request-id", "x-auth-token", "authorization"];

    pub(super) fn new<'a>(
        shared: web::Data<Shared>,
        header: impl Fn(&str) -> Option<&'a HeaderValue>,
    ) -> Self {
        let [id, token, authorization] =
            Self::HEADERS.map(|name| header(name).and_then(|value| value.to_str().ok()));
        let bearer = || authorization?.strip_prefix("Bearer ");
        Self {
            shared,
            request_id: id.map_or_else(random_id, str::to_owned),
            token: token.or_else(bearer).map(str::to_owned),
            authorized: false,
            body: None,
        }
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// Goes on only if the request may act in `account_id`.
    pub(super) async fn authorize(&mut self, account_id: &str) -> Result<(), ApiError> {
        self.shared
            .identity
            .authorize(self.token.as_deref(), account_id)
            .await?;
        self.authorized = true;
        Ok(())
    }

    /// A successful reply, or the error's.
    pub(super) fn reply(&self, reply: Result<HttpResponse, ApiError>) -> HttpResponse {
        reply.unwrap_or_else(|error| self.error(&error))
    }

    pub(super) fn envelope<T: Serialize>(
        &self,
        status: StatusCode,
        data: &T,
        extras: &Extras,
    ) -> HttpResponse {
        let envelope = Envelope::new(
            data,
            extras,
            &self.shared.node,
            &self.request_id,
            self.token.as_deref(),
            self.authorized,
        );
        match serde_json::to_vec(&envelope) {
            Ok(body) => {
                let mut reply = HttpResponse::build(status);
                if status == StatusCode::SERVICE_UNAVAILABLE {
                    reply.insert_header((header::RETRY_AFTER, RETRY_AFTER));
                }
                reply
                    .insert_header(("x-request-id", self.request_id.as_str()))
                    // Exactly this: KAZOO's own tests compare the whole value.
                    .insert_header((header::CONTENT_TYPE, "application/json"))
                    .body(body)
            }
            Err(error) => {
                tracing::error!("a reply has no JSON form: {error}");
                HttpResponse::InternalServerError().finish()
            }
        }
    }

    pub(super) fn error(&self, error: &ApiError) -> HttpResponse {
        let extras = Extras {
            error: Some(error.status.as_str()),
            message: Some(error.message),
            ..Extras::default()
        };
        self.envelope(error.status, &error.data, &extras)
    }

    /// The request's `data`, unparsed.
    pub(super) async fn data(&mut self, payload: web::Payload) -> Result<Box<RawValue>, ApiError> {
        let (body, share) = self.shared.bodies.read(payload).await?;
        self.body = Some(share);
        data_of(&body)
    }

    /// The request's `data`, which must be an object.
    pub(super) async fn object(
        &mut self,
        payload: web::Payload,
    ) -> Result<Map<String, Value>, ApiError> {
        object_of(&self.data(payload).await?)
    }
}

/// `data` that must be an object.
pub(super) fn object_of(data: &RawValue) -> Result<Map<String, Value>, ApiError> {
    serde_json::from_str(data.get()).map_err(|error| {
        if data.get().starts_with('[') {
            ApiError::wrong_type("data", "object", &json!("array"))
        } else {
            malformed(&error.to_string())
        }
    })
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => {
                let message =
                    format!("Payload or Files must not be more than {MAX_BODY_BYTES} bytes");
                Self::problem(
                    "file",
                    "maxSize",
                    json!({"message": message, "target": MAX_BODY_BYTES}),
                )
            }
            BodyError::Incomplete(error) => malformed(&format!("the body ended early: {error}")),
            BodyError::TooSlow => malformed("the body took too long"),
            BodyError::NoMemory => Self::overloaded("no memory is free for the body"),
        }
    }
}

#[derive(Deserialize)]
struct RequestEnvelope<'a> {
    #[serde(borrow)]
    data: Option<&'a RawValue>,
}

fn data_of(body: &[u8]) -> Result<Box<RawValue>, ApiError> {
    if body.is_empty() {
        return Ok(empty_object());
    }
    // A list would be taken for the fields of an envelope.
    if !body.trim_ascii_start().starts_with(b"{") {
        return Err(not_an_envelope(body));
    }
    let data = match serde_json::from_slice(body) {
        Ok(RequestEnvelope { data: Some(data) }) => data,
        Ok(RequestEnvelope { data: None }) => {
            let body = serde_json::from_slice(body).unwrap_or_default();
            return Err(ApiError::required("data", &body));
        }
        Err(_) => return Err(not_an_envelope(body)),
    };
    if !data.get().starts_with(['{', '[']) {
        let value: Value = serde_json::from_str(data.get()).unwrap_or_default();
        return Err(ApiError::wrong_type("data", "object, array", &value));
    }
    Ok(data.to_owned())
}

/// `{}`
pub(super) fn empty_object() -> Box<RawValue> {
    RawValue::from_string("{}".into()).expect("this is JSON")
}

fn not_an_envelope(body: &[u8]) -> ApiError {
    match serde_json::from_slice::<Value>(body) {
        Ok(_) => malformed("All JSON must be valid"),
        Err(error) => malformed(&format!("invalid_json around {}", offset(body, &error))),
    }
}

/// Bytes before the place where parsing stopped.
fn offset(body: &[u8], error: &serde_json::Error) -> usize {
    let lines_before: usize = body
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    lines_before + error.column()
}

fn malformed(message: &str) -> ApiError {
    ApiError::problem(
        "json",
        "invalid",
        json!({"message": message, "target": "body"}),
    )
}
