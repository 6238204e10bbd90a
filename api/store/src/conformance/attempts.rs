//! Attempts of several accounts.

use super::{actor, function_of, with_accounts};
use crate::{Attempts, AttemptsRange, NewAttempt, Store};

fn attempt(account_id: &str, function_id: &str, time_ms: i64) -> NewAttempt {
    NewAttempt {
        account_id: account_id.into(),
        function_id: function_id.into(),
        time_ms,
        revision: "1-a".into(),
        outcome: "ok",
        router: None,
        call_id: None,
        attempt: format!("{{\"of\":\"{function_id}{time_ms}\"}}"),
    }
}

/// Functions `f` and `g` of account `b`, and `h` of `c`.
async fn store() -> (Store, tempfile::TempDir) {
    let (store, folder) = with_accounts().await;
    for (account, id) in [("b", "f"), ("b", "g"), ("c", "h")] {
        store
            .create_function(function_of(account, id))
            .await
            .unwrap();
    }
    (store, folder)
}

fn of(account_id: &str) -> Attempts {
    Attempts {
        account_id: account_id.into(),
        ..Attempts::default()
    }
}

async fn read(store: &Store, meant: Attempts, from_ms: i64, to_ms: i64) -> Vec<String> {
    let range = AttemptsRange {
        start: (i64::MAX, i64::MAX),
        limit: usize::MAX,
        from_ms,
        to_ms,
    };
    let page = store.attempts(meant, range).await.unwrap();
    assert!(page.next.is_none());
    let names = page.attempts.iter().map(|it| it.get()[7..].to_owned());
    names
        .map(|it| it.trim_end_matches("\"}").to_owned())
        .collect()
}

#[tokio::test]
async fn an_account_sees_its_own_attempts() {
    let (store, _folder) = store().await;
    let batch = vec![
        attempt("b", "f", 1),
        attempt("b", "g", 2),
        attempt("c", "h", 3),
        // No function of this account.
        attempt("c", "f", 4),
    ];
    store.add_attempts(batch, 100).await.unwrap();
    assert_eq!(read(&store, of("b"), 0, i64::MAX).await, ["g2", "f1"]);
    assert_eq!(read(&store, of("c"), 0, i64::MAX).await, ["h3"]);
    let mut of_another = of("c");
    of_another.function_id = Some("f".into());
    assert_eq!(read(&store, of_another.clone(), 0, i64::MAX).await, [""; 0]);
    let behind = store.attempts_behind(of_another, 0, 9).await.unwrap();
    assert!(behind.is_empty());
}

#[tokio::test]
async fn attempts_are_read_from_a_time_to_a_time() {
    let (store, _folder) = store().await;
    let batch: Vec<_> = (1..=5).map(|time| attempt("b", "f", time)).collect();
    store.add_attempts(batch, 100).await.unwrap();
    assert_eq!(read(&store, of("b"), 2, 4).await, ["f4", "f3", "f2"]);
    assert_eq!(read(&store, of("b"), 5, 9).await, ["f5"]);
    assert_eq!(read(&store, of("b"), 4, 2).await, [""; 0]);
}

#[tokio::test]
async fn each_account_keeps_its_newest_attempts() {
    let (store, _folder) = store().await;
    let old = vec![
        attempt("b", "f", 8),
        attempt("c", "h", 1),
        attempt("c", "h", 2),
    ];
    store.add_attempts(old, 100).await.unwrap();
    // Attempts are listed by time, whatever the order in which they were written.
    let new = vec![attempt("b", "g", 9), attempt("b", "g", 7)];
    store.add_attempts(new, 2).await.unwrap();
    assert_eq!(read(&store, of("b"), 0, i64::MAX).await, ["g9", "f8"]);
    assert_eq!(read(&store, of("c"), 0, i64::MAX).await, ["h2", "h1"]);
    assert_eq!(store.count_attempts().await.unwrap(), 4);
}

#[tokio::test]
async fn attempts_are_followed_in_the_order_they_were_written_in() {
    let (store, _folder) = store().await;
    assert_eq!(store.last_attempt().await.unwrap(), 0);
    for time in [3, 1, 2] {
        let added = store.add_attempts(vec![attempt("b", "f", time)], 100);
        added.await.unwrap();
    }
    let behind = async |number, limit| {
        let found = store.attempts_behind(of("b"), number, limit).await.unwrap();
        let times = found.iter().map(|(_, it)| it.get()[8..9].to_owned());
        let last = found.last().map(|(number, _)| *number);
        (times.collect::<String>(), last)
    };
    let (times, last) = behind(0, 2).await;
    assert_eq!(times, "31");
    let (times, last) = behind(last.unwrap(), usize::MAX).await;
    assert_eq!(times, "2");
    assert_eq!(store.last_attempt().await.unwrap(), last.unwrap());
    assert_eq!(behind(last.unwrap(), 9).await, (String::new(), None));
}

#[tokio::test]
async fn attempts_go_with_their_function() {
    let (store, _folder) = store().await;
    let batch = vec![attempt("b", "f", 1), attempt("b", "g", 2)];
    store.add_attempts(batch, 100).await.unwrap();
    for (id, soft, left) in [("f", true, 2), ("g", false, 1)] {
        let stored = store
            .function("b".into(), id.into())
            .await
            .unwrap()
            .unwrap();
        let deleted = store.delete_function("b".into(), stored, soft, actor(), None);
        deleted.await.unwrap();
        assert_eq!(store.count_attempts().await.unwrap(), left);
    }
}
