//! The host's side of a conversation: its lines and its clock.

use std::{
    io::{self, BufRead, Read, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use wasmtime_wasi::{HostWallClock, cli::StdoutStream};

use super::{interruption::Interruption, outbox::Outbox, stream::Stream};
use crate::{Failure, Limit, Limits, Usage};

/// The host's side of a conversation.
pub(crate) struct Conversation {
    input: Box<dyn BufRead + Send>,
    output: Box<dyn Write + Send>,
    outbox: Outbox,
    timer: LineTimer,
    pub(super) limits: Limits,
    /// The rest of the current line, with its line feed, that the guest has not read yet.
    line: Vec<u8>,
    read: usize,
    /// Whether there are no further lines.
    pub(super) is_over: bool,
}

/// When the guest began to work on the current line.
#[derive(Clone)]
pub(crate) struct LineTimer(Arc<Mutex<Since>>);

struct Since {
    /// The time on the guest's clock, since the beginning of 1970. The clock stands still while the guest works on a
    /// line.
    clock: Duration,
    /// When the guest got the line. `None` while it waits for a line.
    started: Option<Instant>,
}

impl Conversation {
    pub(crate) fn new(
        input: Box<dyn BufRead + Send>,
        output: Box<dyn Write + Send>,
        timer: LineTimer,
        limits: &Limits,
    ) -> Self {
        Self {
            input,
            output,
            outbox: Outbox::new(limits.output_bytes),
            timer,
            limits: limits.clone(),
            line: Vec::new(),
            read: 0,
            is_over: false,
        }
    }

    pub(crate) fn stdout(&self) -> impl StdoutStream + use<> {
        Stream(self.outbox.clone())
    }

    pub(crate) fn clock(&self) -> impl HostWallClock + use<> {
        self.timer.clone()
    }

    /// Sends the complete lines that the guest has written.
    pub(crate) fn send(&mut self) -> io::Result<()> {
        let lines = self.outbox.take_lines();
        if !lines.is_empty() {
            self.output.write_all(&lines)?;
            self.output.flush()?;
        }
        Ok(())
    }

    /// Takes the next line. At the end of the input the guest gets a turn without a line, in which it can end.
    pub(super) fn receive(&mut self) -> Result<(), Interruption> {
        self.timer.pause();
        self.send().map_err(Interruption::Write)?;
        self.line.clear();
        self.read = 0;
        let most = self.limits.input_bytes as u64 + 1;
        let mut input = (&mut self.input).take(most);
        let bytes = input.read_until(b'\n', &mut self.line);
        let bytes = bytes.map_err(Interruption::Read)?;
        if bytes as u64 == most && self.line.last() != Some(&b'\n') {
            return Err(Interruption::LineTooLong { bytes });
        }
        self.is_over = bytes == 0;
        self.timer.begin();
        Ok(())
    }

    /// Reads the rest of the line into `room`, as far as it fits. Returns the number of bytes.
    pub(super) fn read(&mut self, room: &mut [u8]) -> usize {
        let left = &self.line[self.read..];
        let bytes = left.len().min(room.len());
        room[..bytes].copy_from_slice(&left[..bytes]);
        self.read += bytes;
        bytes
    }

    /// Whether the guest has read the whole line.
    pub(super) fn is_at_end_of_line(&self) -> bool {
        self.read == self.line.len()
    }
}

impl LineTimer {
    pub(crate) fn new() -> Self {
        let timer = Self(Arc::new(Mutex::new(Since {
            clock: Duration::ZERO,
            started: None,
        })));
        timer.begin();
        timer
    }

    fn begin(&self) {
        let mut since = self.since();
        since.clock = SystemTime::now()
            .duration_since(SystemTime::UNIX_EPOCH)
            .unwrap_or_default();
        since.started = Some(Instant::now());
    }

    fn pause(&self) {
        self.since().started = None;
    }

    pub(crate) fn overdue(&self, limits: &Limits) -> Option<Failure> {
        let taken = self.since().started?.elapsed();
        (taken > limits.wall_clock)
            .then(|| Failure::limit(Usage::of(Limit::WallClockMs, limits.wall_clock, taken)))
    }

    fn since(&self) -> MutexGuard<'_, Since> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl HostWallClock for LineTimer {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.since().clock
    }
}
