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

/// Calls that go well are thousands in a second: only whoever asks for them gets them.
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
    let path = request.path();
    let is_call = path.ends_with("/run") || routers::is_call(path);
    if status.is_success() && (is_call || path == "/healthz") {
        line!(debug);
    } else {
        line!(info);
    }
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
}
