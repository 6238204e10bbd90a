//! What the JavaScript guest promises to authors. `wasm-guests/build --check` runs these tests on a guest built
//! with other tools, which it names in `SWITCHHOOK_TEST_GUEST_javascript`.

#![expect(
    clippy::panic,
    reason = "a test fails by panicking, in its helpers too"
)]

mod bundlers;
mod console;
mod environment;
mod errors;
mod intl;
mod isolation;
mod json;
mod language;
mod libraries;
mod limits;
mod modules;
mod replay;
mod serve;
mod source_maps;
mod standard;
mod time_zone;
mod web;
mod workloads;

use std::{env, fs, time::Duration};

use serde_json::{Value, value::RawValue};
use switchhook_runtime::{Call, Engine, EngineConfig, Failure, Guest, Limits, Outcome, Snapshot};
use tokio::sync::OnceCell;

const GUEST_VARIABLE: &str = "SWITCHHOOK_TEST_GUEST_javascript";

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
async fn javascript() -> &'static Guest {
    static JAVASCRIPT: OnceCell<Guest> = OnceCell::const_new();
    JAVASCRIPT.get_or_init(load).await
}

async fn load() -> Guest {
    let built = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../wasm-guests/javascript/guest.wasm"
    );
    let guest = env::var(GUEST_VARIABLE).unwrap_or_else(|_| built.to_owned());
    let wasm = fs::read(guest).expect("the guest is there");
    let engine = Engine::new(&EngineConfig::default()).expect("this machine has the address space");
    Guest::load(&engine, &wasm).await.expect("the guest loads")
}

async fn compile(source: &str) -> Outcome<Snapshot> {
    javascript().await.compile(source, &COMPILE_LIMITS).await
}

/// A function that compiles.
async fn function(source: &str) -> Snapshot {
    match compile(source).await.result {
        Ok(snapshot) => snapshot,
        Err(failure) => panic!("{source}\ndoes not compile: {failure:?}"),
    }
}

async fn call(function: &Snapshot, input: &str, limits: &Limits) -> Outcome<Box<RawValue>> {
    let guest = javascript().await;
    guest
        .call(function, Call::now(input), limits)
        .await
        .expect("the snapshot is of this guest")
}

/// Compiles and calls with the default limits.
async fn run(source: &str, input: &str) -> Outcome<Box<RawValue>> {
    call(&function(source).await, input, &CALL_LIMITS).await
}

/// What a function that returns returns with these variables in its environment.
async fn result_in(source: &str, environment: &[(&str, &str)]) -> Value {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let call = Call {
        environment: environment.collect(),
        ..Call::now("{}")
    };
    let function = function(source).await;
    let guest = javascript().await;
    let outcome = guest.call(&function, call, &CALL_LIMITS);
    match outcome.await.expect("the snapshot is of this guest").result {
        Ok(json) => serde_json::from_str(json.get()).expect("a result is JSON"),
        Err(failure) => panic!("{source}\nfails: {failure:?}"),
    }
}

/// What a function that returns returns.
async fn result_on(source: &str, input: &str) -> Value {
    match run(source, input).await.result {
        Ok(json) => serde_json::from_str(json.get()).expect("a result is JSON"),
        Err(failure) => panic!("{source}\nfails: {failure:?}"),
    }
}

async fn result(source: &str) -> Value {
    result_on(source, "{}").await
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
