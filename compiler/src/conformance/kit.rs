//! Compiling and calling, for all cases.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use serde_json::{Value, value::RawValue};
use switchhook_runtime::{Call, Class, Failure, Guest, Limits, Moment, Outcome, Snapshot};

use super::{COLUMNS, LINES};
use crate::language::{Language, LoadError};

/// Long, so that only fuel decides: the verdict must not depend on how busy a machine is.
const WALL_CLOCK: Duration = Duration::from_mins(1);

/// The time of all calls: 14 November 2023, 22:13:20 UTC.
pub(super) const CLOCK: Duration = Duration::from_secs(1_700_000_000);

/// A language under test.
pub(super) struct Kit<'a> {
    language: &'a Arc<Language>,
    guest: &'a Guest,
    compile_limits: Limits,
    pub(super) call_limits: Limits,
    fuel: AtomicU64,
}

/// What differs from call to call.
#[derive(Clone, Copy, Default)]
pub(super) struct Circumstances {
    pub(super) seed: u8,
    pub(super) environment: &'static [(&'static str, &'static str)],
}

impl<'a> Kit<'a> {
    pub(super) async fn new(language: &'a Arc<Language>) -> Result<Self, LoadError> {
        Ok(Self {
            language,
            guest: language.guest().await?,
            compile_limits: Limits {
                wall_clock: WALL_CLOCK,
                ..Limits::COMPILE
            },
            call_limits: Limits {
                wall_clock: WALL_CLOCK,
                ..Limits::CALL
            },
            fuel: AtomicU64::new(0),
        })
    }

    /// Fuel of all compilations and calls since the last question.
    pub(super) fn take_fuel(&self) -> u64 {
        self.fuel.swap(0, Relaxed)
    }

    fn burn<T>(&self, outcome: &Outcome<T>) {
        self.fuel.fetch_add(outcome.metrics.fuel, Relaxed);
    }

    /// Whether the language's errors name columns.
    pub(super) fn has_columns(&self) -> bool {
        self.language.pack().lacks(COLUMNS).is_none()
    }

    /// Whether errors of a running function name their place.
    pub(super) fn has_lines(&self) -> bool {
        self.language.pack().lacks(LINES).is_none()
    }

    /// Compiles a source twice and requires equal snapshots.
    pub(super) async fn compile(&self, source: &str) -> Result<Snapshot, String> {
        let [one, other] = [self.compiled(source).await?, self.compiled(source).await?];
        match (one, other) {
            (Ok(one), Ok(other)) if one == other => Ok(one),
            (Ok(_), Ok(_)) => Err("compiling it twice gives different snapshots".to_owned()),
            (Err(failure), _) | (_, Err(failure)) => {
                Err(format!("it does not compile: {}", shown(&failure)))
            }
        }
    }

    pub(super) async fn compiled(&self, source: &str) -> Result<Result<Snapshot, Failure>, String> {
        let compiled = self.language.compile(source, &self.compile_limits).await;
        let outcome = compiled.map_err(|error| error.to_string())?;
        self.burn(&outcome);
        Ok(outcome.result)
    }

    /// Calls a function twice and requires equal results and equal fuel.
    pub(super) async fn call(
        &self,
        function: &Snapshot,
        input: &str,
        circumstances: Circumstances,
        limits: &Limits,
    ) -> Result<Outcome<Box<RawValue>>, String> {
        let one = self.called(function, input, circumstances, limits).await?;
        let other = self.called(function, input, circumstances, limits).await?;
        let text = |outcome: &Outcome<Box<RawValue>>| {
            let result = outcome.result.as_ref();
            result.map_or_else(shown, |result| result.get().to_owned())
        };
        if text(&one) != text(&other) {
            return Err(format!(
                "two equal calls give {} and {}",
                text(&one),
                text(&other)
            ));
        }
        if one.metrics.fuel != other.metrics.fuel {
            return Err(format!(
                "two equal calls take {} and {} units of fuel",
                one.metrics.fuel, other.metrics.fuel
            ));
        }
        Ok(one)
    }

    async fn called(
        &self,
        function: &Snapshot,
        input: &str,
        circumstances: Circumstances,
        limits: &Limits,
    ) -> Result<Outcome<Box<RawValue>>, String> {
        let environment = circumstances.environment.iter();
        let call = Call {
            input,
            moment: Moment {
                clock: CLOCK,
                seed: [circumstances.seed; 32],
            },
            environment: environment
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
        };
        let called = self.guest.call(function, call, limits).await;
        let outcome = called.map_err(|error| error.to_string())?;
        self.burn(&outcome);
        Ok(outcome)
    }

    /// The result of a call without special circumstances.
    pub(super) async fn result(
        &self,
        function: &Snapshot,
        input: &str,
        circumstances: Circumstances,
    ) -> Result<Value, String> {
        let outcome = self
            .call(function, input, circumstances, &self.call_limits)
            .await?;
        let result = outcome
            .result
            .map_err(|failure| format!("it ends with {}", shown(&failure)))?;
        serde_json::from_str(result.get()).map_err(|error| error.to_string())
    }
}

/// Requires a failure of one of these classes.
pub(super) fn ended_with(
    outcome: Outcome<Box<RawValue>>,
    expected: &[Class],
) -> Result<Failure, String> {
    let expects = || {
        let names: Vec<_> = expected.iter().map(|class| class.name()).collect();
        format!("instead of {}", names.join(" or "))
    };
    match outcome.result {
        Err(failure) if expected.contains(&failure.class) => Ok(failure),
        Err(failure) => Err(format!("it ends with {}, {}", shown(&failure), expects())),
        Ok(result) => Err(format!("it returns {}, {}", short(result.get()), expects())),
    }
}

pub(super) fn shown(failure: &Failure) -> String {
    let told = format!("{}: {}", failure.class, failure.error);
    match &failure.detail {
        Some(detail) => format!("{told}: {detail}"),
        None => told,
    }
}

/// The beginning of a text, short enough for a sentence.
pub(super) fn short(text: &str) -> String {
    const CHARACTERS: usize = 100;
    text.chars().take(CHARACTERS).collect()
}
