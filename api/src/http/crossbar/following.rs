//! `feed=eventsource`: attempts as they are made, as server-sent events (HTML, "Server-sent events").

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{self, ContentEncoding, HeaderName},
    web::Bytes,
};
use futures_util::{Stream, stream};
use serde_json::value::RawValue;
use switchhook_store::Attempts;
use tokio::{
    sync::watch,
    time::{Instant, sleep, sleep_until},
};

use super::request::{Authorized, EVENTS};
use crate::{
    functions::{Followed, FunctionsError},
    http::error::ApiError,
};

/// Most feeds of one account: a few people look at their calls.
const MAX_OF_ACCOUNT: usize = 16;

/// Most feeds of all accounts. Each reads the database up to ten times a second.
const MAX_OF_ALL: usize = 256;

/// How long a feed may be silent. Proxies break connections that are silent for longer than half a minute.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// How long a feed lasts. Its client then reconnects with the id of the last event, and its token is checked again.
const MAX_TIME: Duration = Duration::from_mins(5);

/// The last event that a client has seen (HTML, "The `Last-Event-ID` header").
const LAST_EVENT_ID: HeaderName = HeaderName::from_static("last-event-id");

/// Tells nginx to forward each event at once.
const UNBUFFERED: (&str, &str) = ("x-accel-buffering", "no");

/// The open feeds.
pub(crate) struct Feeds {
    /// Numbers of feeds by account.
    open: Arc<Mutex<HashMap<String, usize>>>,
    closing: watch::Sender<bool>,
}

/// The place of one feed.
struct Place {
    account_id: String,
    open: Arc<Mutex<HashMap<String, usize>>>,
}

impl Feeds {
    pub(crate) fn new() -> Self {
        Self {
            open: Arc::default(),
            closing: watch::Sender::new(false),
        }
    }

    /// Ends all feeds, now and later, because the server stops.
    pub(crate) fn close(&self) {
        self.closing.send_replace(true);
    }

    fn enter(&self, account_id: &str) -> Option<Place> {
        let mut open = lock(&self.open);
        if open.values().sum::<usize>() >= MAX_OF_ALL {
            return None;
        }
        let own = open.entry(account_id.to_owned()).or_default();
        if *own >= MAX_OF_ACCOUNT {
            return None;
        }
        *own += 1;
        Some(Place {
            account_id: account_id.to_owned(),
            open: Arc::clone(&self.open),
        })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = lock(&self.open);
        if let Some(own) = open.get_mut(&self.account_id) {
            *own -= 1;
            if *own == 0 {
                open.remove(&self.account_id);
            }
        }
    }
}

/// After a panic elsewhere, this is still a map of counts.
fn lock(open: &Mutex<HashMap<String, usize>>) -> std::sync::MutexGuard<'_, HashMap<String, usize>> {
    open.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A feed of the selected attempts.
pub(super) async fn events(
    request: &Authorized,
    http: &HttpRequest,
    meant: Attempts,
) -> Result<HttpResponse, ApiError> {
    let behind = match http.headers().get(LAST_EVENT_ID) {
        None => None,
        Some(id) => {
            let number = id.to_str().ok().and_then(|id| id.parse().ok());
            Some(number.ok_or_else(|| ApiError::faulty_request("invalid last event id"))?)
        }
    };
    let shared = request.shared();
    let place = shared.feeds.enter(&meant.account_id);
    let place = place.ok_or_else(|| ApiError::overloaded("too many feeds are open"))?;
    let followed = shared.functions.follow_attempts(meant, behind).await?;
    // An id without data: a client that loses its connection before the first attempt continues from here.
    let first = format!("id: {}\n\n", followed.last());
    let feed = Feed {
        first: Some(first.into()),
        followed,
        closing: shared.feeds.closing.subscribe(),
        until: Instant::now() + MAX_TIME,
        _place: place,
    };
    Ok(HttpResponse::Ok()
        .insert_header((header::CONTENT_TYPE, EVENTS))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .insert_header(UNBUFFERED)
        // A compressor would hold events back.
        .insert_header(ContentEncoding::Identity)
        .streaming(feed.parts()))
}

struct Feed {
    first: Option<Bytes>,
    followed: Followed,
    closing: watch::Receiver<bool>,
    until: Instant,
    _place: Place,
}

impl Feed {
    fn parts(self) -> impl Stream<Item = Result<Bytes, ApiError>> {
        stream::unfold(self, async |mut feed| {
            let part = feed.part().await?;
            Some((part, feed))
        })
    }

    /// The next part of the reply. `None` at the end.
    async fn part(&mut self) -> Option<Result<Bytes, ApiError>> {
        if let Some(first) = self.first.take() {
            return Some(Ok(first));
        }
        tokio::select! {
            _ = self.closing.wait_for(|closing| *closing) => None,
            () = sleep_until(self.until) => None,
            attempts = self.followed.next() => Some(attempts.map(|it| written(&it)).map_err(broken)),
            () = sleep(HEARTBEAT) => Some(Ok(Bytes::from_static(b": \n\n"))),
        }
    }
}

/// An error in the middle of the reply breaks the connection, and the client reconnects.
fn broken(error: FunctionsError) -> ApiError {
    error.into()
}

/// Attempts as events. An attempt is one line of JSON.
fn written(attempts: &[(i64, Box<RawValue>)]) -> Bytes {
    let events = attempts
        .iter()
        .map(|(number, attempt)| format!("id: {number}\ndata: {attempt}\n\n"));
    events.collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_has_few_feeds_and_others_have_theirs() {
        let feeds = Feeds::new();
        let mut places: Vec<_> = (0..MAX_OF_ACCOUNT)
            .map(|_| feeds.enter("a").unwrap())
            .collect();
        assert!(feeds.enter("a").is_none());
        assert!(feeds.enter("b").is_some());
        places.pop();
        assert!(feeds.enter("a").is_some());
    }

    #[test]
    fn all_accounts_together_have_a_bounded_number() {
        let feeds = Feeds::new();
        let enter = |n: usize| feeds.enter(&n.to_string());
        let places: Vec<_> = (0..MAX_OF_ALL).map(|n| enter(n).unwrap()).collect();
        assert!(enter(MAX_OF_ALL).is_none());
        drop(places);
        assert!(feeds.open.lock().unwrap().is_empty());
    }

    #[test]
    fn an_attempt_is_an_event() {
        let attempt = RawValue::from_string(r#"{"n":1}"#.into()).unwrap();
        assert_eq!(written(&[(7, attempt)]), "id: 7\ndata: {\"n\":1}\n\n");
    }
}
