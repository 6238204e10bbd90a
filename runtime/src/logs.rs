//! What a guest writes to stderr, as log records.
//!
//! A record is the byte 0x1E, a level's name, a space and the text, up to the next record; see
//! `docs/guest-abi.md`. Text outside a record (a guest's own panic message) counts as one of level `error`.

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
    /// Of the beginning of what was written.
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

/// What stderr is made of.
#[derive(Clone, Copy)]
pub(crate) enum Form {
    /// Records, as the guest ABI has them.
    Records,
    /// Lines of text.
    Lines,
}

/// What was written to stderr.
pub(crate) struct Written {
    /// As much of it as is kept.
    pub(crate) beginning: Vec<u8>,
    /// How much is kept at the most, in bytes.
    pub(crate) limit: usize,
    /// All that was offered, kept or not.
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
