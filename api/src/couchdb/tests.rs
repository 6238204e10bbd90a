//! The same revision wins in any order of writes.

use proptest::prelude::*;
use serde_json::{Value, json};
use switchhook_store::{Location, Revision};

use super::*;
use crate::{accounts::Identity, functions::tests::without_languages, vault::Vault};

/// A database in a new folder.
fn database() -> (Database, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Location::File(folder.path().join("db"))).unwrap();
    let functions = without_languages(store.clone());
    let vault = Arc::new(Vault::open(std::iter::empty()).unwrap());
    let identity = Arc::new(Identity::new(store.clone(), None));
    let accounts = Accounts::new(store.clone(), vault, identity, |_| {});
    let database = Database::new(store, Arc::new(functions), Arc::new(accounts));
    (database, folder)
}

fn edit(line: &[Revision], deleted: bool) -> Edit {
    let ids: Vec<_> = line.iter().map(Revision::hash).collect();
    let body = json!({
        "_rev": line[0].as_str(), "_deleted": deleted, "n": line[0].as_str(),
        "_revisions": {"start": line[0].generation(), "ids": ids}
    });
    Edit::read(Some("x"), body).unwrap()
}

/// The line of each revision to the first, given the predecessor of each.
fn lines(parents: &[Option<usize>]) -> Vec<Vec<Revision>> {
    let mut lines: Vec<Vec<Revision>> = Vec::new();
    for (number, parent) in parents.iter().enumerate() {
        let before = parent.map_or(&[][..], |parent| &lines[parent]);
        let generation = before.len() as i64 + 1;
        let this = Revision::of(generation, &format!("{number:02}")).unwrap();
        lines.push([this].into_iter().chain(before.iter().cloned()).collect());
    }
    lines
}

/// Predecessors: each is an earlier revision, or none.
fn parents() -> impl Strategy<Value = Vec<Option<usize>>> {
    proptest::collection::vec(any::<u8>(), 1..8).prop_map(|choices| {
        choices
            .into_iter()
            .enumerate()
            .map(|(number, choice)| (usize::from(choice) % (number + 1)).checked_sub(1))
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn the_longest_line_wins_whatever_comes_first(
        (parents, order) in parents().prop_flat_map(|parents| {
            let order: Vec<_> = (0..parents.len()).collect();
            (Just(parents), Just(order).prop_shuffle())
        })
    ) {
        let lines = lines(&parents);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let (database, _folder) = database();
            for number in order {
                database.replicate(edit(&lines[number], false)).await.unwrap();
            }
            let rank = |line: &Vec<Revision>| (line[0].generation(), line[0].hash().to_owned());
            let winner = lines.iter().max_by_key(|line| rank(line)).unwrap();
            let document = database.document("x").await.unwrap().unwrap();
            assert_eq!(document.revision, winner[0]);
            assert_eq!(document.body["n"], winner[0].as_str());
            assert_eq!(database.ancestry("x", &winner[0]).await.unwrap(), *winner);
            for line in &lines {
                let unknown = database.unknown("x", line.clone()).await.unwrap();
                assert!(unknown.missing.is_empty());
            }
        });
    }
}

#[tokio::test]
async fn a_document_that_is_there_wins_over_a_longer_line_that_was_deleted() {
    let (database, _folder) = database();
    let revision = |text: &str| Revision::parse(text).unwrap();
    let deleted = [revision("3-c"), revision("2-b"), revision("1-a")];
    database.replicate(edit(&deleted, true)).await.unwrap();
    assert!(database.document("x").await.unwrap().unwrap().deleted);
    let there = [revision("2-x"), revision("1-a")];
    database.replicate(edit(&there, false)).await.unwrap();
    let current = database.document("x").await.unwrap().unwrap();
    assert_eq!((current.revision.as_str(), current.deleted), ("2-x", false));
    let again = [revision("3-y"), revision("2-x"), revision("1-a")];
    database.replicate(edit(&again, true)).await.unwrap();
    assert!(database.document("x").await.unwrap().unwrap().deleted);
}

#[tokio::test]
async fn a_deleted_document_can_be_written_anew_and_its_revisions_go_on() {
    let (database, _folder) = database();
    let edit = |body: Value| Edit::read(Some("x"), body).unwrap();
    let first = database.save(edit(json!({"n": 1}))).await.unwrap();
    let conflict = database.save(edit(json!({"n": 2}))).await;
    assert!(matches!(conflict, Err(WriteError::Conflict)));
    let deletion = json!({"_rev": first.as_str(), "_deleted": true, "why": "test"});
    let second = database.save(edit(deletion)).await.unwrap();
    let left = database.document("x").await.unwrap().unwrap();
    assert_eq!((left.deleted, &left.body["why"]), (true, &json!("test")));
    let third = database.save(edit(json!({"n": 3}))).await.unwrap();
    let line = database.ancestry("x", &third).await.unwrap();
    assert_eq!(line, [third, second, first]);
}
