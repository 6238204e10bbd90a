//! `_changes`: the writes of documents, in order (CouchDB `chttpd_db.erl`, `handle_changes_req/2`).

use std::{collections::HashSet, time::Duration};

use actix_web::{HttpResponse, http::Method, http::header::HeaderName};
use serde::Deserialize;
use serde_json::Value;

use super::{
    error::CouchError,
    feeds::{self, Feed},
    parameters::{MAX_ITEMS, Parameters},
    request::Request,
    stream,
};
use crate::couchdb::Sequence;

/// Default and longest wait of a feed for a change (`[chttpd] changes_timeout`).
const MAX_WAIT: Duration = Duration::from_mins(1);

/// Default interval between signs of life, if a client asks for them.
const HEARTBEAT: Duration = Duration::from_mins(1);

/// Shortest interval between signs of life.
const MIN_HEARTBEAT: Duration = Duration::from_millis(100);

/// Parses the number of a write as a client repeats it: plain, quoted, or with the name of a history.
fn sequence(text: &str) -> Option<Sequence> {
    let text = text.trim_matches('"');
    let (number, epoch) = match text.split_once('-') {
        Some((number, epoch)) => (number, Some(epoch.to_owned())),
        None => (text, None),
    };
    let number = number.parse().ok().filter(|number| *number >= 0)?;
    Some(Sequence { number, epoch })
}

/// The changes that the client wants.
pub(super) enum Filter {
    None,
    Ids(HashSet<String>),
    /// Changes of design documents.
    Design,
}

impl Filter {
    pub(super) fn passes(&self, id: &str) -> bool {
        match self {
            Self::None => true,
            Self::Ids(ids) => ids.contains(id),
            Self::Design => id.starts_with("_design/"),
        }
    }
}

/// The parameters of the request.
pub(super) struct ChangesQuery {
    /// The last write that the client knows.
    pub(super) since: Sequence,
    pub(super) descending: bool,
    pub(super) limit: u64,
    pub(super) include_docs: bool,
    pub(super) filter: Filter,
    pub(super) feed: Feed,
    /// How long to wait for a change.
    pub(super) wait: Duration,
    /// Interval between signs of life. With it, waiting has no end.
    pub(super) heartbeat: Option<Duration>,
}

/// Ids of documents, in a body.
#[derive(Deserialize)]
struct Body {
    doc_ids: Option<Vec<String>>,
}

pub(super) async fn answer(request: &Request) -> Result<HttpResponse, CouchError> {
    let body = match request.method() {
        Method::GET => None,
        Method::POST => {
            request.expect_json()?;
            match request.body().is_empty() {
                true => None,
                false => Some(request.body_as::<Body>()?),
            }
        }
        _ => return Err(CouchError::method_not_allowed("GET,HEAD,POST")),
    };
    let query = query(request, body).await?;
    let couchdb = request.couchdb().clone();
    let content_type = match query.feed {
        Feed::EventSource => "text/event-stream",
        _ => "application/json",
    };
    if query.feed.waits() {
        let places = &request.couchdb().feeds;
        stream::feed(places, content_type, |rows| {
            feeds::run(couchdb, query, rows)
        })
        .await
    } else {
        stream::list(couchdb, |couchdb, rows| feeds::run(couchdb, query, rows)).await
    }
}

async fn query(request: &Request, body: Option<Body>) -> Result<ChangesQuery, CouchError> {
    let parameters = request.parameters();
    let is_true = |name| parameters.text(name) == Some("true");
    let descending = is_true("descending");
    let feed = match parameters.text("feed").unwrap_or("normal") {
        // A descending feed begins with the newest change, so it never waits.
        "normal" | "longpoll" | "continuous" | "live" | "eventsource" if descending => Feed::Normal,
        "normal" => Feed::Normal,
        "longpoll" => Feed::LongPoll,
        "continuous" | "live" => Feed::Continuous,
        "eventsource" => Feed::EventSource,
        _ => {
            return Err(CouchError::bad_request(
                "Supported `feed` types: normal, continuous, live, longpoll, eventsource",
            ));
        }
    };
    let last_event = request.header(HeaderName::from_static("last-event-id"));
    let last_event = last_event.filter(|_| matches!(feed, Feed::EventSource));
    let since = match last_event.or_else(|| parameters.text("since")) {
        None | Some("") => Sequence {
            number: 0,
            epoch: None,
        },
        Some("now") => request.database().counts().await?.sequence,
        Some(text) => sequence(text).ok_or_else(|| {
            CouchError::bad_request("Malformed sequence supplied in 'since' parameter.")
        })?,
    };
    let heartbeat = match parameters.text("heartbeat") {
        None | Some("false") => None,
        Some("true") => Some(HEARTBEAT),
        Some(_) => Some(milliseconds(&parameters, "heartbeat")?.max(MIN_HEARTBEAT)),
    };
    let wait = match parameters.text("timeout") {
        None => MAX_WAIT,
        Some(_) => milliseconds(&parameters, "timeout")?.min(MAX_WAIT),
    };
    Ok(ChangesQuery {
        since,
        descending,
        limit: parameters.number("limit")?.unwrap_or(u64::MAX),
        include_docs: is_true("include_docs"),
        filter: filter(&parameters, body)?,
        feed,
        wait,
        heartbeat,
    })
}

fn milliseconds(parameters: &Parameters, name: &str) -> Result<Duration, CouchError> {
    let number = parameters.number(name)?.unwrap_or_default();
    Ok(Duration::from_millis(number))
}

fn filter(parameters: &Parameters, body: Option<Body>) -> Result<Filter, CouchError> {
    match parameters.text("filter") {
        None => Ok(Filter::None),
        Some("_design") => Ok(Filter::Design),
        Some("_doc_ids") => {
            let in_query = parameters.list("doc_ids")?.map(|ids| {
                let text = |id: Value| id.as_str().map(str::to_owned);
                ids.into_iter().map(text).collect::<Option<_>>()
            });
            let ids = match (body.and_then(|body| body.doc_ids), in_query) {
                (Some(ids), _) if ids.len() > MAX_ITEMS => return Err(CouchError::too_large()),
                (Some(ids), _) => Some(ids.into_iter().collect()),
                (None, Some(ids)) => ids,
                (None, None) => None,
            };
            ids.map(Filter::Ids).ok_or_else(|| {
                CouchError::bad_request("`doc_ids` parameter must be an array of strings")
            })
        }
        Some(_) => Err(CouchError::not_found(
            "of filters, only _doc_ids and _design are there",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_understood_as_clients_repeat_them() {
        for (text, expected) in [
            ("12", Some((12, None))),
            ("\"12\"", Some((12, None))),
            ("12-g1AAAA", Some((12, Some("g1AAAA")))),
            ("0", Some((0, None))),
            ("x", None),
            ("-1", None),
        ] {
            let expected = expected.map(|(number, epoch)| Sequence {
                number,
                epoch: epoch.map(str::to_owned),
            });
            assert_eq!(sequence(text), expected, "{text}");
        }
    }
}
