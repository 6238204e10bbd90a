//! Programs that go on: an instance that takes lines from a stream and gives lines to another for as long as there are
//! any. Each line it takes gives it new fuel, a new time limit and the time of day.

use std::{
    io::{self, BufRead, Read, Write},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
    time::{Duration, Instant, SystemTime},
};

use wasmtime::{AsContextMut, Caller, Extern, Linker, Result};
use wasmtime_wasi::{HostWallClock, cli::StdoutStream};

use crate::{
    Failure, Guest, Limit, Limits, Moment, Usage, outbox::Outbox, running::Running,
    sandbox::Sandbox,
};

/// WASI preview 1: the file that lines come from, and what it calls success and no such file.
const STDIN: u32 = 0;
const SUCCESS: i32 = 0;
const BADF: i32 = 8;

/// Bytes of a vector in WASI preview 1: an address and a length.
const VECTOR_BYTES: usize = 8;

/// Vectors that are looked at. C libraries give two, of which the first may be empty.
const MAX_VECTORS: u32 = 16;

/// The host's side of a conversation.
pub(crate) struct Conversation {
    input: Box<dyn BufRead + Send>,
    output: Box<dyn Write + Send>,
    outbox: Outbox,
    turn: Turn,
    limits: Limits,
    /// What the guest has not read yet of the line it is at, its end included.
    line: Vec<u8>,
    read: usize,
    /// Whether there will be no further line.
    is_over: bool,
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

impl Guest {
    /// Runs a program of the guest's language until it ends, and returns the text it ends with. Its stdin and stdout are
    /// the streams given; what it writes reaches `output` when it asks for the next line, or ends.
    ///
    /// The limits of fuel, wall clock, input and output are for each line. Of what a failed program wrote, the whole lines
    /// have reached `output`.
    ///
    /// The thread it runs on is blocked while it waits for a line.
    ///
    /// # Errors
    /// The [`Failure`] that ended it.
    pub async fn converse(
        &self,
        program: &str,
        input: impl BufRead + Send + 'static,
        output: impl Write + Send + 'static,
        limits: &Limits,
    ) -> Result<String, Failure> {
        let guest = self.inner();
        let Some(serve) = guest.exports.abi().and_then(|abi| abi.serve.as_ref()) else {
            return Err(Failure::internal("the guest runs no programs"));
        };
        let turn = Turn::new();
        let conversation = Conversation {
            input: Box::new(input),
            output: Box::new(output),
            outbox: Outbox::new(limits.output_bytes),
            turn: turn.clone(),
            limits: limits.clone(),
            line: Vec::new(),
            read: 0,
            is_over: false,
        };
        let sandbox = Sandbox::new(limits, Moment::now(), [].into()).in_conversation(conversation);
        let mut instance = Running::start(guest, sandbox, limits, None).await?;
        let ended = {
            let mut program = Box::pin(instance.enter(serve, program.as_bytes(), limits));
            // The guest gives up its turn after every bit of work, so this looks at the clock often.
            std::future::poll_fn(|context| match turn.overdue(limits) {
                Some(late) => Poll::Ready(Err(late)),
                None => program.as_mut().poll(context),
            })
            .await
        };
        let conversation = instance.store.data_mut().conversation.as_mut();
        let flushed = match conversation {
            Some(conversation) => conversation.send(),
            None => Ok(()),
        };
        let ended = ended?;
        flushed.map_err(|error| Failure::internal(format!("cannot write: {error}")))?;
        Ok(ended)
    }
}

impl Conversation {
    pub(crate) fn stdout(&self) -> impl StdoutStream + use<> {
        self.outbox.clone()
    }

    pub(crate) fn clock(&self) -> impl HostWallClock + use<> {
        self.turn.clone()
    }

    /// Sends the whole lines that the guest has written.
    fn send(&mut self) -> io::Result<()> {
        let lines = self.outbox.take_lines();
        if !lines.is_empty() {
            self.output.write_all(&lines)?;
            self.output.flush()?;
        }
        Ok(())
    }

    /// Takes the next line: nothing if there is none. For that, too, the guest has a turn, to come to its end.
    fn receive(&mut self) -> Result<(), Interruption> {
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
    fn read(&mut self, room: &mut [u8]) -> usize {
        let left = &self.line[self.read..];
        let bytes = left.len().min(room.len());
        room[..bytes].copy_from_slice(&left[..bytes]);
        self.read += bytes;
        bytes
    }

    fn is_at_end_of_line(&self) -> bool {
        self.read == self.line.len()
    }
}

impl Turn {
    fn new() -> Self {
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

    fn overdue(&self, limits: &Limits) -> Option<Failure> {
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

/// What ends a conversation from outside.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Interruption {
    #[error("a line has at least {bytes} bytes")]
    LineTooLong { bytes: usize },
    #[error("at least {bytes} bytes were written for one line")]
    OutputTooLarge { bytes: usize },
    #[error("cannot read")]
    Read(#[source] io::Error),
    #[error("cannot write")]
    Write(#[source] io::Error),
}

impl Interruption {
    pub(crate) fn to_failure(&self, limits: &Limits) -> Failure {
        match self {
            Self::LineTooLong { bytes } => {
                Failure::limit(Usage::of(Limit::InputBytes, limits.input_bytes, *bytes))
            }
            Self::OutputTooLarge { bytes } => {
                Failure::limit(Usage::of(Limit::OutputBytes, limits.output_bytes, *bytes))
            }
            Self::Read(error) => Failure::internal(format!("{self}: {error}")),
            Self::Write(error) => Failure::internal(format!("{self}: {error}")),
        }
    }
}

/// Replaces the linker's `fd_read`: stdin is a conversation's lines or a command's call, else empty, and there are no other
/// files to read.
pub(crate) fn replace(linker: &mut Linker<Sandbox>) -> Result<()> {
    linker.allow_shadowing(true);
    linker.func_wrap("wasi_snapshot_preview1", "fd_read", fd_read)?;
    linker.allow_shadowing(false);
    Ok(())
}

fn fd_read(
    mut caller: Caller<'_, Sandbox>,
    file: u32,
    vectors: u32,
    count: u32,
    read: u32,
) -> Result<i32> {
    if file != STDIN {
        return Ok(BADF);
    }
    // Beside the store, so that memory can be written to meanwhile.
    let mut conversation = caller.data_mut().conversation.take();
    if let Some(conversation) = &mut conversation
        && conversation.is_at_end_of_line()
        && !conversation.is_over
    {
        conversation.receive()?;
        caller.set_fuel(conversation.limits.fuel)?;
        caller.data_mut().memory.refused = None;
    }
    let mut command = caller.data_mut().command.take();
    let fill = |room: &mut [u8]| match (&mut conversation, &mut command) {
        (Some(conversation), _) => conversation.read(room),
        (None, Some(command)) => command.read(room),
        (None, None) => 0,
    };
    let copied = copy(&mut caller, fill, vectors, count, read);
    caller.data_mut().conversation = conversation;
    caller.data_mut().command = command;
    // As for any other function of WASI: a guest that gives away others' memory has lost its way.
    copied
        .ok_or_else(|| wasmtime::Error::msg("`fd_read` is to write outside the guest's memory"))?;
    Ok(SUCCESS)
}

/// Fills the first vector that has room; a guest that offers several asks again.
fn copy(
    caller: &mut Caller<'_, Sandbox>,
    mut fill: impl FnMut(&mut [u8]) -> usize,
    vectors: u32,
    count: u32,
    read: u32,
) -> Option<()> {
    let Some(Extern::Memory(memory)) = caller.get_export("memory") else {
        return None;
    };
    let memory = memory.data_mut(caller.as_context_mut());
    let number = |memory: &[u8], at: usize| {
        let bytes = memory.get(at..)?.first_chunk()?;
        Some(u32::from_le_bytes(*bytes) as usize)
    };
    let mut bytes = 0;
    for index in 0..count.min(MAX_VECTORS) as usize {
        let vector = vectors as usize + index * VECTOR_BYTES;
        let address = number(memory, vector)?;
        let length = number(memory, vector + VECTOR_BYTES / 2)?;
        if length > 0 {
            bytes = fill(memory.get_mut(address..)?.get_mut(..length)?);
            break;
        }
    }
    let answer = memory.get_mut(read as usize..)?.first_chunk_mut()?;
    *answer = u32::try_from(bytes).ok()?.to_le_bytes();
    Some(())
}
