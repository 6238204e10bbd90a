//! Single functions: written, deleted, called.

use serde_json::json;
use switchhook_runtime::Digest;

use super::{ROOMY, actor, document_of_function, function_of, next_of, object, with_accounts};
use crate::{FunctionKey, OverQuota, Quota, StoreError, Stored};

fn key(account_id: &str, id: &str) -> FunctionKey {
    (account_id.into(), id.into())
}

#[tokio::test]
async fn a_function_is_read_as_it_was_written() {
    let (store, _folder) = with_accounts().await;
    let mut draft = function_of("b", "f");
    draft.document = object(json!({"z": "é\u{0}", "name": "n", "a": {"b": [1, 1e300]}}));
    draft.secrets = Some(b"\0\xff".to_vec());
    draft.disable_reason = Some("because".into());
    let created = store.create_function(draft).await.unwrap();
    let read = store
        .function("b".into(), "f".into())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(read.document, created.document);
    let keys: Vec<_> = read.document.keys().collect();
    assert_eq!(keys, ["z", "name", "a"]);
    assert_eq!(read.secrets.unwrap(), b"\0\xff");
    assert_eq!(read.disable_reason.unwrap(), "because");
    assert_eq!(read.revision, created.revision);
    assert_eq!(
        (read.created, read.modified),
        (created.created, created.modified)
    );
    assert!(read.created > 0 && read.modified >= read.created);
    assert!(
        store
            .function("c".into(), "f".into())
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        store
            .function("b".into(), "F".into())
            .await
            .unwrap()
            .is_none()
    );
    let owner = store.account_of_function("f".into()).await.unwrap();
    assert_eq!(owner.unwrap(), "b");
    assert!(
        store
            .account_of_function("g".into())
            .await
            .unwrap()
            .is_none()
    );
}

#[tokio::test]
async fn an_update_is_of_a_function_of_the_account() {
    let (store, _folder) = with_accounts().await;
    let first = store.create_function(function_of("b", "f")).await.unwrap();
    let of_another = store.update_function(function_of("c", "f"), first.revision.clone());
    assert!(matches!(of_another.await, Err(StoreError::Conflict)));
    let again = store.create_function(function_of("b", "f")).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
    let second = store.update_function(function_of("b", "f"), first.revision);
    let second = second.await.unwrap();
    assert_eq!(
        (second.revision.generation(), second.created),
        (2, first.created)
    );
    let nowhere = store
        .update_function(function_of("b", "g"), second.revision)
        .await;
    assert!(matches!(nowhere, Err(StoreError::Conflict)));
}

#[tokio::test]
async fn a_deleted_function_is_its_accounts_to_make_again() {
    let (store, _folder) = with_accounts().await;
    let created = store.create_function(function_of("b", "f")).await.unwrap();
    let late = created.clone();
    let deleted = store.delete_function("b".into(), created, true, actor(), None);
    let deleted = deleted.await.unwrap();
    assert_eq!(deleted.revision.generation(), 2);
    let twice = store.delete_function("b".into(), late, true, actor(), None);
    assert!(matches!(twice.await, Err(StoreError::Conflict)));
    assert!(
        store
            .function("b".into(), "f".into())
            .await
            .unwrap()
            .is_none()
    );
    let owner = store.account_of_function("f".into()).await.unwrap();
    assert_eq!(owner.unwrap(), "b");
    let stolen = store.create_function(function_of("c", "f")).await;
    assert!(matches!(stolen, Err(StoreError::Conflict)));
    let again = store.create_function(function_of("b", "f")).await.unwrap();
    assert_eq!(again.revision.generation(), 3);
    assert_eq!(again.created, deleted.created);
}

#[tokio::test]
async fn a_removed_function_leaves_its_id_to_everybody() {
    let (store, _folder) = with_accounts().await;
    let created = store.create_function(function_of("b", "f")).await.unwrap();
    let removed = store.delete_function("b".into(), created.clone(), false, actor(), None);
    let removed = removed.await.unwrap();
    assert!(
        store
            .account_of_function("f".into())
            .await
            .unwrap()
            .is_none()
    );
    let at = store.function_at("f".into(), created.revision.as_str().into());
    assert!(at.await.unwrap().is_none());
    let left = store.document("f".into()).await.unwrap().unwrap();
    assert!(left.deleted && left.function.is_none());
    assert_eq!(left.revision, removed.revision);
    let another = store.create_function(function_of("c", "f")).await.unwrap();
    assert_eq!(another.revision.generation(), 3);
    assert_eq!(store.document_counts().await.unwrap().deleted, 0);
}

#[tokio::test]
async fn a_call_key_stays_unless_it_is_replaced() {
    let (store, _folder) = with_accounts().await;
    let created = store.create_function(function_of("b", "f")).await.unwrap();
    assert_eq!(store.call_key(key("b", "f")).await.unwrap(), None);
    for (new, replaces, then) in [
        ("first", false, "first"),
        ("second", false, "first"),
        ("third", true, "third"),
    ] {
        let set = store.set_call_key(key("b", "f"), new.into(), replaces);
        assert_eq!(set.await.unwrap().as_deref(), Some(then));
        let read = store.call_key(key("b", "f")).await.unwrap();
        assert_eq!(read.as_deref(), Some(then));
    }
    for other in [key("c", "f"), key("b", "g")] {
        let set = store.set_call_key(other.clone(), "x".into(), true);
        assert_eq!(set.await.unwrap(), None);
        assert_eq!(store.call_key(other).await.unwrap(), None);
    }
    // The key of a deleted function does not open its successor.
    let deleted = store.delete_function("b".into(), created, true, actor(), None);
    deleted.await.unwrap();
    let set = store.set_call_key(key("b", "f"), "late".into(), true);
    assert_eq!(set.await.unwrap(), None);
    store.create_function(function_of("b", "f")).await.unwrap();
    assert_eq!(store.call_key(key("b", "f")).await.unwrap(), None);
}

#[tokio::test]
async fn a_call_has_all_that_it_depends_on() {
    let (store, _folder) = with_accounts().await;
    let mut account = store.account("b".into()).await.unwrap().unwrap();
    let zone = json!("Asia/Tokyo");
    account.document.insert("timezone".into(), zone);
    store.update_account(account).await.unwrap();
    let plain = store.create_function(function_of("c", "g")).await.unwrap();
    let mut draft = function_of("b", "f");
    draft.engine = Some("javascript@1".into());
    draft.secrets = Some(vec![1]);
    store.create_function(draft).await.unwrap();
    let set = store.set_call_key(key("b", "f"), "secret".into(), false);
    set.await.unwrap();

    let found = store.callable(key("b", "f")).await.unwrap().unwrap();
    assert_eq!(found.account_time_zone.as_deref(), Some("Asia/Tokyo"));
    assert_eq!(found.engine.as_deref(), Some("javascript@1"));
    assert_eq!(found.call_key.as_deref(), Some("secret"));
    assert_eq!(found.stored.secrets.unwrap(), [1]);
    let other = store.callable(key("c", "g")).await.unwrap().unwrap();
    assert_eq!(other.stored.revision, plain.revision);
    let rest = (other.account_time_zone, other.engine, other.call_key);
    assert_eq!(rest, (None, None, None));
    assert!(store.callable(key("c", "f")).await.unwrap().is_none());
    let deleted = store.delete_function("c".into(), plain, true, actor(), None);
    deleted.await.unwrap();
    assert!(store.callable(key("c", "g")).await.unwrap().is_none());
}

#[tokio::test]
async fn documents_of_megabytes_are_kept() {
    let (store, _folder) = with_accounts().await;
    // Text that does not shrink when it is compressed.
    let text: String = (0..40_000_u32)
        .map(|number| format!("{}é", Digest::of(&number.to_be_bytes())))
        .collect();
    assert!(text.len() > 2 << 20);
    let body = object(json!({"function_js": text}));
    let mut draft = function_of("b", "f");
    draft.document = body.clone();
    draft.secrets = Some(text.clone().into_bytes());
    store.create_function(draft).await.unwrap();
    let read = store
        .function("b".into(), "f".into())
        .await
        .unwrap()
        .unwrap();
    assert_eq!(
        (read.document, read.secrets.unwrap()),
        (body.clone(), text.into_bytes())
    );
    let written = store.write_document(next_of("d", None, "1-a"), body.clone(), false);
    written.await.unwrap();
    let read = store.document("d".into()).await.unwrap().unwrap();
    assert_eq!(read.body, body);
    let written = store.write_local_document("l".into(), None, json!(body).to_string());
    written.await.unwrap();
    let (_, read) = store.local_document("l".into()).await.unwrap().unwrap();
    assert_eq!(read, body);
}

#[tokio::test]
async fn another_databases_function_is_held_to_the_quota_too() {
    let (store, _folder) = with_accounts().await;
    let with_quota = |functions, bytes| {
        let mut function = document_of_function("b");
        function.quota = Quota { functions, bytes };
        function
    };
    for (quota, over) in [
        ((0, 6_000), OverQuota::Functions(0)),
        ((1, 100), OverQuota::Bytes(100)),
    ] {
        let function = with_quota(quota.0, quota.1);
        let refused = store.write_function_document(next_of("f", None, "1-a"), function);
        assert!(matches!(refused.await, Err(StoreError::OverQuota(it)) if it == over));
        assert!(store.document("f".into()).await.unwrap().is_none());
    }
    let kept = store.write_function_document(next_of("f", None, "1-a"), with_quota(1, 6_000));
    kept.await.unwrap();
    assert!(store.faults().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_quota_counts_what_the_account_has_and_no_other() {
    let (store, _folder) = with_accounts().await;
    let one = |account: &str, id: &str| {
        let mut draft = function_of(account, id);
        draft.quota = Some(Quota {
            functions: 1,
            ..ROOMY
        });
        draft
    };
    let first: Stored = store.create_function(one("b", "f")).await.unwrap();
    store.create_function(one("c", "g")).await.unwrap();
    let second = store.create_function(one("b", "h")).await;
    assert!(matches!(second, Err(StoreError::OverQuota(_))));
    let deleted = store.delete_function("b".into(), first, true, actor(), None);
    deleted.await.unwrap();
    store.create_function(one("b", "h")).await.unwrap();
    let again = store.create_function(one("b", "f")).await;
    assert!(matches!(again, Err(StoreError::OverQuota(_))));
}
