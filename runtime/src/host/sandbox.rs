//! What an instance can reach: its own memory up to a limit, the time and the randomness of a moment, its environment,
//! and a log.

use std::sync::Arc;

use chacha20::ChaCha20Rng;
use rand::SeedableRng;
use wasmtime::{Engine, ResourceLimiter, Result, Store};
use wasmtime_wasi::{WasiCtxBuilder, p1::WasiP1Ctx};

use super::{command::Command, conversation::Conversation, log_sink::LogSink, stream::Stream};
use crate::{Limits, Moment};

/// Most elements of a guest's table: functions that it calls through pointers. Guests have a few thousand.
pub(crate) const MAX_TABLE_ELEMENTS: usize = 100_000;

/// Most bytes that the host copies out of a guest for one WASI call (wasmtime's advisory GHSA-852m-cvvp-9p4w). The
/// engines' standard libraries write logs in far smaller pieces.
const HOST_CALL_BYTES: usize = 1024 * 1024;

/// The host's data of one instance.
pub(crate) struct Sandbox {
    pub(crate) memory: MemoryLimit,
    pub(crate) logs: LogSink,
    moment: Moment,
    environment: Arc<[Variable]>,
    pub(crate) conversation: Option<Box<Conversation>>,
    pub(crate) command: Option<Box<Command>>,
    // Both are made at their first use: most calls use neither.
    random: Option<ChaCha20Rng>,
    wasi: Option<WasiP1Ctx>,
}

/// A variable of a guest's environment: name and value.
pub type Variable = (String, String);

impl Sandbox {
    pub(crate) fn new(limits: &Limits, moment: Moment, environment: Arc<[Variable]>) -> Self {
        Self {
            memory: MemoryLimit {
                bytes: limits.memory_bytes,
                held: 0,
                refused: None,
            },
            logs: LogSink::new(limits.log_bytes),
            moment,
            environment,
            conversation: None,
            command: None,
            random: None,
            wasi: None,
        }
    }

    /// Connects stdin and stdout to a conversation.
    pub(crate) fn in_conversation(mut self, conversation: Conversation) -> Self {
        self.conversation = Some(Box::new(conversation));
        self
    }

    /// Connects stdin and stdout to a command's call and result, and makes the log one of plain lines.
    pub(crate) fn for_command(mut self, command: Command, limits: &Limits) -> Self {
        self.command = Some(Box::new(command));
        self.logs = LogSink::of_lines(limits.log_bytes);
        self
    }

    /// Makes a store, whose guest is held to the memory limit.
    pub(crate) fn into_store(self, engine: &Engine) -> Store<Self> {
        let mut store = Store::new(engine, self);
        store.limiter(|sandbox| &mut sandbox.memory);
        store.set_hostcall_fuel(HOST_CALL_BYTES);
        store
    }

    /// The call's random numbers.
    pub(crate) fn random(&mut self) -> &mut ChaCha20Rng {
        self.random
            .get_or_insert_with(|| ChaCha20Rng::from_seed(self.moment.seed))
    }

    /// WASI without files, sockets and arguments. stdin is empty and stdout is dropped, except for conversations and
    /// commands.
    pub(crate) fn wasi(&mut self) -> &mut WasiP1Ctx {
        self.wasi.get_or_insert_with(|| {
            let mut wasi = WasiCtxBuilder::new();
            wasi.stderr(Stream(self.logs.clone()))
                .envs(&self.environment);
            self.moment.give_clocks_to(&mut wasi);
            if let Some(conversation) = &self.conversation {
                wasi.stdout(conversation.stdout())
                    .wall_clock(conversation.clock());
            }
            if let Some(command) = &self.command {
                wasi.stdout(command.stdout());
            }
            wasi.build_p1()
        })
    }
}

/// Refuses memory beyond the limit and remembers the refusal: the guest may report it as any error.
pub(crate) struct MemoryLimit {
    bytes: usize,
    /// Bytes that were given: linear memory and the memory of exceptions. Neither shrinks.
    pub(crate) held: usize,
    /// Bytes that would have been held after the largest refused request.
    pub(crate) refused: Option<usize>,
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, now: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        let desired = self.held.saturating_sub(now).saturating_add(desired);
        let granted = desired <= self.bytes;
        if granted {
            self.held = desired;
        } else {
            self.refused = self.refused.max(Some(desired));
        }
        Ok(granted)
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        Ok(desired <= MAX_TABLE_ELEMENTS)
    }

    fn instances(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        1
    }
}
