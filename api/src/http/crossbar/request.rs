//! Requests as handlers see them, and their replies.

use std::{future::Future, net::IpAddr, ops::Deref, pin::Pin, rc::Rc, sync::Arc};

use actix_web::{
    FromRequest, HttpMessage, HttpRequest, HttpResponse,
    dev::Payload,
    http::{
        Method, StatusCode,
        header::{self, HeaderValue},
    },
    web,
};
use serde::Serialize;
use serde_json::{Map, Value, json, value::RawValue};
use switchhook_store::{Account, Actor};

use super::{
    envelope::{Envelope, Extras},
    intake::{Format, Intake},
    object,
    openapi::AccountPath,
    pretty::pretty,
};
use crate::{
    accounts::Credential,
    functions::Author,
    http::{
        Shared,
        bodies::{self, MAX_OBJECT_BYTES},
        budget::Holder,
        error::ApiError,
    },
    validation::too_large,
};

/// A date in the past, as in KAZOO (`crossbar.hrl`): replies must not be cached.
const EXPIRED: HeaderValue = HeaderValue::from_static("Fri, 01 Jan 1999 00:00:00 GMT");

/// Most characters of a revision's message: three lines.
const MAX_MESSAGE_CHARACTERS: usize = 256;

/// A request of any client.
#[derive(Clone)]
pub(super) struct Request {
    shared: web::Data<Shared>,
    intake: Rc<Intake>,
}

/// A request of a client who may act in the account of the path.
pub(super) struct Authorized {
    request: Request,
    account: Arc<Account>,
    actor: Actor,
}

/// An authorized request whose reply is a Wasm module.
pub(super) struct WantsModule(pub(super) Authorized);

/// An authorized request whose reply is a list or a feed of attempts.
pub(super) struct WantsAttempts(pub(super) Authorized);

/// The parameter that asks for a feed, as in CouchDB's API.
pub(super) const FEED: &str = "feed";

/// A feed of server-sent events.
pub(super) const EVENT_SOURCE: &str = "eventsource";

/// The type of nearly all replies.
const JSON: &str = "application/json";

/// The type of server-sent events (HTML, "Server-sent events").
pub(super) const EVENTS: &str = "text/event-stream";

/// The type of a function's module.
pub(super) const WASM: &str = "application/wasm";

impl Request {
    pub(super) fn new(shared: web::Data<Shared>, intake: Rc<Intake>) -> Self {
        Self { shared, intake }
    }

    fn of(request: &HttpRequest) -> Result<Self, ApiError> {
        let found = request.extensions().get::<Self>().cloned();
        found.ok_or_else(|| ApiError::internal("a request was not read before it was routed"))
    }

    pub(super) fn shared(&self) -> &Shared {
        &self.shared
    }

    pub(super) fn method(&self) -> &Method {
        &self.intake.method
    }

    /// The client's path without a slash at the end.
    pub(super) fn path(&self) -> &str {
        &self.intake.path
    }

    pub(super) fn peer(&self) -> Option<IpAddr> {
        self.intake.peer
    }

    /// The request's id, from the client or from this server.
    pub(super) fn id(&self) -> &str {
        &self.intake.request_id
    }

    /// The actor, if the request has a valid credential.
    pub(super) fn actor(&self) -> Option<&Actor> {
        self.intake.actor.as_ref()
    }

    /// The holder of the memory that the reply takes.
    pub(super) fn reply_holder(&self) -> Holder {
        match self.actor() {
            Some(actor) => self.shared.replies.known(&actor.account_id),
            None => self.shared.replies.stranger(self.peer()),
        }
    }

    /// The actor, or an error if the request has no valid credential.
    pub(super) fn known_actor(&self) -> Result<&Actor, ApiError> {
        self.actor().ok_or_else(ApiError::no_credentials)
    }

    pub(super) fn credential(&self) -> Option<&Credential> {
        self.intake.credential.as_ref()
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        self.intake.query(name)
    }

    /// All parameters of the query.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.intake.pairs()
    }

    /// A control value, from the query or from the envelope.
    pub(super) fn control(&self, name: &str) -> Option<&str> {
        self.intake.control(name)
    }

    /// The reason for a revision, in its author's words.
    pub(super) fn message(&self) -> Result<Option<&str>, ApiError> {
        let message = self.control("message").filter(|text| !text.is_empty());
        let Some(text) = message else {
            return Ok(None);
        };
        if text.chars().count() > MAX_MESSAGE_CHARACTERS {
            return Err(ApiError::problem(
                "message",
                "maxLength",
                json!({
                    "message": format!("String must not be more than {MAX_MESSAGE_CHARACTERS} characters"),
                    "target": MAX_MESSAGE_CHARACTERS,
                }),
            ));
        }
        if text.contains('\0') {
            let message = "A message must not hold the character NUL";
            return Err(ApiError::problem(
                "message",
                "pattern",
                json!({"message": message}),
            ));
        }
        Ok(Some(text))
    }

    /// The body's `data`, an object or an array.
    pub(super) fn data(&self) -> &RawValue {
        &self.intake.data
    }

    /// The body's `data`, which must be an object.
    pub(super) async fn object(&self) -> Result<Map<String, Value>, ApiError> {
        let data = self.data().get();
        if data.starts_with('[') {
            return Err(ApiError::wrong_type("data", "object", &json!("array")));
        }
        let share = self.intake.share.clone();
        if data.len() > MAX_OBJECT_BYTES {
            if let Some(share) = &share {
                share.grow(data.len())?;
            }
            let data = web::Bytes::copy_from_slice(data.as_bytes());
            let field = bodies::work_on(data, object::too_large_field).await;
            return Err(ApiError::invalid(&too_large(field, MAX_OBJECT_BYTES)));
        }
        let data = web::Bytes::copy_from_slice(data.as_bytes());
        bodies::work_on(data, move |data| object::parsed(data, share.as_deref())).await
    }

    /// The body, if it is a Wasm module.
    pub(super) fn module(&self) -> Option<&[u8]> {
        self.intake.module.as_deref()
    }

    pub(super) fn reply<T: Serialize>(
        &self,
        status: StatusCode,
        data: &T,
        extras: &Extras,
    ) -> HttpResponse {
        self.write(status, Some(data), extras)
    }

    /// A reply with the address of the new document: its id at the path of the request (KAZOO `crossbar_doc.erl`,
    /// `add_location_header/2`).
    pub(super) fn created<T: Serialize>(
        &self,
        id: &str,
        data: &T,
        extras: &Extras,
    ) -> HttpResponse {
        let mut reply = self.reply(StatusCode::CREATED, data, extras);
        if let Ok(location) = format!("{}/{id}", self.path()).parse() {
            reply.headers_mut().insert(header::LOCATION, location);
        }
        reply
    }

    /// An empty reply to a client whose token is no longer valid.
    pub(super) fn logged_out(&self) -> HttpResponse {
        let extras = Extras {
            logged_out: true,
            ..Extras::default()
        };
        self.write(StatusCode::OK, None::<&()>, &extras)
    }

    pub(super) fn error(&self, error: &ApiError) -> HttpResponse {
        let mut reply = if error.is_bare() {
            HttpResponse::new(error.status)
        } else {
            let extras = Extras {
                error: Some(error.status.as_str()),
                message: Some(error.message),
                ..Extras::default()
            };
            self.write(error.status, Some(&error.data), &extras)
        };
        if let Some(seconds) = error.retry_after_seconds() {
            reply
                .headers_mut()
                .insert(header::RETRY_AFTER, seconds.into());
        }
        reply
    }

    fn write<T: Serialize>(
        &self,
        status: StatusCode,
        data: Option<&T>,
        extras: &Extras,
    ) -> HttpResponse {
        let envelope = Envelope::new(data, extras, &self.shared.node, &self.intake);
        let format = self.intake.format();
        let body = match format {
            Format::Plain => serde_json::to_vec(&envelope),
            // Made from compact text, because some members are text already.
            Format::Pretty => serde_json::to_vec(&envelope).map(|compact| pretty(&compact)),
            Format::Call(name) => {
                serde_json::to_string(&envelope).map(|json| format!("{name}({json});").into_bytes())
            }
        };
        let body = match body {
            Ok(body) => body,
            Err(error) => {
                tracing::error!("a reply has no JSON form: {error}");
                return HttpResponse::InternalServerError().finish();
            }
        };
        // Exactly these values: KAZOO's own tests compare them.
        let content_type = match format {
            Format::Call(_) => "application/javascript",
            Format::Plain | Format::Pretty => "application/json",
        };
        let mut reply = HttpResponse::build(status)
            .insert_header((header::CONTENT_TYPE, content_type))
            .body(body);
        if self.intake.method == Method::GET && status.is_success() {
            let headers = reply.headers_mut();
            headers.insert(header::EXPIRES, EXPIRED);
            let etag = extras.revision.map(|revision| format!("\"{revision}\""));
            if let Some(etag) = etag.and_then(|etag| etag.parse().ok()) {
                headers.insert(header::ETAG, etag);
            }
        }
        reply
    }

    /// Fails unless the client accepts this type (KAZOO replies with 406 and no body).
    fn expect_accepts(&self, request: &HttpRequest, offered: &str) -> Result<(), ApiError> {
        let wanted = match self.control("accept") {
            Some(wanted) => Some(wanted),
            None => match request.headers().get(header::ACCEPT) {
                Some(value) => value.to_str().ok(),
                None => None,
            },
        };
        let Some(wanted) = wanted.map(str::to_ascii_lowercase) else {
            return Ok(());
        };
        if wanted.contains("*/*") || wanted.contains(offered) {
            return Ok(());
        }
        let ranges = wanted.split(',').map(|range| range.split(';').next());
        let accepted = ranges.flatten().any(|range| {
            let all = range.trim().strip_suffix("/*");
            all.is_some_and(|kind| offered.split('/').next() == Some(kind))
        });
        if accepted {
            Ok(())
        } else {
            Err(ApiError::bare(StatusCode::NOT_ACCEPTABLE))
        }
    }
}

impl Authorized {
    pub(super) fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn actor(&self) -> &Actor {
        &self.actor
    }

    /// The author of a revision, with the reason for it.
    pub(super) fn author(&self) -> Result<Author<'_>, ApiError> {
        Ok(Author {
            actor: &self.actor,
            message: self.request.message()?,
        })
    }

    /// Checks a request whose reply is JSON.
    pub(super) async fn check(
        request: Request,
        http: &HttpRequest,
        account_id: &str,
    ) -> Result<Self, ApiError> {
        Self::check_for(request, http, account_id, JSON).await
    }

    /// Checks a request. The order decides which error a client sees (KAZOO `api_resource.erl`): an unknown account, no
    /// token, no right, no accepted type. `offered` is the reply's type.
    async fn check_for(
        request: Request,
        http: &HttpRequest,
        account_id: &str,
        offered: &str,
    ) -> Result<Self, ApiError> {
        let identity = &request.shared.identity;
        let account = identity.account(account_id).await?;
        let actor = request.known_actor()?.clone();
        if !identity.may_act(&actor, &account) {
            return Err(ApiError::forbidden());
        }
        request.expect_accepts(http, offered)?;
        let writes = [Method::POST, Method::PATCH].contains(request.method());
        let is_module = request.module().is_some() && takes_modules(http);
        if writes && !request.intake.has_documents_type && !is_module {
            return Err(ApiError::bare(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        Ok(Self {
            request,
            account,
            actor,
        })
    }
}

/// Whether the resource can be a Wasm module.
fn takes_modules(http: &HttpRequest) -> bool {
    let pattern = http.match_pattern();
    let is_function = pattern.is_some_and(|pattern| pattern.ends_with("/functions/{function}"));
    is_function && http.method() == Method::POST
}

impl Deref for Authorized {
    type Target = Request;

    fn deref(&self) -> &Request {
        &self.request
    }
}

impl FromRequest for Request {
    type Error = ApiError;
    type Future = std::future::Ready<Result<Self, ApiError>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let found = Self::of(request).and_then(|found| {
            found.expect_accepts(request, JSON)?;
            Ok(found)
        });
        std::future::ready(found)
    }
}

impl FromRequest for Authorized {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(http: &HttpRequest, _: &mut Payload) -> Self::Future {
        Box::pin(authorized(http.clone(), JSON))
    }
}

impl FromRequest for WantsModule {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(http: &HttpRequest, _: &mut Payload) -> Self::Future {
        let http = http.clone();
        Box::pin(async move { authorized(http, WASM).await.map(Self) })
    }
}

impl FromRequest for WantsAttempts {
    type Error = ApiError;
    type Future = Pin<Box<dyn Future<Output = Result<Self, ApiError>>>>;

    fn from_request(http: &HttpRequest, _: &mut Payload) -> Self::Future {
        let http = http.clone();
        Box::pin(async move {
            let is_feed = Request::of(&http)?.query(FEED) == Some(EVENT_SOURCE);
            let offered = if is_feed { EVENTS } else { JSON };
            authorized(http, offered).await.map(Self)
        })
    }
}

/// `offered` is the reply's type.
async fn authorized(http: HttpRequest, offered: &str) -> Result<Authorized, ApiError> {
    let request = Request::of(&http)?;
    let path = web::Path::<AccountPath>::extract(&http).await;
    let path = path.map_err(|_| ApiError::not_found())?;
    Authorized::check_for(request, &http, &path.account, offered).await
}
