//! Outcomes of calls and compilations, with the names that every interface uses.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::{
    Limits,
    limits::{Limit, Usage},
    logs::Logs,
};

/// How a call ended. `disabled` and `overloaded` are decided before there is a sandbox.
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
    /// The function needed more memory than it may have.
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
    /// A fault of Switchhook.
    Internal,
}

impl Class {
    /// All classes.
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

    /// The name in every interface: `fuel_exhausted`.
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

/// The error that the author of a function sees. The guest bounds all texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FunctionError {
    /// `TypeError`, `SyntaxError`, …, or the name of a limit.
    pub name: String,
    /// One sentence, without the name.
    pub message: String,
    /// The line in the author's source, from 1.
    pub line: Option<u32>,
    /// The column in the author's source, from 1, in characters.
    pub column: Option<u32>,
    /// One line for each frame, innermost first; empty if there is no stack.
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

/// An outcome other than `ok`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Never [`Class::Ok`].
    pub class: Class,
    /// What the author may read.
    pub error: FunctionError,
    /// The limit that was exceeded, if any.
    pub limit: Option<Usage>,
    /// What only the operator may read, for `internal`.
    pub detail: Option<String>,
    /// Whether the function ended well and returned nothing at all: JavaScript's `undefined`, a filter without output. The
    /// class is [`Class::InvalidResult`].
    pub returned_nothing: bool,
}

impl Failure {
    /// A failure that the author may know.
    pub fn new(class: Class, error: FunctionError) -> Self {
        Self {
            class,
            error,
            limit: None,
            detail: None,
            returned_nothing: false,
        }
    }

    /// The failure of a function that returned nothing at all.
    pub(crate) fn returned_nothing(error: FunctionError) -> Self {
        Self {
            returned_nothing: true,
            ..Self::new(Class::InvalidResult, error)
        }
    }

    /// The failure for an exceeded limit.
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
            // Exceeding the limit of the log only cuts the log.
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

    /// The failure if no sandbox is free.
    pub fn overloaded() -> Self {
        let error = FunctionError::new("Overloaded", "no sandbox is free");
        Self::new(Class::Overloaded, error)
    }

    /// The failure for a fault of Switchhook. Only the log shows `detail`.
    pub fn internal(detail: impl Into<String>) -> Self {
        let error = FunctionError::new("InternalError", "the function could not be run");
        Self {
            detail: Some(detail.into()),
            ..Self::new(Class::Internal, error)
        }
    }
}

/// What a call or a compilation used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Fuel used. It is the same for the same guest, source and input.
    pub fuel: u64,
    /// Linear memory and the memory of exceptions at the end, in bytes. Neither shrinks, so this is the peak.
    pub memory_bytes: usize,
    /// Bytes of the result; 0 for a failure.
    pub output_bytes: usize,
    /// Bytes logged, including those cut off.
    pub log_bytes: usize,
    /// Time from taking an instance to its answer.
    pub duration: Duration,
}

/// A result or a failure, with logs and metrics.
#[derive(Debug)]
pub struct Outcome<T> {
    /// The result or the failure.
    pub result: Result<T, Failure>,
    /// What the function logged, even if it failed.
    pub logs: Logs,
    /// What the function used.
    pub metrics: Metrics,
    /// Limits of which more than four fifths were used. A limit that a failed call exceeded is not among them.
    pub warnings: Vec<Usage>,
}

impl<T> Outcome<T> {
    /// The outcome of a call without a sandbox.
    pub fn not_run(failure: Failure) -> Self {
        Self {
            result: Err(failure),
            logs: Logs::default(),
            metrics: Metrics::default(),
            warnings: Vec::new(),
        }
    }

    /// The outcome of a call within `limits`. `refused` is the memory that the guest asked for in vain.
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

    /// The result, for a next step, or the failure as the outcome of all steps.
    ///
    /// # Errors
    /// The failure, with its logs, metrics and warnings.
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

    /// The class of the outcome.
    pub fn class(&self) -> Class {
        self.result
            .as_ref()
            .map_or_else(|failure| failure.class, |_| Class::Ok)
    }
}

/// The failure of an answer that is not a result.
pub(crate) fn no_result(message: impl Into<String>) -> Failure {
    let error = FunctionError::new("InvalidResult", message);
    Failure::new(Class::InvalidResult, error)
}
