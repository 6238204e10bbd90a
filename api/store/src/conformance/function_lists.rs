//! Lists of functions.

use serde_json::json;

use super::{IDS, function_of, object, with_accounts};
use crate::{Listing, Scope, Store, tests::with_account};

async fn listed(store: &Store, start: &str, limit: usize, ascending: bool) -> Vec<String> {
    let listing = Listing {
        account_id: "a".into(),
        start: start.into(),
        limit,
        ascending,
    };
    let page = store.functions(listing, |function| Some(function.id.clone()));
    page.await.unwrap().rows
}

#[tokio::test]
async fn functions_are_listed_in_the_order_of_their_bytes() {
    let (store, _folder) = with_account().await;
    for id in IDS.iter().rev() {
        store.create_function(function_of("a", id)).await.unwrap();
    }
    assert_eq!(listed(&store, "", 9, true).await, IDS);
    let mut descending = IDS;
    descending.reverse();
    assert_eq!(listed(&store, crate::LAST_ID, 9, false).await, descending);
    assert_eq!(listed(&store, "_", 2, true).await, ["_", "a"]);
    assert_eq!(listed(&store, "b", 2, false).await, ["a", "_"]);
}

#[tokio::test]
async fn only_an_accounts_own_functions_that_are_there_are_listed() {
    let (store, _folder) = with_accounts().await;
    for (account, id) in [("a", "1"), ("b", "2"), ("a", "3")] {
        let created = store
            .create_function(function_of(account, id))
            .await
            .unwrap();
        if id == "3" {
            let by = super::actor();
            let deleted = store.delete_function("a".into(), created, true, by, None);
            deleted.await.unwrap();
        }
    }
    assert_eq!(listed(&store, "", 9, true).await, ["1"]);
}

#[tokio::test]
async fn what_the_server_has_switched_off_is_listed_by_account() {
    let (store, _folder) = with_accounts().await;
    for (account, id, reason) in [
        ("a", "1", Some("loop")),
        ("b", "2", Some("loop")),
        ("c", "3", Some("loop")),
        ("c", "4", None),
        ("d", "5", Some("loop")),
    ] {
        let mut draft = function_of(account, id);
        draft.disable_reason = reason.map(str::to_owned);
        draft.document = object(json!({"enabled": false}));
        store.create_function(draft).await.unwrap();
    }
    // Somebody has enabled this function again.
    let looked_at = store
        .function("d".into(), "5".into())
        .await
        .unwrap()
        .unwrap();
    let next = store.update_function(function_of("d", "5"), looked_at.revision);
    next.await.unwrap();

    let ids = async |scope: Scope, after: &str, limit| {
        let found = store.disabled_functions(&scope, after.into(), limit).await;
        let ids = found.unwrap().into_iter().map(|(_, id)| id);
        ids.collect::<String>()
    };
    assert_eq!(ids(Scope::Account("a".into()), "", 9).await, "1");
    assert_eq!(ids(Scope::Account("d".into()), "", 9).await, "");
    let below = || Scope::Descendants("a".into());
    assert_eq!(ids(below(), "", 9).await, "23");
    assert_eq!(ids(below(), "", 1).await, "2");
    assert_eq!(ids(below(), "2", usize::MAX).await, "3");
}
