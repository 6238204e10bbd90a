//! The documents of the `functions` database as CouchDB sees them: functions and others, by id, by account, and by the
//! order of writes.

use std::{collections::HashMap, fmt, ops::ControlFlow};

use serde_json::{Map, Value};

use super::{
    Revision, Store, StoreError,
    database::{Column, DatabaseError, Row, Rows, Session, Value as Parameter},
    document_text::document_of,
};

/// Most documents in one read. Other reads can run between two pieces.
const PIECE: usize = 256;

/// Most bytes of documents in one read, as JSON. Larger documents are read in more reads. Parsed, they can take forty
/// times as much memory.
const PIECE_BYTES: i64 = 4 * 1024 * 1024;

/// Sorts before every id.
pub const FIRST_ID: &str = "";

/// Sorts after every id.
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

/// The number of a write of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sequence {
    /// The number; 0 before the first write.
    pub number: i64,
    /// The history in which the number counts, if it is not the first: after a failover that lost writes, the same number
    /// can be another write's.
    pub epoch: Option<String>,
}

/// The number, a hyphen and the history: the text that CouchDB's clients send back.
impl fmt::Display for Sequence {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.epoch {
            Some(epoch) => write!(formatter, "{}-{epoch}", self.number),
            None => write!(formatter, "{}", self.number),
        }
    }
}

/// Writes of documents, in their order.
pub struct Changes {
    /// The numbers of the writes, and the documents.
    pub items: Vec<(i64, StoredDocument)>,
    /// Whether further ones may follow.
    pub more: bool,
    /// The history in which the numbers count.
    pub epoch: Option<String>,
}

/// Numbers of documents.
pub struct Counts {
    /// Documents that exist.
    pub documents: u64,
    /// Documents that were deleted.
    pub deleted: u64,
    /// The last write.
    pub sequence: Sequence,
}

const COLUMNS: &str =
    "id, revision, deleted, body, account_id, private, hidden, disable_reason, created, modified";

impl Store {
    /// A document at its current revision, which may be a deletion.
    pub async fn document(&self, id: String) -> Result<Option<StoredDocument>, StoreError> {
        self.read(move |session| document(session, &id)).await
    }

    /// A function's document at one of its revisions.
    pub async fn function_document_at(
        &self,
        id: String,
        revision: Revision,
    ) -> Result<Option<StoredDocument>, StoreError> {
        self.read(move |session| {
            first(
                session,
                "SELECT id, revision, 0, document, account_id, private, revisions.deleted, disable_reason,
                        functions.created, revisions.created
                 FROM revisions JOIN functions ON id = function_id
                 WHERE function_id = ?1 AND revision = ?2",
                &[&id, &revision.as_str()],
            )
        })
        .await
    }

    /// Documents in a range of ids, without deleted ones.
    pub async fn documents(&self, range: IdRange) -> Result<Piece<StoredDocument>, StoreError> {
        self.read_list(move |session| {
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
            // The union is a table of its own, so that the database reads both indexes in their order. Otherwise it may
            // sort all ids.
            let ids = format!(
                "SELECT id, id FROM
                     (SELECT id FROM functions UNION ALL SELECT id FROM documents WHERE deleted = 0) AS listed
                 WHERE {condition} ORDER BY id {order} LIMIT {PIECE}"
            );
            let piece: Piece<(String, _)> = piece(session, &ids, &[&from, &to], PIECE)?;
            Ok(piece.without_keys())
        })
        .await
    }

    /// The documents of functions, by account and id, from a given function on. The flag says whether that function is
    /// included.
    pub async fn function_documents(
        &self,
        from: Option<(String, String, bool)>,
        descending: bool,
    ) -> Result<Piece<StoredDocument>, StoreError> {
        self.read_list(move |session| {
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
            let piece: Piece<(String, _)> = piece(session, &ids, &[&account_id, &id], PIECE)?;
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
    ) -> Result<Changes, StoreError> {
        self.read_list(move |session| {
            let (order, behind) = if descending {
                ("DESC", "<")
            } else {
                ("ASC", ">")
            };
            let limit = limit.min(PIECE);
            let numbers = format!(
                "SELECT sequence, document_id FROM changes
                 WHERE sequence {behind} ?1 ORDER BY sequence {order} LIMIT ?2"
            );
            let Piece { items, more } =
                piece(session, &numbers, &[&since, &(limit as i64)], limit)?;
            Ok(Changes {
                items,
                more,
                epoch: session.epoch(),
            })
        })
        .await
    }

    /// The numbers of documents in the database.
    pub async fn document_counts(&self) -> Result<Counts, StoreError> {
        self.read_list(|session| {
            let (documents, deleted, number): (i64, i64, i64) = session.only(
                "SELECT (SELECT count(*) FROM functions) + (SELECT count(*) FROM documents WHERE deleted = 0),
                        (SELECT count(*) FROM documents WHERE deleted = 1),
                        (SELECT coalesce(max(sequence), 0) FROM changes)",
                &[],
            )?;
            Ok(Counts {
                documents: documents.unsigned_abs(),
                deleted: deleted.unsigned_abs(),
                sequence: Sequence {
                    number,
                    epoch: session.epoch(),
                },
            })
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
        self.read_list(move |session| {
            let count: i64 = session.only(statement, &[])?;
            Ok(count.unsigned_abs())
        })
        .await
    }
}

/// A document from a row with [`COLUMNS`].
fn stored(row: &Row<'_>) -> Result<StoredDocument, StoreError> {
    let account_id: Option<String> = row.get(4)?;
    let function = match account_id {
        None => None,
        Some(account_id) => Some(FunctionPart {
            account_id,
            private: document_of(row.text(5)?)?,
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
        body: document_of(row.text(3)?)?,
        function,
    })
}

/// The documents of at most `limit` rows of a key and an id, and of some [`PIECE_BYTES`].
fn piece<K: Column>(
    session: &Session,
    rows: &str,
    values: &[&dyn Parameter],
    limit: usize,
) -> Result<Piece<(K, StoredDocument)>, StoreError> {
    let mut rows: Vec<(K, String)> = session.all(rows, values)?;
    let mut more = rows.len() == limit;
    let mut ids = ids_of(&rows)?;
    let is_listed = session.is_among("id", 1);
    // The lengths come first, so that documents beyond the limit are not read.
    let sql = format!(
        "SELECT id, octet_length(body) + octet_length(private) FROM all_documents WHERE {is_listed}"
    );
    let lengths: Vec<(String, i64)> = session.all(&sql, &[&ids])?;
    let lengths: HashMap<_, _> = lengths.into_iter().collect();
    let mut bytes = 0;
    let fitting = rows.iter().position(|(_, id)| {
        bytes += lengths.get(id).copied().unwrap_or(0);
        bytes > PIECE_BYTES
    });
    if let Some(last) = fitting {
        rows.truncate(last + 1);
        ids = ids_of(&rows)?;
        more = true;
    }
    let sql = format!("SELECT {COLUMNS} FROM all_documents WHERE {is_listed}");
    let mut documents = HashMap::new();
    session.each(&sql, &[&ids], |row| {
        let document = stored(row)?;
        documents.insert(document.id.clone(), document);
        Ok::<_, StoreError>(ControlFlow::Continue(()))
    })?;
    // A document that was deleted meanwhile is left out.
    let items = rows
        .into_iter()
        .filter_map(|(key, id)| Some((key, documents.remove(&id)?)));
    Ok(Piece {
        items: items.collect(),
        more,
    })
}

fn ids_of<K>(rows: &[(K, String)]) -> Result<Rows, DatabaseError> {
    Rows::of(rows.iter().map(|(_, id)| id.as_str()))
}

fn document(session: &Session, id: &str) -> Result<Option<StoredDocument>, StoreError> {
    let sql = format!("SELECT {COLUMNS} FROM all_documents WHERE id = ?1");
    first(session, &sql, &[&id])
}

/// The document in the first row.
fn first(
    session: &Session,
    sql: &str,
    values: &[&dyn Parameter],
) -> Result<Option<StoredDocument>, StoreError> {
    let mut found = None;
    session.each(sql, values, |row| {
        found = Some(stored(row)?);
        Ok::<_, StoreError>(ControlFlow::Break(()))
    })?;
    Ok(found)
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
pub(super) fn take_tombstone(session: &Session, id: &str) -> Result<Option<Revision>, StoreError> {
    let found: Option<(String, bool)> = session.one(
        "SELECT revision, deleted FROM documents WHERE id = ?1",
        &[&id],
    )?;
    match found {
        None => Ok(None),
        Some((_, false)) => Err(StoreError::Conflict),
        Some((revision, true)) => {
            session.execute("DELETE FROM documents WHERE id = ?1", &[&id])?;
            Ok(Some(Revision::read(revision)))
        }
    }
}
