//! Reads documents and their changes.

use std::sync::Arc;

use switchhook_store::{Counts, IdRange, Piece, Revision, StoreError, StoredDocument};

use super::{Database, Document, View};

/// The last write of a document.
pub(crate) struct Change {
    pub(crate) number: i64,
    pub(crate) document: Document,
}

/// Some of the changes.
pub(crate) struct Changes {
    pub(crate) items: Vec<Change>,
    /// Whether further ones may follow.
    pub(crate) more: bool,
    /// The history in which the numbers count.
    pub(crate) epoch: Option<String>,
}

impl Database {
    pub(crate) async fn counts(&self) -> Result<Counts, StoreError> {
        self.store.document_counts().await
    }

    /// A document at its current revision, which may be a deletion.
    pub(crate) async fn document(&self, id: &str) -> Result<Option<Document>, StoreError> {
        let found = self.store.document(id.to_owned()).await?;
        Ok(found.map(Document::from))
    }

    /// A document at one of its revisions. All revisions of functions that were written here are stored, and only the
    /// current one of other documents.
    pub(crate) async fn document_at(
        &self,
        id: &str,
        revision: &Revision,
    ) -> Result<Option<Document>, StoreError> {
        match self.document(id).await? {
            Some(current) if current.revision == *revision => Ok(Some(current)),
            None => Ok(None),
            Some(_) => {
                let past = self.store.function_document_at(id.into(), revision.clone());
                Ok(past.await?.map(Document::from))
            }
        }
    }

    /// A revision and its predecessors, newest first, at most 1,000.
    pub(crate) async fn ancestry(
        &self,
        id: &str,
        revision: &Revision,
    ) -> Result<Vec<Revision>, StoreError> {
        self.store.ancestry(id.into(), revision.clone()).await
    }

    /// Documents in a range of ids, without deleted ones.
    pub(crate) async fn documents(&self, range: IdRange) -> Result<Piece<Document>, StoreError> {
        Ok(documents(self.store.documents(range).await?))
    }

    /// The documents of functions, by account and id, from which KAZOO's views are made. `from` is an account, an id,
    /// and whether that one is included.
    pub(crate) async fn functions(
        &self,
        from: Option<(String, String, bool)>,
        descending: bool,
    ) -> Result<Piece<Document>, StoreError> {
        let piece = self.store.function_documents(from, descending).await?;
        Ok(documents(piece))
    }

    /// The number of a view's rows.
    pub(crate) async fn count_functions(&self, view: View) -> Result<u64, StoreError> {
        let only_enabled = view == View::Functions;
        self.store.count_function_documents(only_enabled).await
    }

    /// The last writes of documents, with deletions, after a sequence number, or, descending, before it.
    pub(crate) async fn changes(
        &self,
        since: i64,
        descending: bool,
        limit: usize,
    ) -> Result<Changes, StoreError> {
        let found = self.store.changes(since, descending, limit).await?;
        let change = |(number, document): (i64, StoredDocument)| Change {
            number,
            document: document.into(),
        };
        Ok(Changes {
            items: found.items.into_iter().map(change).collect(),
            more: found.more,
            epoch: found.epoch,
        })
    }

    /// The account of a document, if it is a function that can be called.
    pub(crate) async fn owner(&self, id: &str) -> Result<Option<Arc<str>>, StoreError> {
        self.functions.owner(id).await
    }
}

fn documents(piece: Piece<StoredDocument>) -> Piece<Document> {
    Piece {
        items: piece.items.into_iter().map(Document::from).collect(),
        more: piece.more,
    }
}
