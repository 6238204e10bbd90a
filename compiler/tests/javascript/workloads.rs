//! Functions like those of customers, on a call as routers send it.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use switchhook_runtime::{Call, Moment};

use crate::{CALL_LIMITS, function, javascript, result_on, support::other_module};

const CALL: &str = include_str!("../../../tests/workloads/call.json");
const SAY_HI: &str = include_str!("../../../tests/workloads/say_hi.js");
const FUN_DAY: &str = include_str!("../../../tests/workloads/fun_day.js");
const ROUTING_TABLE: &str = include_str!("../../../tests/workloads/routing_table.js");
const FIB22: &str = include_str!("../../../tests/workloads/fib22.js");

/// The fuel of a call at a fixed time, because names of days differ in length.
async fn fuel(source: &str) -> u64 {
    let call = Call {
        moment: Moment {
            clock: Duration::from_secs(1_795_392_000),
            seed: [0; 32],
        },
        ..Call::now(CALL)
    };
    let function = function(source).await;
    let guest = javascript().await;
    let outcome = guest.call(&function, call, &CALL_LIMITS).await;
    let outcome = outcome.expect("the snapshot is of this guest");
    outcome.result.expect("the workload runs");
    outcome.metrics.fuel
}

#[tokio::test]
async fn say_hi() {
    assert_eq!(
        result_on(SAY_HI, CALL).await,
        json!({"module": "tts", "data": {"text": "Thanks for calling us Bob"}})
    );
}

#[tokio::test]
async fn fun_day() {
    let before = weekday();
    let result = result_on(FUN_DAY, CALL).await;
    let said = |day| json!({"module": "tts", "data": {"text": format!("{day} fun day!")}});
    assert!([before, weekday()].map(said).contains(&result), "{result}");
}

/// Today's name, in UTC.
fn weekday() -> &'static str {
    const DAY: Duration = Duration::from_hours(24);
    let since_1970 = SystemTime::UNIX_EPOCH.elapsed().expect("now is after 1970");
    let days = since_1970.as_secs() / DAY.as_secs();
    // The first of January 1970 was a Thursday.
    let names = [
        "Thursday",
        "Friday",
        "Saturday",
        "Sunday",
        "Monday",
        "Tuesday",
        "Wednesday",
    ];
    names[(days % 7) as usize]
}

#[tokio::test]
async fn routing_table() {
    let call: Value = serde_json::from_str(CALL).unwrap();
    let to = call["To"].as_str().unwrap();
    let (prefix, device) = ROUTING_TABLE
        .lines()
        .filter_map(|line| line.trim().trim_end_matches(',').split_once(": "))
        .map(|(prefix, device)| (prefix.trim_matches('\''), device.trim_matches('\'')))
        .filter(|(prefix, _)| to.starts_with(prefix))
        .max_by_key(|(prefix, _)| prefix.len())
        .expect("the table has a route for the call");
    assert_eq!(
        result_on(ROUTING_TABLE, CALL).await,
        json!({
            "module": "set_cid",
            "data": {"caller_id_name": format!("Bob via {prefix}"), "caller_id_number": "+14158867900"},
            "children": {"_": {
                "module": "device",
                "data": {"id": device, "timeout": 20},
                "children": {"_": {
                    "module": "tts",
                    "data": {"text": format!("No one can take your call at {to}")},
                    "children": {"_": {"module": "voicemail", "data": {"id": device}, "children": {}}},
                }},
            }},
        })
    );
}

#[tokio::test]
async fn fib22() {
    assert_eq!(
        result_on(FIB22, CALL).await,
        json!({"module": "response", "data": {"code": 200, "n": 17711}})
    );
}

/// The function of KAZOO's own tests.
#[tokio::test]
async fn kazoos_own_test_function() {
    assert_eq!(
        result_on(
            "return {'action':'tts', 'data':{'text':'got it ' + call['To']}};",
            CALL
        )
        .await,
        json!({"action": "tts", "data": {"text": "got it +14155550123"}})
    );
}

/// Fuel is the same on every machine and in every run, so these figures are exact. Every change of the guest changes
/// them, and more fuel means a slower guest.
#[tokio::test]
async fn fuel_is_as_measured() {
    if other_module("javascript").is_some() {
        // Other tools make other code, with other figures.
        return;
    }
    let mut measured = Vec::new();
    for (name, source) in [
        ("say_hi", SAY_HI),
        ("fun_day", FUN_DAY),
        ("routing_table", ROUTING_TABLE),
        ("fib22", FIB22),
    ] {
        measured.push((name, fuel(source).await));
    }
    let expected = [
        ("say_hi", 43_094),
        ("fun_day", 51_730),
        ("routing_table", 684_530),
        ("fib22", 36_496_788),
    ];
    assert_eq!(measured, expected);
}

#[tokio::test]
async fn a_small_function_makes_a_small_snapshot() {
    let bytes = function(SAY_HI).await.to_bytes().len();
    assert!(bytes < 8 * 1024, "{bytes}");
}
