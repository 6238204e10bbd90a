//! Writing documents.

use super::{Database, Edit};
use crate::{
    functions::FunctionsError,
    problem::Invalid,
    store::{Revision, StoreError},
};

/// Why a document is not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("Document update conflict.")]
    Conflict,
    /// As a `validate_doc_update` function would refuse it.
    #[error("{0}")]
    Forbidden(String),
    /// It says it is a function, and cannot be one.
    #[error("the document is no function")]
    NoFunction(Invalid),
    #[error(transparent)]
    Functions(FunctionsError),
    #[error(transparent)]
    Store(StoreError),
}

/// What is not known of some revisions of a document.
pub(crate) struct Unknown {
    pub(crate) missing: Vec<Revision>,
    /// Revisions that the missing ones may follow.
    pub(crate) possible_ancestors: Vec<Revision>,
}

impl Database {
    /// Writes the next revision of a document.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] unless it follows the current one.
    pub(crate) async fn save(&self, edit: Edit) -> Result<Revision, WriteError> {
        let _ = edit;
        todo!()
    }

    /// Takes a revision over from another database. If it is not the one that wins (CouchDB `couch_key_tree.erl`), only its name is
    /// kept.
    pub(crate) async fn replicate(&self, edit: Edit) -> Result<(), WriteError> {
        let _ = edit;
        todo!()
    }

    /// Which of these revisions have not been seen.
    pub(crate) async fn unknown(
        &self,
        id: &str,
        revisions: Vec<Revision>,
    ) -> Result<Unknown, StoreError> {
        let _ = (id, revisions);
        todo!()
    }
}
