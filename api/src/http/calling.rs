//! What every door does with a call: how long it may take, whether its account is enabled, and the status of an outcome.

use std::{future::Future, time::Duration};

use actix_web::http::StatusCode;
use switchhook_runtime::Class;
use switchhook_store::StoreError;

use super::Shared;
use crate::{accounts::IdentityError, functions::RouterName};

/// Well below the 5 s that KAZOO waits (`pivot_call.erl`, `request_timeout_ms`), the least of all routers, the way there
/// and back included. An error is better than a late answer: routers wait in silence, and each has something to do instead.
const MAX_TIME: Duration = Duration::from_secs(3);

/// Seconds after which an overloaded server may be asked again: a call takes a second at the most.
pub(super) const OVERLOADED_FOR: u64 = 1;

/// KAZOO's module `function`, which asks the door of CouchDB.
pub(super) const FUNCTION_MODULE: RouterName = RouterName {
    name: "function",
    call_id: "/Call-ID",
};

/// Seconds after which a database that could not be reached may be asked again.
pub(super) const UNAVAILABLE_FOR: u64 = 2;

/// The answer to a router's call; nothing after 3 s.
pub(super) async fn in_time<T>(answered: impl Future<Output = T>) -> Option<T> {
    tokio::time::timeout(MAX_TIME, answered).await.ok()
}

/// Whether an account's functions may be called: it is there, and its owner has not disabled it.
///
/// # Errors
/// If the database does not say: that is no answer.
pub(super) async fn is_enabled(shared: &Shared, account_id: &str) -> Result<bool, StoreError> {
    match shared.identity.account(account_id).await {
        Ok(account) => Ok(account.enabled),
        Err(IdentityError::Store(error)) => Err(error),
        Err(_) => Ok(false),
    }
}

/// The status of an outcome, unless a router wants another.
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
