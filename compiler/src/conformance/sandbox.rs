//! Cases about what a function can reach, and what stops it.

use serde_json::{Value, json};
use switchhook_runtime::{Class, Limits};

use super::{
    Checked,
    kit::{CLOCK, Circumstances, Kit, ended_with},
};

/// Fuel for the case `memory`: some languages fill the memory slowly.
const FUEL_TO_FILL_MEMORY: u64 = 5_000_000_000;

/// A time zone that is always nine hours ahead of UTC.
const TOKYO: Circumstances = Circumstances {
    seed: 0,
    environment: &[("TZ", "Asia/Tokyo")],
};
const HOURS_AHEAD: u64 = 9;

pub(super) async fn check(kit: &Kit<'_>, case: &str, source: &str) -> Checked {
    let function = kit.compile(source).await?;
    let usual = Circumstances::default();
    let (limits, expected): (Limits, &[Class]) = match case {
        "random" => {
            let one = kit.result(&function, "{}", usual).await?;
            let seeded = Circumstances { seed: 1, ..usual };
            let other = kit.result(&function, "{}", seeded).await?;
            return if one == other {
                Err(format!("two calls with different seeds return {one}"))
            } else {
                Ok(())
            };
        }
        "clock" => return clock(&kit.result(&function, "{}", TOKYO).await?),
        "state" => return is(&kit.result(&function, "{}", usual).await?, &json!(1)),
        "environment" => {
            let greeted = Circumstances {
                environment: &[("GREETING", "hello")],
                ..usual
            };
            return is(
                &kit.result(&function, "{}", greeted).await?,
                &json!("hello"),
            );
        }
        "files" => {
            let outcome = kit.call(&function, "{}", usual, &kit.call_limits).await?;
            if let Ok(result) = &outcome.result {
                let result: Value = serde_json::from_str(result.get()).unwrap_or_default();
                return is(&result, &json!("refused"));
            }
            return ended_with(outcome, &[Class::Exception]).map(drop);
        }
        "loop" => (kit.call_limits.clone(), &[Class::FuelExhausted]),
        "memory" => {
            let limits = Limits {
                fuel: FUEL_TO_FILL_MEMORY,
                ..kit.call_limits.clone()
            };
            (limits, &[Class::MemoryLimit])
        }
        "recursion" => (
            kit.call_limits.clone(),
            &[Class::StackOverflow, Class::Exception],
        ),
        "large_output" => (kit.call_limits.clone(), &[Class::OutputTooLarge]),
        _ => return Err("the kit has no such case".to_owned()),
    };
    // The kit makes each call twice, so the second call shows that the host is as before.
    let outcome = kit.call(&function, "{}", usual, &limits).await?;
    ended_with(outcome, expected).map(drop)
}

fn clock(result: &Value) -> Checked {
    let unix = result.get("unix").and_then(Value::as_f64);
    let hour = result.get("hour").and_then(Value::as_f64);
    let seconds = CLOCK.as_secs();
    let expected = (seconds as f64, ((seconds / 3600 + HOURS_AHEAD) % 24) as f64);
    if unix.map(f64::floor) == Some(expected.0) && hour == Some(expected.1) {
        return Ok(());
    }
    let (unix, hour) = expected;
    Err(format!(
        "it returns {result} when it is {{\"unix\": {unix}, \"hour\": {hour}}}"
    ))
}

fn is(result: &Value, expected: &Value) -> Checked {
    (result == expected)
        .then_some(())
        .ok_or_else(|| format!("it returns {result}, instead of {expected}"))
}
