//! Receives every request: checks its address, its user and its body, and logs it.

use std::{
    net::IpAddr,
    panic::AssertUnwindSafe,
    rc::Rc,
    sync::{Arc, atomic::Ordering},
    time::{Duration, Instant},
};

use actix_web::{
    HttpRequest, HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    http::{Method, header::HeaderName},
    web,
};
use futures_util::FutureExt;
use switchhook_store::ids::random_id;
use tracing::Instrument;

use super::{CouchDb, authentication, error::CouchError, request::Request, routes, sessions};
use crate::http::{access_log, bodies, budget::NoMemory, connections::Exchange, sending};

/// Longest time from the end of a body to the head of the reply. Feeds send their head before they wait, and lists
/// before their second piece.
const MAX_TIME: Duration = Duration::from_secs(60);

/// Answers a request.
pub(super) async fn answer(
    http: HttpRequest,
    payload: web::Payload,
    couchdb: web::Data<CouchDb>,
) -> HttpResponse {
    let started = Instant::now();
    let id = http.headers().get("x-request-id");
    let id = id.and_then(|id| id.to_str().ok());
    let id = access_log::request_id(id).unwrap_or_else(random_id);
    let span = tracing::info_span!("request", id);
    async move {
        let mut user = None;
        let answered = let_in(&http, payload, &couchdb, id.clone(), &mut user);
        // A panic can only have broken the request, which is dropped with the future.
        let answered = AssertUnwindSafe(answered).catch_unwind();
        let refused = match answered.await {
            Ok(Ok(reply)) => Ok(reply),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                couchdb.shared.panics.fetch_add(1, Ordering::Relaxed);
                Err(CouchError::panicked())
            }
        };
        let mut reply = refused.unwrap_or_else(|error| error.reply());
        if http.method() == Method::HEAD && reply.body().size() == BodySize::Stream {
            reply = reply.set_body(BoxBody::new(()));
        }
        reply = counted(reply, &couchdb, user.as_deref());
        sessions::renew(&couchdb, http.headers(), &mut reply);
        if let Ok(id) = id.parse() {
            let name = HeaderName::from_static("x-couch-request-id");
            reply.headers_mut().insert(name, id);
        }
        couchdb.shared.health.see_off(&mut reply);
        access_log::write(&access_log::Line {
            method: http.method().as_str(),
            path: http.path(),
            status: reply.status(),
            took: started.elapsed(),
            actor: None,
            couchdb_user: user.as_deref(),
            peer: http.peer_addr().map(|peer| peer.ip()),
            is_call: http.path().contains("/_show/"),
        });
        reply
    }
    .instrument(span)
    .await
}

/// Counts a reply until it is sent. If there is no memory for it, an error takes its place.
fn counted(reply: HttpResponse, couchdb: &CouchDb, user: Option<&str>) -> HttpResponse {
    let replies = &couchdb.shared.replies;
    let (reply, body) = reply.into_parts();
    match sending::counted(body, replies, || replies.known(user.unwrap_or_default())) {
        Ok(body) => reply.set_body(body),
        Err(NoMemory) => CouchError::overloaded("no memory is free for the reply").reply(),
    }
}

async fn let_in(
    http: &HttpRequest,
    payload: web::Payload,
    couchdb: &web::Data<CouchDb>,
    id: String,
    user: &mut Option<Arc<str>>,
) -> Result<HttpResponse, CouchError> {
    if !is_allowed(couchdb, http.peer_addr().map(|peer| peer.ip())) {
        return Err(CouchError::forbidden("not from your address"));
    }
    *user = authentication::user_of(couchdb, http)?;
    let path = routes::path(http.uri().path());
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    if user.is_none() && !routes::is_for_everybody(&path) {
        return Err(CouchError::unauthorized("Authentication required."));
    }
    let bodies = match user {
        Some(_) => &couchdb.shared.bodies,
        None => &couchdb.strangers,
    };
    if let (Some(_), Some(exchange)) = (&user, http.conn_data::<Rc<Exchange>>()) {
        exchange.has_credential();
    }
    let holder = match user {
        // A user is a KAZOO, which may serve many accounts.
        Some(user) => bodies.known(user),
        None => bodies.stranger(http.peer_addr().map(|peer| peer.ip())),
    };
    let body = bodies::read(payload.into_inner(), bodies, holder).await?;
    let request = Request::new(couchdb.clone(), http.clone(), id, user.clone(), body);
    let routed = routes::route(&request, &path);
    let routed = tokio::time::timeout(MAX_TIME, routed).await;
    routed.unwrap_or_else(|_| Err(CouchError::too_slow()))
}

fn is_allowed(couchdb: &CouchDb, peer: Option<IpAddr>) -> bool {
    let allow = &couchdb.allow;
    // An IPv6 socket shows IPv4 addresses in another form.
    let peer = peer.map(|peer| peer.to_canonical());
    allow.is_empty() || peer.is_some_and(|peer| allow.iter().any(|net| net.contains(&peer)))
}
