//! What the tests of all guests share: limits, loading a guest, calling it, and what becomes of outcomes.

use std::{env, fmt::Debug, fs, time::Duration};

use serde_json::{Value, value::RawValue};
use switchhook_runtime::{Call, Engine, EngineConfig, Failure, Guest, Limits, Outcome, Snapshot};

/// The default limits with more time: a busy machine must not change what a test sees.
pub(crate) const CALL_LIMITS: Limits = Limits {
    wall_clock: Duration::from_mins(1),
    ..Limits::CALL
};
pub(crate) const COMPILE_LIMITS: Limits = Limits {
    wall_clock: Duration::from_mins(1),
    ..Limits::COMPILE
};

/// The module that is tested in place of the committed one: `wasm-guests/build --check` names a guest that it has built
/// with other tools.
pub(crate) fn other_module(language: &str) -> Option<String> {
    env::var(format!("SWITCHHOOK_TEST_GUEST_{language}")).ok()
}

/// Loads a language's guest. A test program loads it once, because loading takes longer than any test.
pub(crate) async fn load(language: &str) -> Guest {
    let committed = format!(
        "{}/../wasm-guests/{language}/guest.wasm",
        env!("CARGO_MANIFEST_DIR")
    );
    let path = other_module(language).unwrap_or(committed);
    let wasm = fs::read(&path).unwrap_or_else(|_| {
        let compressed = fs::read(path + ".zst").expect("the guest is there");
        zstd::decode_all(compressed.as_slice()).expect("the guest is whole")
    });
    let engine = Engine::new(&EngineConfig::default()).expect("this machine has the address space");
    Guest::load(&engine, &wasm).await.expect("the guest loads")
}

pub(crate) async fn call(
    guest: &Guest,
    function: &Snapshot,
    call: Call<'_>,
    limits: &Limits,
) -> Outcome<Box<RawValue>> {
    let outcome = guest.call(function, call, limits).await;
    outcome.expect("the snapshot is of this guest")
}

/// The snapshot of a source that compiles, or the result of a function that returns.
pub(crate) fn succeeded<T>(source: &str, outcome: Outcome<T>) -> T {
    match outcome.result {
        Ok(result) => result,
        Err(failure) => panic!("{source}\nfails: {failure:?}"),
    }
}

/// The failure of a source that does not compile, or of a function that fails.
pub(crate) fn failed<T: Debug>(source: &str, outcome: Outcome<T>) -> Failure {
    match outcome.result {
        Ok(result) => panic!("{source}\nsucceeds: {result:?}"),
        Err(failure) => failure,
    }
}

/// The result of a function that returns, as a value.
pub(crate) fn returned(source: &str, outcome: Outcome<Box<RawValue>>) -> Value {
    let json = succeeded(source, outcome);
    serde_json::from_str(json.get()).expect("a result is JSON")
}
