//! Documents of functions as replies contain them (KAZOO `crossbar_doc.erl`, `cb_functions.erl`).

use serde_json::{Value, json};
use switchhook_store::{Stored, document::PublicDocument, gregorian};

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

/// One row of a listing with fields of the client's choice, from the document and from its metadata. Fields that the
/// function does not have are left out.
pub(crate) fn fields(stored: &Stored, wanted: &[String]) -> PublicDocument {
    let mut row = PublicDocument::new();
    row.insert("id".into(), stored.id.as_str().into());
    for name in wanted {
        let known = match name.as_str() {
            "created" => Some(gregorian::from_unix(stored.created).into()),
            "modified" => Some(gregorian::from_unix(stored.modified).into()),
            "revision" => Some(stored.revision.as_str().into()),
            "disable_reason" => stored.disable_reason.as_deref().map(Value::from),
            name => stored.document.get(name).cloned(),
        };
        row.extend(known.map(|value| (name.clone(), value)));
    }
    row
}
