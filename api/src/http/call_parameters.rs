//! A call as a router's request tells it: names and texts, however they were sent (KAZOO `kz_http_util.erl`,
//! `json_to_querystring/1`).

use actix_web::{http::header::HeaderMap, web};
use serde_json::{Map, Value, value::RawValue};

use super::intake::{essence, pairs_of};

/// Objects within objects of a JSON body: KAZOO sends two levels.
const MAX_DEPTH: usize = 32;

/// Why a body is no call.
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

/// The parameters of a query and of a body, those of the body first where both name the same. Nested names are written
/// as KAZOO writes them, `Custom-SIP-Headers[X-Foo]`, whether they came so or as objects: a function sees the same call
/// whichever way it was asked for.
pub(super) fn call(
    query: impl Iterator<Item = (String, String)>,
    headers: &HeaderMap,
    body: &web::Bytes,
) -> Result<Box<RawValue>, CallError> {
    let mut call: Map<String, Value> = query.map(|(name, value)| (name, value.into())).collect();
    if !body.is_empty() {
        match essence(headers).as_str() {
            "application/json" => match serde_json::from_slice(body) {
                Ok(Value::Object(object)) => flatten(&mut call, "", object, MAX_DEPTH)?,
                Ok(_) => return Err(CallError::NotAnObject),
                Err(error) => return Err(CallError::NotJson(error)),
            },
            "application/x-www-form-urlencoded" => {
                let form = pairs_of(&String::from_utf8_lossy(body));
                call.extend(form.into_iter().map(|(name, value)| (name, value.into())));
            }
            _ => return Err(CallError::UnknownType),
        }
    }
    serde_json::value::to_raw_value(&call).map_err(CallError::NotJson)
}

/// Of a list only the last item is left, as of a parameter that is given more than once.
fn flatten(
    call: &mut Map<String, Value>,
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
            Value::Object(inner) => flatten(call, &name, inner, depth)?,
            Value::Array(items) => {
                if let Some(last) = items.into_iter().next_back() {
                    call.insert(format!("{name}[]"), text(last));
                }
            }
            value => {
                call.insert(name, text(value));
            }
        }
    }
    Ok(())
}

/// Everything is text in a query.
fn text(value: Value) -> Value {
    match value {
        Value::String(_) => value,
        other => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{self, HeaderValue};
    use serde_json::json;

    use super::*;

    fn called(query: &str, content_type: &'static str, body: &str) -> Result<Value, CallError> {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        let body = web::Bytes::copy_from_slice(body.as_bytes());
        let call = call(pairs_of(query).into_iter(), &headers, &body)?;
        Ok(serde_json::from_str(call.get()).unwrap())
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
}
