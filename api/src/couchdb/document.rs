//! Documents as CouchDB has them, and what a request says one should become (CouchDB `couch_doc.erl`).

use serde_json::{Map, Value};

use crate::store::Revision;

/// One revision of a document.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) revision: Revision,
    /// Whether the revision says that there is no such document any more.
    pub(crate) deleted: bool,
    /// Without the members whose names begin with `_`.
    pub(crate) body: Map<String, Value>,
}

/// What a document should become.
#[derive(Clone, Debug)]
pub(crate) struct Edit {
    pub(crate) id: String,
    /// The revision that it follows; for an edit that comes from another database, the revision it is.
    pub(crate) revision: Option<Revision>,
    pub(crate) deleted: bool,
    pub(crate) body: Map<String, Value>,
    /// Of an edit that comes from another database: its revision and those before it, newest first.
    pub(crate) ancestry: Vec<Revision>,
}

/// Why a body is no document. What it says is for the client.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EditError {
    #[error("Document must be a JSON object")]
    NotAnObject,
    #[error("Document id must be a string")]
    IdNotText,
    #[error("Document id must not be empty")]
    IdEmpty,
    #[error("Only reserved document ids may start with underscore.")]
    IdReserved,
    /// Its `_id` is another one than the address names.
    #[error("Document id must match id in URL")]
    OtherId,
    #[error("Invalid rev format")]
    Revision,
    #[error("Bad special document member: {0}")]
    Member(String),
    #[error("attachments are not kept here")]
    Attachments,
}

impl Document {
    /// As replies carry it: `_id` and `_rev` first.
    pub(crate) fn to_json(&self) -> Map<String, Value> {
        todo!()
    }
}

impl Edit {
    /// Reads a body. `id` is the one that the address names; without one and without `_id`, a new one is made up.
    ///
    /// # Errors
    /// [`EditError`] if CouchDB would not take it for a document, or if it has attachments.
    pub(crate) fn read(id: Option<&str>, body: Value) -> Result<Self, EditError> {
        let _ = (id, body);
        todo!()
    }
}
