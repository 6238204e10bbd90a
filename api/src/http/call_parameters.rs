//! A call as a request tells it: names and texts, however they were sent (KAZOO `kz_http_util.erl`,
//! `json_to_querystring/1`).

use std::{borrow::Cow, collections::HashMap};

use actix_web::{http::header::HeaderMap, web};
use serde::{Serialize, Serializer};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use super::intake::essence;

/// Objects within objects of a JSON body: KAZOO sends two levels.
const MAX_DEPTH: usize = 32;

/// Why a request is no call.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("the body is not JSON: {0}")]
    NotJson(serde_json::Error),
    #[error("the body is not an object")]
    NotAnObject,
    #[error("the body is nested too deeply")]
    TooDeep,
    #[error("the body is neither a form nor JSON")]
    UnknownType,
}

/// The call that a query tells.
///
/// # Errors
/// None that is known: every query is a call.
pub(super) fn of_query(query: &str) -> Result<Box<RawValue>, CallError> {
    Parameters::of_query(query).call()
}

/// A name and its text.
type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// What a request has beside its path: names and texts, in the order they came in.
#[derive(Clone)]
pub(super) struct Parameters<'a>(Vec<Pair<'a>>);

impl<'a> Parameters<'a> {
    /// Those of a query. `&&` and what is no escape stay without consequence, as in HTML forms.
    pub(super) fn of_query(query: &'a str) -> Self {
        Self(pairs(query).collect())
    }

    /// Takes out all of a name, and gives the last one's text.
    pub(super) fn take(&mut self, wanted: &str) -> Option<Cow<'a, str>> {
        let taken = self.0.extract_if(.., |(name, _)| name == wanted);
        taken.last().map(|(_, text)| text)
    }

    /// Adds those of a body, which count more than those of the query. Nested names are written as KAZOO writes them,
    /// `Custom-SIP-Headers[X-Foo]`, whether they came so or as objects: a function sees the same call whichever way it
    /// was asked for.
    pub(super) fn read_body(
        &mut self,
        headers: &HeaderMap,
        body: &'a web::Bytes,
    ) -> Result<(), CallError> {
        if body.is_empty() {
            return Ok(());
        }
        match essence(headers).as_str() {
            "application/json" => match serde_json::from_slice(body) {
                Ok(Value::Object(object)) => self.flatten("", object, MAX_DEPTH),
                Ok(_) => Err(CallError::NotAnObject),
                Err(error) => Err(CallError::NotJson(error)),
            },
            "application/x-www-form-urlencoded" => {
                match str::from_utf8(body) {
                    Ok(form) => self.0.extend(pairs(form)),
                    Err(_) => self.0.extend(form_urlencoded::parse(body)),
                }
                Ok(())
            }
            _ => Err(CallError::UnknownType),
        }
    }

    /// Of a list only the last item is left, as of a parameter that is given more than once.
    fn flatten(
        &mut self,
        within: &str,
        object: Map<String, Value>,
        depth: usize,
    ) -> Result<(), CallError> {
        let depth = depth.checked_sub(1).ok_or(CallError::TooDeep)?;
        for (key, value) in object {
            let name = if within.is_empty() {
                key
            } else {
                format!("{within}[{key}]")
            };
            match value {
                Value::Null => {}
                Value::Object(inner) => self.flatten(&name, inner, depth)?,
                Value::Array(items) => {
                    if let Some(last) = items.into_iter().next_back() {
                        self.0.push((format!("{name}[]").into(), text(last).into()));
                    }
                }
                value => self.0.push((name.into(), text(value).into())),
            }
        }
        Ok(())
    }

    /// As a document. Of a name that is there more than once, the last counts.
    pub(super) fn call(&self) -> Result<Box<RawValue>, CallError> {
        to_raw_value(self).map_err(CallError::NotJson)
    }
}

impl Serialize for Parameters<'_> {
    /// Written without a map between: calls come in by the thousands, each with a kilobyte of this.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(pairs) = self;
        let places = pairs.iter().enumerate();
        let last: HashMap<&str, usize> = places
            .clone()
            .map(|(place, (name, _))| (name.as_ref(), place))
            .collect();
        let counts =
            |place, name: &str| last.len() == pairs.len() || last.get(name) == Some(&place);
        let counting = places.filter(|(place, (name, _))| counts(*place, name));
        serializer.collect_map(counting.map(|(_, (name, text))| (name, text)))
    }
}

/// What HTML calls a form, most of whose parts are as they are written.
fn pairs(encoded: &str) -> impl Iterator<Item = Pair<'_>> {
    let parts = encoded.split('&').filter(|part| !part.is_empty());
    parts.filter_map(|part| {
        if part.contains(['%', '+']) {
            return form_urlencoded::parse(part.as_bytes()).next();
        }
        let (name, text) = part.split_once('=').unwrap_or((part, ""));
        Some((name.into(), text.into()))
    })
}

/// Everything is text in a query.
fn text(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{self, HeaderValue};
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn called(query: &str, content_type: &'static str, body: &str) -> Result<Value, CallError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        let body = web::Bytes::copy_from_slice(body.as_bytes());
        let mut parameters = Parameters::of_query(query);
        parameters.read_body(&headers, &body)?;
        Ok(serde_json::from_str(parameters.call()?.get()).unwrap())
    }

    #[test]
    fn a_call_is_the_same_however_it_is_sent() {
        const FORM: &str = "Account-ID=a&Custom-SIP-Headers[X-Foo]=b+c&&User-ID[]=1&User-ID[]=2&Caller-ID-Number=%2B1415&x=true&";
        let expected = json!({
            "Account-ID": "a", "Custom-SIP-Headers[X-Foo]": "b c", "User-ID[]": "2",
            "Caller-ID-Number": "+1415", "x": "true"
        });
        let json = r#"{"Account-ID": "a", "Custom-SIP-Headers": {"X-Foo": "b c"}, "User-ID": ["1", "2"],
            "Caller-ID-Number": "+1415", "x": true, "Language": null, "Digits": {}}"#;
        let form = "application/x-www-form-urlencoded; charset=utf-8";
        assert_eq!(called(FORM, "", "").unwrap(), expected);
        assert_eq!(called("", form, FORM).unwrap(), expected);
        assert_eq!(called("", "application/json", json).unwrap(), expected);
    }

    #[test]
    fn the_body_wins_over_the_query() {
        let call = called("a=1&b=2", "application/json", r#"{"a": 3.50}"#).unwrap();
        assert_eq!(call, json!({"a": "3.5", "b": "2"}));
    }

    #[test]
    fn what_is_taken_out_is_no_part_of_the_call() {
        let mut parameters = Parameters::of_query("key=a&b=1&%6bey=c+d&keys=2");
        assert_eq!(parameters.take("key").as_deref(), Some("c d"));
        assert_eq!(parameters.take("key"), None);
        assert_eq!(parameters.call().unwrap().get(), r#"{"b":"1","keys":"2"}"#);
    }

    #[test]
    fn what_is_no_call_is_named() {
        let deep = format!("{}1{}", r#"{"a":"#.repeat(40), "}".repeat(40));
        for (content_type, body, message) in [
            ("application/json", "{", "not JSON"),
            ("application/json", "[]", "not an object"),
            ("application/json", &deep, "nested too deeply"),
            ("text/plain", "a=b", "neither"),
        ] {
            let error = called("", content_type, body).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    /// What the document means, by a map.
    fn simply(query: &str) -> Value {
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        Value::Object(pairs.map(|(name, text)| (name, text.into())).collect())
    }

    proptest! {
        #[test]
        fn any_query_is_the_call_it_says(query in "([a-c\\[\\]=&+%\"\\\\]|%[0-9a-fA-F]{2}|\\PC|[\\x00-\\x1f]){0,60}") {
            let call = of_query(&query).unwrap();
            let read: Value = serde_json::from_str(call.get()).unwrap();
            prop_assert_eq!(read, simply(&query));
        }

        #[test]
        fn each_name_is_written_once(names in prop::collection::vec("[ab]{1,2}", 0..20)) {
            let query: String = names.iter().map(|name| format!("{name}=x&")).collect();
            let call = of_query(&query).unwrap();
            let distinct: std::collections::BTreeSet<_> = names.iter().collect();
            prop_assert_eq!(call.get().matches(':').count(), distinct.len());
        }
    }
}
