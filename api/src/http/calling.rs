//! Rules for calls that every API shares: the time limit, the check that an account is enabled, and the status of an
//! outcome.

use std::{future::Future, time::Duration};

use actix_web::http::StatusCode;
use switchhook_runtime::Class;
use switchhook_store::StoreError;

use super::Shared;
use crate::{accounts::IdentityError, functions::RouterName};

/// Longest time until a reply: well below the 5 s that KAZOO waits (`pivot_call.erl`, `request_timeout_ms`), the
/// shortest of all routers' timeouts. An error is better than a late answer: the caller hears silence, and each router
/// has an alternative.
const MAX_TIME: Duration = Duration::from_secs(3);

/// Seconds after which a client may try again if the server is overloaded: a call takes a second at most.
pub(super) const OVERLOADED_FOR: u64 = 1;

/// KAZOO's module `function`, which uses the CouchDB listener.
pub(super) const FUNCTION_MODULE: RouterName = RouterName {
    name: "function",
    call_id: "/Call-ID",
};

/// Seconds after which a client may try again if the database could not be reached.
pub(super) const UNAVAILABLE_FOR: u64 = 2;

/// The answer to a router's call. `None` after the time limit.
pub(super) async fn in_time<T>(answered: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(MAX_TIME, answered).await.ok()
}

/// Whether an account's functions may be called: the account exists and is enabled.
///
/// # Errors
/// If the database cannot be read.
pub(super) async fn is_enabled(shared: &Shared, account_id: &str) -> Result<bool, StoreError> {
    match shared.identity.account(account_id).await {
        Ok(account) => Ok(account.enabled),
        Err(IdentityError::Store(error)) => Err(error),
        Err(_) => Ok(false),
    }
}

/// The status for an outcome. Some routers want another.
pub(super) fn status(class: Class) -> StatusCode {
    match class {
        Class::Ok => StatusCode::OK,
        Class::InputTooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Class::Disabled => StatusCode::CONFLICT,
        Class::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
        Class::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        Class::CompileError
        | Class::Exception
        | Class::InvalidResult
        | Class::FuelExhausted
        | Class::Timeout
        | Class::MemoryLimit
        | Class::StackOverflow
        | Class::OutputTooLarge => StatusCode::UNPROCESSABLE_ENTITY,
    }
}
