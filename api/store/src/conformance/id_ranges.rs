//! Lists of documents by their ids.

use serde_json::{Map, json};

use super::{IDS, actor, function_of, next_of, object, with_accounts};
use crate::{IdRange, Piece, Store, StoredDocument, tests::with_account};

fn ids(piece: Piece<StoredDocument>) -> Vec<String> {
    piece.items.into_iter().map(|it| it.id).collect()
}

async fn write(store: &Store, id: &str, text: &str) {
    let body = object(json!({"text": text}));
    let written = store.write_document(next_of(id, None, "1-a"), body, false);
    written.await.unwrap();
}

#[tokio::test]
async fn documents_are_listed_in_the_order_of_their_bytes() {
    let (store, _folder) = with_account().await;
    for (number, id) in IDS.iter().rev().enumerate() {
        match number % 2 {
            0 => write(&store, id, "").await,
            _ => drop(store.create_function(function_of("a", id)).await.unwrap()),
        }
    }
    let listed = async |from: Option<(&str, bool)>, to: Option<(&str, bool)>, descending| {
        let end = |end: Option<(&str, bool)>| end.map(|(id, is_in)| (id.to_owned(), is_in));
        let range = IdRange {
            from: end(from),
            to: end(to),
            descending,
        };
        ids(store.documents(range).await.unwrap())
    };
    let mut descending = IDS;
    descending.reverse();
    assert_eq!(listed(None, None, false).await, IDS);
    assert_eq!(listed(None, None, true).await, descending);
    for (from, to, back, found) in [
        (("B", true), ("a", true), false, &["B", "Z", "_", "a"][..]),
        (("B", false), ("a", false), false, &["Z", "_"]),
        (("a", true), ("B", false), true, &["a", "_", "Z"]),
        (("C", true), ("b", true), false, &["Z", "_", "a"]),
        (("a", true), ("B", true), false, &[]),
        (("é", true), ("\u{ffff}", true), false, &[]),
    ] {
        assert_eq!(listed(Some(from), Some(to), back).await, found);
    }
}

#[tokio::test]
async fn long_lists_of_documents_come_in_pieces() {
    let (store, _folder) = with_account().await;
    let names: Vec<_> = (0..300).map(|number| format!("{number:03}")).collect();
    for name in &names {
        write(&store, name, "").await;
    }
    let first = store.documents(IdRange::default()).await.unwrap();
    assert!(first.more);
    let mut listed = ids(first);
    assert!(listed.len() < 300);
    let behind = IdRange {
        from: Some((listed.last().unwrap().clone(), false)),
        ..IdRange::default()
    };
    let second = store.documents(behind).await.unwrap();
    assert!(!second.more);
    listed.extend(ids(second));
    assert_eq!(listed, names);
    let changes = store.changes(0, false, usize::MAX).await.unwrap();
    assert!(changes.more && changes.items.len() < 300);
}

#[tokio::test]
async fn large_documents_come_in_smaller_pieces() {
    let (store, _folder) = with_account().await;
    let text = "x".repeat(1_500_000);
    for id in ["a", "b", "c", "d", "e"] {
        write(&store, id, &text).await;
    }
    let first = store.documents(IdRange::default()).await.unwrap();
    assert!(first.more);
    assert_eq!(ids(first), ["a", "b", "c"]);
    let changes = store.changes(0, false, 5).await.unwrap();
    assert!(changes.more);
    assert_eq!(changes.items.len(), 3);
}

#[tokio::test]
async fn documents_of_functions_are_listed_by_account() {
    let (store, _folder) = with_accounts().await;
    for (account, id) in [("b", "1"), ("a", "ä"), ("a", "Z"), ("a", "a"), ("b", "0")] {
        store
            .create_function(function_of(account, id))
            .await
            .unwrap();
    }
    let gone = store
        .create_function(function_of("a", "gone"))
        .await
        .unwrap();
    let deleted = store.delete_function("a".into(), gone, true, actor(), None);
    deleted.await.unwrap();
    let written = store.write_document(next_of("d", None, "1-a"), Map::new(), false);
    written.await.unwrap();
    let listed = async |from: Option<(&str, &str, bool)>, descending| {
        let from = from.map(|(account, id, is_in)| (account.to_owned(), id.to_owned(), is_in));
        let piece = store.function_documents(from, descending).await.unwrap();
        assert!(!piece.more);
        ids(piece).concat()
    };
    assert_eq!(listed(None, false).await, "Zaä01");
    assert_eq!(listed(None, true).await, "10äaZ");
    assert_eq!(listed(Some(("a", "a", true)), false).await, "aä01");
    assert_eq!(listed(Some(("a", "a", false)), false).await, "ä01");
    assert_eq!(listed(Some(("b", "0", false)), true).await, "äaZ");
}
