//! The call in a router's request: names and texts, in any of the forms in which they are sent (KAZOO
//! `kz_http_util.erl`, `json_to_querystring/1`).

mod flattened;
mod multipart;

use std::{borrow::Cow, collections::HashSet};

use actix_web::{
    http::header::{self, HeaderMap},
    web,
};
use serde::{Serialize, Serializer};
use serde_json::{
    Map, Value,
    value::{RawValue, to_raw_value},
};

use super::content::essence;

/// Most names that are compared with each other. For so few, hashing is slower. KAZOO sends some thirty.
const FEW: usize = 64;

/// Largest body of a router's request, in bytes: four times the default limit of a call. Parsed, it can take fifty
/// times as much, and its sender is not known yet.
pub(super) const MAX_CALL_BYTES: usize = 1024 * 1024;

/// The content type of forms with files.
pub(super) const MULTIPART: &str = "multipart/form-data";

/// Why a request is not a call.
#[derive(Debug, thiserror::Error)]
pub(super) enum CallError {
    #[error("the body is not JSON: {0}")]
    NotJson(serde_json::Error),
    #[error("the body is not an object")]
    NotAnObject,
    #[error("the body is neither a form nor JSON")]
    UnknownType,
    #[error("the body is no form: {0}")]
    NotAForm(#[from] multer::Error),
    #[error("the form has too many parts")]
    TooManyParts,
    #[error("the call is too large")]
    TooLarge,
}

/// The call of a query.
///
/// # Errors
/// None in practice: every query is a call.
pub(super) fn of_query(query: &str) -> Result<Box<RawValue>, CallError> {
    Parameters::of_query(query).call()
}

/// A name and its text.
type Pair<'a> = (Cow<'a, str>, Cow<'a, str>);

/// The parameters of a request, names and texts, in their order.
#[derive(Default)]
pub(super) struct Parameters<'a>(Vec<Pair<'a>>);

impl<'a> Parameters<'a> {
    /// The parameters of a query. As in HTML forms, `&&` and invalid escapes are allowed.
    pub(super) fn of_query(query: &'a str) -> Self {
        Self(pairs(query).collect())
    }

    /// Removes all parameters of a name, and returns the last one's text.
    pub(super) fn take(&mut self, wanted: &str) -> Option<Cow<'a, str>> {
        let taken = self.0.extract_if(.., |(name, _)| name == wanted);
        taken.last().map(|(_, text)| text)
    }

    /// Adds the parameters of a body, which override those of the query. Nested names are written in KAZOO's way,
    /// `Custom-SIP-Headers[X-Foo]`, also those of objects, so that a function sees the same call in each form of
    /// request.
    pub(super) async fn read_body(
        &mut self,
        headers: &HeaderMap,
        body: &'a web::Bytes,
    ) -> Result<(), CallError> {
        if body.is_empty() {
            return Ok(());
        }
        match essence(headers).as_str() {
            "application/json" if body.trim_ascii_start().starts_with(b"{") => {
                flattened::read(body, &mut self.0).map_err(CallError::NotJson)
            }
            "application/json" => Err(CallError::NotAnObject),
            "application/x-www-form-urlencoded" => {
                match str::from_utf8(body) {
                    Ok(form) => self.0.extend(pairs(form)),
                    Err(_) => self.0.extend(form_urlencoded::parse(body)),
                }
                Ok(())
            }
            MULTIPART => {
                let content_type = headers.get(header::CONTENT_TYPE);
                let content_type = content_type.and_then(|it| it.to_str().ok());
                multipart::read(content_type.unwrap_or_default(), body, &mut self.0).await
            }
            _ => Err(CallError::UnknownType),
        }
    }

    /// The parameters as a JSON document. If a name occurs several times, the last text counts.
    pub(super) fn call(&self) -> Result<Box<RawValue>, CallError> {
        let Self(pairs) = self;
        let call = if names_repeat(pairs) {
            let owned = |(name, text): &Pair| (name.clone().into_owned(), text.clone().into());
            let all: Map<String, Value> = pairs.iter().map(owned).collect();
            to_raw_value(&all)
        } else {
            to_raw_value(&Distinct(pairs))
        };
        call.map_err(CallError::NotJson)
    }
}

/// Serialises parameters with distinct names. They are written without a map, because there are thousands of calls a
/// second with a kilobyte each.
struct Distinct<'a>(&'a [Pair<'a>]);

impl Serialize for Distinct<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, text)| (name, text)))
    }
}

fn names_repeat(pairs: &[Pair]) -> bool {
    let mut names = pairs.iter().map(|(name, _)| name);
    if pairs.len() > FEW {
        let mut seen = HashSet::with_capacity(pairs.len());
        return !names.all(|name| seen.insert(name));
    }
    names
        .enumerate()
        .any(|(place, name)| pairs[..place].iter().any(|(earlier, _)| earlier == name))
}

/// The pairs of an HTML form.
fn pairs(encoded: &str) -> impl Iterator<Item = Pair<'_>> {
    let parts = encoded.split('&').filter(|part| !part.is_empty());
    parts.map(|part| {
        let (name, text) = part.split_once('=').unwrap_or((part, ""));
        (decoded(name), decoded(text))
    })
}

/// Decodes a part of a form. Most parts have no escapes, and then `form_urlencoded` would take three times as long.
/// Invalid escapes are kept, and bytes that are not UTF-8 replaced, as `form_urlencoded` does.
fn decoded(part: &str) -> Cow<'_, str> {
    if !part.bytes().any(|byte| matches!(byte, b'%' | b'+')) {
        return part.into();
    }
    let mut bytes = Vec::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let [first, others @ ..] = rest {
        let (byte, behind) = match rest {
            [b'%', high, low, behind @ ..] => match (digit(*high), digit(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, behind),
                _ => (b'%', others),
            },
            [b'+', ..] => (b' ', others),
            _ => (*first, others),
        };
        bytes.push(byte);
        rest = behind;
    }
    match String::from_utf8(bytes) {
        Ok(text) => text.into(),
        Err(error) => String::from_utf8_lossy(error.as_bytes())
            .into_owned()
            .into(),
    }
}

fn digit(hexadecimal: u8) -> Option<u8> {
    let digit = char::from(hexadecimal).to_digit(16)?;
    u8::try_from(digit).ok()
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use futures_util::FutureExt;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn called(query: &str, content_type: &'static str, body: &str) -> Result<Value, CallError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        let body = web::Bytes::copy_from_slice(body.as_bytes());
        let mut parameters = Parameters::of_query(query);
        let read = parameters.read_body(&headers, &body);
        read.now_or_never().expect("all of it is there")?;
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
    fn a_document_is_names_and_texts() {
        let json = r#"{"a": {"b": {"c\n": "\u00e4\"", "d": []}, "e": [1, {"f": "g"}]}, "h": -1, "i": 18446744073709551616, "j": false}"#;
        let call = called("", "application/json", json).unwrap();
        assert_eq!(
            call,
            json!({"a[b][c\n]": "ä\"", "a[e][]": r#"{"f":"g"}"#, "h": "-1", "i": "1.8446744073709552e+19", "j": "false"})
        );
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
        let leaves = vec![r#""":1"#; 1000].join(",");
        let wide = format!(r#"{{"{}":{{{leaves}}}}}"#, "a".repeat(1000));
        for (content_type, body, message) in [
            ("application/json", "{", "not JSON"),
            ("application/json", "[]", "not an object"),
            ("application/json", "{} {}", "not JSON"),
            ("application/json", &deep, "nested too deeply"),
            ("application/json", &wide, "names are too long"),
            ("text/plain", "a=b", "neither"),
        ] {
            let error = called("", content_type, body).unwrap_err().to_string();
            assert!(error.contains(message), "{error}");
        }
    }

    /// The same document, made with a map.
    fn simply(query: &str) -> Value {
        let pairs = form_urlencoded::parse(query.as_bytes()).into_owned();
        Value::Object(pairs.map(|(name, text)| (name, text.into())).collect())
    }

    /// With `--nocapture`, the test prints how long this takes.
    #[test]
    fn reading_a_call() {
        const TIMES: u32 = 20_000;
        let json = include_str!("../../../../tests/workloads/call.json");
        let object: Map<String, Value> = serde_json::from_str(json).unwrap();
        let texts = object
            .iter()
            .map(|(name, text)| (name, text.as_str().unwrap()));
        let query = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(texts)
            .finish();
        let read: Value = serde_json::from_str(of_query(&query).unwrap().get()).unwrap();
        assert_eq!(read, Value::Object(object.clone()));
        let ways: [(&str, &dyn Fn() -> usize); 2] = [
            ("a query", &|| of_query(&query).unwrap().get().len()),
            ("the same by a map", &|| simply(&query).to_string().len()),
        ];
        for (name, way) in ways {
            let started = std::time::Instant::now();
            for _ in 0..TIMES {
                std::hint::black_box(way());
            }
            println!("{:?} to read {name}", started.elapsed() / TIMES);
        }
    }

    proptest! {
        #[test]
        fn any_query_is_the_call_it_says(query in "([a-c\\[\\]=&+%\"\\\\]|%[0-9a-fA-F]{2}|\\PC|[\\x00-\\x1f]){0,60}") {
            let call = of_query(&query).unwrap();
            let read: Value = serde_json::from_str(call.get()).unwrap();
            prop_assert_eq!(read, simply(&query));
        }

        #[test]
        fn each_name_is_written_once(names in prop::collection::vec("[a-c]{1,2}|[d-z]{3}", 0..100)) {
            let query: String = names.iter().map(|name| format!("{name}=x&")).collect();
            let call = of_query(&query).unwrap();
            let distinct: std::collections::BTreeSet<_> = names.iter().collect();
            prop_assert_eq!(call.get().matches(':').count(), distinct.len());
        }
    }
}
