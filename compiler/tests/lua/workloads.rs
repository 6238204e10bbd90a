//! The pack's samples, on a call as routers send it.

use serde_json::{Value, json};
use switchhook_runtime::Level;

use crate::{CALL_LIMITS, call, function, support::other_module};

const CALL: &str = include_str!("../../../tests/workloads/call.json");

const FIB22: &str = "local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end return fib(22)";
/// Raises and catches a thousand errors.
const ERRORS: &str = "for _ = 1, 1000 do pcall(error) end return 0";

macro_rules! sample {
    ($name:literal) => {
        include_str!(concat!("../../../wasm-guests/lua/samples/", $name, ".lua"))
    };
}

async fn answer(source: &str, input: &Value, zone: &str) -> Value {
    let outcome = call(
        &function(source).await,
        &input.to_string(),
        &[("TZ", zone)],
        &CALL_LIMITS,
    )
    .await;
    serde_json::from_str(outcome.result.unwrap().get()).unwrap()
}

#[tokio::test]
async fn say_hi_and_day_of_week() {
    let say_hi = sample!("say_hi");
    let said = |text: &str| json!({"module": "tts", "data": {"text": text}});
    assert_eq!(
        answer(say_hi, &json!({"Caller-ID-Name": "Bob"}), "UTC").await,
        said("Thanks for calling us, Bob")
    );
    assert_eq!(
        answer(say_hi, &json!({}), "UTC").await,
        said("Thanks for calling us, friend")
    );
    assert_eq!(
        answer(sample!("day_of_week"), &json!({}), "UTC").await,
        said("Monday fun day!")
    );
}

#[tokio::test]
async fn routing_table() {
    let source = sample!("routing_table");
    let routed = answer(source, &json!({"To-User": "+442071234567"}), "UTC").await;
    let user = "5e29bbea6efcf9af2de7dfdce08ec708";
    assert_eq!(
        routed,
        json!({
            "module": "user",
            "data": {"id": user, "timeout": 20},
            "children": {"_": {"module": "voicemail", "data": {"id": user, "action": "compose"}}},
        })
    );
    assert_eq!(
        answer(source, &json!({"To-User": "0049"}), "UTC").await,
        json!({"module": "response", "data": {"code": 404, "message": "No route to 0049"}})
    );
}

#[tokio::test]
async fn call_screening() {
    let screening = function(sample!("call_screening")).await;
    let input = r#"{"Caller-ID-Number": "+19005550100", "Owner-ID": "o"}"#;
    let outcome = call(&screening, input, &[], &CALL_LIMITS).await;
    assert_eq!(outcome.logs.records[0].level, Level::Warn);
    assert_eq!(outcome.logs.records[0].message, "refused\t+19005550100");
    for (caller, module) in [
        ("+19005550100", "response"),
        ("+14158867900", "user"),
        ("+491234", "voicemail"),
    ] {
        let input = json!({"Caller-ID-Number": caller, "Owner-ID": "o"});
        assert_eq!(
            answer(sample!("call_screening"), &input, "UTC").await["module"],
            json!(module),
            "{caller}"
        );
    }
}

#[tokio::test]
async fn business_hours() {
    for (zone, module) in [
        ("UTC", "ring_group"),
        ("Asia/Tokyo", "tts"),
        ("Europe/Berlin", "ring_group"),
        ("America/New_York", "tts"),
    ] {
        assert_eq!(
            answer(sample!("business_hours"), &json!({}), zone).await["module"],
            json!(module),
            "{zone}"
        );
    }
}

/// Exact figures, as for the JavaScript guest's workloads. More fuel mostly means a slower guest.
#[tokio::test]
async fn fuel_is_as_measured() {
    if other_module("lua").is_some() {
        // Other tools make other code, with other figures.
        return;
    }
    let expected = [
        ("say_hi", sample!("say_hi"), 81_278),
        ("day_of_week", sample!("day_of_week"), 84_293),
        ("routing_table", sample!("routing_table"), 103_808),
        ("fib22", FIB22, 23_860_956),
        ("errors", ERRORS, 1_780_316),
    ];
    let mut measured = expected;
    for (_, source, fuel) in &mut measured {
        let outcome = call(&function(source).await, CALL, &[], &CALL_LIMITS).await;
        *fuel = outcome.metrics.fuel;
    }
    assert_eq!(
        measured.map(|(name, _, fuel)| (name, fuel)),
        expected.map(|(name, _, fuel)| (name, fuel))
    );
}

#[tokio::test]
async fn a_small_function_makes_a_small_snapshot() {
    let bytes = function(sample!("say_hi")).await.to_bytes().len();
    assert!(bytes < 4 * 1024, "{bytes}");
}
