//! One line for each request. Neither queries nor headers nor bodies are in it: they may hold tokens and what callers
//! said.

use std::time::Duration;

use actix_web::http::StatusCode;

use super::{request::Request, routers};

/// Its own target, so that it can be turned up and down by itself.
const TARGET: &str = "switchhook::access";

/// Calls that go well are thousands in a second: only whoever asks for them gets them.
pub(super) fn write(request: &Request, status: StatusCode, took: Duration) {
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: TARGET,
                method = %request.method(),
                path = request.path(),
                status = status.as_u16(),
                duration_us = took.as_micros() as u64,
                account = request.actor().map(|actor| actor.account_id.as_str()),
                user = request.actor().and_then(|actor| actor.user_id.as_deref()),
                peer = request.peer().map(tracing::field::display),
            )
        };
    }
    let path = request.path();
    let is_call = path.ends_with("/run") || routers::is_call(path);
    if status.is_success() && (is_call || path == "/healthz") {
        line!(debug);
    } else {
        line!(info);
    }
}
