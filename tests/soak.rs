//! A million mixed calls from 32 clients: no wrong answer, no lost place, no growing memory.
//!
//! ```text
//! cargo test --release --workspace --test soak
//! ```
//!
//! `SWITCHHOOK_SOAK_CALLS` changes the number of calls. The figures are in `docs/security.md`.

#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::print_stdout,
    dead_code,
    reason = "a test may fail by panicking, this one reports, and it uses a part of the harness"
)]

mod client;
#[allow(dead_code, reason = "the tests use all of it")]
mod database;
mod server;

use std::{
    sync::atomic::{AtomicBool, AtomicUsize, Ordering},
    thread,
    time::{Duration, Instant},
};

use client::Client;
use serde_json::json;
use server::{Server, workload};
use ureq::http::Method;

const CALLS: usize = 1_000_000;
const CLIENTS: usize = 32;

/// Calls before the first that counts, of the kinds that take most memory and stack. A sandbox keeps some memory that
/// it has used, and after these calls it has used as much as it ever will.
const WARM_UP: usize = 10_000;

const MIB: f64 = 1024.0 * 1024.0;

/// Pause between two readings of the server's memory.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// A kind of call: its share of a hundred calls, and how each must end.
struct Kind {
    id: String,
    share: usize,
    outcome: &'static str,
}

fn kinds(client: &Client) -> Vec<Kind> {
    // Limits with which a million calls with loops and bombs end within minutes.
    let limits = json!({"fuel": 20_000_000, "memory_bytes": 8 << 20});
    [
        (workload("say_hi.js"), 88, "ok"),
        (
            "throw new TypeError('no ' + call.n)".to_owned(),
            4,
            "exception",
        ),
        ("for (;;) ;".to_owned(), 2, "fuel_exhausted"),
        (
            "let a = []; for (;;) a.push('x'.repeat(1 << 16))".to_owned(),
            2,
            "memory_limit",
        ),
        ("(function f() { f() })()".to_owned(), 2, "stack_overflow"),
        (
            "const a = {}; a.a = a; return a".to_owned(),
            2,
            "invalid_result",
        ),
    ]
    .into_iter()
    .map(|(source, share, outcome)| {
        let body = json!({"data": {"name": outcome, "function_js": source, "limits": limits}});
        let reply = client.send(Method::PUT, &client.functions(""), &body.to_string());
        assert_eq!(reply.status, 201, "{}", reply.body);
        Kind {
            id: reply.body["data"]["id"].as_str().unwrap().to_owned(),
            share,
            outcome,
        }
    })
    .collect()
}

/// A sequence of kinds in their shares, in which neighbours differ.
fn schedule(kinds: &[Kind]) -> Vec<usize> {
    let mut order: Vec<_> = kinds
        .iter()
        .enumerate()
        .flat_map(|(kind, Kind { share, .. })| std::iter::repeat_n(kind, *share))
        .collect();
    let length = order.len();
    assert_eq!(length, 100);
    // 37 and 100 have no common divisor.
    for place in 0..length {
        order.swap(place, place * 37 % length);
    }
    order
}

fn check(client: &Client, kind: &Kind, number: usize) {
    let call = json!({"Caller-ID-Name": format!("Caller {number}"), "n": number});
    let reply = client.run(&kind.id, &call);
    let data = &reply.body["data"];
    assert_eq!(data["outcome"], kind.outcome, "call {number}: {data}");
    match kind.outcome {
        "ok" => {
            let text = data["result"]["data"]["text"].as_str().unwrap();
            assert!(
                text.ends_with(&format!("Caller {number}")),
                "call {number}: {data}"
            );
        }
        "exception" => assert_eq!(data["error"]["message"], format!("no {number}")),
        _ => {}
    }
}

/// Physical memory of a process, in bytes.
fn resident(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status
        .lines()
        .find(|line| line.starts_with("VmRSS:"))
        .unwrap();
    line.split_whitespace()
        .nth(1)
        .unwrap()
        .parse::<u64>()
        .unwrap()
        * 1024
}

/// The mean of memory while a range of calls was answered.
fn mean(looks: &[(usize, u64)], range: std::ops::Range<usize>) -> f64 {
    let within: Vec<_> = looks
        .iter()
        .filter(|(calls, _)| range.contains(calls))
        .map(|(_, bytes)| *bytes as f64)
        .collect();
    within.iter().sum::<f64>() / within.len() as f64
}

fn least(looks: &[(usize, u64)], range: std::ops::Range<usize>) -> f64 {
    let within = looks.iter().filter(|(calls, _)| range.contains(calls));
    within.map(|(_, bytes)| *bytes).min().unwrap_or_default() as f64
}

#[test]
fn a_million_calls() {
    let calls =
        std::env::var("SWITCHHOOK_SOAK_CALLS").map_or(CALLS, |calls| calls.parse().unwrap());
    // Functions that fail must stay enabled.
    let server = Server::start_with("[failures]\ncount = 0\n[metrics]\nlisten = \"127.0.0.1:0\"");
    let kinds = kinds(&server.client);
    let schedule = schedule(&kinds);
    let greedy: Vec<_> = kinds
        .iter()
        .filter(|kind| ["memory_limit", "stack_overflow"].contains(&kind.outcome))
        .collect();
    let (next, done, ended) = (
        AtomicUsize::new(0),
        AtomicUsize::new(0),
        AtomicBool::new(false),
    );
    let started = Instant::now();
    let looks = thread::scope(|scope| {
        let watcher = scope.spawn(|| {
            let mut looks = Vec::new();
            while !ended.load(Ordering::SeqCst) {
                let calls = done.load(Ordering::SeqCst).checked_sub(WARM_UP);
                looks.extend(calls.map(|calls| (calls, resident(server.process_id()))));
                thread::sleep(LOOK_EVERY);
            }
            looks
        });
        let clients: Vec<_> = (0..CLIENTS)
            .map(|_| {
                scope.spawn(|| {
                    let client = server.client.with_own_connection();
                    loop {
                        let number = next.fetch_add(1, Ordering::SeqCst);
                        if number >= WARM_UP + calls {
                            return;
                        }
                        let kind = if number < WARM_UP {
                            greedy[number % greedy.len()]
                        } else {
                            &kinds[schedule[number % schedule.len()]]
                        };
                        check(&client, kind, number);
                        done.fetch_add(1, Ordering::SeqCst);
                    }
                })
            })
            .collect();
        let results: Vec<_> = clients.into_iter().map(|client| client.join()).collect();
        ended.store(true, Ordering::SeqCst);
        assert!(
            results.iter().all(Result::is_ok),
            "a client got a wrong answer"
        );
        watcher.join().unwrap()
    });
    let seconds = started.elapsed().as_secs_f64();

    for gauge in [
        "switchhook_calls_running",
        "switchhook_calls_queued",
        "switchhook_host_panics_total",
    ] {
        assert_eq!(server.metric(gauge), 0, "{gauge}");
    }
    let window = calls / 10;
    for (what, figure) in [("mean", mean as fn(&_, _) -> _), ("least", least)] {
        print!("MiB, {what:5} by tenths ");
        for start in (0..10).map(|tenth| tenth * window) {
            print!(" {:.1}", figure(&looks, start..start + window) / MIB);
        }
        println!();
    }
    let first = mean(&looks, 0..window);
    let last = mean(&looks, calls - window..calls + 1);
    let most = looks.iter().map(|(_, bytes)| *bytes).max().unwrap();
    println!(
        "calls            {calls}, {:.0} a second",
        calls as f64 / seconds
    );
    for Kind { share, outcome, .. } in &kinds {
        println!("  {outcome:15} {share} %");
    }
    println!(
        "resident memory  {:.1} MiB in the first tenth, {:.1} MiB in the last, {:.1} MiB at most",
        first / MIB,
        last / MIB,
        most as f64 / MIB
    );
    println!("last / first     {:.3}", last / first);
    assert!(last < first * 1.05, "memory grew");
}
