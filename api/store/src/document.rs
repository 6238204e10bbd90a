//! What may stand in a document, and how requests change it (KAZOO `crossbar_doc.erl`, `kz_doc.erl`).

use std::collections::HashSet;

use serde_json::{Map, Value};

/// A document without its private keys.
pub type PublicDocument = Map<String, Value>;

/// Private keys are never stored from a request and never given out; the id has a column of its own.
fn is_private(key: &str) -> bool {
    key.starts_with('_') || key.starts_with("pvt_")
}

/// The part of a request's `data` that is the document.
pub fn from_request(mut data: PublicDocument) -> PublicDocument {
    data.retain(|key, _| !is_private(key) && key != "id");
    data
}

/// Whether its owner has it switched on: unless it says no, it is.
pub fn is_enabled(document: &PublicDocument) -> bool {
    document.get("enabled") != Some(&Value::Bool(false))
}

/// What functions are written in that do not say it: KAZOO knows one language.
pub const DEFAULT_LANGUAGE_PACK: &str = "javascript";

/// What functions give in the place of a language that are Wasm modules of their own, and where the module then is, as
/// Base64; else there is a source.
pub const MODULE_LANGUAGE: &str = "wasm";
/// The field with a module, as Base64.
pub const MODULE: &str = "function_wasm";
/// The field with a source.
pub const SOURCE: &str = "function_js";

/// Whether it is a module: one that only says so, and has none, cannot be run.
pub fn is_module(document: &PublicDocument) -> bool {
    language_pack(document) == MODULE_LANGUAGE && document.contains_key(MODULE)
}

/// Where its source or its module is.
pub fn program_field(document: &PublicDocument) -> &'static str {
    if language_pack(document) == MODULE_LANGUAGE {
        MODULE
    } else {
        SOURCE
    }
}

/// Its source, or its module as Base64: whatever it is that runs.
pub fn source(document: &PublicDocument) -> &str {
    let source = document
        .get(program_field(document))
        .and_then(Value::as_str);
    source.unwrap_or_default()
}

/// What its source is written in. What was written as a whole document need not say so.
pub fn language_pack(document: &PublicDocument) -> &str {
    let named = document.get("language_pack").and_then(Value::as_str);
    named.unwrap_or(DEFAULT_LANGUAGE_PACK)
}

/// How a request's document changes the stored one.
#[derive(Clone, Copy)]
pub enum Change {
    /// It takes its place.
    Replace,
    /// It is merged into it ([`merge`]).
    Merge,
}

/// Merges a PATCH: nested objects key by key, `null` deletes at any depth, anything else replaces; so does an
/// empty object (KAZOO `kz_json.erl`, `merge/3`).
pub fn merge(document: &mut PublicDocument, changes: PublicDocument) {
    let mut removed = HashSet::new();
    for (key, change) in changes {
        match change {
            Value::Null => {
                removed.insert(key);
            }
            Value::Object(change) if !change.is_empty() => {
                let value = document.entry(key).or_insert(Value::Null);
                if !value.is_object() {
                    *value = Value::Object(Map::new());
                }
                if let Value::Object(merged) = value {
                    merge(merged, change);
                }
            }
            change => {
                document.insert(key, change);
            }
        }
    }
    // All in one go: taking out one moves all that are behind it.
    if !removed.is_empty() {
        document.retain(|key, _| !removed.contains(key));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> PublicDocument {
        let Value::Object(object) = value else {
            panic!("not an object: {value}")
        };
        object
    }

    fn merged(document: Value, changes: Value) -> Value {
        let mut document = object(document);
        merge(&mut document, object(changes));
        Value::Object(document)
    }

    #[test]
    fn a_patch_merges_objects_and_replaces_everything_else() {
        assert_eq!(
            merged(
                json!({"a": {"b": 1, "c": [1, 2]}, "d": 1}),
                json!({"a": {"c": [3]}, "e": "x"})
            ),
            json!({"a": {"b": 1, "c": [3]}, "d": 1, "e": "x"})
        );
    }

    #[test]
    fn null_deletes_at_any_depth() {
        assert_eq!(
            merged(
                json!({"a": {"b": 1, "c": 2}, "d": 1}),
                json!({"a": {"b": null}, "d": null, "x": {"y": null}})
            ),
            json!({"a": {"c": 2}, "x": {}})
        );
    }

    #[test]
    fn an_empty_object_empties() {
        assert_eq!(
            merged(json!({"a": {"b": 1}}), json!({"a": {}})),
            json!({"a": {}})
        );
    }

    #[test]
    fn private_keys_of_a_request_are_ignored() {
        let data = json!({"_id": "x", "pvt_type": "y", "id": "z", "name": "n"});
        let document = from_request(object(data));
        assert_eq!(Value::Object(document), json!({"name": "n"}));
    }
}
