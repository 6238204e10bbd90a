//! Reads a request before it is routed: its id, its envelope, its control values, and its token (KAZOO `api_util.erl`).

mod envelope;

use std::{cell::OnceCell, net::IpAddr, sync::Arc};

use actix_web::{
    HttpMessage,
    dev::ServiceRequest,
    http::{Method, Uri, header::HeaderMap},
    web::Bytes,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::value::RawValue;
use switchhook_store::{Actor, ids::random_id};

pub(super) use self::envelope::repeated;
use self::envelope::{Envelope, Form};
use crate::{
    accounts::Credential,
    http::{
        access_log,
        bodies::{self, BodyError, MAX_BODY_BYTES},
        budget::{Budget, Holder, NoMemory, Share},
        content::{essence, pairs_of},
        error::ApiError,
        rate::Tokens,
    },
    validation::too_large,
};

/// A request, as far as it was read.
pub(super) struct Intake {
    pub(super) request_id: String,
    /// The method, or the `verb` in a POST.
    pub(super) method: Method,
    /// The client's path without a slash at the end.
    pub(super) path: String,
    pub(super) peer: Option<IpAddr>,
    uri: Uri,
    /// The query's parameters, parsed at their first use: routers' calls are long and are read elsewhere.
    query: OnceCell<Vec<(String, String)>>,
    /// The envelope's values beside `data`, by name.
    controls: Vec<(String, String)>,
    pub(super) data: Box<RawValue>,
    /// The body, if it is a Wasm module.
    pub(super) module: Option<Bytes>,
    /// Whether the body's content type is one of documents.
    pub(super) has_documents_type: bool,
    pub(super) credential: Option<Credential>,
    /// The owner of the credential.
    pub(super) actor: Option<Actor>,
    pub(super) tokens: Tokens,
    pretty_print: bool,
    /// Memory for the body and its parsed values, until the request is answered.
    pub(super) share: Option<Arc<Share>>,
}

/// The form of a reply.
pub(super) enum Format<'a> {
    Plain,
    Pretty,
    /// A call of the JavaScript function with this name.
    Call(&'a str),
}

impl Intake {
    pub(super) fn of_head(request: &ServiceRequest) -> Self {
        let headers = request.headers();
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let mut intake = Self {
            request_id: access_log::request_id(text("x-request-id")).unwrap_or_else(random_id),
            method: request.method().clone(),
            path: trimmed(request.path()).to_owned(),
            peer: request.peer_addr().map(|address| address.ip()),
            uri: request.uri().clone(),
            query: OnceCell::new(),
            controls: Vec::new(),
            data: empty_object(),
            module: None,
            has_documents_type: true,
            credential: None,
            actor: None,
            tokens: Tokens::default(),
            pretty_print: text("x-pretty-print") == Some("true"),
            share: None,
        };
        intake.credential = text("x-auth-token")
            .map(|token| Credential::Token(token.to_owned()))
            .or_else(|| {
                // Elsewhere there are no tokens.
                let is_api = is_api(request.match_info().as_str());
                let token = is_api.then(|| intake.query("auth_token"))??;
                Some(Credential::Token(token.to_owned()))
            })
            .or_else(|| authorization(text("authorization")?));
        intake
    }

    pub(super) async fn read_body(
        &mut self,
        request: &mut ServiceRequest,
        budget: &Budget,
        holder: Holder,
    ) -> Result<(), ApiError> {
        let (body, share) = bodies::read(request.take_payload(), budget, holder).await?;
        self.share = Some(Arc::new(share));
        match ContentType::of(request.headers(), &body) {
            ContentType::Envelope(form) => {
                let wants_token = self.credential.is_none();
                let taken_apart = move |body: &[u8]| Envelope::of(form, body, wants_token);
                let envelope = bodies::work_on(body, taken_apart).await?;
                self.data = envelope.data;
                self.controls = envelope.controls;
                self.credential = self
                    .credential
                    .take()
                    .or(envelope.token.map(Credential::Token));
            }
            ContentType::Wasm => {
                self.module = Some(body);
                self.has_documents_type = false;
            }
            ContentType::Other => self.has_documents_type = false,
        }
        if self.method == Method::POST {
            self.method = match self.control("verb").map(str::to_ascii_uppercase).as_deref() {
                Some("PUT") => Method::PUT,
                Some("PATCH") => Method::PATCH,
                Some("DELETE") => Method::DELETE,
                _ => Method::POST,
            };
        }
        if self.credential.is_none() {
            self.credential = authorization(self.control("authorization").unwrap_or_default());
        }
        Ok(())
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        value_of(self.query_pairs(), name)
    }

    /// All parameters of the query.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.query_pairs().iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn query_pairs(&self) -> &[(String, String)] {
        self.query
            .get_or_init(|| pairs_of(self.uri.query().unwrap_or_default()))
    }

    /// A control value, from the query or from the envelope. KAZOO also searches `data`, where a document's own fields
    /// would be mistaken for control values.
    pub(super) fn control(&self, name: &str) -> Option<&str> {
        self.query(name).or_else(|| value_of(&self.controls, name))
    }

    pub(super) fn format(&self) -> Format<'_> {
        match self.control("jsonp") {
            Some(name) if is_function_name(name) => Format::Call(name),
            _ if self.pretty_print || self.control("pretty_print") == Some("true") => {
                Format::Pretty
            }
            _ => Format::Plain,
        }
    }

    /// The token as the client wrote it, which replies repeat.
    pub(super) fn token(&self) -> Option<&str> {
        match &self.credential {
            Some(Credential::Token(token)) => Some(token),
            _ => None,
        }
    }
}

/// The credential in an `Authorization` header. Other schemes are ignored, as in KAZOO.
fn authorization(value: &str) -> Option<Credential> {
    let (scheme, value) = value.split_once(' ')?;
    if scheme.eq_ignore_ascii_case("bearer") {
        return Some(Credential::Token(value.to_owned()));
    }
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let pair = STANDARD.decode(value).ok();
    let pair = pair.and_then(|pair| String::from_utf8(pair).ok());
    Some(match pair.as_deref().and_then(|it| it.split_once(':')) {
        Some((account_id, credentials)) => Credential::Basic {
            account_id: account_id.to_owned(),
            credentials: credentials.to_owned(),
        },
        // Some clients send their token without a scheme.
        None => Credential::Token(value.to_owned()),
    })
}

enum ContentType {
    Envelope(Form),
    Wasm,
    Other,
}

impl ContentType {
    /// The form of a body. curl sends every body as a form by default, so a form that looks like JSON is JSON.
    fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        match essence(headers).as_str() {
            "" | "application/json" | "application/x-json" => Self::Envelope(Form::Json),
            "application/x-www-form-urlencoded" => {
                if body.is_empty() || body.trim_ascii_start().starts_with(b"{") {
                    Self::Envelope(Form::Json)
                } else {
                    Self::Envelope(Form::Html)
                }
            }
            _ if body.is_empty() => Self::Envelope(Form::Json),
            "application/wasm" => Self::Wasm,
            _ => Self::Other,
        }
    }
}

fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let (_, value) = pairs.iter().rev().find(|(known, _)| known == name)?;
    Some(value)
}

/// Whether a decoded path belongs to the API with envelopes and tokens.
pub(super) fn is_api(path: &str) -> bool {
    path.starts_with("/v2/")
}

/// A path without slashes at its end.
pub(super) fn trimmed(path: &str) -> &str {
    match path.trim_end_matches('/') {
        "" => "/",
        trimmed => trimmed,
    }
}

/// Whether a text can only be the name of a function: a reply that contains it is a script.
fn is_function_name(name: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_' || it == '$')
            && part
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || it == '_' || it == '$')
    };
    name.len() <= MAX_FUNCTION_NAME_BYTES && name.split('.').all(is_part)
}

/// Longest name: longer than libraries make them.
const MAX_FUNCTION_NAME_BYTES: usize = 128;

/// The URI with another path.
pub(super) fn with_path(uri: &Uri, path: &str) -> Option<Uri> {
    let mut parts = uri.clone().into_parts();
    let path_and_query = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    parts.path_and_query = Some(path_and_query.parse().ok()?);
    Uri::from_parts(parts).ok()
}

/// `{}`
pub(super) fn empty_object() -> Box<RawValue> {
    RawValue::from_string("{}".into()).expect("this is JSON")
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::invalid(&too_large("file", MAX_BODY_BYTES)),
            BodyError::Incomplete(error) => {
                Self::malformed(&format!("the body ended early: {error}"))
            }
            BodyError::TooSlow => Self::malformed("the body took too long"),
            BodyError::NoMemory(error) => error.into(),
        }
    }
}

impl From<NoMemory> for ApiError {
    fn from(_: NoMemory) -> Self {
        Self::overloaded("no memory is free for the request")
    }
}
