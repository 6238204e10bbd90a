//! Shows an outcome to a person: the flow on stdout; logs, warnings and errors on stderr.

use std::io;

use serde_json::value::RawValue;
use switchhook_runtime::{LogRecord, Outcome, Usage};

use super::{
    source::place,
    terminal::{complain, say_json},
};

/// Prints the outcome of the function in `file`.
///
/// # Errors
/// If stdout is closed.
pub(super) fn report(outcome: &Outcome<Box<RawValue>>, file: &str) -> io::Result<()> {
    for LogRecord { level, message } in &outcome.logs.records {
        complain(format_args!("[{}] {message}", level.name()));
    }
    for Usage { limit, value, used } in &outcome.warnings {
        complain(format_args!("warning: {used} of {value} {limit} were used"));
    }
    match &outcome.result {
        Ok(flow) => return say_json(flow.get()),
        Err(failure) => {
            let error = &failure.error;
            complain(format_args!("{}: {error}", failure.class));
            complain(format_args!(
                "    at {}",
                place(file, error.line, error.column)
            ));
            for line in error.frame.lines() {
                complain(format_args!("    {line}"));
            }
            for line in error.stack.lines() {
                complain(line);
            }
            if let Some(detail) = &failure.detail {
                complain(detail);
            }
        }
    }
    Ok(())
}
