//! Functions as they are now. Every change adds a revision: see `revisions`.

use serde_json::{Map, Value};
use switchhook_runtime::Digest;

use super::{
    Actor, Quota, Revision, Store, StoreError, Stored,
    database::{Lock, Session},
    document_text::document_of,
    documents, now,
    quota::{self, Kept},
    revisions::{self, Appended, Next},
    snapshots::{self, NewSnapshot},
};

/// A version of a function that compiles, ready to be stored.
pub struct Draft {
    /// The function's account.
    pub account_id: String,
    /// The function's id.
    pub id: String,
    /// The public document, without `id`.
    pub document: Map<String, Value>,
    /// The secrets of its `env`, encrypted.
    pub secrets: Option<Vec<u8>>,
    /// Digest of the source.
    pub source: Digest,
    /// The snapshot, unless the database has it already.
    pub new_snapshot: Option<NewSnapshot>,
    /// The version of the language pack that compiled the function. `None` if it has not changed.
    pub engine: Option<String>,
    /// The writer. `None` for the server itself.
    pub by: Option<Actor>,
    /// Why the server switches the function off.
    pub disable_reason: Option<String>,
    /// Why the author writes the revision, in the author's words.
    pub message: Option<String>,
    /// The account's quota. `None` if the server itself must write, whatever the account keeps.
    pub quota: Option<Quota>,
}

impl Store {
    /// An account's function that is not deleted.
    pub async fn function(
        &self,
        account_id: String,
        id: String,
    ) -> Result<Option<Stored>, StoreError> {
        self.read(move |session| current(session, &account_id, &id))
            .await
    }

    /// The account of a function, also of a deleted one.
    pub async fn account_of_function(&self, id: String) -> Result<Option<String>, StoreError> {
        self.read(move |session| {
            Ok(session.one("SELECT account_id FROM functions WHERE id = ?1", &[&id])?)
        })
        .await
    }

    /// Stores a new function and its snapshot.
    ///
    /// Fails with [`StoreError::OverQuota`] if the account's quota is used up, and with [`StoreError::Conflict`] if the
    /// id is taken or the account was deleted meanwhile. An account can take the id of its own deleted function again.
    /// The new function then continues the old revisions.
    pub async fn create_function(&self, draft: Draft) -> Result<Stored, StoreError> {
        self.write(Lock::document(&draft.id), move |session| {
            let kept = quota::kept(session, &draft.account_id)?;
            let before: Option<(String, bool, String)> = session.one(
                "SELECT account_id, deleted, revision FROM current_functions WHERE id = ?1",
                &[&draft.id],
            )?;
            let parent = match before {
                Some((owner, true, revision)) if owner == draft.account_id => {
                    Some(Revision::read(revision))
                }
                Some(_) => return Err(StoreError::Conflict),
                None => {
                    let tombstone = documents::take_tombstone(session, &draft.id)?;
                    insert(session, &draft.account_id, &draft.id)?;
                    tombstone
                }
            };
            append_draft(session, draft, parent.as_ref(), kept)
        })
        .await
    }

    /// Stores the next revision of a function and its snapshot.
    ///
    /// Fails with [`StoreError::OverQuota`] if the account's quota is used up, and with [`StoreError::Conflict`] if
    /// `parent` is no longer the current revision.
    pub async fn update_function(
        &self,
        draft: Draft,
        parent: Revision,
    ) -> Result<Stored, StoreError> {
        self.write(Lock::document(&draft.id), move |session| {
            expect_current(session, &draft.account_id, &draft.id, &parent)?;
            let kept = quota::kept(session, &draft.account_id)?;
            append_draft(session, draft, Some(&parent), kept)
        })
        .await
    }

    /// Adds a revision that deletes a function. If not `soft`, removes the whole function, with the snapshots that no
    /// other function needs.
    ///
    /// Fails with [`StoreError::Conflict`] if `current` is no longer current.
    pub async fn delete_function(
        &self,
        account_id: String,
        current: Stored,
        soft: bool,
        by: Actor,
        message: Option<String>,
    ) -> Result<Stored, StoreError> {
        self.write(Lock::document(&current.id), move |session| {
            let id = current.id.as_str();
            expect_current(session, &account_id, id, &current.revision)?;
            let source =
                session.only("SELECT source FROM current_functions WHERE id = ?1", &[&id])?;
            let next = Next {
                function_id: id,
                document: &current.document,
                secrets: None,
                source,
                parent: Some(&current.revision),
                revision: None,
                private: None,
                by: Some(&by),
                disable_reason: None,
                message: message.as_deref(),
                deleted: true,
                snapshot_bytes: 0,
            };
            let Appended {
                revision, modified, ..
            } = revisions::append(session, &next)?;
            if !soft {
                bury(session, id, &revision, "{}")?;
            }
            Ok(Stored {
                revision,
                modified,
                secrets: None,
                disable_reason: None,
                ..current
            })
        })
        .await
    }
}

/// The columns of [`RowParts`].
pub(super) const COLUMNS: &str =
    "id, revision, document, secrets, created, modified, disable_reason";

pub(super) type RowParts = (
    String,
    String,
    String,
    Option<Vec<u8>>,
    i64,
    i64,
    Option<String>,
);

pub(super) fn stored(row: RowParts) -> Result<Stored, StoreError> {
    let (id, revision, document, secrets, created, modified, disable_reason) = row;
    Ok(Stored {
        id,
        revision: Revision::read(revision),
        document: document_of(&document)?,
        secrets,
        created,
        modified,
        disable_reason,
    })
}

pub(super) fn current(
    session: &Session,
    account_id: &str,
    id: &str,
) -> Result<Option<Stored>, StoreError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM current_functions WHERE id = ?1 AND account_id = ?2 AND deleted = 0"
    );
    let found = session.one(&sql, &[&id, &account_id])?;
    found.map(stored).transpose()
}

/// Inserts a function without a revision.
///
/// Fails with [`StoreError::Conflict`] if there is no such account.
pub(super) fn insert(session: &Session, account_id: &str, id: &str) -> Result<(), StoreError> {
    let inserted = session.execute(
        "INSERT INTO functions (id, account_id, generation, created)
         SELECT ?1, id, 0, ?3 FROM accounts WHERE id = ?2",
        &[&id, &account_id, &now()],
    )?;
    if inserted == 0 {
        return Err(StoreError::Conflict);
    }
    Ok(())
}

/// Removes a function with its revisions and the snapshots that no other function needs. A deleted document with `body`
/// is left, so that readers of the changes feed learn of the deletion.
pub(super) fn bury(
    session: &Session,
    id: &str,
    revision: &Revision,
    body: &str,
) -> Result<(), StoreError> {
    snapshots::delete_of(session, id)?;
    session.execute(
        "INSERT INTO documents (id, revision, deleted, body) VALUES (?1, ?2, 1, ?3)",
        &[&id, &revision.as_str(), &body],
    )?;
    session.execute("DELETE FROM functions WHERE id = ?1", &[&id])?;
    Ok(())
}

fn expect_current(
    session: &Session,
    account_id: &str,
    id: &str,
    revision: &Revision,
) -> Result<(), StoreError> {
    let is_current = session.only(
        "SELECT EXISTS (SELECT 1 FROM current_functions
         WHERE id = ?1 AND account_id = ?2 AND deleted = 0 AND revision = ?3)",
        &[&id, &account_id, &revision.as_str()],
    )?;
    if is_current {
        Ok(())
    } else {
        Err(StoreError::Conflict)
    }
}

pub(super) fn is_current(
    session: &Session,
    id: &str,
    revision: &Revision,
) -> Result<bool, StoreError> {
    Ok(session.only(
        "SELECT EXISTS (SELECT 1 FROM current_functions WHERE id = ?1 AND deleted = 0 AND revision = ?2)",
        &[&id, &revision.as_str()],
    )?)
}

/// Records the version of the language pack that compiled a function's current revision.
pub(super) fn set_engine(session: &Session, id: &str, engine: &str) -> Result<(), StoreError> {
    session.execute(
        "UPDATE functions SET engine = ?2 WHERE id = ?1 AND (engine IS NULL OR engine <> ?2)",
        &[&id, &engine],
    )?;
    Ok(())
}

fn append_draft(
    session: &Session,
    draft: Draft,
    parent: Option<&Revision>,
    before: Kept,
) -> Result<Stored, StoreError> {
    let next = Next {
        function_id: &draft.id,
        document: &draft.document,
        secrets: draft.secrets.as_deref(),
        source: *draft.source.as_bytes(),
        parent,
        revision: None,
        private: None,
        by: draft.by.as_ref(),
        disable_reason: draft.disable_reason.as_deref(),
        message: draft.message.as_deref(),
        deleted: false,
        snapshot_bytes: draft.new_snapshot.as_ref().map_or(0, NewSnapshot::bytes),
    };
    let Appended {
        revision,
        created,
        modified,
    } = revisions::append(session, &next)?;
    if let Some(snapshot) = draft.new_snapshot {
        snapshots::insert(session, &draft.id, &snapshot)?;
    }
    if let Some(engine) = &draft.engine {
        set_engine(session, &draft.id, engine)?;
    }
    if let Some(quota) = &draft.quota {
        quota::check(session, &draft.account_id, quota, before)?;
    }
    Ok(Stored {
        id: draft.id,
        revision,
        document: draft.document,
        secrets: draft.secrets,
        created,
        modified,
        disable_reason: draft.disable_reason,
    })
}
