//! Documents as the text that the database keeps.

use serde_json::{Map, Value};

use super::StoreError;

/// A document as it is stored. `what` names its kind in errors.
pub(super) fn to_text(
    what: &'static str,
    document: &Map<String, Value>,
) -> Result<String, StoreError> {
    serde_json::to_string(document).map_err(|source| StoreError::Broken { what, source })
}

/// The document of a row.
pub(super) fn document_of(text: &str) -> Result<Map<String, Value>, StoreError> {
    serde_json::from_str(text).map_err(|source| StoreError::Broken {
        what: "function",
        source,
    })
}
