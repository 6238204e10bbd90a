//! What the Python guest promises to authors. `wasm-guests/build --check` runs these tests on a guest built
//! with other tools, which it names in `SWITCHHOOK_TEST_GUEST_python`.

#![expect(
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod clock;
mod errors;
mod isolation;
mod json;
mod language;
mod library;
mod limits;

use std::{env, fs, time::Duration};

use serde_json::{Value, value::RawValue};
use switchhook_runtime::{
    Call, Engine, EngineConfig, Failure, Guest, Limits, Moment, Outcome, Snapshot,
};
use tokio::sync::OnceCell;

const GUEST_VARIABLE: &str = "SWITCHHOOK_TEST_GUEST_python";

/// The default limits, but for the time: a busy machine must not change what a test sees.
const CALL_LIMITS: Limits = Limits {
    wall_clock: Duration::from_mins(1),
    ..Limits::CALL
};
const COMPILE_LIMITS: Limits = Limits {
    wall_clock: Duration::from_mins(1),
    ..Limits::COMPILE
};

/// One guest for all tests: loading it takes longer than any of them.
async fn python() -> &'static Guest {
    static PYTHON: OnceCell<Guest> = OnceCell::const_new();
    PYTHON.get_or_init(load).await
}

async fn load() -> Guest {
    let wasm = match env::var(GUEST_VARIABLE) {
        Ok(path) => fs::read(path).expect("the guest is there"),
        Err(_) => {
            let built = include_bytes!("../../../wasm-guests/python/guest.wasm.zst");
            zstd::decode_all(built.as_slice()).expect("the guest is whole")
        }
    };
    let engine = Engine::new(&EngineConfig::default()).expect("this machine has the address space");
    Guest::load(&engine, &wasm).await.expect("the guest loads")
}

async fn compile(source: &str) -> Outcome<Snapshot> {
    python().await.compile(source, &COMPILE_LIMITS).await
}

/// A function that compiles.
async fn function(source: &str) -> Snapshot {
    match compile(source).await.result {
        Ok(snapshot) => snapshot,
        Err(failure) => panic!("{source}\ndoes not compile: {failure:?}"),
    }
}

async fn call(function: &Snapshot, call: Call<'_>, limits: &Limits) -> Outcome<Box<RawValue>> {
    let guest = python().await;
    let outcome = guest.call(function, call, limits).await;
    outcome.expect("the snapshot is of this guest")
}

/// Compiles and calls with the default limits.
async fn run(source: &str, input: &str) -> Outcome<Box<RawValue>> {
    call(&function(source).await, Call::now(input), &CALL_LIMITS).await
}

/// The text that a function that returns returns.
async fn text_of(source: &str, with: Call<'_>) -> String {
    match call(&function(source).await, with, &CALL_LIMITS)
        .await
        .result
    {
        Ok(json) => json.get().to_owned(),
        Err(failure) => panic!("{source}\nfails: {failure:?}"),
    }
}

/// What a function that returns returns.
async fn result_on(source: &str, input: &str) -> Value {
    let json = text_of(source, Call::now(input)).await;
    serde_json::from_str(&json).expect("a result is JSON")
}

async fn result(source: &str) -> Value {
    result_on(source, "{}").await
}

/// What a function returns at seconds since 1970, in a time zone, with variables.
async fn result_at(source: &str, clock: u64, environment: &[(&str, &str)]) -> Value {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let call = Call {
        input: "{}",
        moment: Moment {
            clock: Duration::from_secs(clock),
            seed: [7; 32],
        },
        environment: environment.collect(),
    };
    serde_json::from_str(&text_of(source, call).await).expect("a result is JSON")
}

/// How a function that fails fails.
async fn failure(source: &str) -> Failure {
    match run(source, "{}").await.result {
        Ok(json) => panic!("{source}\nreturns {json}"),
        Err(failure) => failure,
    }
}

/// How a source that does not compile fails to.
async fn compile_failure(source: &str) -> Failure {
    match compile(source).await.result {
        Ok(_) => panic!("{source}\ncompiles"),
        Err(failure) => failure,
    }
}
