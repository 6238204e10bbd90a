//! Parameters of a query, and of a body with the same names (CouchDB `couch_mrview_http.erl`, `parse_param/4`).

use serde_json::{Map, Value};

use super::error::CouchError;
use crate::http::content;

/// Most keys or ids of a request. They are kept while the reply is sent or the feed waits.
pub(super) const MAX_ITEMS: usize = 10_000;

/// The parameters. Those of the query override those of the body.
pub(super) struct Parameters {
    query: Vec<(String, String)>,
    body: Map<String, Value>,
}

/// The keys of a list's rows.
pub(super) struct Keys {
    /// The key where reading begins (the largest, if descending).
    pub(super) from: Option<Value>,
    pub(super) to: Option<Value>,
    /// Whether the last key is excluded.
    pub(super) is_open: bool,
    pub(super) descending: bool,
    /// Single keys, in place of the others.
    pub(super) named: Option<Vec<Value>>,
}

impl Parameters {
    pub(super) fn new(query: &str) -> Self {
        Self {
            query: content::pairs_of(query),
            body: Map::new(),
        }
    }

    pub(super) fn with(self, body: Map<String, Value>) -> Self {
        Self { body, ..self }
    }

    pub(super) fn text(&self, name: &str) -> Option<&str> {
        self.queried(&[name])
            .or_else(|| self.body.get(name)?.as_str())
    }

    /// A parameter that is `true` or `false`.
    pub(super) fn flag(&self, name: &str) -> Result<Option<bool>, CouchError> {
        let text = match (self.queried(&[name]), self.body.get(name)) {
            (Some(text), _) => text,
            (None, Some(Value::String(text))) => text.as_str(),
            (None, Some(Value::Bool(flag))) => return Ok(Some(*flag)),
            (None, None) => return Ok(None),
            (None, Some(other)) => &other.to_string(),
        };
        match text.to_ascii_lowercase().as_str() {
            "true" => Ok(Some(true)),
            "false" => Ok(Some(false)),
            _ => Err(CouchError::query(format!(
                "Invalid boolean parameter: {text:?}"
            ))),
        }
    }

    /// A parameter that is a number, from 0.
    pub(super) fn number(&self, name: &str) -> Result<Option<u64>, CouchError> {
        let text = match (self.queried(&[name]), self.body.get(name)) {
            (Some(text), _) => text,
            (None, Some(value)) => &value.to_string(),
            (None, None) => return Ok(None),
        };
        match text.parse::<i128>() {
            Ok(number) if number < 0 => Err(CouchError::query(format!(
                "Invalid value for positive integer: {text:?}"
            ))),
            Ok(number) => Ok(Some(number.try_into().unwrap_or(u64::MAX))),
            Err(_) => Err(CouchError::query(format!(
                "Invalid value for integer: {text:?}"
            ))),
        }
    }

    /// A parameter that is a JSON value. The first of these names that is given counts.
    pub(super) fn json(&self, names: &[&str]) -> Result<Option<Value>, CouchError> {
        if let Some(text) = self.queried(names) {
            let value = serde_json::from_str(text);
            return value.map(Some).map_err(|_| CouchError::not_json());
        }
        let mut bodys = names.iter().filter_map(|name| self.body.get(*name));
        Ok(bodys.next().cloned())
    }

    /// A parameter that is a list of JSON values.
    pub(super) fn list(&self, name: &str) -> Result<Option<Vec<Value>>, CouchError> {
        match self.json(&[name])? {
            None | Some(Value::Null) => Ok(None),
            Some(Value::Array(items)) if items.len() > MAX_ITEMS => Err(CouchError::too_large()),
            Some(Value::Array(items)) => Ok(Some(items)),
            Some(_) => Err(CouchError::bad_request(format!(
                "`{name}` parameter must be an array."
            ))),
        }
    }

    /// The keys of the request: a range, or single keys.
    pub(super) fn keys(&self) -> Result<Keys, CouchError> {
        let descending = self.flag("descending")?.unwrap_or(false);
        let is_open = self.flag("inclusive_end")? == Some(false);
        let key = self.json(&["key"])?;
        let from = self.json(&["startkey", "start_key"])?;
        let from = from.or_else(|| key.clone());
        let to = self.json(&["endkey", "end_key"])?.or(key);
        let keys = Keys {
            descending,
            is_open,
            named: self.list("keys")?,
            from,
            to,
        };
        if keys.named.is_some() && (keys.from.is_some() || keys.to.is_some()) {
            return Err(CouchError::query(
                "`keys` is incompatible with `key`, `start_key` and `end_key`",
            ));
        }
        Ok(keys)
    }

    fn queried(&self, names: &[&str]) -> Option<&str> {
        let mut pairs = self.query.iter();
        let (_, value) = pairs.find(|(name, _)| names.contains(&name.as_str()))?;
        Some(value)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_query_wins_over_the_body() {
        let body = json!({"limit": 1, "skip": 2, "reduce": false, "key": "b", "keys": ["x"]});
        let Value::Object(body) = body else {
            unreachable!("it is one")
        };
        let parameters = Parameters::new("limit=3&key=%22q%22&group=TRUE").with(body);
        assert_eq!(parameters.number("limit").unwrap(), Some(3));
        assert_eq!(parameters.number("skip").unwrap(), Some(2));
        assert_eq!(parameters.number("other").unwrap(), None);
        assert_eq!(parameters.flag("group").unwrap(), Some(true));
        assert_eq!(parameters.flag("reduce").unwrap(), Some(false));
        assert_eq!(parameters.json(&["key"]).unwrap(), Some(json!("q")));
        assert_eq!(parameters.list("keys").unwrap(), Some(vec![json!("x")]));
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        let parameters = Parameters::new("limit=-1&skip=x&reduce=1&key=%7B&keys=1");
        for (refused, expected) in [
            (parameters.number("limit").unwrap_err(), "positive integer"),
            (parameters.number("skip").unwrap_err(), "for integer"),
            (parameters.flag("reduce").unwrap_err(), "boolean"),
            (parameters.json(&["key"]).unwrap_err(), "JSON"),
            (parameters.list("keys").unwrap_err(), "array"),
        ] {
            let reason = refused.to_json()["reason"].to_string();
            assert!(reason.contains(expected), "{reason}");
        }
    }
}
