//! One line for each request. Neither queries nor headers nor bodies are in it: they may hold tokens and what callers
//! said.

use std::time::Duration;

use actix_web::http::StatusCode;

use super::{request::Request, routers};

/// Its own target, so that it can be turned up and down by itself.
const TARGET: &str = "switchhook::access";

/// Of each field that strangers shape, its beginning: more than the longest path there is, with ids in it.
const MAX_FIELD_BYTES: usize = 256;

/// The beginning of a field.
pub(super) fn field(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_FIELD_BYTES)]
}

/// The id that a client gave its request, if it is not longer than ids are: replies and every line of the log repeat it.
pub(super) fn request_id(given: Option<&str>) -> Option<String> {
    given
        .filter(|id| id.len() <= MAX_FIELD_BYTES)
        .map(str::to_owned)
}

/// What there are many of, only whoever asks for it gets.
pub(super) fn write(request: &Request, status: StatusCode, took: Duration) {
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: TARGET,
                method = field(request.method().as_str()),
                path = field(request.path()),
                status = status.as_u16(),
                duration_us = took.as_micros() as u64,
                account = request.actor().map(|actor| field(&actor.account_id)),
                user = request.actor().and_then(|actor| actor.user_id.as_deref()).map(field),
                peer = request.peer().map(tracing::field::display),
            )
        };
    }
    if is_one_of_many(status, request.path(), request.actor().is_some()) {
        line!(debug);
    } else {
        line!(info);
    }
}

/// Calls that go well are thousands in a second, and so may strangers be whose bucket is empty; how they emptied it can be
/// read.
fn is_one_of_many(status: StatusCode, path: &str, is_known: bool) -> bool {
    let is_call = path.ends_with("/run") || routers::is_call(path) || path == "/healthz";
    let is_stopped = status == StatusCode::TOO_MANY_REQUESTS && !is_known;
    (status.is_success() && is_call) || is_stopped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_strangers_shape_is_cut_between_characters() {
        assert_eq!(field("/v2/ä"), "/v2/ä");
        let long = format!("/{}", "ä".repeat(30_000));
        assert_eq!(field(&long).len(), MAX_FIELD_BYTES - 1);
        assert_eq!(request_id(Some("my-id")).as_deref(), Some("my-id"));
        assert_eq!(request_id(Some(&long)), None);
        assert_eq!(request_id(None), None);
    }

    #[test]
    fn what_there_are_many_of_is_for_who_asks_for_it() {
        let (ok, refused) = (StatusCode::OK, StatusCode::TOO_MANY_REQUESTS);
        for (status, path, is_known, is_many) in [
            (ok, "/v2/accounts/a/functions/f/run", true, true),
            (ok, "/pivot/a/f", false, true),
            (ok, "/healthz", false, true),
            (ok, "/v2/accounts/a/functions", true, false),
            (StatusCode::FORBIDDEN, "/pivot/a/f", false, false),
            (refused, "/pivot/a/f", false, true),
            (refused, "/nowhere", false, true),
            (refused, "/v2/accounts/a/functions", true, false),
        ] {
            assert_eq!(is_one_of_many(status, path, is_known), is_many, "{path}");
        }
    }
}
