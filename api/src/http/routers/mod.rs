//! `/{router}/{account}/{function}?key=…`: functions for programs that route calls and have no token. What a router
//! asks, how it wants the answer and what it takes for a failure is in a file of its own; everything else is here, once.
//!
//! An error is better than a late answer: routers wait in silence, and each has something to do instead.

mod httapi;
mod jambonz;
mod pivot;
mod refused;
mod signalwire;
mod signatures;
mod telnyx;
mod twilio;
mod xml;
mod xml_curl;

use std::{rc::Rc, time::Duration};

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, http::header::HeaderMap, web};
use serde_json::value::RawValue;

use self::refused::Refused;
pub(super) use self::{
    httapi::Httapi, jambonz::Jambonz, pivot::Pivot, signalwire::SignalWire, telnyx::Telnyx,
    twilio::Twilio, xml_curl::XmlCurl,
};
use super::{
    bodies::{self, BodyError},
    call_parameters::{CallError, MAX_CALL_BYTES, MULTIPART, Parameters},
    connections::Exchange,
    error::ApiError,
    intake::essence,
    rate,
    request::Request,
};
use crate::functions::{Environment, Question, Ran};

/// Well below the 5 s that KAZOO waits (`pivot_call.erl`, `request_timeout_ms`), the least of all routers, the way there
/// and back included.
const MAX_TIME: Duration = Duration::from_secs(3);

/// What opens the function; not a part of the call.
const KEY: &str = "key";

/// A program that asks what to do with a call.
pub(super) trait Router: 'static {
    /// Its part of the address.
    const NAME: &'static str;

    /// The call, as its functions see it.
    async fn call(asked: &mut Asked<'_>) -> Result<Box<RawValue>, CallError>;

    /// The variable with what this router's requests are signed with, if it signs them.
    const SIGNED_WITH: Option<&'static str> = None;

    /// Whether the address is signed with it, and what its query says can be believed.
    const SIGNS_ADDRESS: bool = true;

    /// Whether the request is signed with that.
    fn is_signed(_: &Asked, _secret: &str) -> bool {
        false
    }

    /// Whether nothing is an answer to a request: it tells what has happened, or this router goes on by itself. A call that
    /// has just begun, and would be ended by that, rather takes the way that there is for failures.
    fn takes_nothing(asked: &Asked) -> bool;

    /// That answer: a success without instructions.
    fn nothing() -> HttpResponse;

    /// What the function returned, as this router reads it.
    fn reply(result: &RawValue, ran: &Ran) -> Result<HttpResponse, Refused>;

    /// What makes this router go on without the function.
    fn failure(refused: &Refused) -> HttpResponse {
        refused.json()
    }
}

/// What a router sent.
pub(super) struct Asked<'a> {
    http: &'a HttpRequest,
    /// Those of the query, but for the key; those of the body, once it has been read.
    parameters: Parameters<'a>,
    body: &'a web::Bytes,
    public_url: Option<&'a str>,
}

impl Asked<'_> {
    fn headers(&self) -> &HeaderMap {
        self.http.headers()
    }

    /// A header's text, if there is one.
    fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// The address that was asked for, as it is from outside.
    fn url(&self) -> String {
        let base = super::call_keys::base_url(self.public_url, self.http);
        let path = self.http.uri().path_and_query();
        format!("{base}{}", path.map_or("/", |path| path.as_str()))
    }

    /// The call as names and texts, wherever they are.
    async fn parameters(&mut self) -> Result<Box<RawValue>, CallError> {
        let read = self.parameters.read_body(self.http.headers(), self.body);
        read.await?;
        self.parameters.call()
    }

    /// The call as the body's own JSON, if there is a body.
    fn json(&self) -> Result<Box<RawValue>, CallError> {
        if self.body.is_empty() {
            return self.parameters.call();
        }
        if self.body.len() > MAX_CALL_BYTES {
            return Err(CallError::TooLarge);
        }
        let call: Box<RawValue> = serde_json::from_slice(self.body).map_err(CallError::NotJson)?;
        if call.get().starts_with('{') {
            Ok(call)
        } else {
            Err(CallError::NotAnObject)
        }
    }
}

/// Answers one kind of router.
pub(super) async fn answer<R: Router>(
    request: Request,
    http: HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> HttpResponse {
    let answered = run::<R>(&request, &http, path, payload);
    let refused = match tokio::time::timeout(MAX_TIME, answered).await {
        Ok(Ok(reply)) => return reply,
        Ok(Err(refused)) => refused,
        Err(_) => Refused::new(StatusCode::GATEWAY_TIMEOUT, "it takes too long"),
    };
    R::failure(&counted(&request, refused))
}

/// Who has no key is a stranger: what strangers are refused takes from the address's bucket. Calls with the right key take
/// nothing, and need nothing in it.
fn counted(request: &Request, refused: Refused) -> Refused {
    if !refused.is_forbidden() {
        return refused;
    }
    let client = rate::Client::at(request.peer());
    let taken = request.shared().buckets.take(&client, rate::REQUEST);
    match taken {
        Ok(_) => refused,
        Err(rate::TooMany { wait, .. }) => ApiError::too_many_requests(wait).into(),
    }
}

async fn run<R: Router>(
    request: &Request,
    http: &HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let (account, id) = path.into_inner();
    let mut parameters = Parameters::of_query(http.query_string());
    let key = parameters.take(KEY).unwrap_or_default();
    let shared = request.shared();
    // The function of a disabled account is not called, nor is it told apart from one that is not there.
    match shared.identity.account(&account).await {
        Ok(account) if account.enabled => {}
        _ => return Err(Refused::forbidden()),
    }
    // Before the body is read: that takes memory, and taking it apart takes time.
    let functions = &shared.functions;
    let opened = functions.open(&account, &id, &key).await?;
    if let Some(exchange) = http.conn_data::<Rc<Exchange>>() {
        exchange.has_credential();
    }
    let holder = shared.bodies.known(&account);
    let (body, share) = bodies::read(payload.into_inner(), &shared.bodies, holder).await?;
    if essence(http.headers()) == MULTIPART {
        // It is copied once more to be taken apart; what files there are in it is no part of the call.
        share.grow(body.len()).map_err(BodyError::from)?;
    } else if body.len() > MAX_CALL_BYTES {
        return Err(CallError::TooLarge.into());
    }
    let mut asked = Asked {
        http,
        parameters,
        body: &body,
        public_url: shared.public_url.as_deref(),
    };
    let env = opened.environment();
    if !is_genuine::<R>(&asked, env) {
        return Err(Refused::not_genuine());
    }
    let is_signed = R::SIGNED_WITH.is_some_and(|name| env.value(name).is_some());
    if is_signed && !R::SIGNS_ADDRESS {
        asked.parameters = Parameters::default();
    }
    let call = R::call(&mut asked).await?;
    let question = Question {
        call: &call,
        takes_nothing: R::takes_nothing(&asked),
    };
    let ran = functions.run_opened(&opened, &question, request.id());
    let ran = ran.await?;
    match &ran.outcome.result {
        Ok(result) if question.takes_nothing && is_nothing(result) => Ok(R::nothing()),
        Ok(result) => R::reply(result, &ran),
        Err(failure) => Err(Refused::failed(failure)),
    }
}

/// Whether the key is enough, or the request is signed as the function's `env` says. A function that wants signatures is
/// closed to routers that have none to show: whoever found the address would go by theirs.
fn is_genuine<R: Router>(asked: &Asked, env: &Environment) -> bool {
    match R::SIGNED_WITH.and_then(|name| env.value(name)) {
        // Whoever reads this knows what an empty one signs.
        Some("") => false,
        Some(secret) => R::is_signed(asked, secret),
        None => SIGNED_WITH
            .iter()
            .flatten()
            .all(|name| env.value(name).is_none()),
    }
}

/// Whether a function has nothing to say: what is nothing at all has become `null` already.
fn is_nothing(result: &RawValue) -> bool {
    let json = result.get();
    let items = json
        .strip_prefix('[')
        .and_then(|json| json.strip_suffix(']'));
    json == "null" || items.is_some_and(|items| items.trim_ascii().is_empty())
}

/// Whether a path is one that routers ask for.
pub(super) fn is_call(path: &str) -> bool {
    let first = path
        .strip_prefix('/')
        .and_then(|path| path.split('/').next());
    first.is_some_and(|first| NAMES.contains(&first))
}

const NAMES: [&str; 7] = [
    Pivot::NAME,
    Jambonz::NAME,
    SignalWire::NAME,
    Twilio::NAME,
    Telnyx::NAME,
    Httapi::NAME,
    XmlCurl::NAME,
];

/// What any router signs with.
const SIGNED_WITH: [Option<&str>; 4] = [
    Jambonz::SIGNED_WITH,
    SignalWire::SIGNED_WITH,
    Twilio::SIGNED_WITH,
    Telnyx::SIGNED_WITH,
];
