//! Histories and ancestries.

use serde_json::{Map, json};

use super::{actor, function_of, next_of, object, revision, with_accounts};
use crate::{MAX_ANCESTRY, Revision};

#[tokio::test]
async fn a_history_is_read_from_the_newest_revision_down() {
    let (store, _folder) = with_accounts().await;
    let mut first = function_of("b", "f");
    first.by = Some(actor());
    first.message = Some("the first, é".into());
    first.document = object(json!({"n": "é"}));
    let first = store.create_function(first).await.unwrap();
    let mut second = function_of("b", "f");
    second.disable_reason = Some("loop".into());
    let second = store.update_function(second, first.revision.clone());
    let second = second.await.unwrap();
    let message = Some("over".to_owned());
    let third = store.delete_function("b".into(), second.clone(), true, actor(), message);
    let third = third.await.unwrap();

    let history = store.history("f".into(), i64::MAX, 2).await.unwrap();
    let told: Vec<_> = history
        .revisions
        .iter()
        .map(|it| (it.generation, &it.revision, it.deleted, it.current))
        .collect();
    assert_eq!(
        told,
        [
            (3, &third.revision, true, true),
            (2, &second.revision, false, false)
        ]
    );
    let [last, before] = &history.revisions[..] else {
        panic!("two revisions were asked for")
    };
    assert_eq!(last.message.as_deref(), Some("over"));
    assert_eq!(last.by, Some(actor()));
    assert_eq!(before.by, None);
    assert_eq!(before.disable_reason.as_deref(), Some("loop"));
    let rest = store
        .history("f".into(), history.next.unwrap(), 2)
        .await
        .unwrap();
    assert!(rest.next.is_none());
    let [oldest] = &rest.revisions[..] else {
        panic!("one revision is left")
    };
    assert_eq!(oldest.message.as_deref(), Some("the first, é"));
    // The size is in bytes, not in characters.
    assert_eq!(oldest.bytes, r#"{"n":"é"}"#.len() as i64);
    let all = store
        .history("f".into(), i64::MAX, usize::MAX)
        .await
        .unwrap();
    assert_eq!(all.revisions.len(), 3);
    let none = store.history("g".into(), i64::MAX, 10).await.unwrap();
    assert!(none.revisions.is_empty() && none.next.is_none());
}

#[tokio::test]
async fn a_function_is_read_as_it_was() {
    let (store, _folder) = with_accounts().await;
    let mut draft = function_of("b", "f");
    draft.document = object(json!({"n": 1}));
    draft.secrets = Some(vec![1]);
    let first = store.create_function(draft).await.unwrap();
    let second = store.update_function(function_of("b", "f"), first.revision.clone());
    let second = second.await.unwrap();
    let at = async |revision: &Revision| {
        let past = store.function_at("f".into(), revision.as_str().into());
        past.await.unwrap()
    };
    let then = at(&first.revision).await.unwrap();
    assert_eq!(then.stored.document, first.document);
    assert_eq!((then.stored.secrets, then.deleted), (Some(vec![1]), false));
    assert!(at(&revision("1-other")).await.is_none());
    let last = async |account: &str| {
        let last = store.last_revision(account.into(), "f".into());
        last.await.unwrap()
    };
    assert_eq!(last("b").await.unwrap().stored.revision, second.revision);
    let deleted = store.delete_function("b".into(), second, true, actor(), None);
    let deleted = deleted.await.unwrap();
    let gone = last("b").await.unwrap();
    assert!(gone.deleted && gone.stored.revision == deleted.revision);
    assert!(last("c").await.is_none());
    assert!(at(&first.revision).await.is_some());
}

#[tokio::test]
async fn an_ancestry_is_read_from_the_newest_revision_down() {
    let (store, _folder) = with_accounts().await;
    let ancestry = async |name: &str| {
        let line = store.ancestry("d".into(), revision(name)).await.unwrap();
        let names = line.iter().map(|it| it.as_str().to_owned());
        names.collect::<Vec<_>>()
    };
    for (after, name) in [(None, "1-a"), (Some("1-a"), "2-b")] {
        let written = store.write_document(next_of("d", after, name), Map::new(), false);
        written.await.unwrap();
    }
    // A line of revisions can be stored before its first revision is known.
    let line = ["3-x", "2-x"].map(revision).to_vec();
    store.remember_revisions("d".into(), line).await.unwrap();
    assert_eq!(ancestry("3-x").await, ["3-x", "2-x"]);
    let line = ["2-x", "1-a"].map(revision).to_vec();
    store.remember_revisions("d".into(), line).await.unwrap();
    // The known predecessor of a revision stays.
    let line = ["2-b", "1-x"].map(revision).to_vec();
    store.remember_revisions("d".into(), line).await.unwrap();
    assert_eq!(ancestry("3-x").await, ["3-x", "2-x", "1-a"]);
    assert_eq!(ancestry("2-b").await, ["2-b", "1-a"]);
    assert_eq!(ancestry("9-x").await, [""; 0]);
    let other = store.ancestry("e".into(), revision("2-b")).await.unwrap();
    assert!(other.is_empty());
    store
        .remember_revisions("d".into(), Vec::new())
        .await
        .unwrap();
}

#[tokio::test]
async fn an_ancestry_has_an_end() {
    let (store, _folder) = with_accounts().await;
    let last = MAX_ANCESTRY as i64 + 10;
    for newest in [last - 5, last] {
        let line = (1..=newest).rev().map(|it| revision(&format!("{it}-a")));
        let remembered = store.remember_revisions("d".into(), line.collect());
        remembered.await.unwrap();
    }
    let newest = revision(&format!("{last}-a"));
    let line = store.ancestry("d".into(), newest.clone()).await.unwrap();
    assert_eq!(line.len(), MAX_ANCESTRY);
    assert_eq!(line[0], newest);
    assert_eq!(line[MAX_ANCESTRY - 1], revision("11-a"));
}

#[tokio::test]
async fn unknown_revisions_are_told_in_the_order_of_the_question() {
    let (store, _folder) = with_accounts().await;
    let known = vec![revision("2-b"), revision("1-a")];
    store.remember_revisions("d".into(), known).await.unwrap();
    let asked = ["3-c", "2-b", "1-z", "1-a", "1-'"];
    let asked: Vec<_> = asked.map(revision).to_vec();
    let unknown = store.unknown_revisions("d".into(), asked.clone());
    let expected = ["3-c", "1-z", "1-'"].map(revision);
    assert_eq!(unknown.await.unwrap(), expected);
    let of_another = store.unknown_revisions("e".into(), asked.clone());
    assert_eq!(of_another.await.unwrap(), asked);
    let none = store.unknown_revisions("d".into(), Vec::new());
    assert!(none.await.unwrap().is_empty());
}
