//! How a call or a compilation ended: the one vocabulary of every surface.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    Limits,
    limits::{Limit, Usage},
    logs::Logs,
};

/// The ending of a call, by name. `disabled` and `overloaded` are given before a sandbox exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// The function returned a result.
    Ok,
    /// The source cannot be compiled.
    CompileError,
    /// The function threw.
    Exception,
    /// The function's result has no JSON form.
    InvalidResult,
    /// All fuel was used.
    FuelExhausted,
    /// The wall clock ran out.
    Timeout,
    /// The guest wanted more memory than it may have, and did not get over it.
    MemoryLimit,
    /// The function recursed too deeply.
    StackOverflow,
    /// The result is larger than allowed.
    OutputTooLarge,
    /// The document given is larger than allowed.
    InputTooLarge,
    /// The function is switched off.
    Disabled,
    /// No sandbox was free.
    Overloaded,
    /// Switchhook's own fault.
    Internal,
}

impl Class {
    /// Every ending there is.
    pub const ALL: [Self; 13] = [
        Self::Ok,
        Self::CompileError,
        Self::Exception,
        Self::InvalidResult,
        Self::FuelExhausted,
        Self::Timeout,
        Self::MemoryLimit,
        Self::StackOverflow,
        Self::OutputTooLarge,
        Self::InputTooLarge,
        Self::Disabled,
        Self::Overloaded,
        Self::Internal,
    ];

    /// The name used in every interface: `fuel_exhausted`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::CompileError => "compile_error",
            Self::Exception => "exception",
            Self::InvalidResult => "invalid_result",
            Self::FuelExhausted => "fuel_exhausted",
            Self::Timeout => "timeout",
            Self::MemoryLimit => "memory_limit",
            Self::StackOverflow => "stack_overflow",
            Self::OutputTooLarge => "output_too_large",
            Self::InputTooLarge => "input_too_large",
            Self::Disabled => "disabled",
            Self::Overloaded => "overloaded",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What the author of a function is told. All texts are bounded by the guest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionError {
    /// `TypeError`, `SyntaxError`, …, or the name of a limit.
    pub name: String,
    /// One sentence, without the name.
    pub message: String,
    /// From 1, in the author's source.
    pub line: Option<u32>,
    /// From 1, in characters.
    pub column: Option<u32>,
    /// One frame a line, innermost first; empty if there is none.
    #[serde(default)]
    pub stack: String,
    /// The line of the source and a caret under the column, as text; empty if there is no place.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub frame: String,
}

impl FunctionError {
    /// An error without a place in the source.
    pub fn new(name: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            message: message.into(),
            line: None,
            column: None,
            stack: String::new(),
            frame: String::new(),
        }
    }
}

/// `TypeError: x is not a function`.
impl fmt::Display for FunctionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.message)
    }
}

/// An ending other than `ok`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Never [`Class::Ok`].
    pub class: Class,
    /// What the author may read.
    pub error: FunctionError,
    /// The limit that was hit, if one was.
    pub limit: Option<Usage>,
    /// What only the operator may read, for `internal`.
    pub detail: Option<String>,
}

/// What guests say of a function that returned nothing at all: see `docs/guest-abi.md`, "Exports".
pub(crate) const RETURNED_NOTHING: &str = "the function returned nothing";

/// What the jq guest says instead.
const NO_OUTPUT: &str = "the filter has no output";

impl Failure {
    /// Whether the function ended well but without a result: JavaScript's `undefined`, a filter without output.
    pub fn returned_nothing(&self) -> bool {
        let message = &self.error.message;
        self.class == Class::InvalidResult
            && (message.starts_with(RETURNED_NOTHING) || message.starts_with(NO_OUTPUT))
    }

    /// A failure that is no secret to the author.
    pub fn new(class: Class, error: FunctionError) -> Self {
        Self {
            class,
            error,
            limit: None,
            detail: None,
        }
    }

    /// A limit that was hit.
    pub fn limit(usage: Usage) -> Self {
        let Usage { value, used, .. } = usage;
        let (class, name, message) = match usage.limit {
            Limit::Fuel => (
                Class::FuelExhausted,
                "FuelExhausted",
                format!("more than {value} units of fuel are needed"),
            ),
            Limit::WallClockMs => (
                Class::Timeout,
                "Timeout",
                format!("no result within {value} ms"),
            ),
            Limit::MemoryBytes => (
                Class::MemoryLimit,
                "MemoryLimit",
                format!("more than {value} bytes of memory are needed"),
            ),
            Limit::StackBytes => (
                Class::StackOverflow,
                "StackOverflow",
                "the call stack is too deep".to_owned(),
            ),
            Limit::SourceBytes => (
                Class::InputTooLarge,
                "SourceTooLarge",
                format!("the source has {used} bytes, {value} are allowed"),
            ),
            Limit::InputBytes => (
                Class::InputTooLarge,
                "InputTooLarge",
                format!("the input has {used} bytes, {value} are allowed"),
            ),
            Limit::InputDepth => (
                Class::InputTooLarge,
                "InputTooLarge",
                format!("the input is nested {used} deep, {value} is allowed"),
            ),
            // A log is cut, and fails nothing.
            Limit::OutputBytes | Limit::LogBytes => (
                Class::OutputTooLarge,
                "OutputTooLarge",
                format!("the result has {used} bytes, {value} are allowed"),
            ),
        };
        Self {
            limit: Some(usage),
            ..Self::new(class, FunctionError::new(name, message))
        }
    }

    /// Nothing is free to run it in.
    pub fn overloaded() -> Self {
        let error = FunctionError::new("Overloaded", "no sandbox is free");
        Self::new(Class::Overloaded, error)
    }

    /// Switchhook's own fault: `detail` is for the log alone.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self {
            class: Class::Internal,
            error: FunctionError::new("InternalError", "the function could not be run"),
            limit: None,
            detail: Some(detail.into()),
        }
    }
}

/// What a call or a compilation used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Fuel used: the same for the same guest, source and input.
    pub fuel: u64,
    /// Linear memory at the end, in bytes, and what exceptions take beside it. Neither shrinks, so this is the peak.
    pub memory_bytes: usize,
    /// Bytes of the result; 0 if there is none.
    pub output_bytes: usize,
    /// Bytes logged, what was cut off included.
    pub log_bytes: usize,
    /// From taking the instance to having its answer.
    pub duration: Duration,
}

/// A result or a failure, with everything known about how it came about.
#[derive(Debug)]
pub struct Outcome<T> {
    /// What came out.
    pub result: Result<T, Failure>,
    /// What the function logged, also when it failed.
    pub logs: Logs,
    /// What it used.
    pub metrics: Metrics,
    /// Limits that were nearly hit: more than four fifths of them were used. Of a failed call, others than the one
    /// that it hit.
    pub warnings: Vec<Usage>,
}

impl<T> Outcome<T> {
    /// The outcome of something that never got a sandbox.
    pub fn not_run(failure: Failure) -> Self {
        Self {
            result: Err(failure),
            logs: Logs::default(),
            metrics: Metrics::default(),
            warnings: Vec::new(),
        }
    }

    /// The outcome of something that ran within `limits`. `refused` is the memory it wanted and did not get.
    pub(crate) fn ran(
        result: Result<T, Failure>,
        logs: Logs,
        metrics: Metrics,
        limits: &Limits,
        refused: Option<usize>,
    ) -> Self {
        let memory = refused.unwrap_or(metrics.memory_bytes);
        let hit = result.as_ref().err().and_then(|failure| failure.limit);
        let warnings = [
            Usage::of(Limit::Fuel, limits.fuel, metrics.fuel),
            Usage::of(Limit::WallClockMs, limits.wall_clock, metrics.duration),
            Usage::of(Limit::MemoryBytes, limits.memory_bytes, memory),
            Usage::of(
                Limit::OutputBytes,
                limits.output_bytes,
                metrics.output_bytes,
            ),
            Usage::of(Limit::LogBytes, limits.log_bytes, metrics.log_bytes),
        ]
        .into_iter()
        .filter(|usage| usage.is_close() && hit.is_none_or(|hit| hit.limit != usage.limit))
        .collect();
        Self {
            result,
            logs,
            metrics,
            warnings,
        }
    }

    /// What came out; or, of a step that others were to follow, how all of them ended.
    ///
    /// # Errors
    /// The failure, with its logs, metrics and warnings, as an outcome of the last step.
    #[expect(
        clippy::result_large_err,
        reason = "an outcome is moved once, where a step ends"
    )]
    pub fn into_result<U>(self) -> Result<T, Outcome<U>> {
        self.result.map_err(|failure| Outcome {
            result: Err(failure),
            logs: self.logs,
            metrics: self.metrics,
            warnings: self.warnings,
        })
    }

    /// How it ended, by name.
    pub fn class(&self) -> Class {
        self.result
            .as_ref()
            .map_or_else(|failure| failure.class, |_| Class::Ok)
    }
}

/// What was answered is no result.
pub(crate) fn no_result(message: impl Into<String>) -> Failure {
    let error = FunctionError::new("InvalidResult", message);
    Failure::new(Class::InvalidResult, error)
}
