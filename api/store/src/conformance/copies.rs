//! Copies and checks of whole databases.

use std::sync::{Arc, Mutex};

use serde_json::Map;

use super::{actor, function_of, next_of, with_accounts};
use crate::{
    CopyError, NewAttempt, Store, TableContents,
    database::Lock,
    tests::{empty, with_account},
};

/// Functions, deletions, documents and attempts.
async fn filled() -> (Store, tempfile::TempDir) {
    let (store, folder) = with_accounts().await;
    for id in ["f", "g", "é"] {
        let created = store.create_function(function_of("c", id)).await.unwrap();
        let next = store.update_function(function_of("c", id), created.revision);
        let next = next.await.unwrap();
        if id == "g" {
            let removed = store.delete_function("c".into(), next, false, actor(), None);
            removed.await.unwrap();
        }
    }
    attempt(&store).await;
    let written = store.write_document(next_of("d", None, "1-a"), Map::new(), false);
    written.await.unwrap();
    (store, folder)
}

async fn attempt(store: &Store) {
    let attempt = NewAttempt {
        account_id: "c".into(),
        function_id: "f".into(),
        time_ms: 1,
        revision: "1-a".into(),
        outcome: "ok",
        router: None,
        call_id: None,
        attempt: "{}".into(),
    };
    store.add_attempts(vec![attempt], 100).await.unwrap();
}

#[tokio::test]
async fn a_copy_has_the_same_contents() {
    let (store, _folder) = filled().await;
    let (target, _other) = empty().await;
    let told = Arc::new(Mutex::new(Vec::new()));
    let tell = Arc::clone(&told);
    let progress = move |table: &TableContents| tell.lock().unwrap().push(table.clone());
    store.copy_to(target.clone(), progress).await.unwrap();
    let contents = store.contents().await.unwrap();
    assert_eq!(target.contents().await.unwrap(), contents);
    assert_eq!(*told.lock().unwrap(), contents);
    let rows = |name: &str| contents.iter().find(|it| it.table == name).unwrap().rows;
    assert_eq!(
        (rows("accounts"), rows("functions"), rows("revisions")),
        (4, 2, 4)
    );
    assert!(target.faults().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_copy_counts_on_behind_its_last_numbers() {
    let (store, _folder) = filled().await;
    let (target, _other) = empty().await;
    store.copy_to(target.clone(), |_| ()).await.unwrap();
    let counts = target.document_counts().await.unwrap();
    let written = target.write_document(next_of("e", None, "1-a"), Map::new(), false);
    written.await.unwrap();
    let after = target.document_counts().await.unwrap();
    assert!(after.sequence.number > counts.sequence.number);
    let last = target.last_attempt().await.unwrap();
    attempt(&target).await;
    assert!(target.last_attempt().await.unwrap() > last);
    target.create_function(function_of("c", "h")).await.unwrap();
    assert!(target.faults().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_copy_is_made_into_nothing() {
    let (store, _folder) = filled().await;
    let (target, _other) = with_account().await;
    let before = target.contents().await.unwrap();
    let refused = store.copy_to(target.clone(), |_| ()).await.unwrap_err();
    assert!(matches!(refused, CopyError::NotEmpty("accounts")));
    assert_eq!(target.contents().await.unwrap(), before);
}

#[tokio::test]
async fn what_is_broken_is_found() {
    let (store, _folder) = filled().await;
    assert!(store.faults().await.unwrap().is_empty());
    let broken = store.write(Lock::nothing(), |session| {
        session.execute(
            "UPDATE accounts SET functions = functions + 1 WHERE id = 'c'",
            &[],
        )?;
        session.execute("DELETE FROM changes WHERE document_id = 'd'", &[])?;
        Ok(())
    });
    broken.await.unwrap();
    let faults = store.faults().await.unwrap();
    let expected = [
        "documents that are missing from the changes: 1",
        "accounts whose functions are miscounted: 1",
    ];
    assert_eq!(faults, expected);
}
