//! The envelope of a request's body: `data`, and control values beside it.

use std::{borrow::Cow, fmt};

use serde::{
    Deserialize,
    de::{MapAccess, Visitor},
};
use serde_json::{Map, Value, value::RawValue};

use super::{empty_object, value_of};
use crate::http::{content::pairs_of, error::ApiError};

/// Most values beside `data` that are read: four times as many as have a meaning.
const MAX_CONTROLS: usize = 64;

/// Largest body that an error reply repeats, in bytes. Parsed, it can take forty times as much.
const MAX_REPEATED_BYTES: usize = 64 * 1024;

/// The form of a body.
#[derive(Clone, Copy)]
pub(super) enum Form {
    Json,
    /// A form that cannot be an envelope. It is read only to say so.
    Html,
}

/// A body with unparsed `data`.
pub(super) struct Envelope {
    pub(super) data: Box<RawValue>,
    /// The values beside `data`, by name.
    pub(super) controls: Vec<(String, String)>,
    /// The token in the body.
    pub(super) token: Option<String>,
}

impl Envelope {
    /// Takes a body apart. Its token counts only if the request's head has no credential.
    ///
    /// # Errors
    /// If the body is not an envelope.
    pub(super) fn of(form: Form, body: &[u8], wants_token: bool) -> Result<Self, ApiError> {
        let mut envelope = match form {
            Form::Json => Self::of_json(body)?,
            Form::Html => Self::of_form(body)?,
        };
        if wants_token {
            let beside_data = value_of(&envelope.controls, "auth_token").map(str::to_owned);
            envelope.token = beside_data.or_else(|| envelope.take_token_of_data());
        }
        Ok(envelope)
    }

    fn of_form(body: &[u8]) -> Result<Self, ApiError> {
        if body.len() > MAX_REPEATED_BYTES {
            return Err(ApiError::required("data", &Value::Null));
        }
        let form = pairs_of(&String::from_utf8_lossy(body));
        let form: Map<_, _> = form.into_iter().map(|(k, v)| (k, v.into())).collect();
        Self::of_json(Value::Object(form).to_string().as_bytes())
    }

    fn of_json(body: &[u8]) -> Result<Self, ApiError> {
        if body.is_empty() {
            return Ok(Self {
                data: empty_object(),
                controls: Vec::new(),
                token: None,
            });
        }
        // serde would take a list for the fields of an envelope.
        if !body.trim_ascii_start().starts_with(b"{") {
            return Err(not_an_envelope(body));
        }
        let parts: Parts = serde_json::from_slice(body).map_err(|_| not_an_envelope(body))?;
        let Some(data) = parts.data else {
            return Err(ApiError::required("data", &repeated(body)));
        };
        if !data.get().starts_with(['{', '[']) {
            let value = repeated(data.get().as_bytes());
            return Err(ApiError::wrong_type("data", "object, array", &value));
        }
        Ok(Self {
            data: data.to_owned(),
            controls: parts.controls,
            token: None,
        })
    }

    /// Removes a token from `data`, so that it does not become part of a document.
    fn take_token_of_data(&mut self) -> Option<String> {
        if !self.data.get().contains("\"auth_token\"") {
            return None;
        }
        let apart: WithoutToken = serde_json::from_str(self.data.get()).ok()?;
        let token = apart.token?;
        self.data = RawValue::from_string(apart.rest).ok()?;
        Some(token)
    }
}

/// An envelope, borrowed from the body.
#[derive(Default)]
struct Parts<'a> {
    data: Option<&'a RawValue>,
    controls: Vec<(String, String)>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Parts<'a> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PartsVisitor)
    }
}

struct PartsVisitor;

impl<'de> Visitor<'de> for PartsVisitor {
    type Value = Parts<'de>;

    fn expecting(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        formatter.write_str("an envelope")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut parts = Parts::default();
        while let Some(key) = map.next_key::<Cow<str>>()? {
            let value: &RawValue = map.next_value()?;
            if value.get() == "null" {
                continue;
            }
            // KAZOO `kz_json.erl`, `normalize_key/1`.
            let key = key.to_ascii_lowercase().replace('-', "_");
            if key == "data" {
                parts.data = Some(value);
            } else if parts.controls.len() == MAX_CONTROLS {
                continue;
            } else if let Ok(text) = serde_json::from_str::<String>(value.get()) {
                parts.controls.push((key, text));
            } else {
                parts.controls.push((key, value.get().to_owned()));
            }
        }
        Ok(parts)
    }
}

/// An object and its last `auth_token`, if that is a text. Everything else stays as written.
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

fn not_an_envelope(body: &[u8]) -> ApiError {
    match serde_json::from_slice::<&RawValue>(body) {
        Ok(_) => ApiError::malformed("All JSON must be valid"),
        Err(error) => ApiError::malformed(&format!("invalid_json around {}", offset(body, &error))),
    }
}

/// The refused value for a reply. `null` if it is too long or too deeply nested.
pub(in crate::http) fn repeated(json: &[u8]) -> Value {
    if json.len() > MAX_REPEATED_BYTES {
        return Value::Null;
    }
    serde_json::from_slice(json).unwrap_or_default()
}

/// The offset at which parsing stopped.
fn offset(body: &[u8], error: &serde_json::Error) -> usize {
    let lines_before: usize = body
        .split_inclusive(|byte| *byte == b'\n')
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    lines_before + error.column()
}
