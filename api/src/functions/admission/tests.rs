use std::time::Instant;

use super::*;

/// Longer than any wait of these tests.
const LONG: Duration = Duration::from_secs(600);

fn admission(places: u32, per_account: u32, queued: u32, queued_per_account: u32) -> Admission {
    Admission::new(Bounds {
        places,
        places_per_tenant: places,
        places_per_account: per_account,
        queued,
        queued_per_tenant: queued,
        queued_per_account,
        max_wait: LONG,
    })
}

/// Lets every task run until it waits.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

/// A task that takes a place and keeps it until the task is aborted.
fn visitor(gate: &Arc<Gate>) -> tokio::task::JoinHandle<()> {
    let gate = Arc::clone(gate);
    tokio::spawn(async move {
        if let Ok(_place) = gate.enter().await {
            std::future::pending::<()>().await;
        }
    })
}

#[tokio::test]
async fn places_and_queues_are_counted_exactly() {
    let admission = admission(5, 2, 9, 3);
    let gate = admission.gate("a", "a");
    let mut visitors: Vec<_> = (0..5).map(|_| visitor(&gate)).collect();
    settle().await;
    let (running, queued) = (2, 3);
    assert_eq!(admission.load(), Load { running, queued });
    assert!(gate.enter().await.is_err());

    // A visitor leaves, the first in the queue takes its place, and the queue has room for one.
    visitors.remove(0).abort();
    settle().await;
    assert_eq!(admission.load(), Load { running, queued: 2 });
    visitors.push(visitor(&gate));
    settle().await;
    assert_eq!(admission.load(), Load { running, queued });
    assert!(gate.enter().await.is_err());

    // The same when a visitor stops waiting.
    visitors.pop().expect("just pushed").abort();
    settle().await;
    assert_eq!(admission.load(), Load { running, queued: 2 });

    visitors.iter().for_each(tokio::task::JoinHandle::abort);
    settle().await;
    let (running, queued) = (0, 0);
    assert_eq!(admission.load(), Load { running, queued });
    assert!(gate.enter().await.is_ok());
}

#[tokio::test]
async fn an_account_that_takes_all_it_can_get_leaves_room_for_others() {
    let admission = admission(3, 2, 9, 4);
    let greedy = admission.gate("a", "a");
    let visitors: Vec<_> = (0..6).map(|_| visitor(&greedy)).collect();
    settle().await;
    assert!(greedy.enter().await.is_err());
    for _ in 0..100 {
        assert!(admission.gate("b", "b").enter().await.is_ok());
    }
    drop(visitors);
}

#[tokio::test]
async fn a_tenant_with_many_accounts_leaves_room_for_others() {
    let admission = Admission::new(Bounds {
        places: 4,
        places_per_tenant: 2,
        places_per_account: 1,
        queued: 8,
        queued_per_tenant: 4,
        queued_per_account: 2,
        max_wait: LONG,
    });
    let gates = ["a", "b", "c", "d"].map(|account| admission.gate(account, "tenant"));
    let visitors: Vec<_> = gates
        .iter()
        .flat_map(|gate| [visitor(gate), visitor(gate)])
        .collect();
    settle().await;
    // Two run. Of the others, four wait and two were refused.
    let (running, queued) = (2, 4);
    assert_eq!(admission.load(), Load { running, queued });
    for gate in &gates {
        assert!(gate.enter().await.is_err());
    }
    for _ in 0..100 {
        assert!(admission.gate("other", "other").enter().await.is_ok());
    }
    drop(visitors);
}

#[tokio::test]
async fn the_queue_of_all_accounts_is_bounded_too() {
    let admission = admission(1, 1, 2, 2);
    let accounts = ["a", "b", "c", "d"].map(|account| admission.gate(account, account));
    let visitors: Vec<_> = accounts[..3].iter().map(visitor).collect();
    settle().await;
    let (running, queued) = (1, 2);
    assert_eq!(admission.load(), Load { running, queued });
    assert!(accounts[3].enter().await.is_err());
    drop(visitors);
}

#[tokio::test]
async fn nobody_waits_for_ever() {
    let admission = Admission::new(Bounds {
        places: 1,
        places_per_tenant: 1,
        places_per_account: 1,
        queued: 1,
        queued_per_tenant: 1,
        queued_per_account: 1,
        max_wait: Duration::from_millis(1),
    });
    let gate = admission.gate("a", "a");
    let place = gate.enter().await;
    assert!(gate.enter().await.is_err());
    assert_eq!(admission.load().queued, 0);
    drop(place);
    assert!(gate.enter().await.is_ok());
}

#[test]
fn gates_are_shared_and_do_not_pile_up() {
    let admission = admission(1, 1, 1, 1);
    let kept = admission.gate("kept", "kept");
    for account in 0..100_000 {
        admission.gate(&account.to_string(), &account.to_string());
    }
    assert!(Arc::ptr_eq(&kept, &admission.gate("kept", "kept")));
    let accounts = admission.accounts.lock().unwrap();
    for entries in [accounts.gates.len(), accounts.tenants.len()] {
        assert!(entries <= SWEEP_FROM, "{entries}");
    }
}

/// Prints what admission costs a call that does not wait.
#[tokio::test]
async fn entering_without_waiting() {
    const TIMES: u32 = 100_000;
    let admission = admission(256, 64, 1_024, 128);
    let gate = admission.gate("a", "a");
    let started = Instant::now();
    for _ in 0..TIMES {
        drop(gate.enter().await);
    }
    println!("{:?} to enter and leave", started.elapsed() / TIMES);
}
