//! Errors in CouchDB's form (`chttpd.erl`, `error_info/1`): `{"error":"not_found","reason":"missing"}`.

use std::{borrow::Cow, fmt::Write as _};

use actix_web::{
    HttpResponse, HttpResponseBuilder,
    http::{StatusCode, header},
};
use serde_json::{Value, json};
use switchhook_runtime::{Class, Failure, FunctionError};
use switchhook_store::StoreError;

use crate::{
    couchdb::{EditError, WriteError},
    functions::FunctionsError,
    http::{bodies::BodyError, budget::NoMemory, calling::OVERLOADED_FOR, error::causes},
};

/// An error reply.
#[derive(Debug)]
pub(super) struct CouchError {
    pub(super) status: StatusCode,
    error: &'static str,
    reason: Cow<'static, str>,
    /// The allowed methods.
    allowed: Option<&'static str>,
}

impl CouchError {
    fn new(status: StatusCode, error: &'static str, reason: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            error,
            reason: reason.into(),
            allowed: None,
        }
    }

    pub(super) fn bad_request(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", reason)
    }

    /// A parameter with an invalid value.
    pub(super) fn query(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "query_parse_error", reason)
    }

    /// An edit from another database without a revision.
    pub(super) fn nameless() -> Self {
        Self::bad_request(
            "When `new_edits: false`, the document needs `_rev` or `_revisions` specified",
        )
    }

    pub(super) fn not_json() -> Self {
        Self::bad_request("invalid UTF-8 JSON")
    }

    pub(super) fn unauthorized(reason: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", reason)
    }

    pub(super) fn forbidden(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", reason)
    }

    pub(super) fn not_found(reason: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", reason)
    }

    /// There is no such document.
    pub(super) fn missing() -> Self {
        Self::not_found("missing")
    }

    /// The document was deleted.
    pub(super) fn deleted() -> Self {
        Self::not_found("deleted")
    }

    pub(super) fn conflict() -> Self {
        Self::new(
            StatusCode::CONFLICT,
            "conflict",
            "Document update conflict.",
        )
    }

    /// The database exists.
    pub(super) fn file_exists() -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "file_exists",
            "The database could not be created, the file already exists.",
        )
    }

    pub(super) fn method_not_allowed(allowed: &'static str) -> Self {
        Self {
            allowed: Some(allowed),
            ..Self::new(
                StatusCode::METHOD_NOT_ALLOWED,
                "method_not_allowed",
                format!("Only {allowed} allowed"),
            )
        }
    }

    pub(super) fn content_type(reason: &'static str) -> Self {
        Self::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "bad_content_type",
            reason,
        )
    }

    pub(super) fn too_large() -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "too_large",
            "the request entity is too large",
        )
    }

    pub(super) fn document_too_large(id: &str) -> Self {
        Self::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "document_too_large",
            id.to_owned(),
        )
    }

    pub(super) fn too_slow() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "timeout",
            "The request could not be processed in a reasonable amount of time.",
        )
    }

    pub(super) fn overloaded(lacking: impl Into<Cow<'static, str>>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "service unavailable",
            lacking,
        )
    }

    /// A fault of the server. The log gets the causes, and the client does not.
    pub(super) fn internal(causes: &str) -> Self {
        tracing::error!("request failed: {causes}");
        Self::panicked()
    }

    /// A failure that is in the log already: a panic, or a call's failure with details for the operator.
    pub(super) fn panicked() -> Self {
        Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_server_error",
            "internal error",
        )
    }

    /// A function that failed. CouchDB's shows fail with 500. The reason is for the function's author.
    pub(super) fn failed(failure: &Failure) -> Self {
        let (status, error) = match failure.class {
            Class::CompileError => (StatusCode::INTERNAL_SERVER_ERROR, "compilation_error"),
            Class::Ok | Class::Exception | Class::InvalidResult => {
                (StatusCode::INTERNAL_SERVER_ERROR, "render_error")
            }
            Class::FuelExhausted
            | Class::Timeout
            | Class::MemoryLimit
            | Class::StackOverflow
            | Class::OutputTooLarge => (StatusCode::INTERNAL_SERVER_ERROR, failure.class.name()),
            Class::InputTooLarge => (StatusCode::PAYLOAD_TOO_LARGE, failure.class.name()),
            Class::Disabled => (StatusCode::CONFLICT, failure.class.name()),
            Class::Overloaded => return Self::overloaded(failure.error.message.clone()),
            Class::Internal => return Self::panicked(),
        };
        Self::new(status, error, place(&failure.error))
    }

    pub(super) fn to_json(&self) -> Value {
        self.of(json!({}))
    }

    /// The entry of a failed document in a list of results. `what` names the document.
    pub(super) fn of(&self, mut what: Value) -> Value {
        what["error"] = self.error.into();
        what["reason"] = self.reason.as_ref().into();
        what
    }

    pub(super) fn reply(&self) -> HttpResponse {
        let mut reply = HttpResponseBuilder::new(self.status);
        if self.status == StatusCode::SERVICE_UNAVAILABLE {
            reply.insert_header((header::RETRY_AFTER, OVERLOADED_FOR));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            reply.insert_header((header::WWW_AUTHENTICATE, "Basic realm=\"server\""));
        }
        if let Some(allowed) = self.allowed {
            reply.insert_header((header::ALLOW, allowed));
        }
        reply
            .insert_header((header::CONTENT_TYPE, "application/json"))
            .body(format!("{}\n", self.to_json()))
    }
}

/// `TypeError: … at line 1, column 7`
fn place(error: &FunctionError) -> String {
    let mut text = format!("{}: {}", error.name, error.message);
    if let Some(line) = error.line {
        let _ = write!(text, " at line {line}");
        if let Some(column) = error.column {
            let _ = write!(text, ", column {column}");
        }
    }
    text
}

impl From<BodyError> for CouchError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::too_large(),
            BodyError::NoMemory(_) => Self::overloaded(error.to_string()),
            BodyError::Incomplete(_) | BodyError::TooSlow => Self::bad_request(error.to_string()),
        }
    }
}

impl From<NoMemory> for CouchError {
    fn from(error: NoMemory) -> Self {
        Self::overloaded(error.to_string())
    }
}

impl From<EditError> for CouchError {
    fn from(error: EditError) -> Self {
        let reason = error.to_string();
        match error {
            EditError::NotAnObject | EditError::Revision => Self::bad_request(reason),
            EditError::IdNotText
            | EditError::IdEmpty
            | EditError::IdTooLong
            | EditError::IdReserved => Self::new(StatusCode::BAD_REQUEST, "illegal_docid", reason),
            EditError::Member(_) => Self::new(StatusCode::BAD_REQUEST, "doc_validation", reason),
            EditError::Attachments => {
                Self::new(StatusCode::NOT_IMPLEMENTED, "not_implemented", reason)
            }
        }
    }
}

impl From<WriteError> for CouchError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::Conflict => Self::conflict(),
            WriteError::Forbidden(reason) => Self::forbidden(reason),
            // The form of a `validate_doc_update` function's refusal.
            WriteError::NoFunction(invalid) => Self::forbidden(invalid.to_json().to_string()),
            WriteError::Functions(error) => error.into(),
            WriteError::Store(error) => error.into(),
            error @ WriteError::Account(_) => Self::internal(&causes(&error)),
        }
    }
}

impl From<FunctionsError> for CouchError {
    fn from(error: FunctionsError) -> Self {
        match error {
            FunctionsError::NotFound { .. } => Self::missing(),
            FunctionsError::Invalid(invalid) => Self::forbidden(invalid.to_json().to_string()),
            FunctionsError::Conflict | FunctionsError::PreconditionFailed => Self::conflict(),
            FunctionsError::OverQuota(over) => Self::forbidden(over.to_string()),
            FunctionsError::NotCompiled(failure) if failure.class == Class::Internal => {
                Self::internal(&format!("{failure:?}"))
            }
            FunctionsError::NotCompiled(failure) => Self::failed(&failure),
            FunctionsError::Store(error) => error.into(),
            error => Self::internal(&causes(&error)),
        }
    }
}

impl From<StoreError> for CouchError {
    fn from(error: StoreError) -> Self {
        if matches!(error, StoreError::Nul) {
            return Self::bad_request(error.to_string());
        }
        let causes = causes(&error);
        if error.is_unavailable() {
            tracing::error!("request failed: {causes}");
            return Self::overloaded("the database cannot be reached");
        }
        Self::internal(&causes)
    }
}
