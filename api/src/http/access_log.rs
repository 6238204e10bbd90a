//! The access log: one line for each request. It contains no query, header or body, because these may contain tokens
//! and callers' words.

use std::{net::IpAddr, time::Duration};

use actix_web::http::StatusCode;
use switchhook_store::Actor;

/// A log target of its own, whose level can be set separately.
const TARGET: &str = "switchhook::access";

/// Most bytes of a field that strangers choose: more than the longest path with ids.
const MAX_FIELD_BYTES: usize = 256;

/// The field, cut to the limit.
pub(super) fn field(text: &str) -> &str {
    &text[..text.floor_char_boundary(MAX_FIELD_BYTES)]
}

/// The id that a client gave its request, unless it is too long: replies and log lines repeat it.
pub(super) fn request_id(given: Option<&str>) -> Option<String> {
    given
        .filter(|id| id.len() <= MAX_FIELD_BYTES)
        .map(str::to_owned)
}

/// An answered request.
pub(super) struct Line<'a> {
    pub(super) method: &'a str,
    /// The path as the client wrote it, without its query.
    pub(super) path: &'a str,
    pub(super) status: StatusCode,
    pub(super) took: Duration,
    /// The actor, for requests to KAZOO's API.
    pub(super) actor: Option<&'a Actor>,
    /// The user, for requests to CouchDB's API.
    pub(super) couchdb_user: Option<&'a str>,
    pub(super) peer: Option<IpAddr>,
    /// Whether the request called a function or checked that the server is there.
    pub(super) is_call: bool,
}

/// Writes the line. If there are many of its kind, the level is `debug`.
pub(super) fn write(line: &Line) {
    let user = line.actor.and_then(|actor| actor.user_id.as_deref());
    macro_rules! line {
        ($level:ident) => {
            tracing::$level!(
                target: TARGET,
                method = field(line.method),
                path = field(line.path),
                status = line.status.as_u16(),
                duration_us = line.took.as_micros() as u64,
                account = line.actor.map(|actor| field(&actor.account_id)),
                user = user.map(field),
                couchdb_user = line.couchdb_user,
                peer = line.peer.map(tracing::field::display),
            )
        };
    }
    if line.is_one_of_many() {
        line!(debug);
    } else {
        line!(info);
    }
}

impl Line<'_> {
    /// Whether there are many such requests: successful calls, thousands a second, and requests of strangers whose
    /// bucket is empty. The log shows how the bucket was emptied.
    fn is_one_of_many(&self) -> bool {
        let is_known = self.actor.is_some() || self.couchdb_user.is_some();
        let is_stopped = self.status == StatusCode::TOO_MANY_REQUESTS && !is_known;
        (self.status.is_success() && self.is_call) || is_stopped
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

    #[test]
    fn what_there_are_many_of_is_for_who_asks_for_it() {
        let (ok, refused) = (StatusCode::OK, StatusCode::TOO_MANY_REQUESTS);
        for (status, is_call, couchdb_user, is_many) in [
            (ok, true, Some("kazoo"), true),
            (ok, true, None, true),
            (ok, false, Some("kazoo"), false),
            (StatusCode::FORBIDDEN, true, None, false),
            (refused, true, None, true),
            (refused, false, None, true),
            (refused, false, Some("kazoo"), false),
        ] {
            let line = Line {
                method: "GET",
                path: "/",
                status,
                took: Duration::ZERO,
                actor: None,
                couchdb_user,
                peer: None,
                is_call,
            };
            assert_eq!(line.is_one_of_many(), is_many, "{status} {is_call}");
        }
    }
}
