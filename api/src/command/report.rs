//! An outcome for a person: the flow on stdout, logs, warnings and errors on stderr.

use serde_json::value::RawValue;
use switchhook_runtime::{LogRecord, Outcome, Usage};

use super::source::place;

/// Prints an outcome of the function in `file`.
pub(super) fn report(outcome: &Outcome<Box<RawValue>>, file: &str) {
    for LogRecord { level, message } in &outcome.logs.records {
        eprintln!("[{}] {}", level.name(), printable(message));
    }
    for Usage { limit, value, used } in &outcome.warnings {
        eprintln!("warning: {used} of {value} {limit} were used");
    }
    match &outcome.result {
        Ok(flow) => println!("{}", printable_json(flow.get())),
        Err(failure) => {
            let error = &failure.error;
            eprintln!("{}: {}", failure.class, printable(&error.to_string()));
            eprintln!("    at {}", place(file, error.line, error.column));
            for line in error.frame.lines() {
                eprintln!("    {}", printable(line));
            }
            eprint!("{}", printable(&error.stack));
            if let Some(detail) = &failure.detail {
                eprintln!("{}", printable(detail));
            }
        }
    }
}

/// Text of a function's making must not steer the terminal it is shown on.
pub(super) fn printable(text: &str) -> String {
    text.chars()
        .map(|char| match char {
            '\n' | '\t' => char.to_string(),
            char if char.is_control() => char.escape_unicode().to_string(),
            char => char.to_string(),
        })
        .collect()
}

/// The same JSON without the control characters that JSON lets stand: they occur within strings only.
pub(super) fn printable_json(json: &str) -> String {
    json.chars()
        .map(|char| match char {
            '\u{7f}'..='\u{9f}' => format!("\\u{:04x}", u32::from(char)),
            char => char.to_string(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn json_stays_json() {
        let json = "{\"a\":\"\u{9b}31m \u{7f}é\"}";
        let printable = super::printable_json(json);
        assert_eq!(printable, r#"{"a":"\u009b31m \u007fé"}"#);
        let value = |json| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(value(&printable), value(json));
    }

    #[test]
    fn control_characters_are_shown_not_sent() {
        assert_eq!(
            super::printable("a\u{1b}[31m\n\u{9b}é"),
            "a\\u{1b}[31m\n\\u{9b}é"
        );
    }
}
