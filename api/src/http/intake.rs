//! What a request says, read before it is routed: its id, its envelope, its control values, its token (KAZOO
//! `api_util.erl`).

use std::{borrow::Cow, cell::OnceCell, fmt, net::IpAddr};

use actix_web::{
    HttpMessage,
    dev::ServiceRequest,
    http::{Method, Uri, header, header::HeaderMap},
    web::Bytes,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde::{
    Deserialize,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, json, value::RawValue};

use super::{
    access_log,
    bodies::{self, BodyError, MAX_BODY_BYTES},
    error::ApiError,
    rate::Tokens,
};
use crate::{
    accounts::Credential,
    budget::{Budget, Holder, NoMemory, Share},
    ids::random_id,
    store::Actor,
    validation::too_large,
};

/// Of `data` that is taken apart: a source of 1 MiB with its escapes, and a call or what else a document has. Parsed, it
/// can take forty times as much.
pub(super) const MAX_OBJECT_BYTES: usize = 3 * 1024 * 1024;

/// Values besides `data` that are looked at: four times what there are names for.
const MAX_CONTROLS: usize = 64;

/// A request, as far as it has been read.
pub(super) struct Intake {
    pub(super) request_id: String,
    /// What is asked for, also where a `verb` says so within a POST.
    pub(super) method: Method,
    /// As the client wrote it, without a slash at the end.
    pub(super) path: String,
    pub(super) peer: Option<IpAddr>,
    uri: Uri,
    /// What the query says, read when it is asked for: calls by routers are long and have readers of their own.
    query: OnceCell<Vec<(String, String)>>,
    /// The envelope's other values, by name.
    controls: Vec<(String, String)>,
    pub(super) data: Box<RawValue>,
    /// A body that is a Wasm module.
    pub(super) module: Option<Bytes>,
    /// Whether the body is in a form that documents come in.
    pub(super) has_documents_type: bool,
    pub(super) credential: Option<Credential>,
    /// Whose credential it is.
    pub(super) actor: Option<Actor>,
    pub(super) tokens: Tokens,
    pretty_print: bool,
    /// What the body takes of the memory for bodies, and what it was parsed into, until the request is answered.
    pub(super) share: Option<Share>,
}

/// How a reply is written.
pub(super) enum Format<'a> {
    Plain,
    Pretty,
    /// As a call of a JavaScript function of this name.
    Call(&'a str),
}

impl Intake {
    /// What the head says.
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
                // Nowhere else are there tokens.
                let is_api = is_api(request.match_info().as_str());
                let token = is_api.then(|| intake.query("auth_token"))??;
                Some(Credential::Token(token.to_owned()))
            })
            .or_else(|| authorization(text("authorization")?));
        intake
    }

    /// What the body says.
    pub(super) async fn read_body(
        &mut self,
        request: &mut ServiceRequest,
        budget: &Budget,
        holder: Holder,
    ) -> Result<(), ApiError> {
        let (body, share) = bodies::read(request.take_payload(), budget, holder).await?;
        self.share = Some(share);
        let _turn = bodies::turn(&body).await;
        match ContentType::of(request.headers(), &body) {
            ContentType::Json => self.take_envelope(&body)?,
            ContentType::Form => {
                // No form is an envelope: this is only to say so.
                if body.len() > MAX_REPEATED_BYTES {
                    return Err(ApiError::required("data", &Value::Null));
                }
                let form = pairs_of(&String::from_utf8_lossy(&body));
                let form: Map<_, _> = form.into_iter().map(|(k, v)| (k, v.into())).collect();
                self.take_envelope(Value::Object(form).to_string().as_bytes())?;
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
        self.find_credential();
        Ok(())
    }

    fn take_envelope(&mut self, body: &[u8]) -> Result<(), ApiError> {
        if body.is_empty() {
            return Ok(());
        }
        // A list would be taken for the fields of an envelope.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(not_an_envelope(body));
        }
        let envelope: Envelope = serde_json::from_slice(body).map_err(|_| not_an_envelope(body))?;
        let Some(data) = envelope.data else {
            return Err(ApiError::required("data", &repeated(body)));
        };
        if !data.get().starts_with(['{', '[']) {
            let value = repeated(data.get().as_bytes());
            return Err(ApiError::wrong_type("data", "object, array", &value));
        }
        self.data = data.to_owned();
        self.controls = envelope.controls;
        Ok(())
    }

    /// The carriers in the body, which come behind those of the head.
    fn find_credential(&mut self) {
        if self.credential.is_some() {
            return;
        }
        self.credential = if let Some(token) = self.control("auth_token") {
            Some(Credential::Token(token.to_owned()))
        } else if self.data.get().contains("\"auth_token\"") {
            self.take_token_of_data()
        } else {
            authorization(self.control("authorization").unwrap_or_default())
        };
    }

    /// A token within `data` is taken out of it: it must not end in a document that others read.
    fn take_token_of_data(&mut self) -> Option<Credential> {
        let taken: WithoutToken = serde_json::from_str(self.data.get()).ok()?;
        let token = taken.token?;
        self.data = RawValue::from_string(taken.rest).ok()?;
        Some(Credential::Token(token))
    }

    /// A parameter of the query.
    pub(super) fn query(&self, name: &str) -> Option<&str> {
        value_of(self.query_pairs(), name)
    }

    /// All of them.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.query_pairs().iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn query_pairs(&self) -> &[(String, String)] {
        self.query
            .get_or_init(|| pairs_of(self.uri.query().unwrap_or_default()))
    }

    /// A value that steers the request, from the query or from the envelope. KAZOO looks into `data` as well, where a
    /// document's own fields would be taken for it.
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

    /// The token as the client wrote it: replies repeat it.
    pub(super) fn token(&self) -> Option<&str> {
        match &self.credential {
            Some(Credential::Token(token)) => Some(token),
            _ => None,
        }
    }
}

/// The value of an `Authorization`; without a scheme it is ignored, as in KAZOO.
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
        // Some clients put their token here.
        None => Credential::Token(value.to_owned()),
    })
}

enum ContentType {
    Json,
    Form,
    Wasm,
    Other,
}

impl ContentType {
    /// What curl sends as a form unless told otherwise is JSON when it looks like it.
    fn of(headers: &HeaderMap, body: &[u8]) -> Self {
        match essence(headers).as_str() {
            "" | "application/json" | "application/x-json" => Self::Json,
            "application/x-www-form-urlencoded" => {
                if body.is_empty() || body.trim_ascii_start().starts_with(b"{") {
                    Self::Json
                } else {
                    Self::Form
                }
            }
            _ if body.is_empty() => Self::Json,
            "application/wasm" => Self::Wasm,
            _ => Self::Other,
        }
    }
}

/// What a body says it is, in lower case and without parameters; nothing if it says nothing.
pub(super) fn essence(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_TYPE);
    let text = value.and_then(|value| value.to_str().ok());
    let essence = text.unwrap_or_default().split(';').next();
    essence.unwrap_or_default().trim().to_ascii_lowercase()
}

/// A request's body, its `data` unparsed.
#[derive(Default)]
struct Envelope<'a> {
    data: Option<&'a RawValue>,
    controls: Vec<(String, String)>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Envelope<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(EnvelopeVisitor)
    }
}

struct EnvelopeVisitor;

impl<'de> Visitor<'de> for EnvelopeVisitor {
    type Value = Envelope<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an envelope")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut envelope = Envelope::default();
        while let Some(key) = map.next_key::<Cow<str>>()? {
            let value: &RawValue = map.next_value()?;
            if value.get() == "null" {
                continue;
            }
            // KAZOO `kz_json.erl`, `normalize_key/1`.
            let key = key.to_ascii_lowercase().replace('-', "_");
            if key == "data" {
                envelope.data = Some(value);
            } else if envelope.controls.len() == MAX_CONTROLS {
                continue;
            } else if let Ok(text) = serde_json::from_str::<String>(value.get()) {
                envelope.controls.push((key, text));
            } else {
                envelope.controls.push((key, value.get().to_owned()));
            }
        }
        Ok(envelope)
    }
}

/// An object, its last `auth_token` apart, if that is a text. What else is in it stays as it is written.
struct WithoutToken {
    token: Option<String>,
    rest: String,
}

impl<'de> Deserialize<'de> for WithoutToken {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(WithoutTokenVisitor)
    }
}

struct WithoutTokenVisitor;

impl<'de> Visitor<'de> for WithoutTokenVisitor {
    type Value = WithoutToken;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut token = None;
        let mut rest = String::from("{");
        while let Some((key, value)) = map.next_entry::<&RawValue, &RawValue>()? {
            let is_token =
                serde_json::from_str::<Cow<str>>(key.get()).is_ok_and(|key| key == "auth_token");
            if is_token {
                token = serde_json::from_str(value.get()).ok();
                continue;
            }
            if rest.len() > 1 {
                rest.push(',');
            }
            rest.push_str(key.get());
            rest.push(':');
            rest.push_str(value.get());
        }
        rest.push('}');
        Ok(WithoutToken { token, rest })
    }
}

fn value_of<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let (_, value) = pairs.iter().rev().find(|(known, _)| known == name)?;
    Some(value)
}

/// Names and values of a query or a form.
pub(super) fn pairs_of(encoded: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(encoded.as_bytes())
        .into_owned()
        .collect()
}

/// Whether a path, as it is routed by, leads to what has envelopes and tokens.
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

/// A name that cannot be anything but one: a reply with it is a script.
fn is_function_name(name: &str) -> bool {
    let is_part = |part: &str| {
        part.starts_with(|it: char| it.is_ascii_alphabetic() || it == '_' || it == '$')
            && part
                .chars()
                .all(|it| it.is_ascii_alphanumeric() || it == '_' || it == '$')
    };
    name.len() <= MAX_FUNCTION_NAME_BYTES && name.split('.').all(is_part)
}

/// Longer than any library makes them.
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

fn not_an_envelope(body: &[u8]) -> ApiError {
    match serde_json::from_slice::<&RawValue>(body) {
        Ok(_) => malformed("All JSON must be valid"),
        Err(error) => malformed(&format!("invalid_json around {}", offset(body, &error))),
    }
}

/// A body longer than that was not written by hand. Parsed, it can take forty times as much.
const MAX_REPEATED_BYTES: usize = 64 * 1024;

/// What was refused, for the reply to repeat; `null` for what is too long or too deep for that.
pub(super) fn repeated(json: &[u8]) -> Value {
    if json.len() > MAX_REPEATED_BYTES {
        return Value::Null;
    }
    serde_json::from_slice(json).unwrap_or_default()
}

/// Bytes before the place where parsing stopped.
fn offset(body: &[u8], error: &serde_json::Error) -> usize {
    let lines_before: usize = body
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    lines_before + error.column()
}

pub(super) fn malformed(message: &str) -> ApiError {
    ApiError::problem(
        "json",
        "invalid",
        json!({"message": message, "target": "body"}),
    )
}

impl From<BodyError> for ApiError {
    fn from(error: BodyError) -> Self {
        match error {
            BodyError::TooLarge => Self::invalid(&too_large("file", MAX_BODY_BYTES)),
            BodyError::Incomplete(error) => malformed(&format!("the body ended early: {error}")),
            BodyError::TooSlow => malformed("the body took too long"),
            BodyError::NoMemory(error) => error.into(),
        }
    }
}

impl From<NoMemory> for ApiError {
    fn from(_: NoMemory) -> Self {
        Self::overloaded("no memory is free for the request")
    }
}
