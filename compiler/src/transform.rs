//! From one language's source text to another's: a guest like others, which is called with text and answers with text.
//!
//! It runs where functions run, under limits: whatever parses what strangers wrote can be brought to recurse without end.

use switchhook_runtime::{
    Call, Class, Engine, Failure, Guest, GuestError, Limits, Moment, Outcome, Snapshot,
};

/// Bytes of the text that comes out, as JSON: source of the largest size allowed, and the map of all its places.
const TRANSFORMED_BYTES: usize = 32 * 1024 * 1024;

/// A transform that can be used.
pub(crate) struct Transform {
    guest: Guest,
    /// What it is called from. It compiles nothing.
    snapshot: Snapshot,
}

impl Transform {
    /// # Errors
    /// [`GuestError`] if the module is no guest, or the failure to compile an empty source.
    pub(crate) async fn load(
        engine: &Engine,
        wasm: &[u8],
    ) -> Result<Result<Self, Failure>, GuestError> {
        let guest = Guest::load(engine, wasm).await?;
        let prepared = guest.compile("", &Limits::COMPILE).await;
        Ok(prepared.result.map(|snapshot| Self { guest, snapshot }))
    }

    /// A failure is one of compiling.
    pub(crate) async fn apply(&self, source: &str, limits: &Limits) -> Outcome<String> {
        let input = serde_json::Value::from(source).to_string();
        let call = Call {
            input: &input,
            moment: Moment::COMPILE,
            environment: [].into(),
        };
        let limits = Limits {
            input_bytes: input.len(),
            output_bytes: TRANSFORMED_BYTES,
            ..limits.clone()
        };
        let outcome = match self.guest.call(&self.snapshot, call, &limits).await {
            Ok(outcome) => outcome,
            Err(error) => Outcome::not_run(Failure::internal(error.to_string())),
        };
        let Outcome {
            result,
            logs,
            metrics,
            warnings,
        } = outcome;
        let result = match result {
            Ok(text) => serde_json::from_str(text.get()).map_err(|error| {
                Failure::internal(format!("the transform answered with no text: {error}"))
            }),
            Err(failure) if failure.class == Class::Exception => Err(Failure {
                class: Class::CompileError,
                ..failure
            }),
            Err(failure) => Err(failure),
        };
        Outcome {
            result,
            logs,
            metrics,
            warnings,
        }
    }

    /// The limits of compiling what came out.
    pub(crate) fn limits_after(limits: &Limits, fuel_used: u64) -> Limits {
        Limits {
            fuel: limits.fuel.saturating_sub(fuel_used),
            input_bytes: TRANSFORMED_BYTES,
            ..limits.clone()
        }
    }
}
