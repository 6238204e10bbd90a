//! CouchDB's lines for a query server that will be replaced. Its successor gets all earlier lines again, and the
//! successor's answers to these lines are dropped.

use std::{
    io::{self, BufRead, Cursor, Read, Write},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Beginning of a line before which a query server may be replaced, because a query server forgets all map and reduce
/// functions at this line.
const RESET: &[u8] = b"[\"reset\"";

/// Beginning of a line that must not be forgotten, because it contains a design document.
const TEACH: &[u8] = b"[\"ddoc\",\"new\"";

/// The answer to a line with either beginning.
const TRUE: &[u8] = b"true\n";

/// CouchDB's lines, and the lines that must be repeated. Clones share both.
pub(super) struct SharedInput<R>(Arc<Mutex<Inner<R>>>);

struct Inner<R> {
    /// The lines that follow. `None` while a query server reads them.
    lines: Option<R>,
    /// Lines that the next query server gets first.
    again: Vec<u8>,
    /// How many lines of `again` have been answered.
    answered: usize,
    is_cut: bool,
}

/// The lines that one query server reads.
pub(super) struct Lines<R: BufRead> {
    input: SharedInput<R>,
    lines: Option<R>,
    again: Cursor<Vec<u8>>,
    is_due: Box<dyn Fn() -> bool + Send>,
    /// The beginning of the line that is being read.
    line: Vec<u8>,
    is_cut: bool,
}

/// The answers of one query server, without its answers to repeated lines.
pub(super) struct Answers<W> {
    output: W,
    known: usize,
}

impl<R> Clone for SharedInput<R> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

impl<R: BufRead> SharedInput<R> {
    pub(super) fn new(lines: R) -> Self {
        Self(Arc::new(Mutex::new(Inner {
            lines: Some(lines),
            again: Vec::new(),
            answered: 0,
            is_cut: false,
        })))
    }

    /// Answers lines that need no query server, as long as `is_none` is true.
    pub(super) fn greet(
        &self,
        mut output: impl Write,
        is_none: impl Fn() -> bool,
    ) -> io::Result<()> {
        let mut inner = self.inner();
        let Inner {
            lines: Some(lines),
            again,
            answered,
            ..
        } = &mut *inner
        else {
            return Ok(());
        };
        while is_none() {
            let began = again.len();
            lines.read_until(b'\n', again)?;
            let line = &again[began..];
            if !line.starts_with(RESET) && !line.starts_with(TEACH) {
                break;
            }
            *answered += 1;
            output.write_all(TRUE)?;
            output.flush()?;
        }
        Ok(())
    }

    /// The lines for the next query server, up to the first `reset` at which its successor `is_due`.
    pub(super) fn lines<W>(
        &self,
        output: W,
        is_due: impl Fn() -> bool + Send + 'static,
    ) -> (Lines<R>, Answers<W>) {
        let mut inner = self.inner();
        inner.is_cut = false;
        let answers = Answers {
            output,
            known: mem::take(&mut inner.answered),
        };
        let lines = Lines {
            input: self.clone(),
            lines: inner.lines.take(),
            again: Cursor::new(mem::take(&mut inner.again)),
            is_due: Box::new(is_due),
            line: Vec::new(),
            is_cut: false,
        };
        (lines, answers)
    }

    /// Whether the last query server was stopped to be replaced.
    pub(super) fn is_cut(&self) -> bool {
        self.inner().is_cut
    }

    fn inner(&self) -> MutexGuard<'_, Inner<R>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<R: BufRead> Lines<R> {
    fn is_again(&self) -> bool {
        self.again.position() < self.again.get_ref().len() as u64
    }

    /// Notes that a line was read to its end.
    fn ended(&mut self) {
        let line = mem::take(&mut self.line);
        if line.starts_with(TEACH) {
            let mut inner = self.input.inner();
            inner.again.extend_from_slice(&line);
            inner.answered += 1;
        }
    }
}

/// The first line, as far as it was read. A reader gets one line at a time.
fn first_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    end.map_or(bytes, |end| &bytes[..=end])
}

impl<R: BufRead> BufRead for Lines<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.is_again() {
            return Ok(first_line(self.again.fill_buf()?));
        }
        let Some(lines) = &mut self.lines else {
            return Ok(&[]);
        };
        if self.line.is_empty() && !self.is_cut {
            self.is_cut = lines.fill_buf()?.starts_with(RESET) && (self.is_due)();
        }
        if self.is_cut {
            return Ok(&[]);
        }
        Ok(first_line(lines.fill_buf()?))
    }

    fn consume(&mut self, bytes: usize) {
        let from: &mut dyn BufRead = if self.is_again() {
            &mut self.again
        } else if let Some(lines) = &mut self.lines {
            lines
        } else {
            return;
        };
        // Already buffered, so nothing is read.
        let read = from.fill_buf().unwrap_or_default();
        self.line.extend_from_slice(&read[..bytes]);
        from.consume(bytes);
        if self.line.last() == Some(&b'\n') {
            self.ended();
        }
    }
}

impl<R: BufRead> Read for Lines<R> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let mut left = self.fill_buf()?;
        let bytes = left.read(room)?;
        self.consume(bytes);
        Ok(bytes)
    }
}

impl<R: BufRead> Drop for Lines<R> {
    fn drop(&mut self) {
        let mut inner = self.input.inner();
        inner.lines = self.lines.take();
        inner.is_cut = self.is_cut;
    }
}

impl<W: Write> Write for Answers<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut new = bytes;
        while self.known > 0
            && let Some(end) = new.iter().position(|byte| *byte == b'\n')
        {
            new = &new[end + 1..];
            self.known -= 1;
        }
        if self.known == 0 {
            self.output.write_all(new)?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.output.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(lines: &str) -> SharedInput<Cursor<Vec<u8>>> {
        SharedInput::new(Cursor::new(lines.into()))
    }

    /// All lines that a query server reads while it answers with `said`, and the answers that CouchDB gets.
    fn served(input: &SharedInput<Cursor<Vec<u8>>>, is_due: bool, said: &str) -> (String, String) {
        let mut sent = Vec::new();
        let (mut lines, mut answers) = input.lines(&mut sent, move || is_due);
        let mut read = String::new();
        lines.read_to_string(&mut read).unwrap();
        answers.write_all(said.as_bytes()).unwrap();
        (read, String::from_utf8(sent).unwrap())
    }

    const FIRST: &str = "[\"reset\",{}]\n[\"ddoc\",\"new\",\"a\",{}]\n";
    const REST: &str = "[\"add_fun\",\"f\"]\n[\"ddoc\",\"new\",\"b\",{}]\n";
    const LAST: &str = "[\"reset\"]\n[\"ddoc\",\"a\",[]]\n";

    #[test]
    fn what_needs_no_server_is_answered_before_there_is_one() {
        let input = input(&[FIRST, REST].concat());
        let mut output = Vec::new();
        input.greet(&mut output, || true).unwrap();
        assert_eq!(output, b"true\ntrue\n");
        let (read, sent) = served(&input, false, "true\ntrue\ntrue\n[]\n");
        assert_eq!(read, [FIRST, REST].concat());
        assert_eq!(sent, "true\n[]\n");
    }

    #[test]
    fn nobody_is_greeted_where_there_is_a_server() {
        let input = input(FIRST);
        let mut output = Vec::new();
        input.greet(&mut output, || false).unwrap();
        assert_eq!(output, b"");
        let (read, sent) = served(&input, false, "true\ntrue\n");
        assert_eq!((read.as_str(), sent.as_str()), (FIRST, "true\ntrue\n"));
    }

    #[test]
    fn a_successor_is_taught_what_its_predecessor_knew() {
        let input = input(&[FIRST, REST, LAST].concat());
        input.greet(io::sink(), || true).unwrap();
        let (read, _) = served(&input, true, "");
        assert_eq!(read, [FIRST, REST].concat());
        assert!(input.is_cut());
        let (read, sent) = served(&input, false, "true\ntrue\ntrue\n[]\n");
        let taught = "[\"ddoc\",\"new\",\"a\",{}]\n[\"ddoc\",\"new\",\"b\",{}]\n";
        assert_eq!(read, [taught, LAST].concat());
        assert_eq!(sent, "true\n[]\n");
        assert!(!input.is_cut());
    }
}
