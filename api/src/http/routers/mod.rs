//! `/{router}/{account}/{function}?key=…`: functions for call routers, which have no token. Each router has a file that says what it
//! sends, how it reads an answer, and what it takes for a failure. Everything else is here, once.

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

/// The parameter with the function's key, which is no part of the call.
const KEY: &str = "key";

/// A program that asks what to do with a call.
trait Router: 'static {
    /// Its part of the address.
    const NAME: &'static str;

    /// Where its operator enters the address.
    const ADDRESS_IS_FOR: &'static str;

    /// What people call it.
    const TITLE: &'static str;

    /// Where its calls have its own id of them, as a JSON pointer.
    const CALL_ID: &'static str;

    /// What it sends when a call comes in.
    const SAMPLE: Sample;

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

    /// Whether nothing is an answer to a call: the router tells what has happened, or goes on by itself. A call that has just begun, and
    /// would be ended by that, rather takes the way that there is for failures.
    fn takes_nothing(call: &RawValue) -> bool;

    /// That answer: a success without instructions.
    fn nothing() -> HttpResponse;

    /// The function's result, as this router reads it.
    fn reply(result: &RawValue, ran: &Ran) -> Result<HttpResponse, Refused>;

    /// The reply that makes this router go on without the function.
    fn failure(refused: &Refused) -> HttpResponse {
        refused.json()
    }
}

/// A router's request.
struct Asked<'a> {
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
        let base = base_url(self.public_url, self.http);
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
        // Who has no key is a stranger. Calls with the right key take nothing from their address's bucket, and need nothing in it.
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
    // The function of a disabled account is not called, nor is it told apart from one that is not there.
    if !calling::is_enabled(shared, &account).await? {
        return Err(Refused::forbidden());
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

/// A router, for those who write functions for it.
pub(super) struct Door {
    /// Its part of the address.
    pub(super) name: &'static str,
    /// What people call it.
    pub(super) title: &'static str,
    /// Where its operator enters the address.
    pub(super) address_is_for: &'static str,
    /// Whether nothing is an answer to a call.
    pub(super) takes_nothing: fn(&RawValue) -> bool,
    /// What it is answered when a function ran on a call.
    pub(super) answer: fn(&Ran, &RawValue) -> Answer,
    /// What it sends when a call comes in.
    sample: Sample,
}

impl Door {
    /// The router of a name.
    pub(super) fn named(name: &str) -> Option<&'static Self> {
        DOORS.iter().find(|door| door.name == name)
    }

    /// A call that comes in, as its functions see it.
    pub(super) fn sample_call(&self) -> Result<Box<RawValue>, CallError> {
        self.sample.call()
    }
}

/// Every router, once: its address, where it is listed, and what it signs with.
macro_rules! routers {
    ($($router:ident),* $(,)?) => {
        /// All routers, in the order in which replies list them.
        pub(super) const DOORS: &[Door] = &[$(Door {
            name: $router::NAME,
            title: $router::TITLE,
            address_is_for: $router::ADDRESS_IS_FOR,
            takes_nothing: $router::takes_nothing,
            answer: answers::shown::<$router>,
            sample: $router::SAMPLE,
        }),*];

        /// The variables with signing secrets of all routers.
        const SIGNED_WITH: &[Option<&str>] = &[$($router::SIGNED_WITH),*];

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

/// Whether a path is one that routers ask for.
pub(super) fn is_call(path: &str) -> bool {
    let first = path
        .strip_prefix('/')
        .and_then(|path| path.split('/').next());
    first.is_some_and(|first| DOORS.iter().any(|door| door.name == first))
}
