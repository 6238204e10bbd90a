//! The error of a customer's module that traps: what it said last, and where it was.

use wasmtime::{Trap, WasmBacktrace};

use super::instance::Running;
use crate::{Class, Failure, FunctionError, LogRecord};

/// Longest name of a function that is shown, in bytes. Generic code has names of any length.
const MAX_NAME_BYTES: usize = 256;

/// Most bytes of the module's last words: room for a sentence.
const MAX_SAID_BYTES: usize = 4096;

/// How Rust's panic message begins. The lines after it say why.
const PANIC: &str = "panicked at ";

/// How the line begins that Rust adds to a panic message.
const NOTE: &str = "note: ";

impl Running<'_> {
    /// The failure of a module that trapped. The trap and the log are all that the host knows.
    pub(crate) fn trapped(&self, error: &wasmtime::Error) -> Failure {
        let trap = error.root_cause().to_string();
        // Compilers end a program this way after a panic, a failed assertion or `abort`.
        let gave_up = matches!(error.downcast_ref(), Some(Trap::UnreachableCodeReached));
        let said = gave_up.then(|| self.last_words()).flatten();
        let message = match said {
            Some(said) => format!("{said} ({trap})"),
            None => trap,
        };
        let mut error_of_module = FunctionError::new("Trap", message);
        if let Some(backtrace) = error.downcast_ref::<WasmBacktrace>() {
            error_of_module.stack = stack(backtrace);
        }
        Failure::new(Class::Exception, error_of_module)
    }

    /// The end of stderr: place and message of a panic, or else the last line that is not indented. Indented lines
    /// belong to stacks.
    pub(crate) fn last_words(&self) -> Option<String> {
        last_words(&self.store.data().logs.finish().records)
    }
}

fn last_words(records: &[LogRecord]) -> Option<String> {
    let lines: Vec<&str> = records
        .iter()
        .flat_map(|record| record.message.lines())
        .collect();
    let panic = lines.iter().enumerate().rev().find_map(|(index, line)| {
        let start = line.find(PANIC)?;
        Some((index, &line[start..]))
    });
    let mut said = match panic {
        Some((index, place)) => {
            let message = lines[index + 1..].iter();
            let message = message.take_while(|line| !line.starts_with(NOTE));
            let said = std::iter::once(place).chain(message.copied());
            said.collect::<Vec<_>>().join(" ")
        }
        None => {
            let is_said = |line: &&&str| !line.is_empty() && !line.starts_with(char::is_whitespace);
            (*lines.iter().rev().find(is_said)?).to_owned()
        }
    };
    said.truncate(said.floor_char_boundary(MAX_SAID_BYTES));
    Some(said)
}

/// A line for each of the innermost frames. wasmtime keeps twenty.
fn stack(backtrace: &WasmBacktrace) -> String {
    let lines = backtrace
        .frames()
        .iter()
        .map(|frame| match frame.func_name() {
            Some(name) => {
                let name = &name[..name.floor_char_boundary(MAX_NAME_BYTES)];
                format!("at {name}")
            }
            None => format!("at function {}", frame.func_index()),
        });
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    fn words(lines: &[&str]) -> Option<String> {
        let record = |line: &&str| LogRecord {
            level: Level::Log,
            message: (*line).to_owned(),
        };
        last_words(&lines.iter().map(record).collect::<Vec<_>>())
    }

    #[test]
    fn a_panic_is_told_with_its_place() {
        let panic = [
            "looking for 100",
            "thread 'main' (1) panicked at src/main.rs:7:36:",
            "index out of bounds: the len is 3",
            "but the index is 9",
            "note: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
        ];
        let expected =
            "panicked at src/main.rs:7:36: index out of bounds: the len is 3 but the index is 9";
        assert_eq!(words(&panic).as_deref(), Some(expected));
        // A guest that writes records puts the whole message into one record.
        assert_eq!(words(&[&panic.join("\n")]).as_deref(), Some(expected));
    }

    #[test]
    fn else_the_last_line_counts() {
        let assertion = "Assertion failed: n < 3 (route.c: main: 12)";
        let lines = ["first", assertion, "  at main", ""];
        assert_eq!(words(&lines).as_deref(), Some(assertion));
        assert_eq!(words(&["  at main"]), None);
        assert_eq!(words(&[]), None);
        let long = "é".repeat(MAX_SAID_BYTES);
        assert_eq!(words(&[&long]).map(|said| said.len()), Some(MAX_SAID_BYTES));
    }
}
