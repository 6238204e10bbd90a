//! One-off replications.

use serde_json::{Value, json};

use super::{Replicator, address, change, documents, fill, replicated, returned, zone};
use crate::{
    proxy::{Network, Proxy},
    server::eventually,
};

/// Documents of a batch.
const BATCH: u64 = 500;

const DOCUMENTS: u64 = 3_000;

#[test]
fn an_empty_database_is_replicated() {
    let (source, target) = (zone(), zone());
    let ended = replicated(
        &address(&source.address()),
        &address(&target.address()),
        &["--both"],
    );
    assert_eq!(ended.counts(), [[0, 0, 0, 0], [0, 0, 0, 0]]);
    // No message contains a password.
    assert_eq!(
        ended.stdout.lines().next().unwrap(),
        format!(
            "http://{0}/functions to http://{1}/functions: 0 revisions checked, 0 read, 0 written, 0 refused",
            source.address(),
            target.address()
        )
    );
}

#[test]
fn what_is_there_is_replicated_once() {
    let (source, target) = (zone(), zone());
    let client = &source.server.client;
    let called = client.created("return call.n + 1");
    let rev = source.written("gone", &json!({"n": 1}));
    source.delete(&format!("/functions/gone?rev={rev}"));
    source.written("a%2Fb%20c%2B%C3%A9", &json!({"n": 1}));
    source.written("_design/x", &json!({"language": "javascript"}));
    source.written("_local/x", &json!({"n": 1}));

    let run = || {
        replicated(
            &address(&source.address()),
            &address(&target.address()),
            &[],
        )
        .counts()
    };
    assert_eq!(run(), [[4, 4, 4, 0]]);
    assert_eq!(documents(&target), documents(&source));
    assert_eq!(returned(&target, client, &called), Some(2.into()));
    assert_eq!(target.get("/functions/gone").body["reason"], "deleted");
    assert_eq!(target.get("/functions/_local/x").status, 404);
    assert_eq!(run(), [[0, 0, 0, 0]]);
    change(&source, client, &called, "return call.n + 2");
    assert_eq!(run(), [[1, 1, 1, 0]]);
    assert_eq!(returned(&target, client, &called), Some(3.into()));

    // A target that has lost everything gets everything, whatever the source's checkpoint says.
    let another = zone();
    let proxy = Proxy::before_port(&target.address());
    let through = |proxy: &Proxy| {
        let target = address(&proxy.address().to_string());
        replicated(&address(&source.address()), &target, &[]).counts()
    };
    assert_eq!(through(&proxy), [[4, 0, 0, 0]]);
    proxy.lead_to(&another.address());
    assert_eq!(through(&proxy), [[4, 4, 4, 0]]);
    assert_eq!(documents(&another), documents(&source));
}

#[test]
fn of_two_changes_the_same_one_wins_everywhere() {
    let (one, other) = (zone(), zone());
    let client = &one.server.client;
    let ids = [client.created("return 0"), client.created("return 0")];
    let run = || {
        replicated(
            &address(&one.address()),
            &address(&other.address()),
            &["--both"],
        )
    };
    assert_eq!(run().counts()[0], [2, 2, 2, 0]);
    for (n, id) in ids.iter().enumerate() {
        change(&one, client, id, &format!("return 'one {n}'"));
        change(&other, client, id, &format!("return 'other {n}'"));
    }
    // The longer history wins.
    change(&one, client, &ids[0], "return 'longer'");
    let before: Vec<_> = [&one, &other]
        .map(|zone| zone.document(&ids[1])["_rev"].clone())
        .into();
    let counts = run().counts();
    assert!(
        counts.iter().all(|[.., refused]| *refused == 0),
        "{counts:?}"
    );
    assert_eq!(documents(&one), documents(&other));
    assert_eq!(returned(&other, client, &ids[0]), Some("longer".into()));
    let winner = before.iter().map(|rev| rev.as_str().unwrap()).max();
    assert_eq!(one.document(&ids[1])["_rev"].as_str(), winner);
    assert_eq!(
        returned(&one, client, &ids[1]),
        returned(&other, client, &ids[1])
    );
}

#[test]
fn a_replicator_that_is_killed_goes_on_from_its_checkpoint() {
    let (source, target) = (zone(), zone());
    fill(&source, DOCUMENTS as usize);
    let proxy = Proxy::before_port(&target.address());
    let to = address(&proxy.address().to_string());
    // Lets two batches of documents of a kilobyte pass, and no third one.
    proxy.set(Network::PassesBytes(1_600_000));
    let first = Replicator::start(&address(&source.address()), &to, &[]);
    eventually("the network swallows", || {
        (proxy.network() == Network::Swallows).then_some(())
    });
    drop(first);
    proxy.set(Network::Refuses);
    proxy.set(Network::Passes);
    let [[checked, read, written, refused]] =
        replicated(&address(&source.address()), &to, &[]).counts()[..]
    else {
        panic!("there is one direction");
    };
    assert!(
        (BATCH..=DOCUMENTS - 2 * BATCH).contains(&checked),
        "{checked}"
    );
    assert_eq!(checked % BATCH, 0);
    assert!(
        read <= checked && written == read,
        "{checked} {read} {written}"
    );
    assert_eq!(refused, 0);
    assert_eq!(documents(&target), documents(&source));
}

#[test]
fn a_replicator_that_is_told_to_stop_finishes_its_batch() {
    let (source, target) = (zone(), zone());
    fill(&source, DOCUMENTS as usize);
    let addresses = (address(&source.address()), address(&target.address()));
    let first = Replicator::start(&addresses.0, &addresses.1, &[]);
    eventually("documents arrive", || {
        let count = target.get("/functions").body["doc_count"].as_u64()?;
        (count > 0).then_some(())
    });
    let first = first.stop().counts()[0];
    let second = replicated(&addresses.0, &addresses.1, &[]).counts()[0];
    assert_eq!(first[0] % BATCH, 0, "{first:?}");
    assert_eq!(
        [first[0] + second[0], first[2] + second[2]],
        [DOCUMENTS; 2],
        "{first:?} {second:?}"
    );
    assert_eq!(documents(&target), documents(&source));
}

#[test]
fn documents_of_any_size_fit_into_bounded_replies() {
    let (source, target) = (zone(), zone());
    // 45 MB: more than one reply or one request may have.
    for n in 0..15 {
        let document: Value = json!({"text": "x".repeat(3_000_000)});
        source.written(&format!("large{n}"), &document);
    }
    let ended = replicated(
        &address(&source.address()),
        &address(&target.address()),
        &[],
    );
    assert_eq!(ended.counts(), [[15, 15, 15, 0]]);
    assert_eq!(documents(&target), documents(&source));
}
