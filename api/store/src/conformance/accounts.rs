//! Single accounts.

use serde_json::json;
use switchhook_runtime::Digest;

use super::{created_below, function_of, new_account, object, with_accounts};
use crate::{
    ApiKey, NewAttempt, StoreError, Token, UserDraft,
    tests::{empty, with_account},
};

#[tokio::test]
async fn an_account_is_read_as_it_was_written() {
    let (store, _folder) = with_accounts().await;
    let mut new = new_account("e", "Ärger & Söhne", "e.example");
    new.enabled = false;
    let rest = object(json!({"z": 1, "timezone": "Europe/Berlin", "a": [null, "\u{0}", 1.5]}));
    new.document.extend(rest);
    let document = new.document.clone();
    let created = store.create_account(new, "c".into()).await.unwrap();
    let read = store.account("e".into()).await.unwrap().unwrap();
    assert_eq!(read, created);
    let keys: Vec<_> = read.document.keys().collect();
    assert_eq!(keys, ["name", "realm", "z", "timezone", "a"]);
    assert_eq!(read.document, document);
    assert_eq!(read.tree, ["a", "b", "c"]);
    assert_eq!(
        (read.time_zone(), read.enabled),
        (Some("Europe/Berlin"), false)
    );
    assert_eq!((read.name(), read.is_master()), ("Ärger & Söhne", false));
    assert_eq!(read.revision.generation(), 1);
    assert!(store.account("f".into()).await.unwrap().is_none());
}

#[tokio::test]
async fn there_is_one_master_account() {
    let (store, _folder) = empty().await;
    assert_eq!(store.master_account().await.unwrap(), None);
    let first = new_account("a", "a", "a.example");
    store.create_master_account(first).await.unwrap();
    let second = store.create_master_account(new_account("b", "b", "b.example"));
    assert!(matches!(second.await, Err(StoreError::AlreadyBootstrapped)));
    created_below(&store, "c", "a").await;
    assert_eq!(store.master_account().await.unwrap().unwrap(), "a");
    assert!(
        store
            .account("a".into())
            .await
            .unwrap()
            .unwrap()
            .is_master()
    );
}

#[tokio::test]
async fn an_account_is_created_once_and_below_another() {
    let (store, _folder) = with_account().await;
    created_below(&store, "b", "a").await;
    let again = store.create_account(new_account("b", "x", "x.example"), "a".into());
    assert!(matches!(again.await, Err(StoreError::Conflict)));
    let orphan = store.create_account(new_account("x", "x", "x.example"), "y".into());
    assert!(matches!(orphan.await, Err(StoreError::Conflict)));
    // An API key opens one account.
    let mut same_key = new_account("x", "x", "x.example");
    same_key.api_key.hash = Digest::of(b"b");
    let same_key = store.create_account(same_key, "a".into()).await;
    assert!(matches!(same_key, Err(StoreError::Conflict)));
    assert!(store.account("x".into()).await.unwrap().is_none());
}

#[tokio::test]
async fn names_and_realms_are_unique_whatever_their_case() {
    let (store, _folder) = with_account().await;
    let first = new_account("b", "My Company", "B.Example");
    store.create_account(first, "a".into()).await.unwrap();
    for (name, realm, taken) in [
        ("other", "b.eXample", vec!["realm"]),
        ("my-company!", "c.example", vec!["name"]),
        ("MYCOMPANY", "b.example", vec!["realm", "name"]),
    ] {
        let refused = store.create_account(new_account("c", name, realm), "a".into());
        let refused = refused.await.unwrap_err();
        assert!(matches!(refused, StoreError::NotUnique(fields) if fields == taken));
    }
    let mut other = created_below(&store, "c", "a").await;
    other.document["name"] = json!("my company");
    let refused = store.update_account(other).await.unwrap_err();
    assert!(matches!(refused, StoreError::NotUnique(fields) if fields == ["name"]));
}

#[tokio::test]
async fn accounts_are_found_by_key_name_and_realm() {
    let (store, _folder) = with_account().await;
    let new = new_account("b", "My Company, Inc.", "B.Example");
    store.create_account(new, "a".into()).await.unwrap();
    let id = |found: Result<Option<crate::Account>, StoreError>| found.unwrap().map(|it| it.id);
    let b = Some("b".to_owned());
    assert_eq!(id(store.account_of_api_key(Digest::of(b"b")).await), b);
    assert_eq!(id(store.account_of_api_key(Digest::of(b"c")).await), None);
    assert_eq!(id(store.account_of_name("mycompanyinc").await), b);
    assert_eq!(id(store.account_of_realm("b.EXAMPLE".into()).await), b);
    assert_eq!(id(store.account_of_realm("b.exampl".into()).await), None);
    // The master account has neither a name nor a realm.
    assert_eq!(id(store.account_of_name("").await), None);
    assert_eq!(id(store.account_of_realm(String::new()).await), None);
}

#[tokio::test]
async fn a_revision_of_an_account_follows_the_current_one() {
    let (store, _folder) = with_accounts().await;
    let first = store.account("b".into()).await.unwrap().unwrap();
    let mut next = first.clone();
    next.document["name"] = json!("Another");
    next.document.insert("flags".into(), json!({"x": true}));
    next.enabled = false;
    let next = store.update_account(next).await.unwrap();
    assert_eq!(next.revision.generation(), 2);
    assert_eq!(store.account("b".into()).await.unwrap().unwrap(), next);
    let late = store.update_account(first.clone()).await;
    assert!(matches!(late, Err(StoreError::Conflict)));
    let late = store.delete_account(first.clone()).await;
    assert!(matches!(late, Err(StoreError::Conflict)));
    // The account's earlier name is free again.
    let new = new_account("e", "b", "e.example");
    store.create_account(new, "a".into()).await.unwrap();
    let mut unknown = first;
    unknown.id = "x".into();
    let unknown = store.update_account(unknown).await;
    assert!(matches!(unknown, Err(StoreError::Conflict)));
}

#[tokio::test]
async fn an_account_with_descendants_stays() {
    let (store, _folder) = with_accounts().await;
    for id in ["a", "b"] {
        let account = store.account(id.into()).await.unwrap().unwrap();
        let refused = store.delete_account(account).await;
        assert!(matches!(refused, Err(StoreError::HasDescendants)));
    }
    for id in ["c", "b"] {
        let account = store.account(id.into()).await.unwrap().unwrap();
        assert_eq!(store.delete_account(account).await.unwrap().id, id);
        assert!(store.account(id.into()).await.unwrap().is_none());
    }
}

#[tokio::test]
async fn an_account_takes_along_what_it_owns() {
    let (store, _folder) = with_accounts().await;
    store.create_function(function_of("c", "f")).await.unwrap();
    store.create_function(function_of("d", "g")).await.unwrap();
    let key = ("c".to_owned(), "f".to_owned());
    let set = store.set_call_key(key.clone(), "secret".into(), false);
    set.await.unwrap();
    let user = UserDraft {
        account_id: "c".into(),
        id: "u".into(),
        document: object(json!({"username": "u"})),
        login: None,
    };
    store.create_user(user).await.unwrap();
    for (name, account) in [("first", "c"), ("second", "d")] {
        let token = Token::everlasting(account.into());
        let added = store.add_token(Digest::of(name.as_bytes()), token);
        added.await.unwrap();
    }
    let attempt = |account: &str, function: &str| NewAttempt {
        account_id: account.into(),
        function_id: function.into(),
        time_ms: 1,
        revision: "1-a".into(),
        outcome: "ok",
        router: None,
        call_id: None,
        attempt: "{}".into(),
    };
    let attempts = vec![attempt("c", "f"), attempt("d", "g")];
    store.add_attempts(attempts, 10).await.unwrap();

    let account = store.account("c".into()).await.unwrap().unwrap();
    store.delete_account(account).await.unwrap();
    assert!(store.call_key(key).await.unwrap().is_none());
    assert!(
        store
            .account_of_function("f".into())
            .await
            .unwrap()
            .is_none()
    );
    assert!(store.user("c".into(), "u".into()).await.unwrap().is_none());
    let known = async |name: &[u8]| store.token(Digest::of(name)).await.unwrap().is_some();
    assert!(!known(b"first").await && known(b"second").await);
    assert_eq!(store.count_attempts().await.unwrap(), 1);
    assert_eq!(store.count_function_documents(false).await.unwrap(), 1);
    assert!(store.faults().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_api_key_is_replaced() {
    let (store, _folder) = with_accounts().await;
    assert_eq!(store.sealed_api_key("b".into()).await.unwrap(), None);
    let key = |name: &str, sealed: &[u8]| ApiKey {
        hash: Digest::of(name.as_bytes()),
        sealed: Some(sealed.to_vec()),
    };
    let replaced = store.replace_api_key("b".into(), key("new", b"\0sealed\xff"));
    replaced.await.unwrap();
    let sealed = store.sealed_api_key("b".into()).await.unwrap().unwrap();
    assert_eq!(sealed, b"\0sealed\xff");
    let of = async |name: &[u8]| store.account_of_api_key(Digest::of(name)).await.unwrap();
    assert!(of(b"b").await.is_none());
    assert_eq!(of(b"new").await.unwrap().id, "b");
    let taken = store.replace_api_key("b".into(), key("c", b"")).await;
    assert!(matches!(taken, Err(StoreError::Conflict)));
}
