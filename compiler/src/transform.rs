//! Translates one language's source into another's. A transform is a guest that is called with a text and returns a
//! text.
//!
//! It runs under limits where functions run: a stranger's text can make any parser recurse without end.

use switchhook_runtime::{
    Call, Class, Engine, Failure, Guest, GuestError, Limits, Moment, Outcome, Snapshot,
};

/// Most bytes of a translation as JSON: the largest source, and a source map for all of it.
const TRANSFORMED_BYTES: usize = 32 * 1024 * 1024;

/// A loaded transform.
pub(crate) struct Transform {
    guest: Guest,
    /// The snapshot of the empty source, which every call resumes.
    snapshot: Snapshot,
}

impl Transform {
    /// Loads a transform.
    ///
    /// # Errors
    /// [`GuestError`] if the module is not a guest, or the failure to compile an empty source.
    pub(crate) async fn load(
        engine: &Engine,
        wasm: &[u8],
    ) -> Result<Result<Self, Failure>, GuestError> {
        let guest = Guest::load(engine, wasm).await?;
        let prepared = guest.compile("", &Limits::COMPILE).await;
        Ok(prepared.result.map(|snapshot| Self { guest, snapshot }))
    }

    /// Translates a source. A failure counts as a failure to compile.
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

    /// The limits for compiling the translation: the fuel that the transform used is gone.
    pub(crate) fn limits_after(limits: &Limits, fuel_used: u64) -> Limits {
        Limits {
            fuel: limits.fuel.saturating_sub(fuel_used),
            input_bytes: TRANSFORMED_BYTES,
            ..limits.clone()
        }
    }
}
