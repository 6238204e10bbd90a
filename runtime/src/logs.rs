//! What a guest writes to stderr, as log records.
//!
//! A record is the byte 0x1E, a level's name, a space and the text, up to the next record; see
//! `docs/guest-abi.md`. Text outside a record (a guest's own panic message) counts as one of level `error`.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use tokio::io::AsyncWrite;
use wasmtime_wasi::{
    cli::{IsTerminal, StdoutStream},
    p2::{OutputStream, Pollable, StreamResult},
};

const RECORD_SEPARATOR: u8 = 0x1e;

/// Bytes accepted in one write. wasmtime-wasi writes in pieces of 4 KiB whatever is offered.
const WRITE_PERMIT: usize = 64 * 1024;

/// The five levels of a console.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// `console.log`
    Log,
    /// `console.info`
    Info,
    /// `console.warn`
    Warn,
    /// `console.error`, and anything a guest writes that is no record
    Error,
    /// `console.debug`
    Debug,
}

impl Level {
    /// The name used in every interface: `warn`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Debug => "debug",
        }
    }

    fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "log" => Self::Log,
            "info" => Self::Info,
            "warn" => Self::Warn,
            "error" => Self::Error,
            "debug" => Self::Debug,
            _ => return None,
        })
    }
}

/// One line of a function's log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogRecord {
    /// How serious.
    pub level: Level,
    /// The text as the function gave it: it may hold control characters.
    pub message: String,
}

/// Everything a function logged in one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    /// In the order written.
    pub records: Vec<LogRecord>,
    /// Whether the limit cut something off.
    pub truncated: bool,
    /// Bytes written, what was cut off included.
    pub bytes: usize,
}

impl Logs {
    fn new(mut records: Vec<LogRecord>, buffer: &Buffer) -> Self {
        let truncated = buffer.bytes > buffer.written.len();
        if truncated {
            let marker = format!("the log was cut after {} bytes", buffer.limit);
            records.push(LogRecord::new(Level::Warn, &marker));
        }
        Self {
            records,
            truncated,
            bytes: buffer.bytes,
        }
    }
}

fn records(written: &[u8], truncated: bool) -> Vec<LogRecord> {
    let mut records = Vec::new();
    for (index, chunk) in written.split(|byte| *byte == RECORD_SEPARATOR).enumerate() {
        let text = beginning(chunk);
        let record = text
            .split_once(' ')
            .filter(|_| index > 0)
            .and_then(|(name, message)| Some((Level::parse(name)?, message)));
        match record {
            Some((level, message)) => records.push(LogRecord::new(level, message)),
            // Nothing before the first record, or a record cut within its level's name.
            None if text.is_empty() || (index > 0 && truncated) => {}
            None => records.push(LogRecord::new(Level::Error, text)),
        }
    }
    records
}

/// Lines that hold anything; what is not UTF-8 in them is replaced.
fn lines(written: &[u8]) -> Vec<LogRecord> {
    String::from_utf8_lossy(written)
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| LogRecord::new(Level::Log, line))
        .collect()
}

impl LogRecord {
    fn new(level: Level, message: &str) -> Self {
        Self {
            level,
            message: message.to_owned(),
        }
    }
}

/// The text up to the first byte that is not UTF-8: where the limit cut a character in two.
fn beginning(bytes: &[u8]) -> &str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}

/// What is written costs the guest no fuel, and a megabyte takes one instruction: so many bytes are some 20 µs.
const BYTES_PER_TURN: usize = 64 * 1024;

/// The stderr of one instance. Takes any amount and keeps a bounded beginning, so that a log can neither fill
/// the host's memory nor fail a call.
#[derive(Clone)]
pub(crate) struct LogSink(Arc<Mutex<Buffer>>);

/// What stderr is made of.
#[derive(Clone, Copy)]
enum Form {
    /// Records, as the guest ABI has them.
    Records,
    /// Lines of text.
    Lines,
}

struct Buffer {
    written: Vec<u8>,
    limit: usize,
    form: Form,
    /// All that was offered, kept or not.
    bytes: usize,
    /// How many of them it may come to before others on the same thread go on.
    turn_ends_at: usize,
}

impl LogSink {
    /// Of a guest.
    pub(crate) fn new(limit: usize) -> Self {
        Self::of(Form::Records, limit)
    }

    /// Of a command: each line is a record of level `log`.
    pub(crate) fn of_lines(limit: usize) -> Self {
        Self::of(Form::Lines, limit)
    }

    fn of(form: Form, limit: usize) -> Self {
        Self(Arc::new(Mutex::new(Buffer {
            written: Vec::new(),
            limit,
            form,
            bytes: 0,
            turn_ends_at: BYTES_PER_TURN,
        })))
    }

    pub(crate) fn finish(&self) -> Logs {
        let buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let records = match buffer.form {
            Form::Records => records(&buffer.written, buffer.bytes > buffer.written.len()),
            Form::Lines => lines(&buffer.written),
        };
        Logs::new(records, &buffer)
    }

    fn push(&self, bytes: &[u8]) {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = buffer.limit.saturating_sub(buffer.written.len());
        let kept = bytes.len().min(room);
        buffer.written.extend_from_slice(&bytes[..kept]);
        buffer.bytes += bytes.len();
    }

    /// Whether so much was offered that others go on now.
    fn ends_turn(&self) -> bool {
        let mut buffer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let ends = buffer.bytes >= buffer.turn_ends_at;
        if ends {
            buffer.turn_ends_at = buffer.bytes + BYTES_PER_TURN;
        }
        ends
    }
}

impl IsTerminal for LogSink {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for LogSink {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        // Used by WASI preview 3 only, which the runtime does not offer to guests.
        Box::new(tokio::io::sink())
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }
}

#[async_trait::async_trait]
impl Pollable for LogSink {
    async fn ready(&mut self) {
        if self.ends_turn() {
            tokio::task::yield_now().await;
        }
    }
}

impl OutputStream for LogSink {
    fn write(&mut self, bytes: bytes::Bytes) -> StreamResult<()> {
        self.push(&bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_PERMIT)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn logs(written: &[&str], limit: usize) -> Logs {
        let sink = LogSink::new(limit);
        for part in written {
            sink.push(part.as_bytes());
        }
        sink.finish()
    }

    fn texts(logs: &Logs) -> Vec<(Level, &str)> {
        logs.records
            .iter()
            .map(|record| (record.level, record.message.as_str()))
            .collect()
    }

    #[test]
    fn records_keep_their_level_and_their_line_breaks() {
        let logs = logs(
            &["\u{1e}log one\ntwo", "\u{1e}warn ", "\u{1e}debug x y"],
            100,
        );
        assert_eq!(
            texts(&logs),
            [
                (Level::Log, "one\ntwo"),
                (Level::Warn, ""),
                (Level::Debug, "x y")
            ]
        );
        assert!(!logs.truncated);
    }

    #[test]
    fn text_outside_a_record_is_an_error() {
        let logs = logs(&["thread panicked", "\u{1e}nonsense here"], 100);
        assert_eq!(
            texts(&logs),
            [
                (Level::Error, "thread panicked"),
                (Level::Error, "nonsense here")
            ]
        );
    }

    #[test]
    fn lines_of_a_command_are_records() {
        let sink = LogSink::of_lines(21);
        sink.push(b"one\n\ntwo\x1ewarn three\r\nfour");
        let logs = sink.finish();
        assert_eq!(
            texts(&logs),
            [
                (Level::Log, "one"),
                (Level::Log, "two\u{1e}warn three"),
                (Level::Warn, "the log was cut after 21 bytes")
            ]
        );
        assert!(logs.truncated);
    }

    #[test]
    fn a_long_record_is_cut_between_characters() {
        let logs = logs(&["\u{1e}log ", &"é".repeat(1000)], 16);
        assert_eq!(
            texts(&logs),
            [
                (Level::Log, "ééééé"),
                (Level::Warn, "the log was cut after 16 bytes")
            ]
        );
        assert!(logs.truncated);
    }

    #[test]
    fn nothing_but_a_marker_is_kept_after_the_limit() {
        let logs = logs(
            &["\u{1e}log 12345", "\u{1e}log 67890", "\u{1e}info never"],
            17,
        );
        assert_eq!(
            texts(&logs),
            [
                (Level::Log, "12345"),
                (Level::Log, "67"),
                (Level::Warn, "the log was cut after 17 bytes")
            ]
        );
    }
}
