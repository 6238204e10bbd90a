//! What the Python guest promises to authors.

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
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/variables.rs"]
mod variables;

use std::time::Duration;

use serde_json::{Value, value::RawValue};
use switchhook_runtime::{Call, Failure, Guest, Limits, Moment, Outcome, Snapshot};
use tokio::sync::OnceCell;

use self::{
    support::{CALL_LIMITS, COMPILE_LIMITS, failed, returned, succeeded},
    variables::variables,
};

async fn python() -> &'static Guest {
    static PYTHON: OnceCell<Guest> = OnceCell::const_new();
    PYTHON.get_or_init(|| support::load("python")).await
}

async fn compile(source: &str) -> Outcome<Snapshot> {
    python().await.compile(source, &COMPILE_LIMITS).await
}

/// A function that compiles.
async fn function(source: &str) -> Snapshot {
    succeeded(source, compile(source).await)
}

async fn call(function: &Snapshot, call: Call<'_>, limits: &Limits) -> Outcome<Box<RawValue>> {
    support::call(python().await, function, call, limits).await
}

/// Compiles and calls with the default limits.
async fn run(source: &str, input: &str) -> Outcome<Box<RawValue>> {
    call(&function(source).await, Call::now(input), &CALL_LIMITS).await
}

/// The result of a function that returns, as text.
async fn text_of(source: &str, with: Call<'_>) -> String {
    let outcome = call(&function(source).await, with, &CALL_LIMITS).await;
    succeeded(source, outcome).get().to_owned()
}

/// The result of a function that returns.
async fn result_on(source: &str, input: &str) -> Value {
    returned(source, run(source, input).await)
}

async fn result(source: &str) -> Value {
    result_on(source, "{}").await
}

/// The result of a function at a time in seconds since 1970, with these variables in its environment.
async fn result_at(source: &str, clock: u64, environment: &[(&str, &str)]) -> Value {
    let at = Call {
        input: "{}",
        moment: Moment {
            clock: Duration::from_secs(clock),
            seed: [7; 32],
        },
        environment: variables(environment),
    };
    returned(
        source,
        call(&function(source).await, at, &CALL_LIMITS).await,
    )
}

/// The failure of a function that fails.
async fn failure(source: &str) -> Failure {
    failed(source, run(source, "{}").await)
}

/// The failure of a source that does not compile.
async fn compile_failure(source: &str) -> Failure {
    failed(source, compile(source).await)
}
