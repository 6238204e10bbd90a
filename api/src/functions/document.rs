//! Documents of functions as replies contain them (KAZOO `crossbar_doc.erl`, `cb_functions.erl`).

use serde_json::{Value, json};
use switchhook_store::{Stored, document::PublicDocument};

/// The document of a reply.
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

/// The row of a list, which contains the source (KAZOO `cb_functions.erl`).
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
