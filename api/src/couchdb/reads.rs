//! Which documents there are, and what was written when.

use super::{Database, Document};
use crate::store::{Revision, StoreError};

/// How many documents there are.
pub(crate) struct Counts {
    pub(crate) documents: u64,
    pub(crate) deleted: u64,
    /// The number of the last write.
    pub(crate) sequence: i64,
}

/// Ids that are asked for, in the order of their bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Range {
    /// The first one, and whether it is meant itself. The first in the order of reading: of a descending range, the largest.
    pub(crate) from: Option<(String, bool)>,
    /// The last one, likewise.
    pub(crate) to: Option<(String, bool)>,
    pub(crate) descending: bool,
}

/// Some of what was asked for: at most a few hundred, or as many as take some megabytes.
pub(crate) struct Piece<T> {
    pub(crate) items: Vec<T>,
    /// Whether others may follow; they begin behind the last item.
    pub(crate) more: bool,
}

/// The last write of a document.
pub(crate) struct Change {
    pub(crate) sequence: i64,
    pub(crate) document: Document,
}

impl Database {
    pub(crate) async fn counts(&self) -> Result<Counts, StoreError> {
        todo!()
    }

    /// A document as it is now, also a deleted one.
    pub(crate) async fn document(&self, id: &str) -> Result<Option<Document>, StoreError> {
        let _ = id;
        todo!()
    }

    /// A document as it was at one of its revisions. Of functions all that were written here are kept, of other documents the
    /// current one.
    pub(crate) async fn document_at(
        &self,
        id: &str,
        revision: &Revision,
    ) -> Result<Option<Document>, StoreError> {
        let _ = (id, revision);
        todo!()
    }

    /// A revision and those before it, newest first; at most 1,000.
    pub(crate) async fn ancestry(
        &self,
        id: &str,
        revision: &Revision,
    ) -> Result<Vec<Revision>, StoreError> {
        let _ = (id, revision);
        todo!()
    }

    /// Documents by id, without deleted ones.
    pub(crate) async fn documents(&self, range: Range) -> Result<Piece<Document>, StoreError> {
        let _ = range;
        todo!()
    }

    /// The documents of functions, by account and then by id: what KAZOO's views are made of. Ends of the range name an account and
    /// an id.
    pub(crate) async fn functions(
        &self,
        from: Option<(String, String)>,
        descending: bool,
    ) -> Result<Piece<Document>, StoreError> {
        let _ = (from, descending);
        todo!()
    }

    /// The last writes of documents, deleted ones too, behind a sequence number; of a descending list, before it.
    pub(crate) async fn changes(
        &self,
        since: i64,
        descending: bool,
        limit: usize,
    ) -> Result<Piece<Change>, StoreError> {
        let _ = (since, descending, limit);
        todo!()
    }

    /// Whose function it is, if it is one that can be called.
    pub(crate) async fn owner(&self, id: &str) -> Result<Option<String>, StoreError> {
        let _ = id;
        todo!()
    }
}
