//! What the TypeScript transform promises to authors, together with the JavaScript guest that runs what it writes.
//! `wasm-guests/build --check` runs these tests on a transform built with other tools, which it names in
//! `SWITCHHOOK_TEST_GUEST_typescript`.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod errors;
mod hostile;
mod language;

use std::{env, fs, time::Duration};

use serde_json::{Value, value::RawValue};
use switchhook_runtime::{Call, Engine, EngineConfig, Failure, Guest, Limits, Outcome, Snapshot};
use tokio::sync::OnceCell;

const GUEST_VARIABLE: &str = "SWITCHHOOK_TEST_GUEST_typescript";

/// The default limits, but for the time: a busy machine must not change what a test sees.
const CALL_LIMITS: Limits = Limits {
    wall_clock: Duration::from_mins(1),
    ..Limits::CALL
};
/// Of the JavaScript that was written: with its map it is larger than the source.
const COMPILE_LIMITS: Limits = Limits {
    wall_clock: Duration::from_mins(1),
    input_bytes: usize::MAX,
    ..Limits::COMPILE
};
/// Of the transform: what a source may have doubles where JSON escapes it.
const TRANSFORM_LIMITS: Limits = Limits {
    output_bytes: usize::MAX,
    ..COMPILE_LIMITS
};

struct TypeScript {
    transform: Guest,
    idle: Snapshot,
    javascript: Guest,
}

/// One pair of guests for all tests: loading them takes longer than any of them.
async fn typescript() -> &'static TypeScript {
    static TYPESCRIPT: OnceCell<TypeScript> = OnceCell::const_new();
    TYPESCRIPT.get_or_init(load).await
}

async fn load() -> TypeScript {
    let engine = Engine::new(&EngineConfig::default()).expect("this machine has the address space");
    let guests = concat!(env!("CARGO_MANIFEST_DIR"), "/../wasm-guests");
    let guest = async |path: String| {
        let wasm = fs::read(path).expect("the guest is there");
        Guest::load(&engine, &wasm).await.expect("the guest loads")
    };
    let transform = env::var(GUEST_VARIABLE);
    let transform = transform.unwrap_or_else(|_| format!("{guests}/typescript/guest.wasm"));
    let transform = guest(transform).await;
    let idle = transform.compile("", &COMPILE_LIMITS).await;
    TypeScript {
        idle: idle.result.expect("a transform has nothing to compile"),
        transform,
        javascript: guest(format!("{guests}/javascript/guest.wasm")).await,
    }
}

/// The JavaScript of a source, as a JSON string.
async fn transform(source: &str) -> Outcome<Box<RawValue>> {
    transform_within(source, &TRANSFORM_LIMITS).await
}

async fn transform_within(source: &str, limits: &Limits) -> Outcome<Box<RawValue>> {
    let typescript = typescript().await;
    let source = Value::from(source).to_string();
    let call = Call::now(&source);
    let outcome = typescript.transform.call(&typescript.idle, call, limits);
    outcome.await.expect("the snapshot is of this guest")
}

/// The JavaScript of a source that is right.
async fn javascript(source: &str) -> String {
    match transform(source).await.result {
        Ok(json) => serde_json::from_str(json.get()).expect("it is a JSON string"),
        Err(failure) => panic!("{source}\ndoes not become JavaScript: {failure:?}"),
    }
}

/// How a source that the transform refuses fails.
async fn refusal(source: &str) -> Failure {
    match transform(source).await.result {
        Ok(json) => panic!("{source}\nbecomes {json}"),
        Err(failure) => failure,
    }
}

async fn compile(source: &str) -> Outcome<Snapshot> {
    let javascript = javascript(source).await;
    typescript()
        .await
        .javascript
        .compile(&javascript, &COMPILE_LIMITS)
        .await
}

/// A function that compiles.
async fn function(source: &str) -> Snapshot {
    match compile(source).await.result {
        Ok(snapshot) => snapshot,
        Err(failure) => panic!("{source}\ndoes not compile: {failure:?}"),
    }
}

async fn call(function: &Snapshot, call: Call<'_>) -> Outcome<Box<RawValue>> {
    let javascript = &typescript().await.javascript;
    let outcome = javascript.call(function, call, &CALL_LIMITS);
    outcome.await.expect("the snapshot is of this guest")
}

async fn run(source: &str, call: Call<'_>) -> Outcome<Box<RawValue>> {
    crate::call(&function(source).await, call).await
}

/// What a function that returns returns.
async fn result_on(source: &str, input: &str) -> Value {
    match run(source, Call::now(input)).await.result {
        Ok(json) => serde_json::from_str(json.get()).expect("a result is JSON"),
        Err(failure) => panic!("{source}\nfails: {failure:?}"),
    }
}

async fn result(source: &str) -> Value {
    result_on(source, "{}").await
}

/// How a function that fails fails.
async fn failure(source: &str) -> Failure {
    match run(source, Call::now("{}")).await.result {
        Ok(json) => panic!("{source}\nreturns {json}"),
        Err(failure) => failure,
    }
}
