//! The documents of the `functions` database as CouchDB sees them: functions and others, by id, by account, and by the
//! order of writes.

use rusqlite::{Connection, OptionalExtension, Params, Row, Transaction, params, types::FromSql};
use serde_json::{Map, Value};

use super::{Revision, Store, StoreError, document_text::document_of};

/// Most documents in one read. Other reads have their turn between two of these.
const PIECE: usize = 256;

/// Most bytes of documents in one read, as JSON. Larger documents are read in more reads. Parsed, they can take forty
/// times as much memory.
const PIECE_BYTES: usize = 4 * 1024 * 1024;

/// Sorts before every id.
pub const FIRST_ID: &str = "";

/// Sorts behind every id.
pub const LAST_ID: &str = "\u{10ffff}";

/// A document at one of its revisions.
#[derive(Clone, Debug)]
pub struct StoredDocument {
    /// The document's id.
    pub id: String,
    /// Its current revision.
    pub revision: Revision,
    /// Whether this revision deletes the document.
    pub deleted: bool,
    /// The members whose names do not begin with `_`. For a function, its public document.
    pub body: Map<String, Value>,
    /// Further data, if it is a function.
    pub function: Option<FunctionPart>,
}

/// The data of a function beside its public document.
#[derive(Clone, Debug)]
pub struct FunctionPart {
    /// The function's account.
    pub account_id: String,
    /// Private keys that other databases keep in the document.
    pub private: Map<String, Value>,
    /// Whether it counts as deleted, except in the database as CouchDB sees it.
    pub hidden: bool,
    /// Why the server disabled it, if the server did.
    pub disable_reason: Option<String>,
    /// When the function was created, in Unix seconds.
    pub created: i64,
    /// When the revision was written, in Unix seconds.
    pub modified: i64,
}

/// A part of a longer list.
pub struct Piece<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Whether further items may follow.
    pub more: bool,
}

/// A range of ids, in the order of their bytes. Each end is included or not.
#[derive(Clone, Debug, Default)]
pub struct IdRange {
    /// The first id that is read (the largest, if descending), and whether it is included.
    pub from: Option<(String, bool)>,
    /// The last id that is read, and whether it is included.
    pub to: Option<(String, bool)>,
    /// Whether ids descend.
    pub descending: bool,
}

/// Numbers of documents.
pub struct Counts {
    /// Documents that exist.
    pub documents: u64,
    /// Documents that were deleted.
    pub deleted: u64,
    /// The number of the last write; 0 before the first.
    pub sequence: i64,
}

const COLUMNS: &str =
    "id, revision, deleted, body, account_id, private, hidden, disable_reason, created, modified";

impl Store {
    /// A document at its current revision, which may be a deletion.
    pub async fn document(&self, id: String) -> Result<Option<StoredDocument>, StoreError> {
        self.read(move |connection| document(connection, &id)).await
    }

    /// A function's document at one of its revisions.
    pub async fn function_document_at(
        &self,
        id: String,
        revision: Revision,
    ) -> Result<Option<StoredDocument>, StoreError> {
        self.read(move |connection| {
            connection
                .prepare_cached(
                    "SELECT id, revision, 0, document, account_id, private, revisions.deleted, disable_reason,
                            functions.created, revisions.created
                     FROM revisions JOIN functions ON id = function_id
                     WHERE function_id = ?1 AND revision = ?2",
                )?
                .query_row([id.as_str(), revision.as_str()], |row| Ok(stored(row)))
                .optional()?
                .transpose()
        })
        .await
    }

    /// Documents in a range of ids, without deleted ones.
    pub async fn documents(&self, range: IdRange) -> Result<Piece<StoredDocument>, StoreError> {
        self.read_list(move |connection| {
            let IdRange {
                from,
                to,
                descending,
            } = range;
            let (order, behind, before, first, last) = if descending {
                ("DESC", "<", ">", LAST_ID, FIRST_ID)
            } else {
                ("ASC", ">", "<", FIRST_ID, LAST_ID)
            };
            let end = |end: Option<(String, bool)>, without: &str| {
                let (id, inclusive) = end.unwrap_or_else(|| (without.to_owned(), true));
                (id, if inclusive { "=" } else { "" })
            };
            let ((from, or_from), (to, or_to)) = (end(from, first), end(to, last));
            let condition = format!("id {behind}{or_from} ?1 AND id {before}{or_to} ?2");
            let ids = format!(
                "SELECT id, id FROM functions WHERE {condition}
                 UNION ALL SELECT id, id FROM documents WHERE deleted = 0 AND {condition}
                 ORDER BY id {order} LIMIT {PIECE}"
            );
            let piece: Piece<(String, _)> = piece(connection, &ids, [from, to], PIECE)?;
            Ok(piece.without_keys())
        })
        .await
    }

    /// The documents of functions, by account and id, from a given one on. The flag says whether that one is included.
    pub async fn function_documents(
        &self,
        from: Option<(String, String, bool)>,
        descending: bool,
    ) -> Result<Piece<StoredDocument>, StoreError> {
        self.read_list(move |connection| {
            let (order, behind, first) = if descending {
                ("DESC", "<", LAST_ID)
            } else {
                ("ASC", ">", FIRST_ID)
            };
            let (account_id, id, inclusive) =
                from.unwrap_or_else(|| (first.into(), first.into(), true));
            let or_from = if inclusive { "=" } else { "" };
            let ids = format!(
                "SELECT id, id FROM functions
                 WHERE deleted = 0 AND (account_id, id) {behind}{or_from} (?1, ?2)
                 ORDER BY account_id {order}, id {order} LIMIT {PIECE}"
            );
            let piece: Piece<(String, _)> = piece(connection, &ids, [account_id, id], PIECE)?;
            Ok(piece.without_keys())
        })
        .await
    }

    /// The writes of documents, with deletions, after a number, or, descending, before it.
    pub async fn changes(
        &self,
        since: i64,
        descending: bool,
        limit: usize,
    ) -> Result<Piece<(i64, StoredDocument)>, StoreError> {
        self.read_list(move |connection| {
            let (order, behind) = if descending {
                ("DESC", "<")
            } else {
                ("ASC", ">")
            };
            let limit = limit.min(PIECE);
            let numbers = format!(
                "SELECT sequence, document_id FROM changes
                 WHERE sequence {behind} ?1 ORDER BY sequence {order} LIMIT {limit}"
            );
            piece(connection, &numbers, [since], limit)
        })
        .await
    }

    /// The numbers of documents in the database.
    pub async fn document_counts(&self) -> Result<Counts, StoreError> {
        self.read_list(|connection| {
            let counts = connection.query_row(
                "SELECT (SELECT count(*) FROM functions) + (SELECT count(*) FROM documents WHERE deleted = 0),
                        (SELECT count(*) FROM documents WHERE deleted = 1),
                        (SELECT coalesce(max(sequence), 0) FROM changes)",
                [],
                |row| {
                    Ok(Counts {
                        documents: row.get::<_, i64>(0)?.unsigned_abs(),
                        deleted: row.get::<_, i64>(1)?.unsigned_abs(),
                        sequence: row.get(2)?,
                    })
                },
            )?;
            Ok(counts)
        })
        .await
    }

    /// The number of functions that [`Self::function_documents`] returns. With `only_enabled`, disabled ones do not
    /// count.
    pub async fn count_function_documents(&self, only_enabled: bool) -> Result<u64, StoreError> {
        let statement = if only_enabled {
            "SELECT count(*) FROM functions WHERE deleted = 0 AND enabled <> 0"
        } else {
            "SELECT count(*) FROM functions WHERE deleted = 0"
        };
        self.read_list(move |connection| {
            let mut statement = connection.prepare_cached(statement)?;
            let count: i64 = statement.query_row([], |row| row.get(0))?;
            Ok(count.unsigned_abs())
        })
        .await
    }
}

/// A document from a row with [`COLUMNS`].
fn stored(row: &Row) -> Result<StoredDocument, StoreError> {
    let account_id: Option<String> = row.get(4)?;
    let function = match account_id {
        None => None,
        Some(account_id) => Some(FunctionPart {
            account_id,
            private: document_of(row.get_ref(5)?.as_str().unwrap_or_default())?,
            hidden: row.get(6)?,
            disable_reason: row.get(7)?,
            created: row.get(8)?,
            modified: row.get(9)?,
        }),
    };
    Ok(StoredDocument {
        id: row.get(0)?,
        revision: Revision::read(row.get(1)?),
        deleted: row.get(2)?,
        body: document_of(row.get_ref(3)?.as_str().unwrap_or_default())?,
        function,
    })
}

/// The documents of at most `limit` rows of a key and an id, and of some [`PIECE_BYTES`].
fn piece<K: FromSql>(
    connection: &Connection,
    rows: &str,
    parameters: impl Params,
    limit: usize,
) -> Result<Piece<(K, StoredDocument)>, StoreError> {
    let mut statement = connection.prepare_cached(rows)?;
    let mut rows = statement.query(parameters)?;
    let mut items = Vec::new();
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        let id: String = row.get(1)?;
        // Present, because one statement sees one state of the database.
        let Some((document, document_bytes)) = weighed(connection, &id)? else {
            continue;
        };
        bytes += document_bytes;
        items.push((row.get(0)?, document));
        if bytes > PIECE_BYTES {
            return Ok(Piece { items, more: true });
        }
    }
    let more = items.len() == limit;
    Ok(Piece { items, more })
}

fn document(connection: &Connection, id: &str) -> Result<Option<StoredDocument>, StoreError> {
    Ok(weighed(connection, id)?.map(|(document, _)| document))
}

/// A document, and the bytes of its body as JSON.
fn weighed(
    connection: &Connection,
    id: &str,
) -> Result<Option<(StoredDocument, usize)>, StoreError> {
    let mut statement = connection.prepare_cached(&format!(
        "SELECT {COLUMNS} FROM all_documents WHERE id = ?1"
    ))?;
    let mut rows = statement.query([id])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let length =
        |column| Ok::<_, StoreError>(row.get_ref(column)?.as_bytes().map_or(0, <[u8]>::len));
    // The body and the private keys.
    let bytes = length(3)? + length(5)?;
    Ok(Some((stored(row)?, bytes)))
}

impl<K> Piece<(K, StoredDocument)> {
    fn without_keys(self) -> Piece<StoredDocument> {
        Piece {
            items: self
                .items
                .into_iter()
                .map(|(_, document)| document)
                .collect(),
            more: self.more,
        }
    }
}

/// Removes a deletion, so that a function can have its id. Returns the deletion's revision, if there is one.
///
/// # Errors
/// [`StoreError::Conflict`] if the document exists.
pub(super) fn take_tombstone(
    transaction: &Transaction,
    id: &str,
) -> Result<Option<Revision>, StoreError> {
    let found: Option<(String, bool)> = transaction
        .prepare_cached("SELECT revision, deleted FROM documents WHERE id = ?1")?
        .query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    match found {
        None => Ok(None),
        Some((_, false)) => Err(StoreError::Conflict),
        Some((revision, true)) => {
            transaction.execute("DELETE FROM documents WHERE id = ?1", params![id])?;
            Ok(Some(Revision::read(revision)))
        }
    }
}
