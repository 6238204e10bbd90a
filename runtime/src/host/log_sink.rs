//! The stderr of an instance, kept as its log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wasmtime_wasi::p2::StreamResult;

use super::stream::Sink;
use crate::{
    Logs,
    logs::{Form, Written},
};

/// Bytes that a guest writes before other calls on the same thread run: some 20 µs. Writing costs the guest no fuel,
/// and one instruction can write a megabyte.
const BYTES_PER_TURN: usize = 64 * 1024;

/// Accepts any number of bytes and keeps the first ones, so that a log can neither fill the host's memory nor fail a
/// call.
#[derive(Clone)]
pub(crate) struct LogSink(Arc<Mutex<Buffer>>);

struct Buffer {
    form: Form,
    written: Written,
    /// Number of written bytes at which the turn ends.
    turn_ends_at: usize,
}

impl LogSink {
    /// The log of a guest: records.
    pub(crate) fn new(limit: usize) -> Self {
        Self::of(Form::Records, limit)
    }

    /// The log of a command: each line is a record of level `log`.
    pub(crate) fn of_lines(limit: usize) -> Self {
        Self::of(Form::Lines, limit)
    }

    fn of(form: Form, limit: usize) -> Self {
        let written = Written {
            beginning: Vec::new(),
            limit,
            bytes: 0,
        };
        Self(Arc::new(Mutex::new(Buffer {
            form,
            written,
            turn_ends_at: BYTES_PER_TURN,
        })))
    }

    pub(crate) fn finish(&self) -> Logs {
        let buffer = self.buffer();
        Logs::new(&buffer.written, buffer.form)
    }

    fn buffer(&self) -> MutexGuard<'_, Buffer> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sink for LogSink {
    fn take(&self, bytes: &[u8]) -> StreamResult<()> {
        let written = &mut self.buffer().written;
        let room = written.limit.saturating_sub(written.beginning.len());
        let kept = bytes.len().min(room);
        written.beginning.extend_from_slice(&bytes[..kept]);
        written.bytes += bytes.len();
        Ok(())
    }

    fn ends_turn(&self) -> bool {
        let mut buffer = self.buffer();
        let bytes = buffer.written.bytes;
        let ends = bytes >= buffer.turn_ends_at;
        if ends {
            buffer.turn_ends_at = bytes + BYTES_PER_TURN;
        }
        ends
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Level;

    fn logs(written: &[&str], limit: usize) -> Logs {
        let sink = LogSink::new(limit);
        for part in written {
            sink.take(part.as_bytes()).unwrap();
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
        sink.take(b"one\n\ntwo\x1ewarn three\r\nfour").unwrap();
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
