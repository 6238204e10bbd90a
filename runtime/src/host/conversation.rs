//! The host's side of a program that goes on: the lines it is given and gives, and its clock.

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
    turn: Turn,
    pub(super) limits: Limits,
    /// What the guest has not read yet of the line it is at, its end included.
    line: Vec<u8>,
    read: usize,
    /// Whether there will be no further line.
    pub(super) is_over: bool,
}

/// Since when the guest has been at its line.
#[derive(Clone)]
pub(crate) struct Turn(Arc<Mutex<Since>>);

struct Since {
    /// Since the beginning of 1970: what the guest's clock says. It stands still like that of a call.
    clock: Duration,
    /// None while it waits for a line.
    started: Option<Instant>,
}

impl Conversation {
    pub(crate) fn new(
        input: Box<dyn BufRead + Send>,
        output: Box<dyn Write + Send>,
        turn: Turn,
        limits: &Limits,
    ) -> Self {
        Self {
            input,
            output,
            outbox: Outbox::new(limits.output_bytes),
            turn,
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
        self.turn.clone()
    }

    /// Sends the whole lines that the guest has written.
    pub(crate) fn send(&mut self) -> io::Result<()> {
        let lines = self.outbox.take_lines();
        if !lines.is_empty() {
            self.output.write_all(&lines)?;
            self.output.flush()?;
        }
        Ok(())
    }

    /// Takes the next line: nothing if there is none. For that, too, the guest has a turn, to come to its end.
    pub(super) fn receive(&mut self) -> Result<(), Interruption> {
        self.turn.pause();
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
        self.turn.begin();
        Ok(())
    }

    /// What is left of the line, and at most as much as there is room for.
    pub(super) fn read(&mut self, room: &mut [u8]) -> usize {
        let left = &self.line[self.read..];
        let bytes = left.len().min(room.len());
        room[..bytes].copy_from_slice(&left[..bytes]);
        self.read += bytes;
        bytes
    }

    /// Whether the guest is to be given the next line.
    pub(super) fn is_at_end_of_line(&self) -> bool {
        self.read == self.line.len()
    }
}

impl Turn {
    pub(crate) fn new() -> Self {
        let turn = Self(Arc::new(Mutex::new(Since {
            clock: Duration::ZERO,
            started: None,
        })));
        turn.begin();
        turn
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

impl HostWallClock for Turn {
    fn resolution(&self) -> Duration {
        Duration::from_millis(1)
    }

    fn now(&self) -> Duration {
        self.since().clock
    }
}
