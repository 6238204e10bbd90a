//! The engines of functions, and tests that packs have passed.

use std::collections::HashSet;

use serde_json::json;
use switchhook_runtime::Digest;

use super::{IDS, actor, function_of, object, revision, with_accounts};
use crate::{Draft, EngineChange, tests::with_account};

fn compiled(id: &str, language: &str, engine: &str) -> Draft {
    Draft {
        document: object(json!({"language_pack": language})),
        engine: Some(engine.into()),
        ..function_of("b", id)
    }
}

fn change(function_id: &str, to_engine: &str, switched: bool) -> EngineChange {
    EngineChange {
        function_id: function_id.into(),
        revision: revision("1-a"),
        from_engine: "lua@1".into(),
        to_engine: to_engine.into(),
        switched,
        compared: 7,
        differences: vec!["é \"1\"".into(), "2".into()],
    }
}

#[tokio::test]
async fn languages_in_use_are_counted() {
    let (store, _folder) = with_accounts().await;
    for (id, language, engine) in [
        ("1", "lua", "lua@1"),
        ("2", "lua", "lua@1"),
        ("3", "lua", "lua@2"),
        ("4", "jq", "jq@1"),
    ] {
        let created = store.create_function(compiled(id, language, engine));
        let created = created.await.unwrap();
        if language == "jq" {
            let deleted = store.delete_function("b".into(), created, true, actor(), None);
            deleted.await.unwrap();
        }
    }
    store.create_function(function_of("c", "5")).await.unwrap();
    let found = store.languages_in_use().await.unwrap();
    let found: HashSet<_> = found
        .iter()
        .map(|it| {
            (
                it.language_pack.as_deref(),
                it.engine.as_deref(),
                it.functions,
            )
        })
        .collect();
    let expected = [
        (Some("lua"), Some("lua@1"), 2),
        (Some("lua"), Some("lua@2"), 1),
        (None, None, 1),
    ];
    assert_eq!(found, HashSet::from(expected));
}

#[tokio::test]
async fn engines_of_functions_are_listed_by_id() {
    let (store, _folder) = with_accounts().await;
    for id in IDS {
        let created = store.create_function(compiled(id, "lua", "lua@1"));
        created.await.unwrap();
    }
    store
        .create_function(function_of("b", "not compiled"))
        .await
        .unwrap();
    let listed = async |after: &str, limit| {
        let found = store.function_engines(after.into(), limit).await.unwrap();
        let ids = found.into_iter().map(|it| it.id);
        ids.collect::<Vec<_>>()
    };
    assert_eq!(listed("", usize::MAX).await, IDS);
    assert_eq!(listed("Z", 2).await, ["_", "a"]);
    let first = store.function_engines(String::new(), 1).await.unwrap();
    let [first] = &first[..] else {
        panic!("one was asked for")
    };
    let told = (first.account_id.as_str(), first.engine.as_str());
    assert_eq!(told, ("b", "lua@1"));
    assert_eq!(first.language_pack.as_deref(), Some("lua"));
}

#[tokio::test]
async fn a_change_of_engine_is_recorded_once_for_each_version() {
    let (store, _folder) = with_accounts().await;
    for id in ["f", "g"] {
        store.create_function(function_of("b", id)).await.unwrap();
    }
    for recorded in [
        change("g", "lua@2", true),
        change("f", "lua@2", false),
        change("f", "lua@3", false),
        change("f", "lua@2", true),
        change("gone", "lua@2", true),
    ] {
        store.add_engine_change(recorded).await.unwrap();
    }
    let changes = store.engine_changes().await.unwrap();
    let mut told: Vec<_> = changes
        .iter()
        .map(|it| (it.function_id.as_str(), it.to_engine.as_str(), it.switched))
        .collect();
    // Changes of one second are sorted by function.
    told.sort_unstable();
    let expected = [
        ("f", "lua@2", true),
        ("f", "lua@3", false),
        ("g", "lua@2", true),
    ];
    assert_eq!(told, expected);
    assert_eq!(
        (changes[0].compared, changes[0].from_engine.as_str()),
        (7, "lua@1")
    );
    assert_eq!(changes[0].differences, ["é \"1\"", "2"]);
    let refused = async |name: &str, to: &str| {
        let refused = store.is_engine_refused("f".into(), revision(name), to.into());
        refused.await.unwrap()
    };
    assert!(refused("1-a", "lua@3").await);
    assert!(!refused("1-a", "lua@2").await);
    assert!(!refused("2-a", "lua@3").await);
}

#[tokio::test]
async fn passed_tests_are_remembered() {
    let (store, _folder) = with_account().await;
    assert!(store.passed_tests().await.unwrap().is_empty());
    let tests = |names: [&[u8]; 2]| HashSet::from(names.map(Digest::of));
    let first = tests([b"1", b"2"]);
    store.add_passed_tests(first.clone()).await.unwrap();
    let second = tests([b"2", b"3"]);
    store.add_passed_tests(second.clone()).await.unwrap();
    let all = store.passed_tests().await.unwrap();
    assert_eq!(all, &first | &second);
}
