//! Error replies for the description.

use std::collections::BTreeMap;

use serde_json::Value;
use utoipa::{
    IntoResponses, ToSchema,
    openapi::{Content, Ref, RefOr, Response, ResponseBuilder},
};

use super::schemas::Tokens;

/// The envelope of every error.
#[derive(ToSchema)]
#[expect(dead_code, reason = "this is described, not made")]
pub(super) struct Refusal {
    /// Problems by field, or other details
    data: Value,
    /// The status as text
    error: String,
    message: String,
    #[schema(pattern = "^error$")]
    status: String,
    request_id: String,
    #[schema(min_length = 22, max_length = 22)]
    node: String,
    timestamp: String,
    tokens: Tokens,
    version: Option<String>,
    auth_token: Option<String>,
}

/// Errors of any request.
const READING: [(u16, &str); 9] = [
    (
        400,
        "The body is no JSON in an envelope, or the document is not valid",
    ),
    (401, "No token, or one that is not known (any more)"),
    (
        403,
        "The token's account may not act in this account, or the account keeps as much as it may",
    ),
    (404, "There is no such thing"),
    (405, "This cannot be done here"),
    (410, "This version of the API is gone"),
    (
        429,
        "The client asks too much: `Retry-After` says when to come back",
    ),
    (500, "The server's own fault: its log says more"),
    (
        503,
        "Too much is going on: `Retry-After` says when to come back",
    ),
];

/// Further errors of requests that change something.
const WRITING: [(u16, &str); 1] = [(
    409,
    "Somebody else has changed the document, or the id is taken",
)];

/// Errors without a body.
const BARE: [(u16, &str); 1] = [(406, "The client takes no JSON")];

const BARE_WRITING: [(u16, &str); 2] = [
    (
        412,
        "The document is not what `If-Match` or `If-None-Match` say",
    ),
    (415, "The body is no JSON"),
];

/// Further errors of requests that run a function.
const RUNNING: [(u16, &str); 3] = [
    (409, "The function is switched off"),
    (413, "The call is too large or nested too deeply"),
    (
        422,
        "The function failed: `data.outcome` and `data.error` say why",
    ),
];

pub(in crate::http) struct ReadingRefused;
pub(in crate::http) struct WritingRefused;
pub(in crate::http) struct RunningRefused;

type Responses = BTreeMap<String, RefOr<Response>>;

fn with_body(refused: &[(u16, &str)]) -> Responses {
    let content = Content::new(Some(Ref::from_schema_name("Refusal")));
    refused
        .iter()
        .map(|(status, description)| {
            let response = ResponseBuilder::new()
                .description(*description)
                .content("application/json", content.clone());
            (status.to_string(), response.build().into())
        })
        .collect()
}

fn bare(refused: &[(u16, &str)]) -> Responses {
    refused
        .iter()
        .map(|(status, description)| {
            let response = ResponseBuilder::new().description(*description);
            (status.to_string(), response.build().into())
        })
        .collect()
}

impl IntoResponses for ReadingRefused {
    fn responses() -> Responses {
        let mut all = with_body(&READING);
        all.extend(bare(&BARE));
        all
    }
}

impl IntoResponses for WritingRefused {
    fn responses() -> Responses {
        let mut all = ReadingRefused::responses();
        all.extend(with_body(&WRITING));
        all.extend(bare(&BARE_WRITING));
        all
    }
}

impl IntoResponses for RunningRefused {
    fn responses() -> Responses {
        let mut all = WritingRefused::responses();
        all.extend(with_body(&RUNNING));
        all
    }
}
