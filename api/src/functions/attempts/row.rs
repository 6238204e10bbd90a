//! An attempt as replies show it, cut to a size that a person reads.

use serde::Serialize;
use serde_json::value::RawValue;
use switchhook_runtime::{Class, FunctionError, LogRecord, Outcome, Usage};
use switchhook_store::{gregorian, ids::random_id};

use super::Ended;
use crate::functions::{Record, outcome::MetricsReply};

/// Most bytes of a call. KAZOO's calls have some 1.5 KiB.
const MAX_INPUT_BYTES: usize = 4 * 1024;

/// Most bytes of a flow. Most flows have less than 1 KiB.
const MAX_FLOW_BYTES: usize = 4 * 1024;

/// Most bytes of all log messages of an attempt: two screens.
const MAX_LOG_BYTES: usize = 4 * 1024;

/// Most bytes of each text of an error. The beginning of an error names the error.
const MAX_ERROR_BYTES: usize = 1024;

/// Most bytes of the id of a request or of a call. Clients choose these ids; most have 32 to 60 bytes.
pub(super) const MAX_ID_BYTES: usize = 128;

/// A row of the list of attempts.
#[derive(Serialize)]
pub(super) struct Attempt<'a> {
    id: String,
    function_id: &'a str,
    revision: &'a str,
    result: &'static str,
    outcome: Class,
    /// Absent if no router asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    router: Option<&'static str>,
    /// The router's own id of the call.
    #[serde(skip_serializing_if = "Option::is_none")]
    call_id: Option<&'a str>,
    /// The function's result.
    #[serde(skip_serializing_if = "Option::is_none")]
    flow: Option<Text<'a>>,
    #[serde(skip_serializing_if = "is_false")]
    flow_truncated: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    valid: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorReply<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Usage>,
    metrics: MetricsReply,
    logs: Vec<LogRecord>,
    #[serde(skip_serializing_if = "is_false")]
    logs_truncated: bool,
    input: Text<'a>,
    #[serde(skip_serializing_if = "is_false")]
    input_truncated: bool,
    /// Gregorian seconds, as KAZOO's attempts have it.
    timestamp: i64,
    /// Unix milliseconds.
    time_ms: i64,
    request_id: &'a str,
    replay: &'a Record,
}

#[derive(Serialize)]
struct ErrorReply<'a> {
    name: &'a str,
    message: &'a str,
    line: Option<u32>,
    column: Option<u32>,
    #[serde(skip_serializing_if = "str::is_empty")]
    frame: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum Text<'a> {
    Whole(&'a RawValue),
    /// The beginning of the document's text.
    Beginning(&'a str),
}

impl<'a> Text<'a> {
    /// A JSON document, or the beginning of a larger one, and whether the document was cut.
    fn of(document: &'a RawValue, max_bytes: usize) -> (Self, bool) {
        let text = document.get();
        if text.len() > max_bytes {
            (Self::Beginning(beginning(text, max_bytes)), true)
        } else {
            (Self::Whole(document), false)
        }
    }
}

impl<'a> Attempt<'a> {
    /// `flow` is the result without secrets.
    pub(super) fn of(
        ended: &Ended<'a>,
        call_id: Option<&'a str>,
        flow: Option<&'a RawValue>,
        now_ms: i64,
    ) -> Self {
        let Outcome {
            result,
            logs,
            metrics,
            ..
        } = ended.outcome;
        let failure = result.as_ref().err();
        let (logs, cut) = first_logs(&logs.records, logs.truncated);
        let (input, input_truncated) = Text::of(ended.call, MAX_INPUT_BYTES);
        let (flow, flow_truncated) = flow.map(|flow| Text::of(flow, MAX_FLOW_BYTES)).unzip();
        Self {
            id: random_id(),
            function_id: ended.function_id,
            revision: ended.revision,
            result: if failure.is_some() {
                "failure"
            } else {
                "success"
            },
            outcome: ended.outcome.class(),
            router: ended.caller.router.map(|router| router.name),
            call_id,
            flow,
            flow_truncated: flow_truncated == Some(true),
            valid: ended.valid,
            error: failure.map(|failure| ErrorReply::of(&failure.error)),
            limit: failure.and_then(|failure| failure.limit),
            metrics: MetricsReply::of(metrics),
            logs,
            logs_truncated: cut,
            input,
            input_truncated,
            timestamp: gregorian::from_unix(now_ms / 1_000),
            time_ms: now_ms,
            request_id: beginning(ended.caller.request_id, MAX_ID_BYTES),
            replay: ended.record,
        }
    }
}

impl<'a> ErrorReply<'a> {
    fn of(error: &'a FunctionError) -> Self {
        Self {
            name: beginning(&error.name, MAX_ERROR_BYTES),
            message: beginning(&error.message, MAX_ERROR_BYTES),
            line: error.line,
            column: error.column,
            frame: beginning(&error.frame, MAX_ERROR_BYTES),
        }
    }
}

/// The first log records, up to [`MAX_LOG_BYTES`], and whether any was cut.
fn first_logs(records: &[LogRecord], cut_before: bool) -> (Vec<LogRecord>, bool) {
    let (mut kept, mut cut, mut left) = (Vec::new(), cut_before, MAX_LOG_BYTES);
    for LogRecord { level, message } in records {
        // An empty record takes some bytes too.
        if left == 0 {
            return (kept, true);
        }
        let shown = beginning(message, left);
        cut |= shown.len() < message.len();
        left = left.saturating_sub(shown.len().max(16));
        kept.push(LogRecord {
            level: *level,
            message: shown.to_owned(),
        });
    }
    (kept, cut)
}

/// The beginning of a text, cut between characters.
pub(super) fn beginning(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}
