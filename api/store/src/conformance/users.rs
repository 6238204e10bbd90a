//! Users.

use serde_json::{Value, json};
use switchhook_runtime::Digest;

use super::{object, with_accounts};
use crate::{
    Actor, LoginHashes, LoginMethod, LoginProof, Store, StoreError, Token, User, UserDraft,
};

fn user(account_id: &str, id: &str, document: Value) -> UserDraft {
    UserDraft {
        account_id: account_id.into(),
        id: id.into(),
        document: object(document),
        login: None,
    }
}

/// A user `u` of account `b` with this password.
fn with_password(document: Value, password: u8) -> UserDraft {
    UserDraft {
        login: Some(LoginHashes {
            md5: [password; 32],
            sha1: [password + 100; 32],
        }),
        ..user("b", "u", document)
    }
}

async fn logged_in(store: &Store, account_id: &str, method: LoginMethod, hash: u8) -> bool {
    let proof = LoginProof {
        method,
        hash: [hash; 32],
    };
    let user = store.user_of_login(account_id.into(), proof).await.unwrap();
    assert!(user.is_none() || user.as_deref() == Some("u"));
    user.is_some()
}

/// Gives users of account `b` a token each.
async fn tokens(store: &Store, users: [&str; 2]) {
    for user in users {
        let token = Token {
            actor: Actor {
                account_id: "b".into(),
                user_id: Some(user.into()),
            },
            expires: None,
        };
        let added = store.add_token(Digest::of(user.as_bytes()), token);
        added.await.unwrap();
    }
}

async fn has_token(store: &Store, user: &str) -> bool {
    let token = store.token(Digest::of(user.as_bytes())).await.unwrap();
    token.is_some()
}

#[tokio::test]
async fn a_user_is_read_as_it_was_written() {
    let (store, _folder) = with_accounts().await;
    let document = json!({"z": "é\u{0}", "username": "Bob", "first_name": null, "a": {"b": [1]}});
    let created = store.create_user(user("b", "u", document.clone()));
    let created = created.await.unwrap();
    let read = store.user("b".into(), "u".into()).await.unwrap().unwrap();
    assert_eq!(read.document, object(document));
    assert_eq!(read.document.keys().next().unwrap(), "z");
    assert_eq!(read.revision, created.revision);
    assert_eq!((read.account_id.as_str(), read.id.as_str()), ("b", "u"));
    assert!(store.user("c".into(), "u".into()).await.unwrap().is_none());
    assert!(store.user("b".into(), "v".into()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_username_is_unique_in_its_account() {
    let (store, _folder) = with_accounts().await;
    let named = |account: &str, id: &str, name: &str| user(account, id, json!({"username": name}));
    store.create_user(named("b", "u", "bob")).await.unwrap();
    let taken = |result: Result<User, StoreError>| match result {
        Err(StoreError::NotUnique(fields)) => fields == ["username"],
        _ => false,
    };
    assert!(taken(store.create_user(named("b", "v", "bob")).await));
    // The same name in another account, or in another case, is another name.
    store.create_user(named("c", "v", "bob")).await.unwrap();
    let other = store.create_user(named("b", "v", "Bob")).await.unwrap();
    let renamed = store.update_user(named("b", "v", "bob"), other.revision);
    assert!(taken(renamed.await));
    for id in ["w", "x"] {
        store.create_user(named("b", id, "")).await.unwrap();
    }
}

#[tokio::test]
async fn a_revision_of_a_user_follows_the_current_one() {
    let (store, _folder) = with_accounts().await;
    let draft = |number: u32| user("b", "u", json!({"n": number}));
    let first = store.create_user(draft(1)).await.unwrap();
    let again = store.create_user(draft(1)).await;
    assert!(matches!(again, Err(StoreError::Conflict)));
    let nowhere = store.create_user(user("x", "u", json!({}))).await;
    assert!(matches!(nowhere, Err(StoreError::Conflict)));
    let second = store.update_user(draft(2), first.revision.clone());
    let second = second.await.unwrap();
    assert_eq!(second.revision.generation(), 2);
    let late = store.update_user(draft(3), first.revision.clone()).await;
    assert!(matches!(late, Err(StoreError::Conflict)));
    let late = store.delete_user(first).await;
    assert!(matches!(late, Err(StoreError::Conflict)));
    let read = store.user("b".into(), "u".into()).await.unwrap().unwrap();
    assert_eq!(read.document["n"], 2);
    store.delete_user(second).await.unwrap();
    assert!(store.user("b".into(), "u".into()).await.unwrap().is_none());
}

#[tokio::test]
async fn users_are_listed_by_descending_name() {
    let (store, _folder) = with_accounts().await;
    for (id, last, first) in [
        ("1", "Öztürk", "A"),
        ("2", "Miller", "b"),
        ("3", "Miller", "A"),
        ("4", "miller", "A"),
        ("5", "Miller", "A"),
    ] {
        let document = json!({"last_name": last, "first_name": first});
        store.create_user(user("b", id, document)).await.unwrap();
    }
    store.create_user(user("c", "6", json!({}))).await.unwrap();
    let page = async |start, limit| {
        let page = store.users("b".into(), start, limit, |user| user.id.clone());
        page.await.unwrap()
    };
    let all = page(None, 9).await;
    assert_eq!((all.rows.concat().as_str(), all.next), ("14253", None));
    let first = page(None, 3).await;
    assert_eq!(first.rows.concat(), "142");
    assert_eq!(first.next, Some(("Miller A".into(), "5".into())));
    let second = page(first.next, 3).await;
    assert_eq!((second.rows.concat().as_str(), second.next), ("53", None));
}

#[tokio::test]
async fn a_login_finds_the_enabled_user_of_an_account() {
    let (store, _folder) = with_accounts().await;
    let named = json!({"username": "bob"});
    let created = store.create_user(with_password(named.clone(), 1));
    let mut revision = created.await.unwrap().revision;
    assert!(logged_in(&store, "b", LoginMethod::Md5, 1).await);
    assert!(logged_in(&store, "b", LoginMethod::Sha1, 101).await);
    assert!(!logged_in(&store, "b", LoginMethod::Sha1, 1).await);
    assert!(!logged_in(&store, "c", LoginMethod::Md5, 1).await);
    // Without a new password, the old one stays.
    for (document, can) in [
        (json!({"username": "bob", "enabled": false}), false),
        (json!({"username": "bobby"}), true),
        (json!({}), false),
        // Removing the name removes the password.
        (named, false),
    ] {
        let next = store.update_user(user("b", "u", document), revision);
        revision = next.await.unwrap().revision;
        assert_eq!(logged_in(&store, "b", LoginMethod::Md5, 1).await, can);
    }
}

#[tokio::test]
async fn a_user_who_may_not_go_on_is_logged_out() {
    let (store, _folder) = with_accounts().await;
    let named = json!({"username": "bob"});
    let created = store.create_user(with_password(named.clone(), 1));
    let mut revision = created.await.unwrap().revision;
    for (draft, stays) in [
        (user("b", "u", json!({"username": "bob", "n": 1})), true),
        (with_password(named.clone(), 2), false),
        (
            user("b", "u", json!({"username": "bob", "enabled": false})),
            false,
        ),
        (user("b", "u", named), true),
        (user("b", "u", json!({})), false),
    ] {
        tokens(&store, ["u", "other"]).await;
        let next = store.update_user(draft, revision).await.unwrap();
        revision = next.revision;
        assert_eq!(has_token(&store, "u").await, stays);
        assert!(has_token(&store, "other").await);
    }
}

#[tokio::test]
async fn a_user_who_goes_is_logged_out() {
    let (store, _folder) = with_accounts().await;
    let created = store.create_user(user("b", "u", json!({}))).await.unwrap();
    tokens(&store, ["u", "other"]).await;
    assert_eq!(store.delete_user(created).await.unwrap().id, "u");
    assert!(!has_token(&store, "u").await);
    assert!(has_token(&store, "other").await);
}
