//! The envelope around every reply (KAZOO `api_util.erl`, `create_resp_envelope/1`).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use switchhook_runtime::Digest;
use switchhook_store::Revision;
use time::{OffsetDateTime, macros::format_description};

use super::intake::Intake;
use crate::http::rate::Tokens;

/// The server's name in replies: 22 characters that reveal nothing about its host.
pub(crate) struct Node(String);

impl Node {
    pub(crate) fn named(name: &str) -> Self {
        Self(URL_SAFE_NO_PAD.encode(&Digest::of(name.as_bytes()).as_bytes()[..16]))
    }
}

/// Fields that only some replies have.
#[derive(Default, Serialize)]
pub(super) struct Extras<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) revision: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) page_size: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) start_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) next_start_key: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) error: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) message: Option<&'a str>,
    /// A new token, in place of the request's.
    #[serde(skip)]
    pub(super) new_token: Option<&'a str>,
    /// Whether the request's token is no longer valid.
    #[serde(skip)]
    pub(super) logged_out: bool,
}

impl<'a> Extras<'a> {
    /// The extras for a document.
    pub(super) fn of(revision: &'a Revision) -> Self {
        Self {
            revision: Some(revision.as_str()),
            ..Self::default()
        }
    }
}

#[derive(Serialize)]
pub(super) struct Envelope<'a, T> {
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<&'a T>,
    status: &'static str,
    #[serde(flatten)]
    extras: &'a Extras<'a>,
    request_id: &'a str,
    node: &'a str,
    timestamp: String,
    tokens: Tokens,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    auth_token: Option<&'a str>,
}

impl<'a, T: Serialize> Envelope<'a, T> {
    /// The envelope. `version` is there if the caller is known, and `auth_token` if the request had a token.
    pub(super) fn new(
        data: Option<&'a T>,
        extras: &'a Extras<'a>,
        node: &'a Node,
        intake: &'a Intake,
    ) -> Self {
        let known = !extras.logged_out && (intake.actor.is_some() || extras.new_token.is_some());
        let token = intake.token().filter(|_| !extras.logged_out);
        Self {
            data,
            status: if extras.error.is_some() {
                "error"
            } else {
                "success"
            },
            extras,
            request_id: &intake.request_id,
            node: &node.0,
            timestamp: timestamp(OffsetDateTime::now_utc()),
            tokens: intake.tokens,
            version: known.then_some(env!("CARGO_PKG_VERSION")),
            auth_token: extras.new_token.or(token),
        }
    }
}

/// `2024-03-12T21:24:34Z`
fn timestamp(time: OffsetDateTime) -> String {
    let format = format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z");
    time.format(&format).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_have_whole_seconds() {
        let time = OffsetDateTime::from_unix_timestamp(1_710_278_674).unwrap();
        assert_eq!(timestamp(time), "2024-03-12T21:24:34Z");
    }

    #[test]
    fn a_node_has_22_characters() {
        assert_eq!(Node::named("a").0.len(), 22);
    }
}
