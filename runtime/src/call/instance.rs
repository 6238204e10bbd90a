//! One instance's life: made, resumed, asked once, dropped.

use std::{fmt::Display, sync::Arc};

use serde::Deserialize;
use wasmtime::{Instance, Memory, Store, Trap, TypedFunc};

use crate::{
    Class, Failure, FunctionError, Limit, Limits, Snapshot, Usage,
    engine::WASM_STACK_BYTES,
    guest::{Inner, Origin, image::GLOBAL_PREFIX},
    host::{interruption::Interruption, sandbox::Sandbox},
    memory::{MemoryImage, NoSlot, Slot, handing_over},
    outcome::no_result,
    snapshot::GlobalValue,
};

/// Fuel after which a call lets others on the same thread go on: some 15 µs. Half a microsecond goes by with each turn,
/// which is why they are no shorter.
const FUEL_PER_TURN: u64 = 250_000;

/// Alignment, in bytes, of what the host writes into a guest: it is text.
const ALIGNMENT: u32 = 1;

/// Every export that answers, answers with the address of three u32: status, address, length.
const ANSWER_BYTES: usize = 12;

/// An instance that has not answered yet.
pub(crate) struct Running<'a> {
    guest: &'a Inner,
    pub(crate) store: Store<Sandbox>,
    instance: Instance,
    pub(crate) memory: Memory,
    /// Whether memory was the snapshot's from the beginning.
    is_resumed: bool,
}

impl<'a> Running<'a> {
    /// Makes the instance; for a snapshot, one that can be resumed to it.
    pub(crate) async fn start(
        guest: &'a Inner,
        sandbox: Sandbox,
        limits: &Limits,
        snapshot: Option<&Snapshot>,
    ) -> Result<Self, Failure> {
        // Before anything is made for it.
        check_size(guest.memory_bytes(snapshot), limits)?;
        let (memory, is_resumed) = guest.memory_for(snapshot);
        let slot = take(&memory)?;
        let mut store = sandbox.into_store(guest.instance.module().engine());
        // wasmtime asks for what the module declares, and does not know that it is given more.
        store.data_mut().memory.held = memory.bytes() - guest.memory_sizes.least;
        store.set_fuel(limits.fuel).map_err(unexpected)?;
        store
            .fuel_async_yield_interval(Some(FUEL_PER_TURN))
            .map_err(unexpected)?;
        let instance = handing_over(slot, guest.instance.instantiate_async(&mut store))
            .await
            .map_err(|error| memory_limit(&store, limits).unwrap_or_else(|| unexpected(error)))?;
        let memory = instance
            .get_module_export(&mut store, &guest.exports.memory)
            .and_then(wasmtime::Extern::into_memory)
            .ok_or_else(|| Failure::internal("the guest lost its memory"))?;
        Ok(Self {
            guest,
            store,
            instance,
            memory,
            is_resumed,
        })
    }

    /// Brings the instance to where compiling the function left another one.
    pub(crate) fn resume(&mut self, snapshot: &Snapshot, limits: &Limits) -> Result<(), Failure> {
        if !self.is_resumed {
            self.write(snapshot, limits)?;
        }
        for (index, value) in snapshot.globals() {
            self.global(index)?
                .set(&mut self.store, value.to_val())
                .map_err(unexpected)?;
        }
        Ok(())
    }

    fn write(&mut self, snapshot: &Snapshot, limits: &Limits) -> Result<(), Failure> {
        let missing = snapshot
            .memory_bytes()
            .saturating_sub(self.memory.data_size(&self.store));
        if missing > 0 {
            let pages = missing.div_ceil(self.memory.page_size(&self.store) as usize);
            let grown = self.memory.grow(&mut self.store, pages as u64);
            grown.map_err(|error| {
                memory_limit(&self.store, limits).unwrap_or_else(|| unexpected(error))
            })?;
        }
        snapshot.write_memory(self.memory.data_mut(&mut self.store));
        Ok(())
    }

    /// Hands `input` to an export and takes its answer.
    pub(crate) async fn enter(
        &mut self,
        export: &wasmtime::ModuleExport,
        input: &[u8],
        limits: &Limits,
    ) -> Result<String, Failure> {
        let answered = self.answer(export, input).await;
        let (status, address, length) = answered.map_err(|error| self.explain(error, limits))?;
        if length > limits.output_bytes {
            let usage = Usage::of(Limit::OutputBytes, limits.output_bytes, length);
            return Err(Failure::limit(usage));
        }
        let memory = self.memory.data(&self.store);
        let text = memory
            .get(address..)
            .and_then(|rest| rest.get(..length))
            .and_then(|bytes| str::from_utf8(bytes).ok())
            .ok_or_else(|| self.misbehaved("its answer is no text in its memory"))?;
        let class = match status {
            0 => return Ok(text.to_owned()),
            1 => Class::CompileError,
            2 => Class::Exception,
            3 => Class::InvalidResult,
            5 => Class::StackOverflow,
            6 => Class::MemoryLimit,
            _ => {
                return Err(self.misbehaved(format!("it answered status {status}: {text}")));
            }
        };
        let Reported { error, limit } = serde_json::from_str(text).map_err(|error| {
            self.misbehaved(format!("its error is not as the ABI says: {error}"))
        })?;
        // Whatever a function makes of a refusal, what it lacked was memory.
        if class == Class::MemoryLimit || self.store.data().memory.refused.is_some() {
            return Err(self.out_of_memory(error, limits));
        }
        Err(match (class, limit) {
            (Class::StackOverflow, Some(bytes)) => Failure {
                limit: Some(Usage::of(Limit::StackBytes, bytes, bytes)),
                ..Failure::new(class, error)
            },
            _ => Failure::new(class, error),
        })
    }

    /// The memory limit, at the place of the guest's own error. A guest may know without asking that there is not as
    /// much memory: then nothing was refused.
    fn out_of_memory(&self, error: FunctionError, limits: &Limits) -> Failure {
        let memory = &self.store.data().memory;
        let used = memory.refused.unwrap_or(memory.held);
        let failure = Failure::limit(Usage::of(Limit::MemoryBytes, limits.memory_bytes, used));
        let FunctionError { name, message, .. } = failure.error;
        Failure {
            error: FunctionError {
                name,
                message,
                ..error
            },
            ..failure
        }
    }

    async fn answer(
        &mut self,
        export: &wasmtime::ModuleExport,
        input: &[u8],
    ) -> wasmtime::Result<(u32, usize, usize)> {
        let length = u32::try_from(input.len())?;
        let abi = self.guest.exports.abi();
        let abi = abi.ok_or_else(|| wasmtime::Error::msg("a command has no guest ABI"))?;
        let allocate: TypedFunc<(u32, u32, u32, u32), u32> = self.function(&abi.allocate)?;
        let address = allocate
            .call_async(&mut self.store, (0, 0, ALIGNMENT, length))
            .await?;
        self.memory
            .write(&mut self.store, address as usize, input)?;
        let entry: TypedFunc<(u32, u32), u32> = self.function(export)?;
        let answer = entry.call_async(&mut self.store, (address, length)).await?;
        let mut bytes = [0; ANSWER_BYTES];
        self.memory.read(&self.store, answer as usize, &mut bytes)?;
        let [status, address, length] = [0, 4, 8]
            .map(|at| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]));
        Ok((status, address as usize, length as usize))
    }

    pub(crate) fn function<P, R>(
        &mut self,
        export: &wasmtime::ModuleExport,
    ) -> wasmtime::Result<TypedFunc<P, R>>
    where
        P: wasmtime::WasmParams,
        R: wasmtime::WasmResults,
    {
        self.instance
            .get_module_export(&mut self.store, export)
            .and_then(wasmtime::Extern::into_func)
            .ok_or_else(|| wasmtime::Error::msg("the guest lost an export"))?
            .typed(&self.store)
    }

    fn global(&mut self, index: usize) -> Result<wasmtime::Global, Failure> {
        self.guest
            .exports
            .globals
            .get(index)
            .and_then(|export| self.instance.get_module_export(&mut self.store, export))
            .and_then(wasmtime::Extern::into_global)
            .ok_or_else(|| {
                Failure::internal(format!("the guest has no global {GLOBAL_PREFIX}{index}"))
            })
    }

    /// What has changed since the instance was made.
    pub(crate) fn difference(&mut self) -> Result<Snapshot, Failure> {
        let mut globals = Vec::new();
        for (index, (_, before)) in self.guest.fresh.globals.iter().enumerate() {
            let now = self.global(index)?.get(&mut self.store);
            let now = GlobalValue::from_val(&now)
                .ok_or_else(|| Failure::internal("a global changed its type"))?;
            if now != *before {
                globals.push((index as u32, now));
            }
        }
        Ok(Snapshot::difference(
            self.guest.digest,
            &self.guest.fresh.memory,
            self.memory.data(&self.store),
            globals,
        ))
    }

    /// The guest does not keep to the ABI: a fault of who installed it, or of the function that is its own guest.
    pub(crate) fn misbehaved(&self, detail: impl Display) -> Failure {
        match self.guest.origin {
            Origin::Operator => Failure::internal(format!("the guest: {detail}")),
            Origin::Customer => no_result(format!(
                "the module does not keep to the guest ABI: {detail}"
            )),
        }
    }

    /// The memory limit, if the guest was refused memory.
    pub(crate) fn memory_limit(&self, limits: &Limits) -> Option<Failure> {
        memory_limit(&self.store, limits)
    }

    /// Why the guest did not answer.
    pub(crate) fn explain(&self, error: wasmtime::Error, limits: &Limits) -> Failure {
        let stack = |bytes: usize| Failure::limit(Usage::of(Limit::StackBytes, bytes, bytes));
        // Engines abort when they cannot get the memory they need.
        let memory = memory_limit(&self.store, limits);
        if let Some(interruption) = error.downcast_ref::<Interruption>() {
            return interruption.to_failure(limits);
        }
        match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => {
                Failure::limit(Usage::of(Limit::Fuel, limits.fuel, limits.fuel))
            }
            _ if let Some(memory) = memory => memory,
            Some(Trap::StackOverflow) => stack(WASM_STACK_BYTES),
            _ if self.guest.origin == Origin::Customer => self.trapped(&error),
            // The guest's own stack lies at the start of its memory: past its end is out of bounds.
            Some(Trap::MemoryOutOfBounds) => stack(self.guest.stack_bytes()),
            _ => unexpected(error),
        }
    }
}

/// An error as guests report it.
#[derive(Deserialize)]
struct Reported {
    #[serde(flatten)]
    error: FunctionError,
    /// Bytes of stack that the engine allows itself, for status 5.
    limit: Option<u64>,
}

/// Whether so much memory is allowed at all.
fn check_size(bytes: usize, limits: &Limits) -> Result<(), Failure> {
    if bytes <= limits.memory_bytes {
        return Ok(());
    }
    let usage = Usage::of(Limit::MemoryBytes, limits.memory_bytes, bytes);
    Err(Failure::limit(usage))
}

/// A memory for one instance.
fn take(memory: &Arc<MemoryImage>) -> Result<Slot, Failure> {
    memory.take().map_err(|error| match error {
        NoSlot::AllInUse => Failure::overloaded(),
        NoSlot::NoRoom(_) => unexpected(error.into()),
    })
}

/// The memory limit, if the guest was refused memory.
fn memory_limit(store: &Store<Sandbox>, limits: &Limits) -> Option<Failure> {
    let refused = store.data().memory.refused?;
    Some(Failure::limit(Usage::of(
        Limit::MemoryBytes,
        limits.memory_bytes,
        refused,
    )))
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes it so")]
fn unexpected(error: wasmtime::Error) -> Failure {
    Failure::internal(format!("{error:?}"))
}
