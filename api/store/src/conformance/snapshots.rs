//! Snapshots.

use std::sync::Arc;

use switchhook_runtime::{Digest, Snapshot};

use super::{ROOMY, actor, function_of, with_accounts};
use crate::{Draft, NewSnapshot, Quota, Store, Stored, quota};

/// A snapshot that changes this many bytes, in the runtime's format.
fn snapshot(changed: usize) -> Snapshot {
    let number = |mut number: usize| {
        let mut bytes = Vec::new();
        while number >= 128 {
            bytes.push(number as u8 | 128);
            number >>= 7;
        }
        bytes.push(number as u8);
        bytes
    };
    let body = [
        Digest::of(b"guest").as_bytes().to_vec(),
        number(changed),
        number(0),
        [number(1), number(0), number(changed)].concat(),
        [number(changed), vec![7; changed]].concat(),
    ]
    .concat();
    let bytes = [&b"SHSNAP\x00\x01"[..], Digest::of(&body).as_bytes(), &body].concat();
    Snapshot::from_bytes(&bytes).unwrap()
}

async fn new_snapshot(source: &str, changed: usize) -> NewSnapshot {
    let (engine, source) = (Digest::of(b"engine"), Digest::of(source.as_bytes()));
    let new = NewSnapshot::new(engine, source, Arc::new(snapshot(changed)));
    new.await.unwrap()
}

/// A function of account `b`, with a snapshot of its source.
async fn compiled(id: &str, source: &str) -> Draft {
    Draft {
        source: Digest::of(source.as_bytes()),
        new_snapshot: Some(new_snapshot(source, 100).await),
        ..function_of("b", id)
    }
}

async fn found(store: &Store, account_id: &str, source: &str) -> Option<Snapshot> {
    let (engine, source) = (Digest::of(b"engine"), Digest::of(source.as_bytes()));
    let found = store.snapshot(account_id.into(), engine, source, 1 << 20);
    found.await.unwrap()
}

async fn remove(store: &Store, stored: Stored) {
    let removed = store.delete_function("b".into(), stored, false, actor(), None);
    removed.await.unwrap();
}

#[tokio::test]
async fn a_snapshot_is_its_accounts_engines_and_sources() {
    let (store, _folder) = with_accounts().await;
    store
        .create_function(compiled("f", "s").await)
        .await
        .unwrap();
    assert_eq!(found(&store, "b", "s").await, Some(snapshot(100)));
    assert_eq!(found(&store, "c", "s").await, None);
    assert_eq!(found(&store, "b", "t").await, None);
    let source = Digest::of(b"s");
    let of_another_engine = store.snapshot("b".into(), source, source, 1 << 20);
    assert_eq!(of_another_engine.await.unwrap(), None);
    let small = store.snapshot("b".into(), Digest::of(b"engine"), source, 50);
    assert_eq!(small.await.unwrap(), None);
}

#[tokio::test]
async fn a_snapshot_goes_with_the_last_function_of_its_source() {
    let (store, _folder) = with_accounts().await;
    let first = store
        .create_function(compiled("f", "s").await)
        .await
        .unwrap();
    let second = store
        .create_function(compiled("g", "s").await)
        .await
        .unwrap();
    // The second function had this source before, and now has another one.
    let second = store.update_function(compiled("g", "t").await, second.revision);
    let second = second.await.unwrap();
    let third = store
        .create_function(compiled("h", "t").await)
        .await
        .unwrap();
    remove(&store, first).await;
    assert!(found(&store, "b", "s").await.is_some());
    remove(&store, second).await;
    assert!(found(&store, "b", "s").await.is_none());
    assert!(found(&store, "b", "t").await.is_some());
    remove(&store, third).await;
    assert!(found(&store, "b", "t").await.is_none());
}

#[tokio::test]
async fn what_was_compiled_later_is_kept_if_there_is_room() {
    let (store, _folder) = with_accounts().await;
    let created = store.create_function(function_of("b", "s")).await.unwrap();
    let compiled = async |revision, engine: &str, quota| {
        let new = Some(new_snapshot("s", 100).await);
        let compiled = store.compiled("s".into(), revision, new, engine.into(), quota);
        compiled.await.unwrap()
    };
    let engine = async || {
        let callable = store.callable(("b".into(), "s".into())).await.unwrap();
        callable.unwrap().engine
    };
    let full = Quota {
        functions: 9,
        bytes: 600,
    };
    assert!(compiled(created.revision.clone(), "lua@1", full).await);
    assert_eq!(engine().await.as_deref(), Some("lua@1"));
    assert!(found(&store, "b", "s").await.is_none());
    assert!(compiled(created.revision.clone(), "lua@2", ROOMY).await);
    assert_eq!(engine().await.as_deref(), Some("lua@2"));
    assert_eq!(found(&store, "b", "s").await, Some(snapshot(100)));
    // A snapshot that was there already, such as one that could not be read, is not counted twice.
    let kept = async || store.read(|it| quota::kept(it, "b")).await.unwrap();
    let before = kept().await;
    assert!(compiled(created.revision.clone(), "lua@2", ROOMY).await);
    assert_eq!(kept().await, before);
    let next = store.update_function(function_of("b", "s"), created.revision.clone());
    next.await.unwrap();
    assert!(!compiled(created.revision, "lua@3", ROOMY).await);
    assert_eq!(engine().await.as_deref(), Some("lua@2"));
    assert!(store.faults().await.unwrap().is_empty());
}
