//! Files that older versions of the program wrote.

use rusqlite::Connection;
use switchhook_runtime::Digest;

use super::{Location, sqlite::MIGRATIONS};
use crate::{
    AccountPage,
    Below::{Children, Descendants},
    Store, StoreError, Token,
    quota::REVISION_BYTES,
    tests::draft,
};

/// Function `f` of account `a`, of two revisions, and a deleted one, `d`, at step 1.
const FUNCTIONS: &str = r#"
    INSERT INTO accounts VALUES ('a', 'a', '[]', x'00', 0);
    INSERT INTO functions VALUES ('f', 'a', 2, 0, 10), ('d', 'a', 1, 1, 10);
    INSERT INTO revisions VALUES
      ('f', 1, '1-00', '{"name":"first"}', x'00', 10),
      ('f', 2, '2-00', '{"name":"second"}', x'00', 20),
      ('d', 1, '1-00', '{"name":"gone"}', x'00', 10);"#;

/// A file with the schema of a step, filled by `sql`, and opened by this version.
fn opened(step: usize, sql: &str) -> (Store, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let mut old = Connection::open(&path).unwrap();
    MIGRATIONS.to_version(&mut old, step).unwrap();
    old.execute_batch(sql).unwrap();
    drop(old);
    (Store::open(&Location::File(path)).unwrap(), folder)
}

#[test]
fn the_migrations_are_sound() {
    MIGRATIONS.validate().unwrap();
}

#[tokio::test]
async fn accounts_have_their_place_in_the_tree() {
    let hash = Digest::of(b"token");
    let (store, _folder) = opened(
        2,
        &format!(
            r#"INSERT INTO accounts (id, name, tree, api_key, created) VALUES
                 ('a', 'a', '[]', x'0a', 0), ('b', 'b', '["a"]', x'0b', 0), ('c', 'c', '["a","b"]', x'0c', 0);
               INSERT INTO tokens (hash, account_id, created) VALUES (x'{hash}', 'b', 0);"#
        ),
    );
    let token = store.token(hash).await.unwrap().unwrap();
    assert_eq!(token, Token::everlasting("b".into()));
    let below = |id: &str, below| store.accounts_below(id.into(), below, None, 10);
    let ids = |page: AccountPage| -> Vec<String> {
        page.accounts.into_iter().map(|row| row.id).collect()
    };
    assert_eq!(ids(below("a", Children).await.unwrap()), ["b"]);
    assert_eq!(ids(below("a", Descendants).await.unwrap()), ["b", "c"]);
    let account = store.account("b".into()).await.unwrap().unwrap();
    assert!(account.enabled && account.document["realm"].is_string());
    let refused = store.delete_account(account).await.unwrap_err();
    assert!(matches!(refused, StoreError::HasDescendants), "{refused}");
}

#[tokio::test]
async fn functions_are_counted() {
    let (store, _folder) = opened(1, FUNCTIONS);
    let kept = store.read(|session| crate::quota::kept(session, "a"));
    let kept = kept.await.unwrap();
    let documents = r#"{"name":"first"}{"name":"second"}{"name":"gone"}"#.len();
    assert_eq!(kept.functions, 1);
    assert_eq!(kept.bytes, (3 * REVISION_BYTES + documents + 3 * 2) as u64);
}

#[tokio::test]
async fn functions_keep_their_history_and_go_on() {
    let (store, _folder) = opened(1, FUNCTIONS);
    let current = store.function("a".into(), "f".into()).await.unwrap();
    let current = current.unwrap();
    assert_eq!(current.document["name"], "second");
    assert_eq!((current.created, current.modified), (10, 20));
    assert_eq!((current.secrets, current.disable_reason), (None, None));
    let next = store.update_function(draft("f"), current.revision);
    let next = next.await.unwrap();
    assert!(next.revision.as_str().starts_with("3-"));
    let history = store.history("f".into(), i64::MAX, 10).await.unwrap();
    let generations = history
        .revisions
        .iter()
        .map(|it| (it.generation, it.deleted));
    assert_eq!(
        generations.collect::<Vec<_>>(),
        [(3, false), (2, false), (1, false)]
    );
    let current = store.function("a".into(), "d".into()).await.unwrap();
    assert!(current.is_none());
    let gone = store.last_revision("a".into(), "d".into()).await.unwrap();
    assert!(gone.unwrap().deleted);
}
