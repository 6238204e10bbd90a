//! Concurrent writes, and their readers.

use std::{collections::HashMap, sync::Arc};

use futures_util::future::join_all;

use crate::{
    ApiKey, NewAccount, NextRevision, Revision, StoreError,
    tests::{draft, empty, reopened, with_account},
};

const WRITERS: usize = 8;

fn revision(text: &str) -> Revision {
    Revision::parse(text).unwrap()
}

#[tokio::test]
async fn one_of_several_next_revisions_is_written() {
    let (store, _folder) = with_account().await;
    let mut current = store.create_function(draft("f")).await.unwrap();
    for _ in 0..5 {
        let writes = (0..WRITERS).map(|_| {
            let parent = current.revision.clone();
            store.update_function(draft("f"), parent)
        });
        let written = join_all(writes).await;
        let refused = written
            .iter()
            .filter(|it| matches!(it, Err(StoreError::Conflict)));
        assert_eq!(refused.count(), WRITERS - 1);
        current = written.into_iter().find_map(Result::ok).unwrap();
    }
    let history = store.history("f".into(), i64::MAX, 100).await.unwrap();
    assert_eq!(history.revisions.len(), 6);
}

#[tokio::test]
async fn an_id_is_taken_once() {
    let (store, _folder) = with_account().await;
    let function = store.create_function(draft("x"));
    let document = store.write_document(
        NextRevision {
            id: "x".into(),
            after: None,
            line: vec![revision("1-a")],
        },
        serde_json::Map::new(),
        false,
    );
    let (function, document) = tokio::join!(function, document);
    assert!(function.is_ok() != document.is_ok());
}

#[tokio::test]
async fn names_are_taken_once() {
    let (store, _folder) = with_account().await;
    let accounts = (0..WRITERS).map(|number| {
        let names = serde_json::Map::from_iter([
            ("name".into(), "Company".into()),
            ("realm".into(), format!("{number}.example").into()),
        ]);
        let new = NewAccount {
            id: format!("b{number}"),
            enabled: true,
            document: names,
            api_key: ApiKey {
                hash: switchhook_runtime::Digest::of(format!("{number}").as_bytes()),
                sealed: None,
            },
        };
        store.create_account(new, "a".into())
    });
    let created = join_all(accounts).await;
    let taken = created
        .iter()
        .filter(|it| matches!(it, Err(StoreError::NotUnique(fields)) if fields.contains(&"name")));
    assert_eq!(taken.count(), WRITERS - 1);
}

#[tokio::test]
async fn an_account_that_goes_takes_every_function_with_it() {
    let (store, _folder) = with_account().await;
    let account = store.account("a".into()).await.unwrap().unwrap();
    let writes =
        join_all((0..WRITERS).map(|number| store.create_function(draft(&format!("f{number}")))));
    let (deleted, written) = tokio::join!(store.delete_account(account), writes);
    deleted.unwrap();
    for write in written {
        assert!(matches!(write, Ok(_) | Err(StoreError::Conflict)));
    }
    let counts = store.count_function_documents(false).await.unwrap();
    assert_eq!(counts, 0);
}

/// A reader who has seen a change has seen all changes with lower numbers, whichever server wrote them.
#[tokio::test]
async fn a_follower_misses_no_change() {
    const WRITES: usize = 25;
    let (store, _folder) = with_account().await;
    let store = Arc::new(store);
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                let id = format!("d{writer}");
                let mut after = None;
                for number in 1..=WRITES {
                    let next = revision(&format!("{number}-{writer}"));
                    let line = vec![next.clone()];
                    let next_revision = NextRevision {
                        id: id.clone(),
                        after: after.replace(next),
                        line,
                    };
                    let write = store.write_document(next_revision, serde_json::Map::new(), false);
                    write.await.unwrap();
                }
            })
        })
        .collect();
    let mut seen: HashMap<String, i64> = HashMap::new();
    let mut since = 0;
    loop {
        let is_over = writers.iter().all(tokio::task::JoinHandle::is_finished);
        let changes = store.changes(since, false, 5).await.unwrap();
        for (sequence, document) in &changes.items {
            assert!(*sequence > since);
            since = *sequence;
            seen.insert(document.id.clone(), document.revision.generation());
        }
        if is_over && changes.items.is_empty() {
            break;
        }
    }
    assert_eq!(seen.len(), WRITERS);
    assert!(seen.values().all(|last| *last == WRITES as i64), "{seen:?}");
}

#[tokio::test]
async fn servers_that_start_at_once_make_one_schema_and_one_master_account() {
    let (first, _folder) = empty().await;
    let opened = join_all((0..4).map(|_| {
        let first = &first;
        async move { reopened(first).await }
    }))
    .await;
    let created = join_all(opened.iter().enumerate().map(|(number, store)| {
        let new = NewAccount {
            id: format!("a{number}"),
            enabled: true,
            document: serde_json::Map::new(),
            api_key: ApiKey {
                hash: switchhook_runtime::Digest::of(format!("{number}").as_bytes()),
                sealed: None,
            },
        };
        store.create_master_account(new)
    }))
    .await;
    let refused = created
        .iter()
        .filter(|it| matches!(it, Err(StoreError::AlreadyBootstrapped)));
    assert_eq!(refused.count(), 3);
}

#[tokio::test]
async fn texts_that_one_database_cannot_store_are_refused_by_both() {
    let (store, _folder) = with_account().await;
    let refused = store.create_function(draft("a\0b")).await;
    assert!(matches!(refused, Err(StoreError::Nul)));
    let refused = store.function("a".into(), "\0".into()).await;
    assert!(matches!(refused, Err(StoreError::Nul)));
}

/// Everything outside `database` is about any database.
#[test]
fn nothing_else_names_a_database() {
    fn look_into(folder: &std::path::Path) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                if !path.ends_with("database") {
                    look_into(&path);
                }
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text
                .split("#[cfg(test)]\nmod tests")
                .next()
                .unwrap_or_default();
            for line in code
                .lines()
                .filter(|line| !line.trim_start().starts_with("//"))
            {
                let line = line.to_lowercase();
                // In two pieces, because this file is searched too.
                for name in [concat!("sql", "ite"), concat!("post", "gres")] {
                    assert!(!line.contains(name), "{}: {line}", path.display());
                }
            }
        }
    }
    look_into(std::path::Path::new(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src"
    )));
}
