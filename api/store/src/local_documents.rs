//! CouchDB's local documents. Each has a number in place of a revision, and is not replicated or listed.

use serde_json::{Map, Value};

use super::{Store, StoreError, database::Lock, document_text::document_of};

impl Store {
    /// A local document and its number.
    pub async fn local_document(
        &self,
        id: String,
    ) -> Result<Option<(i64, Map<String, Value>)>, StoreError> {
        self.read(move |session| {
            let found: Option<(i64, String)> = session.one(
                "SELECT revision, body FROM local_documents WHERE id = ?1",
                &[&id],
            )?;
            found
                .map(|(revision, body)| Ok((revision, document_of(&body)?)))
                .transpose()
        })
        .await
    }

    /// Writes a local document and returns its new number.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if `revision` is given and is not the current number.
    pub async fn write_local_document(
        &self,
        id: String,
        revision: Option<i64>,
        body: String,
    ) -> Result<i64, StoreError> {
        self.write(Lock::local_document(&id), move |session| {
            let current: Option<i64> =
                session.one("SELECT revision FROM local_documents WHERE id = ?1", &[&id])?;
            if revision.is_some_and(|revision| revision != current.unwrap_or(0)) {
                return Err(StoreError::Conflict);
            }
            let next = current.unwrap_or(0) + 1;
            session.execute(
                "INSERT INTO local_documents (id, revision, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, body = excluded.body",
                &[&id, &next, &body],
            )?;
            Ok(next)
        })
        .await
    }

    /// Deletes a local document. Returns whether there was one.
    pub async fn delete_local_document(&self, id: String) -> Result<bool, StoreError> {
        self.write(Lock::local_document(&id), move |session| {
            let deleted = session.execute("DELETE FROM local_documents WHERE id = ?1", &[&id])?;
            Ok(deleted > 0)
        })
        .await
    }
}
