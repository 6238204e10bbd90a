//! CouchDB's local documents. Each has a number in place of a revision, and is not replicated or listed.

use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value};

use super::{Store, StoreError, document_text::document_of};

impl Store {
    /// A local document and its number.
    pub async fn local_document(
        &self,
        id: String,
    ) -> Result<Option<(i64, Map<String, Value>)>, StoreError> {
        self.read(move |connection| {
            let found: Option<(i64, String)> = connection
                .prepare_cached("SELECT revision, body FROM local_documents WHERE id = ?1")?
                .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?;
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
        self.write(move |transaction| {
            let current: Option<i64> = transaction
                .query_row(
                    "SELECT revision FROM local_documents WHERE id = ?1",
                    [&id],
                    |row| row.get(0),
                )
                .optional()?;
            if revision.is_some_and(|revision| revision != current.unwrap_or(0)) {
                return Err(StoreError::Conflict);
            }
            let next = current.unwrap_or(0) + 1;
            transaction.execute(
                "INSERT INTO local_documents (id, revision, body) VALUES (?1, ?2, ?3)
                 ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, body = excluded.body",
                params![id, next, body],
            )?;
            Ok(next)
        })
        .await
    }

    /// Deletes a local document. Returns whether there was one.
    pub async fn delete_local_document(&self, id: String) -> Result<bool, StoreError> {
        self.write(move |transaction| {
            let deleted = transaction.execute("DELETE FROM local_documents WHERE id = ?1", [id])?;
            Ok(deleted > 0)
        })
        .await
    }
}
