//! The steps of every request before routing, and of every reply before sending. Their order decides which error a
//! client sees (KAZOO `api_resource.erl`).

use std::{
    num::NonZeroU32, panic::AssertUnwindSafe, rc::Rc, sync::atomic::Ordering, time::Instant,
};

use actix_web::{
    Error, HttpMessage, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    error::InternalError,
    http::{Method, StatusCode, header::HeaderName},
    middleware::Next,
    web,
};
use futures_util::FutureExt;
use switchhook_runtime::Digest;
use switchhook_store::Actor;
use tracing::Instrument;

use super::{
    cors,
    intake::{Intake, is_api, trimmed, with_path},
    request::Request,
};
use crate::{
    accounts::{Credential, IdentityError},
    http::{
        Shared, access_log,
        budget::NoMemory,
        connections::Exchange,
        error::ApiError,
        rate::{self, Client, TooMany},
        routers::{self, Arrival},
        sending,
    },
};

/// The known methods. KAZOO's HTTP server refuses all others.
const KNOWN_METHODS: [Method; 7] = [
    Method::GET,
    Method::HEAD,
    Method::POST,
    Method::PUT,
    Method::PATCH,
    Method::DELETE,
    Method::OPTIONS,
];

/// The middleware of the whole API. Paths outside of `/v2` and `/v1` have no envelopes and no tokens.
pub(crate) async fn front<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse, Error> {
    let started = Instant::now();
    let Some(shared) = request.app_data::<web::Data<Shared>>().cloned() else {
        return Err(ApiError::internal("the application has no state").into());
    };
    let is_cross_origin = cors::is_cross_origin(request.headers());
    let mut intake = Intake::of_head(&request);
    let span = tracing::info_span!("request", id = intake.request_id);
    async move {
        let ready = prepare(&mut request, &mut intake, &shared).await;
        if let (Some(_), Some(exchange)) = (&intake.actor, request.conn_data::<Rc<Exchange>>()) {
            exchange.has_credential();
        }
        if routers::is_call(&intake.path) {
            request.extensions_mut().insert(Arrival {
                id: intake.request_id.clone(),
                peer: intake.peer,
            });
        }
        let known = Request::new(shared.clone(), Rc::new(intake));
        let mut answer = match ready {
            Ok(()) => {
                request.extensions_mut().insert(known.clone());
                routed(request, next, &known).await
            }
            Err(error) => Ok(ServiceResponse::new(
                request.into_parts().0,
                known.error(&error),
            )),
        };
        let (status, headers) = match &mut answer {
            Ok(response) => (response.status(), response.headers_mut()),
            Err(reply) => (reply.status(), reply.headers_mut()),
        };
        if let Ok(id) = known.id().parse() {
            headers.insert(HeaderName::from_static("x-request-id"), id);
        }
        if is_cross_origin || status.is_client_error() || status.is_server_error() {
            cors::allow(headers);
        }
        access_log::write(&access_log::Line {
            method: known.method().as_str(),
            path: known.path(),
            status,
            took: started.elapsed(),
            actor: known.actor(),
            couchdb_user: None,
            peer: known.peer(),
            is_call: is_call(known.path()),
        });
        match &mut answer {
            Ok(response) => shared.health.see_off(response.response_mut()),
            Err(reply) => shared.health.see_off(reply),
        }
        answer.map_err(|reply| InternalError::from_response("no reply", reply).into())
    }
    .instrument(span)
    .await
}

/// Whether a request is of a frequent kind: a call of a function, or a health check.
fn is_call(path: &str) -> bool {
    path.ends_with("/run") || routers::is_call(path) || matches!(path, "/healthz" | "/readyz")
}

/// Everything that can be checked before the resource is known.
async fn prepare(
    request: &mut ServiceRequest,
    intake: &mut Intake,
    shared: &Shared,
) -> Result<(), ApiError> {
    let path = intake.path.clone();
    let take_from_address =
        |intake: &mut Intake| take(intake, shared, &Client::at(intake.peer), rate::REQUEST);
    if let Some(version) = path.strip_prefix("/v1")
        && (version.is_empty() || version.starts_with('/'))
    {
        take_from_address(intake)?;
        return Err(ApiError::gone("1"));
    }
    if !KNOWN_METHODS.contains(request.method()) {
        take_from_address(intake)?;
        return Err(ApiError::bare(StatusCode::NOT_IMPLEMENTED));
    }
    // Uses the decoded path, by which requests are routed, because a client can write the same path in many ways.
    let decoded = trimmed(request.match_info().as_str()).to_owned();
    if !is_api(&decoded) {
        return Ok(());
    }
    if request.method() == Method::OPTIONS {
        return route_to(request, &path);
    }
    // A token in the head identifies the client before the body takes any memory. A credential that must be hashed is
    // checked later.
    let found = match &intake.credential {
        Some(credential) if !shared.identity.must_hash(credential) => {
            Some(shared.identity.actor(credential).await)
        }
        _ => None,
    };
    let holder = match &found {
        Some(Ok(actor)) => shared.bodies.known(&actor.account_id),
        _ => shared.bodies.stranger(intake.peer),
    };
    if let Err(error) = intake.read_body(request, &shared.bodies, holder).await {
        take_from_address(intake)?;
        return Err(error);
    }
    request.head_mut().method = intake.method.clone();
    identify(intake, &decoded, shared, found).await?;
    match path.strip_prefix("/v2/account") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => {
            let actor = intake.actor.as_ref().ok_or_else(ApiError::no_credentials)?;
            route_to(request, &format!("/v2/accounts/{}{rest}", actor.account_id))
        }
        _ => route_to(request, &path),
    }
}

/// Identifies the client, unless it is known already, and takes the request's cost out of the client's bucket. A
/// stranger's bucket is the address's.
async fn identify(
    intake: &mut Intake,
    path: &str,
    shared: &Shared,
    found: Option<Result<Actor, IdentityError>>,
) -> Result<(), ApiError> {
    if found.is_none()
        && let Some(credential) = &intake.credential
        && shared.identity.must_hash(credential)
    {
        // Guessing passwords this way must not be cheaper than by logging in.
        take(intake, shared, &Client::at(intake.peer), rate::LOGIN)?;
    }
    let found = match (found, &intake.credential) {
        (Some(found), _) => found.map(Some),
        (None, Some(credential)) => shared.identity.actor(credential).await.map(Some),
        (None, None) => Ok(None),
    };
    let cost = rate::cost(&intake.method, path);
    let is_nobody = !matches!(found, Ok(Some(_)));
    if let Some(cost) = cost.or(is_nobody.then_some(rate::REQUEST)) {
        let client = match (&found, &intake.credential) {
            // Each login makes a token with a full bucket, so a token cannot pay for a login.
            _ if cost == rate::LOGIN => Client::at(intake.peer),
            (Ok(Some(_)), Some(Credential::Token(token))) => {
                Client::Credential(Digest::of(token.as_bytes()))
            }
            (Ok(Some(_)), Some(Credential::Basic { account_id, .. })) => {
                Client::Credential(Digest::of(account_id.as_bytes()))
            }
            _ => Client::at(intake.peer),
        };
        take(intake, shared, &client, cost)?;
    } else {
        intake.tokens = shared.buckets.untouched();
    }
    intake.actor = found?;
    Ok(())
}

fn take(
    intake: &mut Intake,
    shared: &Shared,
    client: &Client,
    cost: NonZeroU32,
) -> Result<(), ApiError> {
    match shared.buckets.take(client, cost) {
        Ok(tokens) => {
            intake.tokens = tokens;
            Ok(())
        }
        Err(TooMany { tokens, wait }) => {
            intake.tokens = tokens;
            Err(ApiError::too_many_requests(wait))
        }
    }
}

/// Routes by another path than the client's.
fn route_to(request: &mut ServiceRequest, path: &str) -> Result<(), ApiError> {
    if request.path() == path {
        return Ok(());
    }
    let uri = with_path(&request.head().uri, trimmed(path)).ok_or_else(ApiError::not_found)?;
    request.match_info_mut().get_mut().update(&uri);
    request.head_mut().uri = uri;
    Ok(())
}

/// The handler's reply, or the error reply in its place.
async fn routed<B: MessageBody + 'static>(
    request: ServiceRequest,
    next: Next<B>,
    known: &Request,
) -> Result<ServiceResponse, HttpResponse> {
    // A panic can only have broken the request, which is dropped with the future. The request is not kept meanwhile,
    // because actix-web must be its only owner.
    let result = AssertUnwindSafe(async { next.call(request).await })
        .catch_unwind()
        .await;
    let response = match result {
        Ok(Ok(response)) => response,
        Ok(Err(error)) => return Err(known.error(&api_error(&error))),
        Err(_) => {
            known.shared().panics.fetch_add(1, Ordering::Relaxed);
            return Err(known.error(&ApiError::panicked()));
        }
    };
    let error = response.response().error().map(api_error);
    let (request, reply) = response.into_parts();
    let reply = match error {
        Some(error) => known.error(&error),
        None => counted(reply.map_into_boxed_body(), known),
    };
    Ok(ServiceResponse::new(request, reply))
}

/// Counts a reply until it is sent. If there is no memory for it, an error takes its place.
fn counted(reply: HttpResponse, known: &Request) -> HttpResponse {
    let (reply, body) = reply.into_parts();
    match sending::counted(body, &known.shared().replies, || known.reply_holder()) {
        Ok(body) => reply.set_body(body),
        Err(NoMemory) => known.error(&ApiError::overloaded("no memory is free for the reply")),
    }
}

/// The error reply for an error. actix-web's own errors have only a status.
fn api_error(error: &Error) -> ApiError {
    match error.as_error::<ApiError>() {
        Some(error) => error.clone(),
        None => match error.as_response_error().status_code() {
            status if status.is_client_error() => ApiError::not_found(),
            _ => ApiError::internal(&error.to_string()),
        },
    }
}
