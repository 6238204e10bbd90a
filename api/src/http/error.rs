//! Errors in the form that KAZOO's clients know (KAZOO `cb_context.erl`, `crossbar_doc.erl`).

use std::{error::Error, fmt::Write as _, time::Duration};

use actix_web::{ResponseError, http::StatusCode};
use serde_json::{Value, json};
use switchhook_runtime::Class;
use switchhook_store::{OverQuota, StoreError};

use super::calling::{OVERLOADED_FOR, UNAVAILABLE_FOR};
use crate::{
    accounts::{AccountsError, IdentityError},
    functions::FunctionsError,
    validation::{Invalid, Problem},
};

/// An error reply.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{status}: {message}")]
pub(super) struct ApiError {
    pub(super) status: StatusCode,
    pub(super) message: &'static str,
    pub(super) data: Value,
    retry_after_seconds: Option<u64>,
}

/// Gives actix-web the status only. `front.rs`, which knows the request, writes the body.
impl ResponseError for ApiError {
    fn status_code(&self) -> StatusCode {
        self.status
    }
}

impl ApiError {
    fn new(status: StatusCode, message: &'static str, data: Value) -> Self {
        Self {
            status,
            message,
            data,
            retry_after_seconds: None,
        }
    }

    /// An error without a body, as KAZOO's HTTP server sends some.
    pub(super) fn bare(status: StatusCode) -> Self {
        Self::new(status, "", Value::Null)
    }

    pub(super) fn is_bare(&self) -> bool {
        self.message.is_empty()
    }

    /// When the client may try again, if it makes sense.
    pub(super) fn retry_after_seconds(&self) -> Option<u64> {
        self.retry_after_seconds
    }

    /// An invalid body (KAZOO `api_util.erl`).
    pub(super) fn malformed(message: &str) -> Self {
        let details = json!({"message": message, "target": "body"});
        Self::problem("json", "invalid", details)
    }

    pub(super) fn invalid(invalid: &Invalid) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "validation error",
            invalid.to_json(),
        )
    }

    pub(super) fn problem(field: &str, code: &'static str, details: Value) -> Self {
        let field = field.to_owned();
        Self::invalid(
            &Problem {
                field,
                code,
                details,
            }
            .into(),
        )
    }

    pub(super) fn required(field: &str, value: &Value) -> Self {
        Self::problem(
            field,
            "required",
            json!({"message": "Field is required but missing", "value": value}),
        )
    }

    pub(super) fn wrong_type(field: &str, target: &str, value: &Value) -> Self {
        Self::invalid(&Problem::wrong_type(field.to_owned(), target, value).into())
    }

    /// A value that is not one of the known values.
    pub(super) fn not_in_list(
        field: &str,
        known: impl Iterator<Item = &'static str>,
        value: &str,
    ) -> Self {
        let known: Vec<_> = known.collect();
        Self::problem(
            field,
            "enum",
            json!({
                "message": "Value not found in enumerated list of values",
                "target": known,
                "value": value,
            }),
        )
    }

    /// The request has no token.
    pub(super) fn no_credentials() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "invalid_credentials",
            json!({"message": "invalid credentials"}),
        )
    }

    /// The token is unknown. KAZOO's form of this error is different.
    pub(super) fn unknown_token() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "invalid credentials", json!({}))
    }

    pub(super) fn forbidden() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            json!({"message": "forbidden"}),
        )
    }

    pub(super) fn bad_identifier(id: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "bad_identifier",
            json!({"cause": id, "message": "bad identifier"}),
        )
    }

    /// The account's id is impossible.
    pub(super) fn invalid_account_id(id: &str) -> Self {
        let message = format!("invalid account_id '{id}'");
        Self::new(
            StatusCode::NOT_FOUND,
            "bad identifier",
            json!({"message": message}),
        )
    }

    pub(super) fn faulty_request(message: &str) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "faulty_request",
            json!({"message": message}),
        )
    }

    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not_found",
            json!({"message": "not found"}),
        )
    }

    pub(super) fn method_not_allowed() -> Self {
        Self::new(
            StatusCode::METHOD_NOT_ALLOWED,
            "invalid_method",
            json!({"message": "method not allowed"}),
        )
    }

    fn conflict() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "datastore_conflict",
            json!({"message": "conflicting documents"}),
        )
    }

    /// The account's quota is used up.
    fn over_quota(over: OverQuota) -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "over_quota",
            json!({"message": over.to_string()}),
        )
    }

    /// The API key is unknown. KAZOO's form of this error is different (`crossbar_util.erl`,
    /// `response_bad_identifier/2`).
    fn unknown_api_key(key: &str) -> Self {
        Self::new(StatusCode::NOT_FOUND, "bad identifier", json!([key]))
    }

    /// The server is overloaded. `lacking` says what it lacks: "no sandbox is free".
    pub(super) fn overloaded(lacking: &str) -> Self {
        let retry_after_seconds = Some(OVERLOADED_FOR);
        Self {
            retry_after_seconds,
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                Class::Overloaded.name(),
                json!({"message": lacking, "outcome": Class::Overloaded}),
            )
        }
    }

    /// The database cannot be reached or written (KAZOO `cb_context.erl`, `add_system_error/2`). The log gets the causes.
    fn unavailable(causes: &str) -> Self {
        tracing::error!("request failed: {causes}");
        Self {
            retry_after_seconds: Some(UNAVAILABLE_FOR),
            ..Self::new(
                StatusCode::SERVICE_UNAVAILABLE,
                "datastore_unreachable",
                json!({"message": "datastore timeout"}),
            )
        }
    }

    /// The client's bucket is empty for this long.
    pub(super) fn too_many_requests(wait: Duration) -> Self {
        let retry_after_seconds = Some(wait.as_secs().saturating_add(1));
        Self {
            retry_after_seconds,
            ..Self::new(
                StatusCode::TOO_MANY_REQUESTS,
                "too_many_requests",
                json!({"message": "too many requests"}),
            )
        }
    }

    /// The requested version of the API is no longer supported (KAZOO `api_util.erl`).
    pub(super) fn gone(version: &str) -> Self {
        let message = format!(
            "API version {version} is not supported. Please upgrade your code to use version 2."
        );
        Self::new(StatusCode::GONE, "gone", json!({"message": message}))
    }

    /// A panic, which is in the log already.
    pub(super) fn panicked() -> Self {
        Self::internal("the host panicked")
    }

    /// A fault of the server. The log gets the causes, and the client does not.
    pub(super) fn internal(causes: &str) -> Self {
        tracing::error!("request failed: {causes}");
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "unspecified_fault",
            json!({"message": "internal error"}),
        )
    }
}

impl From<FunctionsError> for ApiError {
    fn from(error: FunctionsError) -> Self {
        match error {
            FunctionsError::NotFound { id } => Self::bad_identifier(&id),
            FunctionsError::Invalid(invalid) => Self::invalid(&invalid),
            FunctionsError::Conflict => Self::conflict(),
            FunctionsError::OverQuota(over) => Self::over_quota(over),
            FunctionsError::WrongKey => Self::forbidden(),
            FunctionsError::PreconditionFailed => Self::bare(StatusCode::PRECONDITION_FAILED),
            FunctionsError::NotCompiled(failure) if failure.class == Class::Overloaded => {
                Self::overloaded(&failure.error.message)
            }
            FunctionsError::NotCompiled(failure) if failure.class == Class::CompileError => {
                let data = json!({"outcome": failure.class, "error": failure.error});
                Self::new(StatusCode::UNPROCESSABLE_ENTITY, failure.class.name(), data)
            }
            FunctionsError::NotCompiled(failure) => Self::internal(&format!("{failure:?}")),
            FunctionsError::Store(error) => error.into(),
            FunctionsError::Language(error) => Self::internal(&causes(&error)),
            error @ FunctionsError::Ending => Self::internal(&error.to_string()),
            FunctionsError::Packs(error) => Self::internal(&causes(&error)),
            FunctionsError::Module(error) => Self::internal(&causes(&error)),
            FunctionsError::Snapshot(error) => Self::internal(&error.to_string()),
            FunctionsError::Vault(error) => Self::internal(&error.to_string()),
        }
    }
}

impl From<AccountsError> for ApiError {
    fn from(error: AccountsError) -> Self {
        match error {
            AccountsError::NotFound { id } => Self::bad_identifier(&id),
            AccountsError::Invalid(invalid) => Self::invalid(&invalid),
            AccountsError::Conflict => Self::conflict(),
            AccountsError::HasDescendants => Self::new(
                StatusCode::INTERNAL_SERVER_ERROR,
                "account_has_descendants",
                json!({"message": "account has descendants"}),
            ),
            AccountsError::MasterAccount => Self::method_not_allowed(),
            AccountsError::UnknownApiKey { key } => Self::unknown_api_key(&key),
            AccountsError::ApiKeyNotKept => Self::new(
                StatusCode::NOT_FOUND,
                "not_found",
                json!({"message": "the API key was shown once and not kept; PUT makes a new one"}),
            ),
            AccountsError::WrongCredentials => Self::no_credentials(),
            AccountsError::NoAdmin => Self::forbidden(),
            AccountsError::Identity(error) => error.into(),
            AccountsError::Store(error) => error.into(),
            error @ (AccountsError::Password(_) | AccountsError::Vault(_)) => {
                Self::internal(&causes(&error))
            }
        }
    }
}

impl From<IdentityError> for ApiError {
    fn from(error: IdentityError) -> Self {
        match error {
            IdentityError::UnknownToken => Self::unknown_token(),
            IdentityError::NotAnAccountId { id } => Self::invalid_account_id(&id),
            IdentityError::UnknownAccount { id } => Self::bad_identifier(&id),
            IdentityError::Store(error) => error.into(),
            IdentityError::Password(error) => Self::internal(&causes(&error)),
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Nul) {
            return Self::malformed(&error.to_string());
        }
        let causes = causes(&error);
        if error.is_unavailable() {
            Self::unavailable(&causes)
        } else {
            Self::internal(&causes)
        }
    }
}

/// An error and its causes, for the log.
pub(super) fn causes(error: &dyn Error) -> String {
    let mut causes = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let _ = write!(causes, ": {error}");
        cause = error.source();
    }
    causes
}
