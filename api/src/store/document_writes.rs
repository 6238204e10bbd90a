//! Writing what those write who see the database as CouchDB does. Whoever calls these has said which revision wins.

use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::{Map, Value};
use switchhook_runtime::Digest;

use super::{
    Actor, Revision, Store, StoreError, documents,
    functions::{bury, insert},
    revision_tree,
    revisions::{self, Next},
};

/// The next revision of a document.
pub(crate) struct NextRevision {
    pub(crate) id: String,
    /// What is current; nothing if there never was such a document.
    pub(crate) after: Option<Revision>,
    /// Its name and those before it, newest first, as far as they are known.
    pub(crate) line: Vec<Revision>,
}

/// A function's document.
pub(crate) struct FunctionDocument {
    pub(crate) account_id: String,
    /// The public part.
    pub(crate) document: Map<String, Value>,
    pub(crate) private: Map<String, Value>,
    /// The secrets of its `env`, encrypted.
    pub(crate) secrets: Option<Vec<u8>>,
    pub(crate) source: Digest,
    pub(crate) by: Option<Actor>,
    /// Whether it is deleted for everybody but those who read the database as CouchDB.
    pub(crate) hidden: bool,
    pub(crate) disable_reason: Option<String>,
}

impl Store {
    /// Writes a document that is a function.
    ///
    /// Fails with [`StoreError::Conflict`] if `after` is no longer current, if the document is there and no function of the
    /// account, or if there is no such account.
    pub(crate) async fn write_function_document(
        &self,
        next: NextRevision,
        function: FunctionDocument,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let line = expect_current(transaction, &next)?;
            let id = next.id.as_str();
            let owner: Option<String> = transaction
                .query_row(
                    "SELECT account_id FROM functions WHERE id = ?1",
                    [id],
                    |row| row.get(0),
                )
                .optional()?;
            match owner {
                None => {
                    documents::take_tombstone(transaction, id)?;
                    insert(transaction, &function.account_id, id)?;
                }
                Some(owner) if owner == function.account_id => {}
                Some(_) => return Err(StoreError::Conflict),
            }
            let private = text(&function.private)?;
            revisions::append(
                transaction,
                &Next {
                    function_id: id,
                    document: &function.document,
                    secrets: function.secrets.as_deref(),
                    source: *function.source.as_bytes(),
                    parent: next.line.get(1),
                    revision: Some(line),
                    private: Some(&private),
                    by: function.by.as_ref(),
                    disable_reason: function.disable_reason.as_deref(),
                    deleted: function.hidden,
                },
            )?;
            Ok(())
        })
        .await
    }

    /// Writes a document that is no function, or what is left of a deleted one.
    ///
    /// Fails with [`StoreError::Conflict`] if `after` is no longer current, or if the document is a function and this does not
    /// delete it.
    pub(crate) async fn write_document(
        &self,
        next: NextRevision,
        body: Map<String, Value>,
        deleted: bool,
    ) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let revision = expect_current(transaction, &next)?;
            let id = next.id.as_str();
            let body = text(&body)?;
            let is_function: bool = transaction.query_row(
                "SELECT EXISTS (SELECT 1 FROM functions WHERE id = ?1)",
                [id],
                |row| row.get(0),
            )?;
            match (is_function, deleted) {
                (true, true) => bury(transaction, id, revision, &body),
                (true, false) => Err(StoreError::Conflict),
                (false, _) => {
                    transaction.execute(
                        "INSERT INTO documents (id, revision, deleted, body) VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT DO UPDATE SET revision = excluded.revision, deleted = excluded.deleted, body = excluded.body",
                        params![id, revision.as_str(), deleted, body],
                    )?;
                    Ok(())
                }
            }
        })
        .await
    }
}

/// Notes the names of the revisions. Returns that of the new one.
fn expect_current<'a>(
    transaction: &Transaction,
    next: &'a NextRevision,
) -> Result<&'a Revision, StoreError> {
    let current = documents::document(transaction, &next.id)?;
    if current.map(|document| document.revision) != next.after {
        return Err(StoreError::Conflict);
    }
    revision_tree::insert_line(transaction, &next.id, &next.line)?;
    next.line.first().ok_or(StoreError::Conflict)
}

fn text(object: &Map<String, Value>) -> Result<String, StoreError> {
    serde_json::to_string(object).map_err(|source| StoreError::Broken {
        what: "document",
        source,
    })
}
