//! An outcome as JSON: the same in replies and in `switchhook run --json`.

use serde::Serialize;
use serde_json::value::RawValue;
use switchhook_runtime::{Class, FunctionError, LogRecord, Outcome};

#[derive(Serialize)]
pub(crate) struct OutcomeReply<'a> {
    outcome: Class,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'a FunctionError>,
    logs: &'a [LogRecord],
    metrics: MetricsReply,
}

#[derive(Serialize)]
struct MetricsReply {
    fuel: u64,
    memory_bytes: usize,
    duration_us: u64,
}

impl<'a> OutcomeReply<'a> {
    pub(crate) fn new(outcome: &'a Outcome<Box<RawValue>>) -> Self {
        Self {
            outcome: outcome.class(),
            result: outcome.result.as_deref().ok(),
            error: outcome.result.as_ref().err().map(|failure| &failure.error),
            logs: &outcome.logs.records,
            metrics: MetricsReply {
                fuel: outcome.metrics.fuel,
                memory_bytes: outcome.metrics.memory_bytes,
                duration_us: outcome.metrics.duration.as_micros() as u64,
            },
        }
    }
}
