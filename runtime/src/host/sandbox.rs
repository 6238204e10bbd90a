//! What one instance may reach: its own memory up to a limit, a moment's time and randomness, its environment, and
//! a log.

use std::sync::Arc;

use chacha20::ChaCha20Rng;
use rand::SeedableRng;
use wasmtime::{Engine, ResourceLimiter, Result, Store};
use wasmtime_wasi::{WasiCtxBuilder, p1::WasiP1Ctx};

use super::{command::Command, conversation::Conversation, log_sink::LogSink, stream::Stream};
use crate::{Limits, Moment};

/// Tables a guest may hold: functions that it calls through pointers. A guest has a few thousand.
pub(crate) const MAX_TABLE_ELEMENTS: usize = 100_000;

/// Bytes the host may copy out of a guest for one WASI call (wasmtime's advisory GHSA-852m-cvvp-9p4w). The engines'
/// standard libraries write a log in pieces far smaller than this.
const HOST_CALL_BYTES: usize = 1024 * 1024;

/// The host's side of one instance.
pub(crate) struct Sandbox {
    pub(crate) memory: MemoryLimit,
    pub(crate) logs: LogSink,
    moment: Moment,
    environment: Arc<[Variable]>,
    pub(crate) conversation: Option<Box<Conversation>>,
    pub(crate) command: Option<Box<Command>>,
    // Both are made when they are first used: most calls use neither.
    random: Option<ChaCha20Rng>,
    wasi: Option<WasiP1Ctx>,
}

/// What a guest finds in its environment: a name and a value.
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

    /// With somebody at stdin and stdout.
    pub(crate) fn in_conversation(mut self, conversation: Conversation) -> Self {
        self.conversation = Some(Box::new(conversation));
        self
    }

    /// As a command: with a call at stdin, somebody who takes what comes from stdout, and a log of plain lines.
    pub(crate) fn for_command(mut self, command: Command, limits: &Limits) -> Self {
        self.command = Some(Box::new(command));
        self.logs = LogSink::of_lines(limits.log_bytes);
        self
    }

    /// A store whose guest is held to the memory limit.
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

    /// No files, no sockets, no arguments; stdin is empty and stdout goes nowhere, but in a conversation and for a command.
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

/// Refuses memory beyond the limit and remembers that it did: the guest may turn the refusal into any error of
/// its own.
pub(crate) struct MemoryLimit {
    bytes: usize,
    /// What was given: linear memory, and what exceptions are kept in. Neither shrinks.
    pub(crate) held: usize,
    /// The most that was asked for and not given.
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
