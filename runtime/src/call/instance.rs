//! The life of an instance: made, resumed, asked once, dropped.

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

/// Fuel after which a call lets other calls on the same thread run: some 15 µs. A switch costs half a microsecond, so
/// turns are not shorter.
const FUEL_PER_TURN: u64 = 250_000;

/// Alignment of what the host writes into a guest, in bytes. It is text.
const ALIGNMENT: u32 = 1;

/// The status of a function that returned nothing at all.
const RETURNED_NOTHING: u32 = 7;

/// Bytes of an export's answer: three u32 with status, address and length.
const ANSWER_BYTES: usize = 12;

/// An instance that has not answered yet.
pub(crate) struct Running<'a> {
    guest: &'a Inner,
    pub(crate) store: Store<Sandbox>,
    instance: Instance,
    pub(crate) memory: Memory,
    /// Whether the memory already is the snapshot's.
    is_resumed: bool,
}

impl<'a> Running<'a> {
    /// Makes an instance. With a snapshot, its memory may already be the snapshot's.
    pub(crate) async fn start(
        guest: &'a Inner,
        sandbox: Sandbox,
        limits: &Limits,
        snapshot: Option<&Snapshot>,
    ) -> Result<Self, Failure> {
        // Checked first, so that nothing is made in vain.
        check_size(guest.memory_bytes(snapshot), limits)?;
        let (memory, is_resumed) = guest.memory_for(snapshot);
        let slot = take(&memory)?;
        let mut store = sandbox.into_store(guest.instance.module().engine());
        // The memory may be larger than the module declares, which wasmtime does not know.
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

    /// Gives the instance the state after the compilation of its function.
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

    /// Passes `input` to an export and returns the answer.
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
            3 | RETURNED_NOTHING => Class::InvalidResult,
            5 => Class::StackOverflow,
            6 => Class::MemoryLimit,
            _ => {
                return Err(self.misbehaved(format!("it answered status {status}: {text}")));
            }
        };
        let Reported { error, limit } = serde_json::from_str(text).map_err(|error| {
            self.misbehaved(format!("its error is not as the ABI says: {error}"))
        })?;
        // The guest may report a refused allocation as any error. It lacked memory in any case.
        if class == Class::MemoryLimit || self.store.data().memory.refused.is_some() {
            return Err(self.out_of_memory(error, limits));
        }
        Err(match (class, limit) {
            (Class::StackOverflow, Some(bytes)) => Failure {
                limit: Some(Usage::of(Limit::StackBytes, bytes, bytes)),
                ..Failure::new(class, error)
            },
            _ if status == RETURNED_NOTHING => Failure::returned_nothing(error),
            _ => Failure::new(class, error),
        })
    }

    /// The failure for a lack of memory, with the place of the guest's own error. A guest may fail without asking for
    /// memory. Then nothing was refused.
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

    /// The snapshot: what has changed since the instance was made.
    pub(crate) fn difference(&mut self) -> Result<Snapshot, Failure> {
        let mut globals = Vec::new();
        for (index, (_, before)) in self.guest.globals.iter().enumerate() {
            let now = self.global(index)?.get(&mut self.store);
            let now = GlobalValue::from_val(&now)
                .ok_or_else(|| Failure::internal("a global changed its type"))?;
            if now != *before {
                globals.push((index as u32, now));
            }
        }
        Ok(Snapshot::difference(
            self.guest.digest,
            self.guest.fresh_memory(),
            self.memory.data(&self.store),
            globals,
        ))
    }

    /// The failure of a guest that does not keep to the ABI. The operator or the function's author is to blame,
    /// depending on whose guest it is.
    pub(crate) fn misbehaved(&self, detail: impl Display) -> Failure {
        match self.guest.origin {
            Origin::Operator => Failure::internal(format!("the guest: {detail}")),
            Origin::Customer => no_result(format!(
                "the module does not keep to the guest ABI: {detail}"
            )),
        }
    }

    /// The failure for a lack of memory, if the guest was refused any.
    pub(crate) fn memory_limit(&self, limits: &Limits) -> Option<Failure> {
        memory_limit(&self.store, limits)
    }

    /// The failure of a guest that did not answer.
    pub(crate) fn explain(&self, error: wasmtime::Error, limits: &Limits) -> Failure {
        let stack = |bytes: usize| Failure::limit(Usage::of(Limit::StackBytes, bytes, bytes));
        // Engines abort if they cannot get memory.
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
            // The guest's own stack lies at the start of its memory, so its overflow leaves the memory.
            Some(Trap::MemoryOutOfBounds) => stack(self.guest.stack_bytes()),
            _ => unexpected(error),
        }
    }
}

/// An error as the guest ABI has it.
#[derive(Deserialize)]
struct Reported {
    #[serde(flatten)]
    error: FunctionError,
    /// Bytes of stack that the engine has, with status 5.
    limit: Option<u64>,
}

/// Checks that an instance may have so much memory.
fn check_size(bytes: usize, limits: &Limits) -> Result<(), Failure> {
    if bytes <= limits.memory_bytes {
        return Ok(());
    }
    let usage = Usage::of(Limit::MemoryBytes, limits.memory_bytes, bytes);
    Err(Failure::limit(usage))
}

/// Takes a memory from the pool.
fn take(memory: &Arc<MemoryImage>) -> Result<Slot, Failure> {
    memory.take().map_err(|error| match error {
        NoSlot::AllInUse => Failure::overloaded(),
        NoSlot::NoRoom(_) => unexpected(error.into()),
    })
}

/// The failure for a lack of memory, if the guest was refused any.
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
