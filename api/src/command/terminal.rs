//! All output of the command line. No printed text can control the terminal.
//!
//! Names of files, arguments, records and the texts of functions come from strangers. All of them pass through here,
//! and so do the lines of the log.

use std::{
    fmt::{Display, Write as _},
    io::{self, Write},
};

use tracing_subscriber::fmt::MakeWriter;

/// Prints a line of text to stdout.
///
/// # Errors
/// If stdout is closed.
pub(crate) fn say(text: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", printable(&text.to_string()))
}

/// Prints a line of text to stderr. Failures are ignored.
pub(crate) fn complain(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{}", printable(&text.to_string()));
}

/// Prints JSON to stdout, as one line. Characters that control a terminal are escaped.
///
/// # Errors
/// If stdout is closed.
pub(super) fn say_json(json: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", printable_json(json))
}

/// A writer of the log to stderr.
pub(crate) struct Log;

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        Self
    }
}

impl Write for Log {
    /// Writes whole lines of the log. A line that cannot be written is dropped. If this returned an error, the logger
    /// would print the error to stderr, and a failure there is a panic, which would cost a request.
    fn write(&mut self, lines: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(lines);
        let _ = io::stderr().lock().write_all(printable(&text).as_bytes());
        Ok(lines.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Whether a character controls a terminal: C0, DEL and C1, and characters that change the direction of the text around
/// them (Unicode Standard Annex 9, 2.1 to 2.6), so that it reads as something else.
fn steers(char: char) -> bool {
    char.is_control()
        || matches!(char, '\u{61c}' | '\u{200e}' | '\u{200f}')
        || matches!(char, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn printable(text: &str) -> String {
    escaped(text, |printable, char| {
        printable.extend(char.escape_unicode());
    })
}

/// Escapes the characters that control a terminal. In JSON they occur only within strings.
fn printable_json(json: &str) -> String {
    escaped(json, |printable, char| {
        let _ = write!(printable, "\\u{:04x}", u32::from(char));
    })
}

fn escaped(text: &str, escape: impl Fn(&mut String, char)) -> String {
    let mut printable = String::with_capacity(text.len());
    for char in text.chars() {
        match char {
            '\n' | '\t' => printable.push(char),
            char if steers(char) => escape(&mut printable, char),
            char => printable.push(char),
        }
    }
    printable
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_json() {
        let json = "{\"a\":\"\u{9b}31m \u{7f}é\u{202e}\",\n\t\"b\":1}";
        let printable = printable_json(json);
        let expected = "{\"a\":\"\\u009b31m \\u007fé\\u202e\",\n\t\"b\":1}";
        assert_eq!(printable, expected);
        let value = |json| serde_json::from_str::<serde_json::Value>(json).unwrap();
        assert_eq!(value(&printable), value(json));
    }

    #[test]
    fn control_characters_are_shown_not_sent() {
        assert_eq!(
            printable("a\u{1b}[31m\r\n\u{9b}\té"),
            "a\\u{1b}[31m\\u{d}\n\\u{9b}\té"
        );
    }

    #[test]
    fn what_turns_text_around_is_shown_too() {
        assert_eq!(
            printable("a\u{202e}b\u{2066}c\u{200f}"),
            "a\\u{202e}b\\u{2066}c\\u{200f}"
        );
        assert_eq!(printable("שלום 日本 👩‍🚀"), "שלום 日本 👩‍🚀");
    }
}
