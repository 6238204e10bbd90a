//! How a call or a compilation ended: the one vocabulary of every surface.

use std::{fmt, time::Duration};

use serde::{Deserialize, Serialize};

use crate::logs::Logs;

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
    /// The guest's stack ended before the engine noticed.
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
    /// What only the operator may read, for `internal`.
    pub detail: Option<String>,
}

impl Failure {
    /// A failure that is no secret to the author.
    pub fn new(class: Class, error: FunctionError) -> Self {
        Self {
            class,
            error,
            detail: None,
        }
    }

    /// Switchhook's own fault: `detail` is for the log alone.
    pub fn internal(detail: impl Into<String>) -> Self {
        Self {
            class: Class::Internal,
            error: FunctionError::new("InternalError", "the function could not be run"),
            detail: Some(detail.into()),
        }
    }
}

/// What a call or a compilation used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Metrics {
    /// Fuel used: the same for the same guest, source and input.
    pub fuel: u64,
    /// Linear memory at the end, in bytes. It never shrinks, so this is its peak.
    pub memory_bytes: usize,
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
}

impl<T> Outcome<T> {
    /// The outcome of something that never got a sandbox.
    pub fn not_run(failure: Failure) -> Self {
        Self {
            result: Err(failure),
            logs: Logs::default(),
            metrics: Metrics::default(),
        }
    }

    /// How it ended, by name.
    pub fn class(&self) -> Class {
        self.result
            .as_ref()
            .map_or_else(|failure| failure.class, |_| Class::Ok)
    }
}
