//! Log records from what a guest writes to stderr.
//!
//! A record is the byte 0x1E, a level's name, a space and the text, up to the next record (`docs/guest-abi.md`). Text
//! outside of records, such as a guest's panic message, is a record of level `error`.

use serde::Serialize;

const RECORD_SEPARATOR: u8 = 0x1e;

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
    /// `console.error`, and text outside of records
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
    /// The level.
    pub level: Level,
    /// The text from the function. It may contain control characters.
    pub message: String,
}

/// Everything a function logged in one call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Logs {
    /// The records, in the order written.
    pub records: Vec<LogRecord>,
    /// Whether the limit has cut the log.
    pub truncated: bool,
    /// Bytes written, including those cut off.
    pub bytes: usize,
}

impl Logs {
    /// Reads the records from the beginning of what was written.
    pub(crate) fn new(written: &Written, form: Form) -> Self {
        let kept = &written.beginning;
        let truncated = written.bytes > kept.len();
        let mut records = match form {
            Form::Records => records(kept, truncated),
            Form::Lines => lines(kept),
        };
        if truncated {
            let marker = format!("the log was cut after {} bytes", written.limit);
            records.push(LogRecord::new(Level::Warn, &marker));
        }
        Self {
            records,
            truncated,
            bytes: written.bytes,
        }
    }
}

/// The form of what is written to stderr.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// Records of the guest ABI.
    Records,
    /// Lines of text.
    Lines,
}

/// What was written to stderr.
pub(crate) struct Written {
    /// The bytes that are kept.
    pub(crate) beginning: Vec<u8>,
    /// Most bytes that are kept.
    pub(crate) limit: usize,
    /// Number of all bytes, kept or not.
    pub(crate) bytes: usize,
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
            // Skipped: the text before the first record, if it is empty, and a record that was cut within its level's
            // name.
            None if text.is_empty() || (index > 0 && truncated) => {}
            None => records.push(LogRecord::new(Level::Error, text)),
        }
    }
    records
}

/// The lines that are not empty. Bytes that are not UTF-8 are replaced.
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

/// The text up to the first byte that is not UTF-8, where the limit has cut a character in two.
fn beginning(bytes: &[u8]) -> &str {
    match str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    }
}
