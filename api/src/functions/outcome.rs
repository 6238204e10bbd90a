//! The outcome of a call, and its JSON in replies and in `switchhook run --json`.

use serde::Serialize;
use serde_json::{Value, value::RawValue};
use switchhook_runtime::{Class, FunctionError, LogRecord, Metrics, Outcome, Usage};

use super::{Modules, Record};
use crate::validation::Invalid;

/// The outcome of a call, and the record that repeats the call.
pub(crate) struct Ran {
    pub(crate) outcome: Outcome<Box<RawValue>>,
    /// Whether KAZOO would run the result. A result that KAZOO would not run is no failure.
    pub(crate) flow: Option<Result<(), Invalid>>,
    pub(crate) record: Record,
}

impl Ran {
    /// Checks the result as a flow.
    pub(crate) fn new(outcome: Outcome<Box<RawValue>>, record: Record, modules: &Modules) -> Self {
        let result = outcome.result.as_ref().ok();
        Self {
            flow: result.map(|result| modules.check(result)),
            outcome,
            record,
        }
    }
}

#[derive(Serialize)]
pub(crate) struct OutcomeReply<'a> {
    outcome: Class,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a RawValue>,
    /// Whether KAZOO would run the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    valid: Option<bool>,
    /// Why KAZOO would not run the result.
    #[serde(skip_serializing_if = "Option::is_none")]
    validation: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a FunctionError>,
    /// The limit that was hit.
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Usage>,
    /// Limits that were nearly hit.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    warnings: &'a [Usage],
    logs: &'a [LogRecord],
    metrics: MetricsReply,
    /// `None` if nothing was called.
    #[serde(skip_serializing_if = "Option::is_none")]
    replay: Option<&'a Record>,
}

/// The resources that a call used.
#[derive(Serialize)]
pub(crate) struct MetricsReply {
    fuel: u64,
    memory_bytes: usize,
    duration_us: u64,
}

impl MetricsReply {
    pub(crate) fn of(metrics: &Metrics) -> Self {
        Self {
            fuel: metrics.fuel,
            memory_bytes: metrics.memory_bytes,
            duration_us: metrics.duration.as_micros() as u64,
        }
    }
}

impl<'a> OutcomeReply<'a> {
    pub(crate) fn new(ran: &'a Ran) -> Self {
        let Ran {
            outcome,
            flow,
            record,
        } = ran;
        Self {
            result: outcome.result.as_deref().ok(),
            valid: flow.as_ref().map(Result::is_ok),
            validation: flow
                .as_ref()
                .and_then(|flow| flow.as_ref().err())
                .map(Invalid::to_json),
            replay: Some(record),
            ..Self::without_result(outcome)
        }
    }

    /// The outcome of a compilation, or of a call without its result.
    pub(crate) fn without_result<T>(outcome: &'a Outcome<T>) -> Self {
        let failure = outcome.result.as_ref().err();
        Self {
            outcome: outcome.class(),
            result: None,
            valid: None,
            validation: None,
            error: failure.map(|failure| &failure.error),
            limit: failure.and_then(|failure| failure.limit),
            warnings: &outcome.warnings,
            logs: &outcome.logs.records,
            metrics: MetricsReply::of(&outcome.metrics),
            replay: None,
        }
    }
}
