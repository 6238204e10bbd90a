//! What the JavaScript guest promises to authors.

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
#[path = "../support/mod.rs"]
mod support;
mod time_zone;
#[path = "../support/variables.rs"]
mod variables;
mod web;
mod workloads;

use serde_json::{Value, value::RawValue};
use switchhook_runtime::{Call, Failure, Guest, Limits, Outcome, Snapshot};
use tokio::sync::OnceCell;

use self::{
    support::{CALL_LIMITS, COMPILE_LIMITS, failed, returned, succeeded},
    variables::variables,
};

async fn javascript() -> &'static Guest {
    static JAVASCRIPT: OnceCell<Guest> = OnceCell::const_new();
    JAVASCRIPT.get_or_init(|| support::load("javascript")).await
}

async fn compile(source: &str) -> Outcome<Snapshot> {
    javascript().await.compile(source, &COMPILE_LIMITS).await
}

/// A function that compiles.
async fn function(source: &str) -> Snapshot {
    succeeded(source, compile(source).await)
}

async fn call(function: &Snapshot, input: &str, limits: &Limits) -> Outcome<Box<RawValue>> {
    support::call(javascript().await, function, Call::now(input), limits).await
}

/// Compiles and calls with the default limits.
async fn run(source: &str, input: &str) -> Outcome<Box<RawValue>> {
    call(&function(source).await, input, &CALL_LIMITS).await
}

/// The result of a function that returns, with these variables in its environment.
async fn result_in(source: &str, environment: &[(&str, &str)]) -> Value {
    let call = Call {
        environment: variables(environment),
        ..Call::now("{}")
    };
    let function = function(source).await;
    let outcome = support::call(javascript().await, &function, call, &CALL_LIMITS).await;
    returned(source, outcome)
}

/// The result of a function that returns.
async fn result_on(source: &str, input: &str) -> Value {
    returned(source, run(source, input).await)
}

async fn result(source: &str) -> Value {
    result_on(source, "{}").await
}

/// The failure of a function that fails.
async fn failure(source: &str) -> Failure {
    failed(source, run(source, "{}").await)
}

/// The failure of a source that does not compile.
async fn compile_failure(source: &str) -> Failure {
    failed(source, compile(source).await)
}
