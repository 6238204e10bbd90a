//! Tokens, and those that were revoked.

use switchhook_runtime::Digest;

use super::with_accounts;
use crate::{Actor, Store, StoreError, Token};

/// Unix seconds, long ago and far in the future.
const PAST: Option<i64> = Some(1);
const FUTURE: Option<i64> = Some(1 << 40);

fn token(expires: Option<i64>) -> Token {
    Token {
        actor: Actor {
            account_id: "b".into(),
            user_id: Some("u".into()),
        },
        expires,
    }
}

async fn add(store: &Store, name: &str, expires: Option<i64>) {
    let added = store.add_token(Digest::of(name.as_bytes()), token(expires));
    added.await.unwrap();
}

async fn find(store: &Store, name: &str) -> Option<Token> {
    store.token(Digest::of(name.as_bytes())).await.unwrap()
}

async fn revoke(store: &Store, name: &str, expires: Option<i64>) {
    let revoked = store.revoke(Digest::of(name.as_bytes()), expires);
    revoked.await.unwrap();
}

async fn is_revoked(store: &Store, name: &str) -> bool {
    let revoked = store.is_revoked(Digest::of(name.as_bytes()));
    revoked.await.unwrap()
}

#[tokio::test]
async fn a_token_is_found_until_it_is_deleted() {
    let (store, _folder) = with_accounts().await;
    add(&store, "first", FUTURE).await;
    let everlasting = store.add_token(Digest::of(b"second"), Token::everlasting("c".into()));
    everlasting.await.unwrap();
    assert_eq!(find(&store, "first").await, Some(token(FUTURE)));
    let second = find(&store, "second").await.unwrap();
    assert_eq!((second.actor.user_id, second.expires), (None, None));
    assert_eq!(find(&store, "third").await, None);
    for _ in 0..2 {
        store.delete_token(Digest::of(b"first")).await.unwrap();
        assert_eq!(find(&store, "first").await, None);
    }
    assert!(find(&store, "second").await.is_some());
}

#[tokio::test]
async fn tokens_that_have_ended_go_when_another_comes() {
    let (store, _folder) = with_accounts().await;
    add(&store, "kept", FUTURE).await;
    add(&store, "endless", None).await;
    add(&store, "ended", PAST).await;
    // The reader of a token checks its end.
    assert_eq!(find(&store, "ended").await, Some(token(PAST)));
    add(&store, "another", FUTURE).await;
    assert_eq!(find(&store, "ended").await, None);
    for name in ["kept", "endless", "another"] {
        assert!(find(&store, name).await.is_some());
    }
}

#[tokio::test]
async fn a_token_that_comes_again_has_its_new_end() {
    let (store, _folder) = with_accounts().await;
    add(&store, "t", None).await;
    add(&store, "t", FUTURE).await;
    assert_eq!(find(&store, "t").await, Some(token(FUTURE)));
}

#[tokio::test]
async fn an_account_that_is_gone_gets_no_token() {
    let (store, _folder) = with_accounts().await;
    let late = store.add_token(Digest::of(b"late"), Token::everlasting("gone".into()));
    assert!(matches!(late.await, Err(StoreError::Conflict)));
    assert_eq!(find(&store, "late").await, None);
}

#[tokio::test]
async fn a_revoked_token_stays_revoked_until_it_ends() {
    let (store, _folder) = with_accounts().await;
    revoke(&store, "endless", None).await;
    revoke(&store, "long", FUTURE).await;
    revoke(&store, "ended", PAST).await;
    let account = store.account("b".into()).await.unwrap().unwrap();
    assert!(!is_revoked(&store, "other").await);
    revoke(&store, "other", FUTURE).await;
    let below = store.account("c".into()).await.unwrap().unwrap();
    store.delete_account(below).await.unwrap();
    store.delete_account(account).await.unwrap();
    for name in ["endless", "long", "other"] {
        assert!(is_revoked(&store, name).await, "{name}");
    }
    assert!(!is_revoked(&store, "ended").await);
    revoke(&store, "long", PAST).await;
    revoke(&store, "more", None).await;
    assert!(!is_revoked(&store, "long").await);
}
