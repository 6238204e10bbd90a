//! What the TypeScript transform promises to authors, together with the JavaScript guest that runs its translations.

#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by panicking, in its helpers too"
)]

mod errors;
mod hostile;
mod language;
#[path = "../support/mod.rs"]
mod support;

use serde_json::{Value, value::RawValue};
use switchhook_runtime::{Call, Failure, Guest, Limits, Outcome, Snapshot};
use tokio::sync::OnceCell;

use self::support::{CALL_LIMITS, failed, returned, succeeded};

/// Limits of compiling a translation, which has its source map and so is larger than the source.
const COMPILE_LIMITS: Limits = Limits {
    input_bytes: usize::MAX,
    ..support::COMPILE_LIMITS
};
/// Limits of the transform. JSON escapes can double a translation.
const TRANSFORM_LIMITS: Limits = Limits {
    output_bytes: usize::MAX,
    ..COMPILE_LIMITS
};

struct TypeScript {
    transform: Guest,
    idle: Snapshot,
    javascript: Guest,
}

async fn typescript() -> &'static TypeScript {
    static TYPESCRIPT: OnceCell<TypeScript> = OnceCell::const_new();
    TYPESCRIPT.get_or_init(load).await
}

async fn load() -> TypeScript {
    let transform = support::load("typescript").await;
    let idle = transform.compile("", &COMPILE_LIMITS).await;
    TypeScript {
        idle: idle.result.expect("a transform has nothing to compile"),
        transform,
        javascript: support::load("javascript").await,
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
    support::call(&typescript.transform, &typescript.idle, call, limits).await
}

/// The JavaScript of a source without mistakes.
async fn javascript(source: &str) -> String {
    let json = succeeded(source, transform(source).await);
    serde_json::from_str(json.get()).expect("it is a JSON string")
}

/// The failure of a source that the transform refuses.
async fn refusal(source: &str) -> Failure {
    failed(source, transform(source).await)
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
    succeeded(source, compile(source).await)
}

async fn call(function: &Snapshot, call: Call<'_>) -> Outcome<Box<RawValue>> {
    let javascript = &typescript().await.javascript;
    support::call(javascript, function, call, &CALL_LIMITS).await
}

async fn run(source: &str, call: Call<'_>) -> Outcome<Box<RawValue>> {
    crate::call(&function(source).await, call).await
}

/// The result of a function that returns.
async fn result_on(source: &str, input: &str) -> Value {
    returned(source, run(source, Call::now(input)).await)
}

async fn result(source: &str) -> Value {
    result_on(source, "{}").await
}

/// The failure of a function that fails.
async fn failure(source: &str) -> Failure {
    failed(source, run(source, Call::now("{}")).await)
}
