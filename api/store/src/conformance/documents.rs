//! Documents as CouchDB's clients see them: written, changed, local.

use serde_json::{Map, Value, json};
use switchhook_runtime::Digest;

use super::{actor, document_of_function, function_of, next_of, object, revision, with_accounts};
use crate::{Store, StoreError, tests::with_account};

async fn write(store: &Store, id: &str, after: Option<&str>, name: &str) {
    let written = store.write_document(next_of(id, after, name), Map::new(), false);
    written.await.unwrap();
}

#[tokio::test]
async fn another_databases_function_is_a_function_here() {
    let (store, _folder) = with_accounts().await;
    let mut function = document_of_function("b");
    function.document = object(json!({"name": "n", "language_pack": "lua"}));
    function.private = object(json!({"pvt_type": "function", "pvt_modified": 1}));
    function.disable_reason = Some("loop".into());
    function.by = Some(actor());
    let line = next_of("f", None, "7-other");
    store.write_function_document(line, function).await.unwrap();

    let document = store.document("f".into()).await.unwrap().unwrap();
    assert_eq!(document.revision, revision("7-other"));
    assert_eq!(document.body["name"], "n");
    let part = document.function.unwrap();
    assert_eq!((part.account_id.as_str(), part.hidden), ("b", false));
    assert_eq!(part.private["pvt_modified"], 1);
    assert_eq!(part.disable_reason.as_deref(), Some("loop"));
    let stored = store
        .function("b".into(), "f".into())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (stored.created, stored.modified),
        (part.created, part.modified)
    );
    // The server's own writes keep private fields, and update the time of the write.
    let next = store.update_function(function_of("b", "f"), stored.revision);
    assert_eq!(next.await.unwrap().revision.generation(), 8);
    let document = store.document("f".into()).await.unwrap().unwrap();
    let private = document.function.unwrap().private;
    assert_eq!(private["pvt_type"], "function");
    assert!(private["pvt_modified"].as_i64().unwrap() > 1);
    let then = store.function_document_at("f".into(), revision("7-other"));
    let then = then.await.unwrap().unwrap();
    assert_eq!(then.function.unwrap().private["pvt_modified"], 1);
    let unknown = store.function_document_at("f".into(), revision("7-x"));
    assert!(unknown.await.unwrap().is_none());
}

#[tokio::test]
async fn a_function_stays_its_accounts() {
    let (store, _folder) = with_accounts().await;
    let first = store.write_function_document(next_of("f", None, "1-a"), document_of_function("b"));
    first.await.unwrap();
    let next = || next_of("f", Some("1-a"), "2-b");
    let stolen = store.write_function_document(next(), document_of_function("c"));
    assert!(matches!(stolen.await, Err(StoreError::Conflict)));
    let stale = next_of("f", Some("1-x"), "2-b");
    let stale = store.write_function_document(stale, document_of_function("b"));
    assert!(matches!(stale.await, Err(StoreError::Conflict)));
    let nobodys =
        store.write_function_document(next_of("g", None, "1-a"), document_of_function("x"));
    assert!(matches!(nobodys.await, Err(StoreError::Conflict)));
    write(&store, "d", None, "1-a").await;
    let taken = next_of("d", Some("1-a"), "2-b");
    let taken = store.write_function_document(taken, document_of_function("b"));
    assert!(matches!(taken.await, Err(StoreError::Conflict)));
    // A hidden function counts as deleted wherever functions are read.
    let mut hidden = document_of_function("b");
    hidden.hidden = true;
    store.write_function_document(next(), hidden).await.unwrap();
    assert!(
        store
            .function("b".into(), "f".into())
            .await
            .unwrap()
            .is_none()
    );
    let document = store.document("f".into()).await.unwrap().unwrap();
    assert!(!document.deleted && document.function.unwrap().hidden);
}

#[tokio::test]
async fn a_deletion_ends_a_function() {
    let (store, _folder) = with_accounts().await;
    let created = store.create_function(function_of("b", "f")).await.unwrap();
    let line = next_of("f", Some(created.revision.as_str()), "2-gone");
    let body = object(json!({"why": "é"}));
    store
        .write_document(line, body.clone(), true)
        .await
        .unwrap();
    let left = store.document("f".into()).await.unwrap().unwrap();
    assert!(left.deleted && left.function.is_none());
    assert_eq!((left.body, left.revision), (body, revision("2-gone")));
    assert!(
        store
            .account_of_function("f".into())
            .await
            .unwrap()
            .is_none()
    );
    // A document can follow a deletion.
    write(&store, "f", Some("2-gone"), "3-back").await;
    let back = store.document("f".into()).await.unwrap().unwrap();
    assert!(!back.deleted);
    assert!(store.faults().await.unwrap().is_empty());
}

#[tokio::test]
async fn documents_and_deletions_are_counted() {
    let (store, _folder) = with_account().await;
    let counts = async || {
        let counts = store.document_counts().await.unwrap();
        (counts.documents, counts.deleted, counts.sequence.number)
    };
    assert_eq!(counts().await, (0, 0, 0));
    let created = store.create_function(function_of("a", "f")).await.unwrap();
    write(&store, "d", None, "1-a").await;
    let (documents, deleted, before) = counts().await;
    assert_eq!((documents, deleted), (2, 0));
    let removed = store.delete_function("a".into(), created, false, actor(), None);
    removed.await.unwrap();
    let (documents, deleted, after) = counts().await;
    assert_eq!((documents, deleted), (1, 1));
    assert!(after > before);
}

#[tokio::test]
async fn functions_that_are_switched_off_are_counted_apart() {
    let (store, _folder) = with_account().await;
    for (id, enabled) in [("f", json!(true)), ("g", json!(false)), ("h", Value::Null)] {
        let mut draft = function_of("a", id);
        draft.document = object(json!({"enabled": enabled}));
        let created = store.create_function(draft).await.unwrap();
        if id == "h" {
            let deleted = store.delete_function("a".into(), created, true, actor(), None);
            deleted.await.unwrap();
        }
    }
    assert_eq!(store.count_function_documents(false).await.unwrap(), 2);
    assert_eq!(store.count_function_documents(true).await.unwrap(), 1);
}

#[tokio::test]
async fn changes_are_read_in_pieces_both_ways() {
    let (store, _folder) = with_account().await;
    for id in ["c", "a", "b"] {
        write(&store, id, None, "1-a").await;
    }
    write(&store, "c", Some("1-a"), "2-a").await;
    let read = async |since, descending, limit| {
        let piece = store.changes(since, descending, limit).await.unwrap();
        let ids: String = piece.items.iter().map(|(_, it)| it.id.as_str()).collect();
        (
            ids,
            piece.items.last().map(|(number, _)| *number),
            piece.more,
        )
    };
    let (ids, last, more) = read(0, false, 2).await;
    assert_eq!((ids.as_str(), more), ("ab", true));
    let (ids, last, more) = read(last.unwrap(), false, 2).await;
    assert_eq!((ids.as_str(), more), ("c", false));
    let (ids, _, more) = read(last.unwrap(), true, 9).await;
    assert_eq!((ids.as_str(), more), ("ba", false));
    let (ids, _, _) = read(i64::MAX, true, usize::MAX).await;
    assert_eq!(ids, "cba");
}

#[tokio::test]
async fn whoever_waits_for_writes_is_told() {
    let (store, _folder) = with_account().await;
    let mut written = store.written();
    written.mark_unchanged();
    let refused = store.write_document(next_of("d", Some("1-a"), "2-b"), Map::new(), false);
    assert!(refused.await.is_err());
    assert!(!written.has_changed().unwrap());
    write(&store, "d", None, "1-a").await;
    assert!(written.has_changed().unwrap());
}

#[tokio::test]
async fn local_documents_have_numbers() {
    let (store, _folder) = with_account().await;
    let id = || "né/%_\"'".to_owned();
    let put = async |number, body: Value| {
        let written = store.write_local_document(id(), number, body.to_string());
        written.await
    };
    assert!(store.local_document(id()).await.unwrap().is_none());
    assert_eq!(put(None, json!({"n": 1})).await.unwrap(), 1);
    assert_eq!(put(Some(1), json!({"n": 2})).await.unwrap(), 2);
    let stale = put(Some(1), json!({})).await;
    assert!(matches!(stale, Err(StoreError::Conflict)));
    // A write without a number replaces any number.
    let body = json!({"z": 1, "a": "\u{0}"});
    assert_eq!(put(None, body.clone()).await.unwrap(), 3);
    let (number, read) = store.local_document(id()).await.unwrap().unwrap();
    assert_eq!((number, Value::Object(read)), (3, body));
    let counts = store.document_counts().await.unwrap();
    assert_eq!((counts.documents, counts.sequence.number), (0, 0));
    assert!(store.delete_local_document(id()).await.unwrap());
    assert!(!store.delete_local_document(id()).await.unwrap());
    let first = put(Some(0), json!({})).await.unwrap();
    assert_eq!(first, 1);
}

/// An index of either database takes the longest ids and names that clients may give.
#[tokio::test]
async fn the_longest_texts_are_kept() {
    let (store, _folder) = with_account().await;
    // Neither database can compress random text.
    let random = |length: usize| {
        let mut text: String = (0..length as u32 / 32)
            .map(|number| Digest::of(&number.to_be_bytes()).to_string())
            .collect();
        text.truncate(length);
        text
    };
    let id = random(1024);
    let hash = random(64);
    write(&store, &id, None, &format!("1-{hash}")).await;
    assert!(store.document(id.clone()).await.unwrap().is_some());
    let written = store.write_local_document(id.clone(), None, "{}".into());
    written.await.unwrap();
    // Names have at most 128 characters, of four bytes at most.
    let new = super::new_account("b", &random(512), &random(1012));
    store.create_account(new, "a".into()).await.unwrap();
    let user = crate::UserDraft {
        account_id: "b".into(),
        id: "u".into(),
        document: object(
            json!({"username": random(1024), "last_name": random(512), "first_name": random(512)}),
        ),
        login: None,
    };
    store.create_user(user).await.unwrap();
}
