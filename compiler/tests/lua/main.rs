//! What the Lua guest promises to authors. `wasm-guests/build --check` runs these tests on a guest built with other tools,
//! which it names in `SWITCHHOOK_TEST_GUEST_lua`.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod errors;
mod forms;
mod isolation;
mod libraries;
mod limits;
mod time;
mod values;
mod workloads;

use std::{env, fs, time::Duration};

use serde_json::{Value, value::RawValue};
use switchhook_runtime::{
    Call, Engine, EngineConfig, Failure, Guest, Limits, Moment, Outcome, Snapshot,
};
use tokio::sync::OnceCell;

const GUEST_VARIABLE: &str = "SWITCHHOOK_TEST_GUEST_lua";

/// The default limits, but for the time: a busy machine must not change what a test sees.
const CALL_LIMITS: Limits = Limits {
    wall_clock: Duration::from_mins(1),
    ..Limits::CALL
};
const COMPILE_LIMITS: Limits = Limits {
    wall_clock: Duration::from_mins(1),
    ..Limits::COMPILE
};

/// When calls are: 20 July 2026, a Monday, 09:05:07 UTC.
const MOMENT: Moment = Moment {
    clock: Duration::from_secs(1_784_538_307),
    seed: [7; 32],
};

/// One guest for all tests: loading it takes longer than any of them.
async fn lua() -> &'static Guest {
    static LUA: OnceCell<Guest> = OnceCell::const_new();
    LUA.get_or_init(load).await
}

async fn load() -> Guest {
    let built = concat!(env!("CARGO_MANIFEST_DIR"), "/../wasm-guests/lua/guest.wasm");
    let guest = env::var(GUEST_VARIABLE).unwrap_or_else(|_| built.to_owned());
    let wasm = fs::read(guest).expect("the guest is there");
    let engine = Engine::new(&EngineConfig::default()).expect("this machine has the address space");
    Guest::load(&engine, &wasm).await.expect("the guest loads")
}

/// A function that compiles.
async fn function(source: &str) -> Snapshot {
    match lua().await.compile(source, &COMPILE_LIMITS).await.result {
        Ok(snapshot) => snapshot,
        Err(failure) => panic!("{source}\ndoes not compile: {failure:?}"),
    }
}

/// How a source that does not compile fails to.
async fn compile_failure(source: &str) -> Failure {
    match lua().await.compile(source, &COMPILE_LIMITS).await.result {
        Ok(_) => panic!("{source}\ncompiles"),
        Err(failure) => failure,
    }
}

async fn call(
    function: &Snapshot,
    input: &str,
    environment: &[(&str, &str)],
    limits: &Limits,
) -> Outcome<Box<RawValue>> {
    let environment = environment
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    let call = Call {
        input,
        moment: MOMENT,
        environment: environment.collect(),
    };
    let called = lua().await.call(function, call, limits).await;
    called.expect("the snapshot is of this guest")
}

/// Compiles and calls with the default limits.
async fn run(source: &str, input: &str) -> Outcome<Box<RawValue>> {
    call(&function(source).await, input, &[], &CALL_LIMITS).await
}

/// What a function that returns returns, as it writes it.
async fn text_on(source: &str, input: &str) -> String {
    match run(source, input).await.result {
        Ok(json) => json.get().to_owned(),
        Err(failure) => panic!("{source}\nfails: {failure:?}"),
    }
}

async fn text(source: &str) -> String {
    text_on(source, "{}").await
}

async fn result_on(source: &str, input: &str) -> Value {
    serde_json::from_str(&text_on(source, input).await).expect("a result is JSON")
}

async fn result(source: &str) -> Value {
    result_on(source, "{}").await
}

/// What a function that returns returns with these variables in its environment.
async fn result_in(source: &str, environment: &[(&str, &str)]) -> Value {
    let outcome = call(&function(source).await, "{}", environment, &CALL_LIMITS).await;
    match outcome.result {
        Ok(json) => serde_json::from_str(json.get()).expect("a result is JSON"),
        Err(failure) => panic!("{source}\nfails: {failure:?}"),
    }
}

/// How a function that fails fails.
async fn failure(source: &str) -> Failure {
    match run(source, "{}").await.result {
        Ok(json) => panic!("{source}\nreturns {json}"),
        Err(failure) => failure,
    }
}
