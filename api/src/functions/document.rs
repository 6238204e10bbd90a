//! What may stand in a function's document (KAZOO `crossbar_doc.erl`, `kz_doc.erl`).

use serde_json::{Map, Value, json};

use crate::store::Stored;

/// A document without its private keys.
pub(crate) type PublicDocument = Map<String, Value>;

/// Private keys are never stored from a request and never given out; the id has a column of its own.
fn is_private(key: &str) -> bool {
    key.starts_with('_') || key.starts_with("pvt_")
}

/// The part of a request's `data` that is the document, and the id it asks for.
pub(crate) fn from_request(mut data: PublicDocument) -> (PublicDocument, Option<String>) {
    data.retain(|key, _| !is_private(key));
    let id = match data.shift_remove("id") {
        Some(Value::String(id)) if !id.is_empty() => Some(id),
        _ => None,
    };
    (data, id)
}

/// Merges a PATCH: nested objects key by key, `null` deletes at any depth, anything else replaces; so does an
/// empty object (KAZOO `kz_json.erl`, `merge/3`).
pub(crate) fn merge(document: &mut PublicDocument, changes: PublicDocument) {
    for (key, change) in changes {
        match change {
            Value::Null => {
                document.shift_remove(&key);
            }
            Value::Object(change) if !change.is_empty() => {
                let mut merged = match document.shift_remove(&key) {
                    Some(Value::Object(existing)) => existing,
                    _ => Map::new(),
                };
                merge(&mut merged, change);
                document.insert(key, Value::Object(merged));
            }
            change => {
                document.insert(key, change);
            }
        }
    }
}

/// Whether calls are to run it: unless it says no, they are.
pub(super) fn is_enabled(document: &PublicDocument) -> bool {
    document.get("enabled") != Some(&Value::Bool(false))
}

/// The document as replies carry it.
pub(crate) fn public(stored: &Stored) -> PublicDocument {
    let mut document = stored.document.clone();
    document.insert("id".into(), stored.id.as_str().into());
    document
}

/// The reply to a deletion (KAZOO `crossbar_doc.erl`, `delete/2`).
pub(crate) fn deleted(stored: &Stored) -> PublicDocument {
    let mut document = public(stored);
    document.insert("_read_only".into(), json!({"deleted": true}));
    document
}

/// One row of a listing (KAZOO `cb_functions.erl`): the source included.
pub(crate) fn summary(stored: &Stored) -> Value {
    let field = |key| stored.document.get(key).cloned().unwrap_or(Value::Null);
    let mut row = json!({
        "id": stored.id,
        "name": field("name"),
        "function_js": field("function_js"),
        "enabled": stored.document.get("enabled").unwrap_or(&Value::Bool(true)),
    });
    if let Some(reason) = &stored.disable_reason {
        row["disable_reason"] = reason.as_str().into();
    }
    row
}

#[cfg(test)]
mod tests {
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
        let (document, id) = from_request(object(
            json!({"_id": "x", "pvt_type": "y", "id": "z", "name": "n"}),
        ));
        assert_eq!(
            (Value::Object(document), id),
            (json!({"name": "n"}), Some("z".into()))
        );
    }
}
