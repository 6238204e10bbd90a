//! What one instance may reach: its own memory up to a limit, a clock, randomness, and a log.

use wasmtime::{Engine, ResourceLimiter, Result, Store};
use wasmtime_wasi::{WasiCtxBuilder, p1::WasiP1Ctx};

use crate::logs::LogSink;

/// Tables a guest may hold: functions that it calls through pointers. A guest has a few thousand.
pub(crate) const MAX_TABLE_ELEMENTS: usize = 100_000;

/// The host's side of one instance.
pub(crate) struct Sandbox {
    pub(crate) memory: MemoryLimit,
    pub(crate) logs: LogSink,
    // Made at the first WASI call: most calls make none.
    wasi: Option<WasiP1Ctx>,
}

impl Sandbox {
    pub(crate) fn new(memory_bytes: usize, log_bytes: usize) -> Self {
        Self {
            memory: MemoryLimit {
                bytes: memory_bytes,
                refused: false,
            },
            logs: LogSink::new(log_bytes),
            wasi: None,
        }
    }

    /// A sandbox with a WASI context of the caller's making.
    pub(crate) fn with_wasi(memory_bytes: usize, wasi: WasiP1Ctx) -> Self {
        Self {
            wasi: Some(wasi),
            ..Self::new(memory_bytes, 0)
        }
    }

    /// A store whose guest is held to the memory limit.
    pub(crate) fn into_store(self, engine: &Engine) -> Store<Self> {
        let mut store = Store::new(engine, self);
        store.limiter(|sandbox| &mut sandbox.memory);
        store
    }

    /// No files, no sockets, no environment, no arguments; stdin is empty and stdout goes nowhere.
    pub(crate) fn wasi(&mut self) -> &mut WasiP1Ctx {
        self.wasi
            .get_or_insert_with(|| WasiCtxBuilder::new().stderr(self.logs.clone()).build_p1())
    }
}

/// Refuses memory beyond the limit and remembers that it did: the guest may turn the refusal into any error of
/// its own.
pub(crate) struct MemoryLimit {
    bytes: usize,
    pub(crate) refused: bool,
}

impl ResourceLimiter for MemoryLimit {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        let granted = desired <= self.bytes;
        self.refused |= !granted;
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
