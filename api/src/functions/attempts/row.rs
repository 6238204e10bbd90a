//! An attempt as replies show it, cut to what a person looks at.

use serde::Serialize;
use serde_json::value::RawValue;
use switchhook_runtime::{Class, FunctionError, LogRecord, Outcome, Usage};
use switchhook_store::{gregorian, ids::random_id};

use super::Ended;
use crate::functions::outcome::MetricsReply;

/// A call as KAZOO makes it has some 1.5 KiB.
const MAX_INPUT_BYTES: usize = 4 * 1024;

/// Bytes of all log messages of an attempt: two screens.
const MAX_LOG_BYTES: usize = 4 * 1024;

/// Bytes of each text of an error: its beginning says what it is.
const MAX_ERROR_BYTES: usize = 1024;

/// Clients choose the ids of their requests; most have 32 or 36 bytes.
const MAX_REQUEST_ID_BYTES: usize = 128;

/// As replies show it.
#[derive(Serialize)]
pub(super) struct Attempt<'a> {
    id: String,
    function_id: &'a str,
    revision: &'a str,
    result: &'static str,
    outcome: Class,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<ErrorReply<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    limit: Option<Usage>,
    metrics: MetricsReply,
    logs: Vec<LogRecord>,
    #[serde(skip_serializing_if = "is_false")]
    logs_truncated: bool,
    input: Input<'a>,
    #[serde(skip_serializing_if = "is_false")]
    input_truncated: bool,
    /// Gregorian seconds, as KAZOO's attempts have it.
    timestamp: i64,
    request_id: &'a str,
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
enum Input<'a> {
    Whole(&'a RawValue),
    /// What its text begins with.
    Beginning(&'a str),
}

impl<'a> Attempt<'a> {
    pub(super) fn of(ended: &Ended<'a>, now_ms: i64) -> Self {
        let Outcome {
            result,
            logs,
            metrics,
            ..
        } = ended.outcome;
        let failure = result.as_ref().err();
        let (logs, cut) = first_logs(&logs.records, logs.truncated);
        let text = ended.call.get();
        let input_truncated = text.len() > MAX_INPUT_BYTES;
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
            error: failure.map(|failure| ErrorReply::of(&failure.error)),
            limit: failure.and_then(|failure| failure.limit),
            metrics: MetricsReply::of(metrics),
            logs,
            logs_truncated: cut,
            input: if input_truncated {
                Input::Beginning(beginning(text, MAX_INPUT_BYTES))
            } else {
                Input::Whole(ended.call)
            },
            input_truncated,
            timestamp: gregorian::from_unix(now_ms / 1_000),
            request_id: beginning(ended.request_id, MAX_REQUEST_ID_BYTES),
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

/// The first of some records, and whether any was cut.
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

fn beginning(text: &str, max_bytes: usize) -> &str {
    &text[..text.floor_char_boundary(max_bytes)]
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}
