//! `/{router}/{account}/{function}?key=…`: functions for call routers, which have no token. Each router has a file with
//! the form of its requests, the form of its answers, and the replies that it takes for a failure. Everything else is
//! in this file, once.

#![warn(
    clippy::large_futures,
    reason = "handlers' futures are moved several times before they are first polled"
)]

mod answers;
mod arrival;
mod httapi;
mod jambonz;
mod pivot;
mod refused;
mod samples;
mod signalwire;
mod signatures;
mod telnyx;
mod twilio;
mod xml;
mod xml_curl;

use std::rc::Rc;

use actix_web::{
    HttpRequest, HttpResponse, Resource,
    http::{StatusCode, header::HeaderMap},
    web,
};
use serde_json::value::RawValue;

pub(super) use self::{answers::Answer, arrival::Arrival};
use self::{
    httapi::Httapi, jambonz::Jambonz, pivot::Pivot, refused::Refused, samples::Sample,
    signalwire::SignalWire, telnyx::Telnyx, twilio::Twilio, xml_curl::XmlCurl,
};
use super::{
    Shared,
    bodies::{self, BodyError},
    call_parameters::{CallError, MAX_CALL_BYTES, MULTIPART, Parameters},
    calling,
    connections::Exchange,
    content::essence,
    public_url::base_url,
};
use crate::functions::{Caller, Environment, Question, Ran, RouterName};

/// The parameter with the function's key. It is not part of the call.
const KEY: &str = "key";

/// A call router: a program that asks for instructions for a call.
trait Router: 'static {
    /// The router's part of the address.
    const NAME: &'static str;

    /// Where the router's operator enters the address.
    const ADDRESS_IS_FOR: &'static str;

    /// The router's name for people.
    const TITLE: &'static str;

    /// The way to that place, in words. Names are between backticks.
    const ENTERED_AT: &'static str;

    /// The text that the operator enters, if the address is only a part of it.
    fn setting(_url: &str) -> Option<String> {
        None
    }

    /// Where a call contains the router's own id of the call, as a JSON pointer.
    const CALL_ID: &'static str;

    /// The request that the router sends for a new call.
    const SAMPLE: Sample;

    /// The call that functions of this router get.
    async fn call(request: &mut RouterRequest<'_>) -> Result<Box<RawValue>, CallError>;

    /// The variable with the secret for this router's signatures, if it signs requests.
    const SIGNED_WITH: Option<&'static str> = None;

    /// Whether signatures cover the address, so that its query can be trusted.
    const SIGNS_ADDRESS: bool = true;

    /// Whether the request has a valid signature of this secret.
    fn is_signed(_: &RouterRequest, _secret: &str) -> bool {
        false
    }

    /// Whether this router needs no answer to a call, because the call only reports an event or the router continues by
    /// itself. `false` if an empty answer would end a new call: then a missing answer is a failure.
    fn takes_nothing(call: &RawValue) -> bool;

    /// The reply without instructions, a success.
    fn nothing() -> HttpResponse;

    /// The reply for a function's result.
    fn reply(result: &RawValue, ran: &Ran) -> Result<HttpResponse, Refused>;

    /// The reply after which the router continues without the function.
    fn failure(refused: &Refused) -> HttpResponse {
        refused.json()
    }
}

/// A router's request.
struct RouterRequest<'a> {
    http: &'a HttpRequest,
    /// The parameters of the query without the key, and of the body once it has been read.
    parameters: Parameters<'a>,
    body: &'a web::Bytes,
    public_url: Option<&'a str>,
}

impl RouterRequest<'_> {
    fn headers(&self) -> &HeaderMap {
        self.http.headers()
    }

    /// The text of a header.
    fn header(&self, name: &str) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// The requested address, as the router sees it.
    fn url(&self) -> String {
        let base = base_url(self.public_url, self.http);
        let path = self.http.uri().path_and_query();
        format!("{base}{}", path.map_or("/", |path| path.as_str()))
    }

    /// The call from all parameters of query and body.
    async fn parameters(&mut self) -> Result<Box<RawValue>, CallError> {
        let read = self.parameters.read_body(self.http.headers(), self.body);
        read.await?;
        self.parameters.call()
    }

    /// The call from the body's JSON, or from the parameters if there is no body.
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

/// Answers a request of a router.
async fn answer<R: Router>(
    arrival: Arrival,
    shared: web::Data<Shared>,
    http: HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> HttpResponse {
    let answered = run::<R>(&arrival, &shared, &http, path, payload);
    let refused = match calling::in_time(answered).await {
        Some(Ok(reply)) => return reply,
        // A client without the key is a stranger. A call with the right key takes nothing from the address's bucket.
        Some(Err(refused)) if refused.is_forbidden() => {
            let taken = shared.buckets.take_from_stranger(arrival.peer);
            taken.err().map_or(refused, Refused::too_many)
        }
        Some(Err(refused)) => refused,
        None => Refused::new(StatusCode::GATEWAY_TIMEOUT, "it takes too long"),
    };
    R::failure(&refused)
}

async fn run<R: Router>(
    arrival: &Arrival,
    shared: &Shared,
    http: &HttpRequest,
    path: web::Path<(String, String)>,
    payload: web::Payload,
) -> Result<HttpResponse, Refused> {
    let (account, id) = path.into_inner();
    let mut parameters = Parameters::of_query(http.query_string());
    let key = parameters.take(KEY).unwrap_or_default();
    // A function of a disabled account looks like one that does not exist.
    if !calling::is_enabled(shared, &account).await? {
        return Err(Refused::forbidden());
    }
    // The function is opened before the body is read, because reading takes memory and time.
    let functions = &shared.functions;
    let opened = functions.open(&account, &id, &key).await?;
    if let Some(exchange) = http.conn_data::<Rc<Exchange>>() {
        exchange.has_credential();
    }
    let holder = shared.bodies.known(&account);
    let (body, share) = bodies::read(payload.into_inner(), &shared.bodies, holder).await?;
    if essence(http.headers()) == MULTIPART {
        // Memory for parsing the body. Files in it are not part of the call.
        share.grow(body.len()).map_err(BodyError::from)?;
    } else if body.len() > MAX_CALL_BYTES {
        return Err(CallError::TooLarge.into());
    }
    let mut request = RouterRequest {
        http,
        parameters,
        body: &body,
        public_url: shared.public_url.as_deref(),
    };
    let env = opened.environment();
    if !is_genuine::<R>(&request, env) {
        return Err(Refused::not_genuine());
    }
    let is_signed = R::SIGNED_WITH.is_some_and(|name| env.value(name).is_some());
    if is_signed && !R::SIGNS_ADDRESS {
        request.parameters = Parameters::default();
    }
    let call = R::call(&mut request).await?;
    let question = Question {
        takes_nothing: R::takes_nothing,
        ..Question::new(&call)
    };
    let caller = Caller {
        request_id: &arrival.id,
        router: Some(RouterName {
            name: R::NAME,
            call_id: R::CALL_ID,
        }),
    };
    let ran = functions.run_opened(&opened, &question, caller).await?;
    answers::of::<R>(&ran, &call)
}

/// Whether the key suffices, or the request is signed as the function's `env` requires. A function with a signing
/// secret is closed to routers without signatures. Otherwise anyone with the address could use those routers'
/// addresses.
fn is_genuine<R: Router>(request: &RouterRequest, env: &Environment) -> bool {
    match R::SIGNED_WITH.and_then(|name| env.value(name)) {
        // Everybody can sign with an empty secret.
        Some("") => false,
        Some(secret) => R::is_signed(request, secret),
        None => DOORS
            .iter()
            .filter_map(|door| door.signed_with)
            .all(|name| env.value(name).is_none()),
    }
}

/// A router, for lists of a function's addresses and for authors.
pub(super) struct Door {
    /// The router's part of the address.
    pub(super) name: &'static str,
    /// The router's name for people.
    pub(super) title: &'static str,
    /// Where the router's operator enters the address.
    pub(super) address_is_for: &'static str,
    /// The way to that place, in words.
    pub(super) entered_at: &'static str,
    /// The text that the operator enters there, if the address is only a part of it.
    pub(super) setting: fn(&str) -> Option<String>,
    /// The variable with the secret for the router's signatures.
    pub(super) signed_with: Option<&'static str>,
    /// Whether the router needs no answer to a call.
    pub(super) takes_nothing: fn(&RawValue) -> bool,
    /// The answer when a function has run on a call.
    pub(super) answer: fn(&Ran, &RawValue) -> Answer,
    /// The request that the router sends for a new call.
    sample: Sample,
}

impl Door {
    /// The router with this name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        DOORS.iter().find(|door| door.name == name)
    }

    /// A new call, as functions see it.
    pub(super) fn sample_call(&self) -> Result<Box<RawValue>, CallError> {
        self.sample.call()
    }
}

/// Names all routers once, for their addresses, the lists of them, and their signing secrets.
macro_rules! routers {
    ($($router:ident),* $(,)?) => {
        /// All routers, in the order of lists.
        pub(super) const DOORS: &[Door] = &[$(Door {
            name: $router::NAME,
            title: $router::TITLE,
            address_is_for: $router::ADDRESS_IS_FOR,
            entered_at: $router::ENTERED_AT,
            setting: $router::setting,
            signed_with: $router::SIGNED_WITH,
            takes_nothing: $router::takes_nothing,
            answer: answers::shown::<$router>,
            sample: $router::SAMPLE,
        }),*];

        /// The addresses of all routers, for GET and POST.
        pub(super) fn resources() -> Vec<Resource> {
            vec![$(resource::<$router>()),*]
        }
    };
}

routers!(Pivot, Jambonz, SignalWire, Twilio, Telnyx, Httapi, XmlCurl);

fn resource<R: Router>() -> Resource {
    web::resource(format!("/{}/{{account}}/{{function}}", R::NAME))
        .route(web::get().to(answer::<R>))
        .route(web::post().to(answer::<R>))
}

/// Whether a path is an address of a router.
pub(super) fn is_call(path: &str) -> bool {
    let first = path
        .strip_prefix('/')
        .and_then(|path| path.split('/').next());
    first.is_some_and(|first| DOORS.iter().any(|door| door.name == first))
}
