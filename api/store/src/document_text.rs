//! Documents as text in the database.

use serde_json::{Map, Value};

use super::StoreError;

/// The text of a document. Errors call the document `what`.
pub(super) fn to_text(
    what: &'static str,
    document: &Map<String, Value>,
) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|source| StoreError::Broken { what, source })
}

/// The document of a text.
pub(super) fn document_of(text: &str) -> Result<Map<String, Value>, StoreError> {
    serde_json::from_str(text).map_err(|source| StoreError::Broken {
        what: "function",
        source,
    })
}
