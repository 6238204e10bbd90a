//! The revisions of functions: each keeps its whole document, and who wrote it. They are only ever added to. What is
//! known of revisions that were never here is in `revision_tree`.

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
    /// Counts up from 1 within the function: history is read by it. Not always the N of its revision, which can come from
    /// another database.
    pub generation: i64,
    /// Its name.
    pub revision: Revision,
    /// Unix seconds.
    pub created: i64,
    /// Who wrote it; nobody if that was the server itself, or is not known.
    pub by: Option<Actor>,
    /// Of the document, the source included.
    pub bytes: i64,
    /// Why the server switched the function off.
    pub disable_reason: Option<String>,
    /// Why it was written, in its author's words.
    pub message: Option<String>,
    /// Whether it says that the function is deleted.
    pub deleted: bool,
    /// Whether it is the last one.
    pub current: bool,
}

/// A function as one of its revisions has it.
pub struct Past {
    /// The function as it was then.
    pub stored: Stored,
    /// Whether the revision says that the function is deleted.
    pub deleted: bool,
}

/// A piece of a function's history, newest first.
pub struct History {
    /// Newest first.
    pub revisions: Vec<RevisionSummary>,
    /// The generation that the next piece starts with.
    pub next: Option<i64>,
}

/// What is about to follow a function's last revision.
pub(super) struct Next<'a> {
    pub(super) function_id: &'a str,
    pub(super) document: &'a Map<String, Value>,
    pub(super) secrets: Option<&'a [u8]>,
    /// SHA-256 of the source.
    pub(super) source: [u8; 32],
    pub(super) parent: Option<&'a Revision>,
    /// What it is called, if that is not for the server to say.
    pub(super) revision: Option<&'a Revision>,
    /// Its private fields as JSON; unless given, those of the last revision, modified now.
    pub(super) private: Option<&'a str>,
    pub(super) by: Option<&'a Actor>,
    pub(super) disable_reason: Option<&'a str>,
    /// Why it is written, in its author's words.
    pub(super) message: Option<&'a str>,
    pub(super) deleted: bool,
    /// Of the snapshot that is stored with it.
    pub(super) snapshot_bytes: usize,
}

impl Store {
    /// A function as it was at one of its revisions, whether or not there still is such a function.
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

/// The private fields of a function that has none.
const NO_PRIVATE: &str = "{}";

/// The private fields of a revision that follows at a time, in Unix seconds. They are fields of KAZOO, which says there when it wrote.
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
        // The id can be taken again: what opened the function that was must not open the next.
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

/// Counts what was made of a revision later.
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
