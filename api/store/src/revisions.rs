//! The revisions of functions. Each keeps its whole document and its writer. Revisions are only ever added. Revisions
//! of other databases that were never stored here are in `revision_tree`.

use std::iter;

use serde_json::{Map, Value};

use super::{
    Actor, Revision, Store, StoreError, Stored,
    database::{DatabaseError, FromRow, Row, Session},
    document::is_enabled,
    document_text::{document_of, to_text},
    gregorian::from_unix,
    now,
    quota::REVISION_BYTES,
    revision_tree,
};

/// One entry of a function's history.
pub struct RevisionSummary {
    /// The number of the entry within the function, from 1, by which history is read. It can differ from the N of the
    /// revision's name, because revisions can come from another database.
    pub generation: i64,
    /// The revision's name.
    pub revision: Revision,
    /// When the revision was written, in Unix seconds.
    pub created: i64,
    /// The writer. `None` if the server wrote the revision, or if the writer is not known.
    pub by: Option<Actor>,
    /// Bytes of the document, the source included.
    pub bytes: i64,
    /// Why the server switched the function off.
    pub disable_reason: Option<String>,
    /// Why the revision was written, in its author's words.
    pub message: Option<String>,
    /// Whether the revision deletes the function.
    pub deleted: bool,
    /// Whether this is the current revision.
    pub current: bool,
}

/// A function at one of its revisions.
pub struct Past {
    /// The function as it was then.
    pub stored: Stored,
    /// Whether the revision deletes the function.
    pub deleted: bool,
}

/// A piece of a function's history, newest first.
pub struct History {
    /// Newest first.
    pub revisions: Vec<RevisionSummary>,
    /// The generation that the next piece starts with.
    pub next: Option<i64>,
}

/// A revision to be added to a function.
pub(super) struct Next<'a> {
    pub(super) function_id: &'a str,
    pub(super) document: &'a Map<String, Value>,
    pub(super) secrets: Option<&'a [u8]>,
    /// SHA-256 of the source.
    pub(super) source: [u8; 32],
    pub(super) parent: Option<&'a Revision>,
    /// The revision's name, if another database has chosen it.
    pub(super) revision: Option<&'a Revision>,
    /// The private fields as JSON. `None` takes those of the last revision, with the current time.
    pub(super) private: Option<&'a str>,
    pub(super) by: Option<&'a Actor>,
    pub(super) disable_reason: Option<&'a str>,
    /// Why the revision is written, in its author's words.
    pub(super) message: Option<&'a str>,
    pub(super) deleted: bool,
    /// Bytes of the snapshot that is stored with the revision.
    pub(super) snapshot_bytes: usize,
}

impl Store {
    /// A function as it was at one of its revisions, also if it is deleted.
    pub async fn function_at(
        &self,
        id: String,
        revision: String,
    ) -> Result<Option<Past>, StoreError> {
        self.read(move |session| {
            let found = session.one(
                "SELECT revision, document, secrets, disable_reason, functions.created, revisions.created,
                        revisions.deleted
                 FROM revisions JOIN functions ON id = function_id
                 WHERE function_id = ?1 AND revision = ?2",
                &[&id, &revision],
            )?;
            found.map(|row| past(id, row)).transpose()
        })
        .await
    }

    /// The last revision of an account's function, also of a deleted one.
    pub async fn last_revision(
        &self,
        account_id: String,
        id: String,
    ) -> Result<Option<Past>, StoreError> {
        self.read(move |session| {
            let found = session.one(
                "SELECT revision, document, secrets, disable_reason, created, modified, deleted
                 FROM current_functions WHERE id = ?1 AND account_id = ?2",
                &[&id, &account_id],
            )?;
            found.map(|row| past(id, row)).transpose()
        })
        .await
    }

    /// At most `limit` revisions of a function, from the generation `start` downwards.
    pub async fn history(
        &self,
        id: String,
        start: i64,
        limit: usize,
    ) -> Result<History, StoreError> {
        self.read_list(move |session| {
            let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
            let mut revisions: Vec<RevisionSummary> = session.all(
                "SELECT revisions.generation, revision, revisions.created, auth_account_id, auth_user_id,
                        octet_length(document), disable_reason, revisions.deleted,
                        revisions.generation = functions.generation, message
                 FROM revisions JOIN functions ON id = function_id
                 WHERE function_id = ?1 AND revisions.generation <= ?2
                 ORDER BY revisions.generation DESC LIMIT ?3",
                &[&id, &start, &one_more],
            )?;
            let next = (revisions.len() > limit).then(|| revisions.pop()).flatten();
            Ok(History {
                revisions,
                next: next.map(|summary| summary.generation),
            })
        })
        .await
    }
}

type PastRow = (
    String,
    String,
    Option<Vec<u8>>,
    Option<String>,
    i64,
    i64,
    bool,
);

fn past(id: String, row: PastRow) -> Result<Past, StoreError> {
    let (revision, document, secrets, disable_reason, created, modified, deleted) = row;
    let stored = Stored {
        id,
        revision: Revision::read(revision),
        document: document_of(&document)?,
        secrets,
        created,
        modified,
        disable_reason,
    };
    Ok(Past { stored, deleted })
}

impl FromRow for RevisionSummary {
    fn from_row(row: &Row<'_>) -> Result<Self, DatabaseError> {
        let account_id: Option<String> = row.get(3)?;
        let user_id = row.get(4)?;
        Ok(Self {
            generation: row.get(0)?,
            revision: Revision::read(row.get(1)?),
            created: row.get(2)?,
            by: account_id.map(|account_id| Actor {
                account_id,
                user_id,
            }),
            bytes: row.get(5)?,
            disable_reason: row.get(6)?,
            deleted: row.get(7)?,
            current: row.get(8)?,
            message: row.get(9)?,
        })
    }
}

/// The text for a function without private fields.
const NO_PRIVATE: &str = "{}";

/// The private fields of the next revision, written at a time in Unix seconds. KAZOO keeps the time of the last write
/// in these fields.
fn modified_at(private: String, at: i64) -> Result<String, StoreError> {
    if private == NO_PRIVATE {
        return Ok(private);
    }
    let mut private = document_of(&private)?;
    private.insert("pvt_modified".into(), from_unix(at).into());
    to_text("function", &private)
}

/// A revision that was added.
pub(super) struct Appended {
    pub(super) revision: Revision,
    /// When the function was created, in Unix seconds.
    pub(super) created: i64,
    /// When the revision was added, in Unix seconds.
    pub(super) modified: i64,
}

/// Adds a revision and makes it the current one.
pub(super) fn append(session: &Session, next: &Next) -> Result<Appended, StoreError> {
    let document = to_text("function", next.document)?;
    let secrets = next.secrets.unwrap_or_default();
    let revision = match next.revision {
        Some(given) => given.clone(),
        None => Revision::following(next.parent, next.deleted, &document, secrets),
    };
    let line: Vec<_> = iter::once(&revision).chain(next.parent).cloned().collect();
    revision_tree::insert_line(session, next.function_id, &line)?;
    let modified = now();
    let (generation, created, before): (i64, i64, Option<String>) = session.only(
        "SELECT functions.generation + 1, functions.created, private
         FROM functions LEFT JOIN revisions ON function_id = id AND revisions.generation = functions.generation
         WHERE id = ?1",
        &[&next.function_id],
    )?;
    let private = match (next.private, before) {
        (Some(given), _) => given.to_owned(),
        (None, Some(before)) => modified_at(before, modified)?,
        (None, None) => NO_PRIVATE.to_owned(),
    };
    let bytes = REVISION_BYTES
        + document.len()
        + private.len()
        + secrets.len()
        + next.message.map_or(0, str::len)
        + next.snapshot_bytes;
    session.execute(
        "INSERT INTO revisions (function_id, generation, revision, document, secrets, source, created,
                                auth_account_id, auth_user_id, disable_reason, message, deleted, private, bytes)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        &[
            &next.function_id,
            &generation,
            &revision.as_str(),
            &document,
            &next.secrets,
            &next.source,
            &modified,
            &next.by.map(|actor| &actor.account_id),
            &next.by.and_then(|actor| actor.user_id.as_ref()),
            &next.disable_reason,
            &next.message,
            &next.deleted,
            &private,
            &(bytes as i64),
        ],
    )?;
    session.execute(
        "UPDATE functions SET generation = ?2, deleted = ?3, enabled = ?4, language_pack = ?5 WHERE id = ?1",
        &[
            &next.function_id,
            &generation,
            &next.deleted,
            &is_enabled(next.document),
            &next.document.get("language_pack").and_then(Value::as_str),
        ],
    )?;
    if next.deleted {
        // A later function can take this id, and the old function's key must not open it.
        session.execute(
            "DELETE FROM function_keys WHERE function_id = ?1",
            &[&next.function_id],
        )?;
    }
    Ok(Appended {
        revision,
        created,
        modified,
    })
}

/// Adds bytes that were stored after the revision itself, such as a new snapshot.
pub(super) fn charge(
    session: &Session,
    function_id: &str,
    revision: &Revision,
    bytes: usize,
) -> Result<(), StoreError> {
    session.execute(
        "UPDATE revisions SET bytes = bytes + ?3 WHERE function_id = ?1 AND revision = ?2",
        &[&function_id, &revision.as_str(), &(bytes as i64)],
    )?;
    Ok(())
}
