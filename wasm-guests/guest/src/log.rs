//! Logs: written to stderr as records that the host can tell apart.
//!
//! A record is the byte 0x1E (ASCII "record separator"), the level's name, a space, the text. Text that holds
//! the separator has it replaced, so a function cannot forge a record. As a command (`_start`) the module writes
//! plain lines instead, for a person to read.

use std::{
    cell::Cell,
    io::{self, BufWriter, Write},
};

const RECORD_SEPARATOR: char = '\u{1e}';

/// Most bytes in one write: the host bounds what it takes from a guest at a time.
const PIECE_BYTES: usize = 64 * 1024;

thread_local! {
    static PLAIN_LINES: Cell<bool> = const { Cell::new(false) };
}

/// How important a record is to whoever reads logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// The level of a plain `print`.
    Log,
    /// Information.
    Info,
    /// Something may be wrong.
    Warn,
    /// Something failed.
    Error,
    /// For the author, during development.
    Debug,
}

impl Level {
    /// Every level.
    pub const ALL: [Self; 5] = [Self::Log, Self::Info, Self::Warn, Self::Error, Self::Debug];

    /// The level's name in records and replies.
    pub fn name(self) -> &'static str {
        match self {
            Self::Log => "log",
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Error => "error",
            Self::Debug => "debug",
        }
    }
}

/// Makes [`log()`] write lines for a person instead of records for the host.
pub(crate) fn write_plain_lines() {
    PLAIN_LINES.set(true);
}

/// Writes one record: the texts with spaces between them. A failed write is ignored, so that logs never change what a
/// function does.
pub fn log(level: Level, texts: &[impl AsRef<str>]) {
    let _ = write(level, texts);
}

/// Small records are written in one piece. The text of large records is not copied.
fn write(level: Level, texts: &[impl AsRef<str>]) -> io::Result<()> {
    let mut stderr = BufWriter::new(io::stderr());
    let plain_lines = PLAIN_LINES.get();
    if !plain_lines {
        write!(stderr, "{RECORD_SEPARATOR}{} ", level.name())?;
    }
    for (index, text) in texts.iter().map(AsRef::as_ref).enumerate() {
        if index > 0 {
            stderr.write_all(b" ")?;
        }
        if plain_lines {
            write_text(&mut stderr, text)?;
            continue;
        }
        for (index, text) in text.split(RECORD_SEPARATOR).enumerate() {
            if index > 0 {
                stderr.write_all("\u{fffd}".as_bytes())?;
            }
            write_text(&mut stderr, text)?;
        }
    }
    if plain_lines {
        stderr.write_all(b"\n")?;
    }
    stderr.flush()
}

fn write_text(to: &mut impl Write, text: &str) -> io::Result<()> {
    text.as_bytes()
        .chunks(PIECE_BYTES)
        .try_for_each(|piece| to.write_all(piece))
}
