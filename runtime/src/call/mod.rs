//! What a guest can do: compile a source, and call a function. Each takes an instance of its own.

mod command;
mod conversation;
mod depth;
mod instance;
mod last_words;

use std::{
    any::Any,
    panic::AssertUnwindSafe,
    sync::{Arc, atomic::Ordering},
    time::Instant,
};

use futures_util::FutureExt;
use serde_json::value::RawValue;

use self::{depth::depth, instance::Running};
use crate::{
    Failure, FunctionError, Guest, Limit, Limits, Logs, Metrics, Moment, Outcome, Snapshot,
    SnapshotError, Usage, Variable,
    guest::{Abi, Entries, Inner},
    host::{command::Command, sandbox::Sandbox},
    memory::watched,
    outcome::no_result,
    surrogates::repaired,
};

/// The arguments of a call. Not `Debug`, because the environment contains secrets.
#[derive(Clone)]
pub struct Call<'a> {
    /// One JSON document.
    pub input: &'a str,
    /// Clock and randomness of the call.
    pub moment: Moment,
    /// The guest's environment. Names contain neither `=` nor NUL, and values no NUL, because WASI cannot pass them.
    pub environment: Arc<[Variable]>,
}

impl<'a> Call<'a> {
    /// A call now, with an empty environment.
    pub fn now(input: &'a str) -> Self {
        Self {
            input,
            moment: Moment::now(),
            environment: [].into(),
        }
    }
}

impl Guest {
    /// Compiles source text in a fresh instance. The same source always gives the same snapshot.
    ///
    /// Must run inside a Tokio runtime with its timer on.
    pub async fn compile(&self, source: &str, limits: &Limits) -> Outcome<Snapshot> {
        let guest = self.inner();
        let usage = Usage::of(Limit::SourceBytes, limits.input_bytes, source.len());
        if usage.used > usage.value {
            return Outcome::not_run(Failure::limit(usage));
        }
        let sandbox = Sandbox::new(limits, Moment::COMPILE, [].into());
        match &guest.exports.entries {
            Entries::Abi(Abi { compile, .. }) => {
                let work = async |instance: &mut Running| {
                    instance.enter(compile, source.as_bytes(), limits).await?;
                    Ok((instance.difference()?, 0))
                };
                run(guest, sandbox, limits, None, work).await
            }
            Entries::Command {
                initialize: Some(initialize),
                ..
            } => {
                let sandbox = sandbox.for_command(Command::new("", limits), limits);
                let work = async |instance: &mut Running| {
                    instance.command(&initialize.export, limits).await?;
                    Ok((instance.difference()?, 0))
                };
                run(guest, sandbox, limits, None, work).await
            }
            Entries::Command {
                initialize: None, ..
            } => no_difference(guest),
        }
    }

    /// Runs a compiled function in a fresh instance.
    ///
    /// Must run inside a Tokio runtime with its timer on. Dropping the future drops the instance.
    ///
    /// # Errors
    /// [`SnapshotError::WrongGuest`], or [`SnapshotError::Corrupt`] if the guest cannot have made the snapshot. The
    /// function must then be compiled again.
    pub async fn call(
        &self,
        snapshot: &Snapshot,
        call: Call<'_>,
        limits: &Limits,
    ) -> Result<Outcome<Box<RawValue>>, SnapshotError> {
        self.check(snapshot)?;
        let guest = self.inner();
        let Call {
            input,
            moment,
            environment,
        } = call;
        let bytes = Usage::of(Limit::InputBytes, limits.input_bytes, input.len());
        if bytes.used > bytes.value {
            return Ok(Outcome::not_run(Failure::limit(bytes)));
        }
        let depth = Usage::of(Limit::InputDepth, limits.input_depth, depth(input));
        if depth.used > depth.value {
            return Ok(Outcome::not_run(Failure::limit(depth)));
        }
        let sandbox = Sandbox::new(limits, moment, environment);
        let mut outcome = match &guest.exports.entries {
            Entries::Abi(Abi { call, .. }) => {
                let work = async |instance: &mut Running| {
                    instance.resume(snapshot, limits)?;
                    let answer = instance.enter(call, input.as_bytes(), limits).await?;
                    let bytes = answer.len();
                    // A function can break the guest that it runs in, so the answer may be anything.
                    let result = RawValue::from_string(repaired(answer)).map_err(|error| {
                        instance.misbehaved(format!("its answer is not JSON: {error}"))
                    })?;
                    Ok((result, bytes))
                };
                run(guest, sandbox, limits, Some(snapshot), work).await
            }
            Entries::Command { start, initialize } => {
                let sandbox = sandbox.for_command(Command::new(input, limits), limits);
                let initialized = initialize.as_ref().map(|_| snapshot);
                let work = async |instance: &mut Running| {
                    if let Some(snapshot) = initialized {
                        instance.resume(snapshot, limits)?;
                    }
                    let answer = instance.command(start, limits).await?;
                    let bytes = answer.len();
                    if answer.trim_ascii().is_empty() {
                        let message =
                            "the function returned nothing: the module wrote nothing to stdout";
                        let error = FunctionError::new("InvalidResult", message);
                        return Err(Failure::returned_nothing(error));
                    }
                    let begins = beginning(&answer);
                    let result = RawValue::from_string(repaired(answer)).map_err(|error| {
                        no_result(format!(
                            "what the module wrote to stdout is not one JSON document, and begins with `{begins}`: {error}"
                        ))
                    })?;
                    Ok((result, bytes))
                };
                run(guest, sandbox, limits, initialized, work).await
            }
        };
        let close = [bytes, depth].into_iter().filter(Usage::is_close);
        outcome.warnings.extend(close);
        Ok(outcome)
    }
}

/// The first line of what a module printed, shortened for an error message.
fn beginning(printed: &str) -> String {
    const CHARACTERS: usize = 100;
    let line = printed.trim_ascii_start().lines().next();
    line.unwrap_or_default().chars().take(CHARACTERS).collect()
}

/// A command without an initialising function has nothing to compile.
fn no_difference(guest: &Inner) -> Outcome<Snapshot> {
    Outcome {
        result: Ok(guest.nothing()),
        logs: Logs::default(),
        metrics: Metrics::default(),
        warnings: Vec::new(),
    }
}

/// Makes an instance, lets `work` use it within the limits, and measures what it used. `work` returns a result and the
/// bytes of the guest's answer.
///
/// A panic of the host, here or in a host function, is an outcome and is counted.
async fn run<T>(
    guest: &Inner,
    sandbox: Sandbox,
    limits: &Limits,
    snapshot: Option<&Snapshot>,
    work: impl AsyncFnOnce(&mut Running) -> Result<(T, usize), Failure>,
) -> Outcome<T> {
    let run = watched(run_unguarded(guest, sandbox, limits, snapshot, work));
    // The panic can only have broken the instance, which is dropped with the future.
    AssertUnwindSafe(run)
        .catch_unwind()
        .await
        .unwrap_or_else(|panic| {
            guest.panics.fetch_add(1, Ordering::Relaxed);
            let words = words_of(panic.as_ref());
            Outcome::not_run(Failure::internal(format!("the host panicked: {words}")))
        })
}

async fn run_unguarded<T>(
    guest: &Inner,
    sandbox: Sandbox,
    limits: &Limits,
    snapshot: Option<&Snapshot>,
    work: impl AsyncFnOnce(&mut Running) -> Result<(T, usize), Failure>,
) -> Outcome<T> {
    let started = Instant::now();
    let mut instance = match Running::start(guest, sandbox, limits, snapshot).await {
        Ok(instance) => instance,
        Err(failure) => return Outcome::not_run(failure),
    };
    let result = match tokio::time::timeout(limits.wall_clock, work(&mut instance)).await {
        Ok(result) => result,
        Err(_) => Err(Failure::limit(Usage::of(
            Limit::WallClockMs,
            limits.wall_clock,
            started.elapsed(),
        ))),
    };
    let sandbox = instance.store.data();
    let logs = sandbox.logs.finish();
    let refused = sandbox.memory.refused;
    let metrics = Metrics {
        fuel: limits.fuel - instance.store.get_fuel().unwrap_or(0),
        memory_bytes: sandbox.memory.held,
        output_bytes: result.as_ref().map_or(0, |(_, bytes)| *bytes),
        log_bytes: logs.bytes,
        duration: started.elapsed(),
    };
    let result = result.map(|(result, _)| result);
    Outcome::ran(result, logs, metrics, limits, refused)
}

fn words_of(panic: &(dyn Any + Send)) -> &str {
    panic
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("without words")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Class, Engine, EngineConfig};

    /// A guest that does nothing.
    const IDLE: &str = r#"(module
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 16))
        (func (export "compile") (param i32 i32) (result i32) (i32.const 0))
        (func (export "call") (param i32 i32) (result i32) (i32.const 0)))"#;

    #[tokio::test]
    async fn a_panic_of_the_host_costs_one_call() {
        let engine = Engine::new(&EngineConfig::default()).unwrap();
        let guest = Guest::load(&engine, &wat::parse_str(IDLE).unwrap())
            .await
            .unwrap();
        let work = async |_: &mut Running| -> Result<((), usize), Failure> { panic!("by design") };
        let sandbox = Sandbox::new(&Limits::CALL, Moment::COMPILE, [].into());
        let outcome = run(guest.inner(), sandbox, &Limits::CALL, None, work).await;
        assert_eq!(outcome.class(), Class::Internal);
        let detail = outcome.result.unwrap_err().detail.unwrap();
        assert_eq!(detail, "the host panicked: by design");
        assert_eq!(engine.panics(), 1);

        let after = guest.compile("", &Limits::COMPILE).await;
        assert_eq!(after.class(), Class::Ok);
    }
}
