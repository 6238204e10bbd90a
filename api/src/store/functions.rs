//! Functions and their revisions. Every revision keeps its whole document.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use switchhook_runtime::{Digest, Snapshot};

use super::{Store, StoreError, now, snapshots};
use crate::ids::hex;

/// A CouchDB-style revision: `N-<32 hex>`, N counting up from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Revision(String);

/// The current state of a function.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    pub(crate) id: String,
    pub(crate) revision: Revision,
    /// The public document, without `id`.
    pub(crate) document: Map<String, Value>,
    /// The secrets of its `env`, encrypted.
    pub(crate) secrets: Option<Vec<u8>>,
}

/// Sorts behind every id that exists.
pub(crate) const LAST_ID: &str = "\u{10ffff}";

/// A piece of an account's functions, by descending id.
pub(crate) struct Page {
    pub(crate) functions: Vec<Stored>,
    /// The id that the next piece starts with.
    pub(crate) next: Option<String>,
}

/// A version of a function that compiles, ready to be stored.
pub(crate) struct Draft {
    pub(crate) account_id: String,
    pub(crate) id: String,
    /// The public document, without `id`.
    pub(crate) document: Map<String, Value>,
    /// The secrets of its `env`, encrypted.
    pub(crate) secrets: Option<Vec<u8>>,
    pub(crate) source: Digest,
    /// Unless the database has it already.
    pub(crate) new_snapshot: Option<Arc<Snapshot>>,
}

impl Revision {
    fn following(
        parent: Option<&Self>,
        deleted: bool,
        document: &str,
        secrets: Option<&[u8]>,
    ) -> Self {
        let mut hasher = Sha256::new();
        hasher.update(parent.map_or("", |parent| &parent.0));
        hasher.update([u8::from(deleted)]);
        hasher.update(document);
        hasher.update(secrets.unwrap_or_default());
        let hash = hex(&hasher.finalize()[..16]);
        let generation = parent.map_or(1, |parent| parent.generation() + 1);
        Self(format!("{generation}-{hash}"))
    }

    /// As it was stored, or is in a reply.
    pub(crate) fn read(text: String) -> Self {
        Self(text)
    }

    fn generation(&self) -> i64 {
        self.0
            .split('-')
            .next()
            .and_then(|number| number.parse().ok())
            .unwrap_or(0)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Store {
    pub(crate) async fn function(
        &self,
        account_id: String,
        id: String,
    ) -> Result<Option<Stored>, StoreError> {
        self.read(move |connection| current(connection, &account_id, &id))
            .await
    }

    /// Whose function it is, or was.
    pub(crate) async fn account_of_function(
        &self,
        id: String,
    ) -> Result<Option<String>, StoreError> {
        self.read(move |connection| {
            Ok(connection
                .query_row(
                    "SELECT account_id FROM functions WHERE id = ?1",
                    [id],
                    |row| row.get(0),
                )
                .optional()?)
        })
        .await
    }

    /// A function as it was at one of its revisions.
    pub(crate) async fn function_at(
        &self,
        id: String,
        revision: String,
    ) -> Result<Option<Stored>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT function_id, revision, document, secrets FROM revisions
                     WHERE function_id = ?1 AND revision = ?2",
                )?
                .query_row([id, revision], row)
                .optional()?
                .map(stored)
                .transpose()
        })
        .await
    }

    /// At most `limit` functions, by descending id, from `start` on.
    pub(crate) async fn functions(
        &self,
        account_id: String,
        start: String,
        limit: usize,
    ) -> Result<Page, StoreError> {
        self.read(move |connection| {
            let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
            let mut statement = connection.prepare_cached(
                "SELECT id, revision, document, secrets FROM current_functions
                 WHERE account_id = ?1 AND deleted = 0 AND id <= ?2 ORDER BY id DESC LIMIT ?3",
            )?;
            let mut functions = statement
                .query_map(params![account_id, start, one_more], row)?
                .map(|row| stored(row?))
                .collect::<Result<Vec<_>, _>>()?;
            let next = (functions.len() > limit).then(|| functions.pop()).flatten();
            Ok(Page {
                functions,
                next: next.map(|function| function.id),
            })
        })
        .await
    }

    /// Stores a new function and its snapshot.
    ///
    /// Fails with [`StoreError::Conflict`] if the id is taken. A deleted function's id can be taken again by its
    /// account and continues its revisions.
    pub(crate) async fn create_function(&self, draft: Draft) -> Result<Stored, StoreError> {
        self.write(move |transaction| {
            let before: Option<(String, bool, String)> = transaction
                .query_row(
                    "SELECT account_id, deleted, revision FROM current_functions WHERE id = ?1",
                    [&draft.id],
                    |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
                )
                .optional()?;
            let parent = match before {
                Some((owner, true, revision)) if owner == draft.account_id => Some(Revision(revision)),
                Some(_) => return Err(StoreError::Conflict),
                None => {
                    transaction.execute(
                        "INSERT INTO functions (id, account_id, generation, created) VALUES (?1, ?2, 0, ?3)",
                        params![draft.id, draft.account_id, now()],
                    )?;
                    None
                }
            };
            append_draft(transaction, draft, parent.as_ref())
        })
        .await
    }

    /// Stores the next revision of a function and its snapshot.
    ///
    /// Fails with [`StoreError::Conflict`] if `parent` is no longer its current revision.
    pub(crate) async fn update_function(
        &self,
        draft: Draft,
        parent: Revision,
    ) -> Result<Stored, StoreError> {
        self.write(move |transaction| {
            expect_current(transaction, &draft.account_id, &draft.id, &parent)?;
            append_draft(transaction, draft, Some(&parent))
        })
        .await
    }

    /// Ends a function's revisions with one that says it is deleted; if not `soft`, removes it altogether, with
    /// the snapshots that nobody else needs.
    ///
    /// Fails with [`StoreError::Conflict`] if `current` is no longer current.
    pub(crate) async fn delete_function(
        &self,
        account_id: String,
        current: Stored,
        soft: bool,
    ) -> Result<Stored, StoreError> {
        self.write(move |transaction| {
            let Stored {
                id,
                revision,
                document,
                ..
            } = current;
            expect_current(transaction, &account_id, &id, &revision)?;
            let source = transaction.query_row(
                "SELECT source FROM revisions WHERE function_id = ?1 AND generation = ?2",
                params![id, revision.generation()],
                |row| row.get(0),
            )?;
            let revision = append(
                transaction,
                &id,
                &document,
                None,
                source,
                Some(&revision),
                true,
            )?;
            if !soft {
                let sources = transaction
                    .prepare("SELECT DISTINCT source FROM revisions WHERE function_id = ?1")?
                    .query_map([&id], |row| row.get(0))?
                    .collect::<Result<Vec<_>, _>>()?;
                transaction.execute("DELETE FROM functions WHERE id = ?1", [&id])?;
                snapshots::delete_unused(transaction, &sources)?;
            }
            Ok(Stored {
                id,
                revision,
                document,
                secrets: None,
            })
        })
        .await
    }
}

type RowParts = (String, String, String, Option<Vec<u8>>);

fn row(row: &Row) -> rusqlite::Result<RowParts> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn stored((id, revision, document, secrets): RowParts) -> Result<Stored, StoreError> {
    let document = serde_json::from_str(&document).map_err(|source| StoreError::Broken {
        what: "function",
        source,
    })?;
    Ok(Stored {
        id,
        revision: Revision(revision),
        document,
        secrets,
    })
}

fn current(
    connection: &Connection,
    account_id: &str,
    id: &str,
) -> Result<Option<Stored>, StoreError> {
    connection
        .prepare_cached(
            "SELECT id, revision, document, secrets FROM current_functions
             WHERE id = ?1 AND account_id = ?2 AND deleted = 0",
        )?
        .query_row([id, account_id], row)
        .optional()?
        .map(stored)
        .transpose()
}

fn expect_current(
    transaction: &Transaction,
    account_id: &str,
    id: &str,
    revision: &Revision,
) -> Result<(), StoreError> {
    let is_current = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM current_functions
         WHERE id = ?1 AND account_id = ?2 AND deleted = 0 AND revision = ?3)",
        [id, account_id, revision.as_str()],
        |row| row.get(0),
    )?;
    if is_current {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}

fn append_draft(
    transaction: &Transaction,
    draft: Draft,
    parent: Option<&Revision>,
) -> Result<Stored, StoreError> {
    let Draft {
        id,
        document,
        secrets,
        ..
    } = draft;
    let source = *draft.source.as_bytes();
    let sealed = secrets.as_deref();
    let revision = append(transaction, &id, &document, sealed, source, parent, false)?;
    if let Some(snapshot) = draft.new_snapshot {
        snapshots::insert(transaction, draft.source, &snapshot)?;
    }
    Ok(Stored {
        id,
        revision,
        document,
        secrets,
    })
}

fn append(
    transaction: &Transaction,
    id: &str,
    document: &Map<String, Value>,
    secrets: Option<&[u8]>,
    source: [u8; 32],
    parent: Option<&Revision>,
    deleted: bool,
) -> Result<Revision, StoreError> {
    let document = serde_json::to_string(document).map_err(|source| StoreError::Broken {
        what: "function",
        source,
    })?;
    let revision = Revision::following(parent, deleted, &document, secrets);
    let generation = revision.generation();
    transaction.execute(
        "INSERT INTO revisions (function_id, generation, revision, document, secrets, source, created)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![id, generation, revision.as_str(), document, secrets, source, now()],
    )?;
    transaction.execute(
        "UPDATE functions SET generation = ?2, deleted = ?3 WHERE id = ?1",
        params![id, generation, deleted],
    )?;
    Ok(revision)
}
