//! Random values.

use serde_json::json;

use super::{assert_errors, assert_values};
use crate::{CALL_LIMITS, call, function};

#[tokio::test]
async fn random_values_fill_what_they_are_asked_for() {
    assert_values([
        (
            "((array) => crypto.getRandomValues(array) === array)(new Uint32Array(4))",
            json!(true),
        ),
        ("crypto.getRandomValues(new Uint8Array(0)).length", json!(0)),
        (
            "crypto.getRandomValues(new Uint8Array(65536)).some(byte => byte > 0)",
            json!(true),
        ),
        (
            "((all) => (crypto.getRandomValues(all.subarray(8, 24)), \
                [all.subarray(0, 8).some(Boolean), all.subarray(8, 24).some(Boolean), all.subarray(24).some(Boolean)]))\
                (new Uint8Array(32))",
            json!([false, true, false]),
        ),
        (
            "[Int8Array, Uint8ClampedArray, Int16Array, Uint16Array, Int32Array, BigInt64Array, BigUint64Array]\
                .every(type => crypto.getRandomValues(new type(32)).some(value => value != 0))",
            json!(true),
        ),
        (
            "/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(crypto.randomUUID())",
            json!(true),
        ),
        ("typeof crypto.subtle", json!("undefined")),
    ])
    .await;
    let not_integers = "TypeMismatchError: getRandomValues needs a typed array of integers";
    assert_errors([
        (
            "crypto.getRandomValues(new Uint8Array(65537))",
            "QuotaExceededError: getRandomValues gives at most 65536 bytes at once",
        ),
        ("crypto.getRandomValues(new Float32Array(1))", not_integers),
        (
            "crypto.getRandomValues(new DataView(new ArrayBuffer(1)))",
            not_integers,
        ),
        (
            "crypto.getRandomValues([])",
            "TypeError: getRandomValues needs a typed array",
        ),
    ])
    .await;
}

#[tokio::test]
async fn every_call_draws_its_own_random_values() {
    let function = function(
        "return [crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(16))].join()]",
    )
    .await;
    let mut drawn = Vec::new();
    for _ in 0..5 {
        let outcome = call(&function, "{}", &CALL_LIMITS).await;
        let pair: [String; 2] = serde_json::from_str(outcome.result.unwrap().get()).unwrap();
        drawn.extend(pair);
    }
    drawn.sort();
    drawn.dedup();
    assert_eq!(drawn.len(), 10, "{drawn:?}");
}
