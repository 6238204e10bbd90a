//! A JSON document passes through QuickJS and comes back the same, or the call fails with a named outcome.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use serde_json::{Value, value::RawValue};
use switchhook_compiler::{Language, Languages};
use switchhook_fuzz::{ENGINE, LIMITS, block_on, check};
use switchhook_runtime::{Call, Class, Limits, Snapshot};

static LANGUAGES: LazyLock<Languages> = LazyLock::new(|| {
    block_on(Languages::built_in(&ENGINE)).expect("the built-in packs are usable")
});

/// A function that returns its call.
static ECHO: LazyLock<Snapshot> = LazyLock::new(|| {
    let outcome = block_on(javascript().compile("return call", &Limits::COMPILE));
    outcome.result.expect("the source is right")
});

fn javascript() -> &'static Language {
    LANGUAGES.get("javascript").expect("JavaScript is built in")
}

fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(values) => values.iter().map(depth).max(),
        Value::Object(fields) => fields.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}

/// Whether two values are the same in JavaScript, which has one kind of numbers and writes minus zero as zero.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one
                    .iter()
                    .all(|(key, one)| other.get(key).is_some_and(|other| same(one, other)))
        }
        _ => one == other,
    }
}

/// The document's value. `None` if it has lone surrogates, or a number that a double cannot hold.
fn value(json: &str) -> Option<Value> {
    let mut parser = serde_json::Deserializer::from_str(json);
    parser.disable_recursion_limit();
    serde::Deserialize::deserialize(&mut parser).ok()
}

fuzz_target!(init: LazyLock::force(&ECHO), |data: &[u8]| {
    let Ok(input) = str::from_utf8(data) else {
        return;
    };
    let outcome = block_on(javascript().guest().call(&ECHO, Call::now(input), &LIMITS))
        .expect("the snapshot is of this guest");
    if serde_json::from_str::<&RawValue>(input).is_err() {
        return check(&outcome, &[Class::InputTooLarge, Class::Internal]);
    }
    check(&outcome, &[Class::InputTooLarge, Class::Ok]);
    let Some(given) = value(input) else {
        return;
    };
    let too_deep = depth(&given) > LIMITS.input_depth;
    assert_eq!(outcome.class() == Class::InputTooLarge, too_deep, "{input}");
    if let Ok(answer) = outcome.result {
        let returned = value(answer.get()).expect("JSON comes back");
        assert!(same(&given, &returned), "{given} came back as {returned}");
    }
});
