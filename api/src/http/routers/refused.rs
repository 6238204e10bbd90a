//! Replies without instructions.

use actix_web::{HttpResponse, http::StatusCode, http::header};
use serde_json::{Value, json};
use switchhook_runtime::{Class, Failure};
use switchhook_store::StoreError;

use crate::{
    functions::FunctionsError,
    http::{
        bodies::BodyError,
        call_parameters::CallError,
        calling::{OVERLOADED_FOR, status},
        error::ApiError,
        rate::TooMany,
    },
};

/// The reason for a reply without instructions, for readers of a router's log and for people who try the address.
pub(in crate::http) struct Refused {
    status: StatusCode,
    body: Value,
    retry_after_seconds: Option<u64>,
}

impl Refused {
    pub(super) fn new(status: StatusCode, message: &str) -> Self {
        Self::with(status, json!({"message": message}))
    }

    pub(super) fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden")
    }

    /// A wrong signature. Only clients with the right key see this error.
    pub(super) fn not_genuine() -> Self {
        let message = "the signature that the function asks for is missing or wrong";
        Self::new(StatusCode::FORBIDDEN, message)
    }

    pub(super) fn too_many(TooMany { wait, .. }: TooMany) -> Self {
        ApiError::too_many_requests(wait).into()
    }

    pub(super) fn is_forbidden(&self) -> bool {
        self.status == StatusCode::FORBIDDEN
    }

    /// The function failed.
    pub(super) fn failed(failure: &Failure) -> Self {
        let body =
            json!({"outcome": failure.class, "error": failure.error, "limit": failure.limit});
        Self::with(status(failure.class), body)
    }

    /// The router does not accept the function's result.
    pub(super) fn unusable(body: Value) -> Self {
        Self::with(StatusCode::UNPROCESSABLE_ENTITY, body)
    }

    fn with(status: StatusCode, body: Value) -> Self {
        let retry_after_seconds =
            (status == StatusCode::SERVICE_UNAVAILABLE).then_some(OVERLOADED_FOR);
        Self {
            status,
            body,
            retry_after_seconds,
        }
    }

    /// The reason as JSON.
    pub(super) fn reason(&self) -> String {
        self.body.to_string()
    }

    pub(super) fn json(&self) -> HttpResponse {
        self.reply("application/json", self.reason())
    }

    /// A reply with another body.
    pub(super) fn reply(&self, content_type: &'static str, body: String) -> HttpResponse {
        let mut reply = HttpResponse::build(self.status);
        if let Some(seconds) = self.retry_after_seconds {
            reply.insert_header((header::RETRY_AFTER, seconds));
        }
        reply
            .insert_header((header::CONTENT_TYPE, content_type))
            .body(body)
    }
}

impl From<CallError> for Refused {
    fn from(error: CallError) -> Self {
        let status = match error {
            CallError::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            _ => StatusCode::BAD_REQUEST,
        };
        Self::new(status, &error.to_string())
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self {
            retry_after_seconds: error.retry_after_seconds(),
            status: error.status,
            body: error.data,
        }
    }
}

impl From<FunctionsError> for Refused {
    fn from(error: FunctionsError) -> Self {
        match error {
            FunctionsError::WrongKey => Self::forbidden(),
            FunctionsError::NotCompiled(failure) if failure.class == Class::CompileError => {
                Self::failed(&failure)
            }
            error => ApiError::from(error).into(),
        }
    }
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        ApiError::from(error).into()
    }
}

impl From<BodyError> for Refused {
    fn from(error: BodyError) -> Self {
        ApiError::from(error).into()
    }
}
