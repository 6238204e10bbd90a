//! Writes of clients that see the database as CouchDB. The caller has decided which revision wins.

use serde_json::{Map, Value};
use switchhook_runtime::Digest;

use super::{
    Actor, Quota, Revision, Store, StoreError,
    database::{Lock, Session},
    document_text::to_text,
    documents,
    functions::{bury, insert},
    quota, revision_tree,
    revisions::{self, Next},
};

/// The next revision of a document.
pub struct NextRevision {
    /// The function's id.
    pub id: String,
    /// The current revision. `None` if there never was such a document.
    pub after: Option<Revision>,
    /// The new revision and its known predecessors, newest first.
    pub line: Vec<Revision>,
}

/// A function's document.
pub struct FunctionDocument {
    /// The function's account.
    pub account_id: String,
    /// The public document.
    pub document: Map<String, Value>,
    /// Private keys that other databases keep in the document.
    pub private: Map<String, Value>,
    /// The secrets of its `env`, encrypted.
    pub secrets: Option<Vec<u8>>,
    /// Digest of the source.
    pub source: Digest,
    /// The writer, if known.
    pub by: Option<Actor>,
    /// Whether it counts as deleted, except in the database as CouchDB sees it.
    pub hidden: bool,
    /// Why the server disabled it, if the server did.
    pub disable_reason: Option<String>,
    /// The account's quota.
    pub quota: Quota,
}

impl Store {
    /// Writes a document that is a function.
    ///
    /// # Errors
    /// [`StoreError::OverQuota`] if the account's quota is used up. [`StoreError::Conflict`] if `after` is no longer
    /// current, if the document exists and is not a function of this account, or if there is no such account.
    pub async fn write_function_document(
        &self,
        next: NextRevision,
        function: FunctionDocument,
    ) -> Result<(), StoreError> {
        self.write(Lock::document(&next.id), move |session| {
            let kept = quota::kept(session, &function.account_id)?;
            let (revision, owner) = expect_current(session, &next)?;
            let id = next.id.as_str();
            match owner {
                None => {
                    documents::take_tombstone(session, id)?;
                    insert(session, &function.account_id, id)?;
                }
                Some(owner) if owner == function.account_id => {}
                Some(_) => return Err(StoreError::Conflict),
            }
            let private = to_text("document", &function.private)?;
            revisions::append(
                session,
                &Next {
                    function_id: id,
                    document: &function.document,
                    secrets: function.secrets.as_deref(),
                    source: *function.source.as_bytes(),
                    parent: next.line.get(1),
                    revision: Some(revision),
                    private: Some(&private),
                    by: function.by.as_ref(),
                    message: None,
                    disable_reason: function.disable_reason.as_deref(),
                    deleted: function.hidden,
                    snapshot_bytes: 0,
                },
            )?;
            quota::check(session, &function.account_id, &function.quota, kept)?;
            // The next call compiles it.
            session.execute("UPDATE functions SET engine = NULL WHERE id = ?1", &[&id])?;
            Ok(())
        })
        .await
    }

    /// Writes a document that is not a function, or the deletion of a document.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if `after` is no longer current, or if the document is a function and is not deleted by
    /// this write.
    pub async fn write_document(
        &self,
        next: NextRevision,
        body: Map<String, Value>,
        deleted: bool,
    ) -> Result<(), StoreError> {
        self.write(Lock::document(&next.id), move |session| {
            let (revision, owner) = expect_current(session, &next)?;
            let id = next.id.as_str();
            let body = to_text("document", &body)?;
            match (owner.is_some(), deleted) {
                (true, true) => bury(session, id, revision, &body),
                (true, false) => Err(StoreError::Conflict),
                (false, _) => {
                    session.execute(
                        "INSERT INTO documents (id, revision, deleted, body) VALUES (?1, ?2, ?3, ?4)
                         ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, deleted = excluded.deleted, body = excluded.body",
                        &[&id, &revision.as_str(), &deleted, &body],
                    )?;
                    Ok(())
                }
            }
        })
        .await
    }
}

/// Records the names of the revisions. Returns the new revision, and the function's account if the document is a
/// function.
fn expect_current<'a>(
    session: &Session,
    next: &'a NextRevision,
) -> Result<(&'a Revision, Option<String>), StoreError> {
    let current: Option<(String, Option<String>)> = session.one(
        "SELECT revision, account_id FROM all_documents WHERE id = ?1",
        &[&next.id],
    )?;
    let (revision, owner) = current.unzip();
    if revision.map(Revision::read) != next.after {
        return Err(StoreError::Conflict);
    }
    revision_tree::insert_line(session, &next.id, &next.line)?;
    let named = next.line.first().ok_or(StoreError::Conflict)?;
    Ok((named, owner.flatten()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{
        IdRange,
        tests::{draft, with_account},
    };

    fn revision(text: &str) -> Revision {
        Revision::parse(text).unwrap()
    }

    async fn write(
        store: &Store,
        id: &str,
        after: Option<&str>,
        name: &str,
        deleted: bool,
    ) -> Result<(), StoreError> {
        let next = NextRevision {
            id: id.into(),
            after: after.map(revision),
            line: [name].into_iter().chain(after).map(revision).collect(),
        };
        let Value::Object(body) = json!({"n": name}) else {
            panic!("not an object")
        };
        store.write_document(next, body, deleted).await
    }

    async fn ids(store: &Store, range: IdRange) -> Vec<String> {
        let piece = store.documents(range).await.unwrap();
        piece
            .items
            .into_iter()
            .map(|document| document.id)
            .collect()
    }

    #[tokio::test]
    async fn functions_and_other_documents_are_in_one_order() {
        let (store, _folder) = with_account().await;
        for id in ["b", "d"] {
            store.create_function(draft(id)).await.unwrap();
        }
        for id in ["a", "c", "_design/x", "e"] {
            write(&store, id, None, "1-a", false).await.unwrap();
        }
        write(&store, "e", Some("1-a"), "2-b", true).await.unwrap();
        let all = ["_design/x", "a", "b", "c", "d"];
        assert_eq!(ids(&store, IdRange::default()).await, all);
        let back = IdRange {
            from: Some(("d".into(), false)),
            to: Some(("a".into(), true)),
            descending: true,
        };
        assert_eq!(ids(&store, back).await, ["c", "b", "a"]);
        let counts = store.document_counts().await.unwrap();
        assert_eq!((counts.documents, counts.deleted), (5, 1));
    }

    #[tokio::test]
    async fn each_document_is_in_the_changes_once_where_it_was_last_written() {
        let (store, _folder) = with_account().await;
        store.create_function(draft("f")).await.unwrap();
        write(&store, "x", None, "1-a", false).await.unwrap();
        let function = store
            .function("a".into(), "f".into())
            .await
            .unwrap()
            .unwrap();
        store
            .update_function(draft("f"), function.revision)
            .await
            .unwrap();
        let changes = store.changes(0, false, 10).await.unwrap();
        let ids: Vec<_> = changes
            .items
            .iter()
            .map(|(_, document)| document.id.as_str())
            .collect();
        assert_eq!((ids, changes.more), (vec!["x", "f"], false));
        let (last, _) = changes.items[1];
        assert!(
            store
                .changes(last, false, 10)
                .await
                .unwrap()
                .items
                .is_empty()
        );
        let newest = store.changes(i64::MAX, true, 1).await.unwrap();
        assert_eq!((newest.items[0].0, newest.more), (last, true));
    }

    #[tokio::test]
    async fn a_function_that_goes_with_its_account_leaves_word() {
        let (store, _folder) = with_account().await;
        let created = store.create_function(draft("f")).await.unwrap();
        let account = store.account("a".into()).await.unwrap().unwrap();
        store.delete_account(account).await.unwrap();
        let left = store.document("f".into()).await.unwrap().unwrap();
        assert!(left.deleted && left.body.is_empty());
        let line = store
            .ancestry("f".into(), left.revision.clone())
            .await
            .unwrap();
        assert_eq!(line, [left.revision, created.revision]);
    }

    #[tokio::test]
    async fn what_follows_something_else_than_the_current_revision_changes_nothing() {
        let (store, _folder) = with_account().await;
        write(&store, "x", None, "1-a", false).await.unwrap();
        for after in [None, Some("1-b")] {
            let written = write(&store, "x", after, "2-c", false).await;
            assert!(matches!(written, Err(StoreError::Conflict)));
        }
        let unknown = store.unknown_revisions("x".into(), vec![revision("1-a"), revision("2-c")]);
        assert_eq!(unknown.await.unwrap(), [revision("2-c")]);
        store.create_function(draft("f")).await.unwrap();
        let document = store.document("f".into()).await.unwrap().unwrap();
        let written = write(&store, "f", Some(document.revision.as_str()), "2-x", false).await;
        assert!(
            matches!(written, Err(StoreError::Conflict)),
            "a function stays one"
        );
    }
}
