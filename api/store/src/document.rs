//! The contents of documents, and how requests change them (KAZOO `crossbar_doc.erl`, `kz_doc.erl`).

use std::collections::HashSet;

use serde_json::{Map, Value};

/// A document without its private keys.
pub type PublicDocument = Map<String, Value>;

/// Whether a key is private. Private keys of requests are not stored, and private keys of documents are not shown. The
/// id has a column of its own.
fn is_private(key: &str) -> bool {
    key.starts_with('_') || key.starts_with("pvt_")
}

/// The part of a request's `data` that belongs to the document.
pub fn from_request(mut data: PublicDocument) -> PublicDocument {
    data.retain(|key, _| !is_private(key) && key != "id");
    data
}

/// Whether a document is enabled, which it is unless it says otherwise.
pub fn is_enabled(document: &PublicDocument) -> bool {
    document.get("enabled") != Some(&Value::Bool(false))
}

/// The language of functions that name none: KAZOO knows only this one.
pub const DEFAULT_LANGUAGE_PACK: &str = "javascript";

/// The `language_pack` of functions that are Wasm modules. These functions have a module in Base64 in place of a
/// source.
pub const MODULE_LANGUAGE: &str = "wasm";
/// The field with the module, as Base64.
pub const MODULE: &str = "function_wasm";
/// The field with the source.
pub const SOURCE: &str = "function_js";

/// Whether the function is a module. A document that says so without having a module cannot run.
pub fn is_module(document: &PublicDocument) -> bool {
    language_pack(document) == MODULE_LANGUAGE && document.contains_key(MODULE)
}

/// The field with the function's source or module.
pub fn program_field(document: &PublicDocument) -> &'static str {
    if language_pack(document) == MODULE_LANGUAGE {
        MODULE
    } else {
        SOURCE
    }
}

/// The function's source, or its module as Base64.
pub fn source(document: &PublicDocument) -> &str {
    let source = document
        .get(program_field(document))
        .and_then(Value::as_str);
    source.unwrap_or_default()
}

/// The language of a function. Documents that CouchDB's clients wrote may name none.
pub fn language_pack(document: &PublicDocument) -> &str {
    let named = document.get("language_pack").and_then(Value::as_str);
    named.unwrap_or(DEFAULT_LANGUAGE_PACK)
}

/// How a request changes a stored document.
#[derive(Clone, Copy)]
pub enum Change {
    /// The request's document replaces the stored one.
    Replace,
    /// The request's document is merged into the stored one ([`merge`]).
    Merge,
}

/// Merges a PATCH into a document. Objects are merged key by key, `null` deletes a key at any depth, and any other
/// value replaces the old one, as does an empty object (KAZOO `kz_json.erl`, `merge/3`).
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
    // All keys are removed at once, because each single removal would move all later keys.
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
