//! What the Lua guest promises to authors.

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
mod stack;
#[path = "../support/mod.rs"]
mod support;
mod time;
mod values;
#[path = "../support/variables.rs"]
mod variables;
mod workloads;

use std::time::Duration;

use serde_json::{Value, value::RawValue};
use switchhook_runtime::{Call, Failure, Guest, Limits, Moment, Outcome, Snapshot};
use tokio::sync::OnceCell;

use self::{
    support::{CALL_LIMITS, COMPILE_LIMITS, failed, returned, succeeded},
    variables::variables,
};

/// The moment of all calls: 20 July 2026, a Monday, 09:05:07 UTC.
const MOMENT: Moment = Moment {
    clock: Duration::from_secs(1_784_538_307),
    seed: [7; 32],
};

async fn lua() -> &'static Guest {
    static LUA: OnceCell<Guest> = OnceCell::const_new();
    LUA.get_or_init(|| support::load("lua")).await
}

async fn compile(source: &str) -> Outcome<Snapshot> {
    lua().await.compile(source, &COMPILE_LIMITS).await
}

/// A function that compiles.
async fn function(source: &str) -> Snapshot {
    succeeded(source, compile(source).await)
}

/// The failure of a source that does not compile.
async fn compile_failure(source: &str) -> Failure {
    failed(source, compile(source).await)
}

async fn call(
    function: &Snapshot,
    input: &str,
    environment: &[(&str, &str)],
    limits: &Limits,
) -> Outcome<Box<RawValue>> {
    let call = Call {
        input,
        moment: MOMENT,
        environment: variables(environment),
    };
    support::call(lua().await, function, call, limits).await
}

/// Compiles and calls with the default limits.
async fn run(source: &str, input: &str) -> Outcome<Box<RawValue>> {
    call(&function(source).await, input, &[], &CALL_LIMITS).await
}

/// The result of a function that returns, as text.
async fn text_on(source: &str, input: &str) -> String {
    succeeded(source, run(source, input).await).get().to_owned()
}

async fn text(source: &str) -> String {
    text_on(source, "{}").await
}

async fn result_on(source: &str, input: &str) -> Value {
    returned(source, run(source, input).await)
}

async fn result(source: &str) -> Value {
    result_on(source, "{}").await
}

/// The result of a function that returns, with these variables in its environment.
async fn result_in(source: &str, environment: &[(&str, &str)]) -> Value {
    let outcome = call(&function(source).await, "{}", environment, &CALL_LIMITS).await;
    returned(source, outcome)
}

/// The failure of a function that fails.
async fn failure(source: &str) -> Failure {
    failed(source, run(source, "{}").await)
}
