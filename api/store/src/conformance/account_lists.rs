//! Lists of accounts.

use serde_json::json;

use super::{created_below, new_account, with_accounts};
use crate::{
    AccountPage,
    Below::{Children, Descendants},
    SearchBy, Store, StoreError,
    tests::with_account,
};

fn ids(page: &AccountPage) -> Vec<&str> {
    page.accounts.iter().map(|row| row.id.as_str()).collect()
}

async fn found(store: &Store, below: &str, by: SearchBy, value: &str) -> Vec<String> {
    let page = store.search_accounts(below.into(), by, value, None, 10);
    let page = page.await.unwrap();
    page.accounts.into_iter().map(|row| row.id).collect()
}

#[tokio::test]
async fn accounts_are_listed_by_name_whatever_its_case() {
    let (store, _folder) = with_account().await;
    for (id, name) in [
        ("1", "beta"),
        ("2", "Alpha"),
        ("3", "äther"),
        ("4", "Zeta"),
        ("5", "_line"),
        ("6", "Ähre"),
    ] {
        let new = new_account(id, name, &format!("{id}.example"));
        store.create_account(new, "a".into()).await.unwrap();
    }
    let page = store.accounts_below("a".into(), Children, None, 10);
    let page = page.await.unwrap();
    // Letters outside of ASCII keep their case and sort last.
    assert_eq!(ids(&page), ["5", "2", "1", "4", "6", "3"]);
    assert!(page.next.is_none());
}

#[tokio::test]
async fn children_and_descendants_are_listed() {
    let (store, _folder) = with_accounts().await;
    for (account, below, listed) in [
        ("a", Children, vec!["b", "d"]),
        ("a", Descendants, vec!["b", "c", "d"]),
        ("b", Descendants, vec!["c"]),
        ("c", Descendants, vec![]),
        ("x", Children, vec![]),
    ] {
        let page = store.accounts_below(account.into(), below, None, 10);
        assert_eq!(ids(&page.await.unwrap()), listed);
    }
}

#[tokio::test]
async fn a_list_of_accounts_is_read_page_by_page() {
    let (store, _folder) = with_account().await;
    for number in 0..5 {
        created_below(&store, &format!("Account {number}"), "a").await;
    }
    let mut start = None;
    let mut sizes = Vec::new();
    let mut listed = Vec::new();
    loop {
        let page = store.accounts_below("a".into(), Descendants, start, 2);
        let page = page.await.unwrap();
        sizes.push(page.accounts.len());
        listed.extend(ids(&page).into_iter().map(str::to_owned));
        match page.next {
            Some(next) => start = Some(next),
            None => break,
        }
    }
    assert_eq!(sizes, [2, 2, 1]);
    let all: Vec<_> = (0..5).map(|number| format!("Account {number}")).collect();
    assert_eq!(listed, all);
    let nobody = store.accounts_below("a".into(), Children, None, 0);
    let nobody = nobody.await.unwrap();
    assert_eq!(
        (ids(&nobody).len(), nobody.next.unwrap().1),
        (0, all[0].clone())
    );
}

#[tokio::test]
async fn a_search_compares_beginnings() {
    let (store, _folder) = with_accounts().await;
    for (id, name, realm) in [
        ("e1", "My Company", "my-company.e.example"),
        ("e2", "my_other", "MY.other.example"),
        ("e3", "株式会社", "x.example"),
        ("é4", "100%", "y.example"),
    ] {
        let new = new_account(id, name, realm);
        store.create_account(new, "b".into()).await.unwrap();
    }
    assert_eq!(
        found(&store, "b", SearchBy::Name, "M Y").await,
        ["e1", "e2"]
    );
    assert_eq!(found(&store, "b", SearchBy::Name, "mycom").await, ["e1"]);
    assert_eq!(found(&store, "b", SearchBy::Name, "株式").await, ["e3"]);
    assert_eq!(found(&store, "b", SearchBy::Name, "company").await, [""; 0]);
    assert_eq!(
        found(&store, "b", SearchBy::Realm, "mycompanye").await,
        ["e1"]
    );
    assert_eq!(found(&store, "b", SearchBy::Realm, "my.O").await, ["e2"]);
    assert_eq!(
        found(&store, "b", SearchBy::Id, "e").await,
        ["e1", "e2", "e3"]
    );
    assert_eq!(found(&store, "b", SearchBy::Id, "é").await, ["é4"]);
    // Neither `_` nor `%` is a pattern.
    assert_eq!(found(&store, "b", SearchBy::Id, "e_").await, [""; 0]);
    assert_eq!(found(&store, "b", SearchBy::Id, "%").await, [""; 0]);
    assert_eq!(found(&store, "d", SearchBy::Name, "my").await, [""; 0]);
}

#[tokio::test]
async fn rows_of_accounts_come_as_they_were_asked_for() {
    let (store, _folder) = with_accounts().await;
    let mut account = store.account("c".into()).await.unwrap().unwrap();
    account.document.insert("flags".into(), json!({"é": [1]}));
    store.update_account(account).await.unwrap();
    let asked = ["c", "nobody", "a", "b", "\"']"]
        .map(str::to_owned)
        .to_vec();
    let rows = store.account_rows(asked).await.unwrap();
    let told: Vec<_> = rows
        .iter()
        .map(|row| (row.id.as_str(), row.tree.len(), row.descendants))
        .collect();
    assert_eq!(told, [("c", 2, 0), ("a", 0, 3), ("b", 1, 1)]);
    assert_eq!(rows[0].flags.as_ref().unwrap().get(), r#"{"é":[1]}"#);
    assert_eq!(
        (rows[0].name.as_str(), rows[0].realm.as_str()),
        ("c", "c.example")
    );
    assert!(rows[1].flags.is_none());
    let refused = store.account_rows(vec!["a\0".into()]).await;
    assert!(matches!(refused, Err(StoreError::Nul)));
}
