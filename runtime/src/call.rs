//! One instance's life: made, run, read, dropped.

use std::time::Instant;

use serde_json::value::RawValue;
use wasmtime::{Instance, Memory, PoolConcurrencyLimitError, Store, Trap, TypedFunc};

use crate::{
    Class, Failure, FunctionError, Guest, Limits, Metrics, Outcome, Snapshot, SnapshotError,
    depth::depth, guest::Inner, image::GLOBAL_PREFIX, sandbox::Sandbox, snapshot::GlobalValue,
};

/// Fuel after which a call lets others on the same thread go on: some 10 µs.
const FUEL_PER_TURN: u64 = 100_000;

/// Alignment, in bytes, of what the host writes into a guest.
const ALIGNMENT: u32 = 8;

/// Every export that answers, answers with the address of three u32: status, address, length.
const ANSWER_BYTES: usize = 12;

impl Guest {
    /// Compiles source text in a fresh instance.
    ///
    /// Must run inside a Tokio runtime with its timer on.
    pub async fn compile(&self, source: &str, limits: &Limits) -> Outcome<Snapshot> {
        let guest = self.inner();
        run(guest, limits, source.as_bytes(), async |instance, input| {
            instance
                .enter(&guest.exports.compile, input, limits)
                .await?;
            instance.difference()
        })
        .await
    }

    /// Runs a compiled function on one JSON document in a fresh instance.
    ///
    /// Must run inside a Tokio runtime with its timer on. Dropping the future drops the instance.
    ///
    /// # Errors
    /// [`SnapshotError::WrongGuest`]: the function must be compiled again from its source.
    pub async fn call(
        &self,
        snapshot: &Snapshot,
        input: &str,
        limits: &Limits,
    ) -> Result<Outcome<Box<RawValue>>, SnapshotError> {
        self.check(snapshot)?;
        let depth = depth(input);
        if depth > limits.input_depth {
            let message = format!(
                "the input is nested {depth} deep, {} is allowed",
                limits.input_depth
            );
            let error = FunctionError::new("InputTooLarge", message);
            return Ok(Outcome::not_run(Failure::new(Class::InputTooLarge, error)));
        }
        let guest = self.inner();
        let outcome = run(guest, limits, input.as_bytes(), async |instance, input| {
            instance.resume(snapshot, limits)?;
            let answer = instance.enter(&guest.exports.call, input, limits).await?;
            // A function can break the guest it runs in: nothing is JSON until it has been read as JSON.
            RawValue::from_string(answer).map_err(|error| {
                Failure::internal(format!("the guest's answer is not JSON: {error}"))
            })
        });
        Ok(outcome.await)
    }
}

/// Makes an instance, lets `work` use it within the limits, and accounts for it.
async fn run<T>(
    guest: &Inner,
    limits: &Limits,
    input: &[u8],
    work: impl AsyncFnOnce(&mut Running, &[u8]) -> Result<T, Failure>,
) -> Outcome<T> {
    if input.len() > limits.input_bytes {
        return Outcome::not_run(too_large(
            Class::InputTooLarge,
            input.len(),
            limits.input_bytes,
        ));
    }
    let started = Instant::now();
    let mut instance = match Running::start(guest, limits).await {
        Ok(instance) => instance,
        Err(failure) => return Outcome::not_run(failure),
    };
    let result = match tokio::time::timeout(limits.wall_clock, work(&mut instance, input)).await {
        Ok(result) => result,
        Err(_) => Err(Failure::new(
            Class::Timeout,
            FunctionError::new(
                "Timeout",
                format!("no result within {} ms", limits.wall_clock.as_millis()),
            ),
        )),
    };
    Outcome {
        result,
        logs: instance.store.data().logs.finish(),
        metrics: Metrics {
            fuel: limits.fuel - instance.store.get_fuel().unwrap_or(0),
            memory_bytes: instance.memory.data_size(&instance.store),
            duration: started.elapsed(),
        },
    }
}

/// An instance that has not answered yet.
struct Running<'a> {
    guest: &'a Inner,
    store: Store<Sandbox>,
    instance: Instance,
    memory: Memory,
}

impl<'a> Running<'a> {
    async fn start(guest: &'a Inner, limits: &Limits) -> Result<Self, Failure> {
        let module = guest.instance.module();
        let mut store =
            Sandbox::new(limits.memory_bytes, limits.log_bytes).into_store(module.engine());
        store.set_fuel(limits.fuel).map_err(unexpected)?;
        store
            .fuel_async_yield_interval(Some(FUEL_PER_TURN))
            .map_err(unexpected)?;
        let instance = guest
            .instance
            .instantiate_async(&mut store)
            .await
            .map_err(|error| {
                if error.is::<PoolConcurrencyLimitError>() {
                    Failure::new(
                        Class::Overloaded,
                        FunctionError::new("Overloaded", "no sandbox is free"),
                    )
                } else if store.data().memory.refused {
                    memory_limit(limits)
                } else {
                    unexpected(error)
                }
            })?;
        let memory = instance
            .get_module_export(&mut store, &guest.exports.memory)
            .and_then(wasmtime::Extern::into_memory)
            .ok_or_else(|| Failure::internal("the guest lost its memory"))?;
        Ok(Self {
            guest,
            store,
            instance,
            memory,
        })
    }

    /// Brings the instance to where compiling the function left another one.
    fn resume(&mut self, snapshot: &Snapshot, limits: &Limits) -> Result<(), Failure> {
        let missing = snapshot
            .memory_bytes()
            .saturating_sub(self.memory.data_size(&self.store));
        if missing > 0 {
            let pages = missing.div_ceil(self.memory.page_size(&self.store) as usize);
            self.memory
                .grow(&mut self.store, pages as u64)
                .map_err(|_| memory_limit(limits))?;
        }
        snapshot.write_memory(self.memory.data_mut(&mut self.store));
        for (index, value) in snapshot.globals() {
            self.global(index)?
                .set(&mut self.store, value.to_val())
                .map_err(unexpected)?;
        }
        Ok(())
    }

    /// Hands `input` to an export and takes its answer.
    async fn enter(
        &mut self,
        export: &wasmtime::ModuleExport,
        input: &[u8],
        limits: &Limits,
    ) -> Result<String, Failure> {
        let answered = self.answer(export, input).await;
        let (status, address, length) = answered.map_err(|error| self.explain(error, limits))?;
        if length > limits.output_bytes {
            return Err(too_large(
                Class::OutputTooLarge,
                length,
                limits.output_bytes,
            ));
        }
        let memory = self.memory.data(&self.store);
        let text = memory
            .get(address..)
            .and_then(|rest| rest.get(..length))
            .and_then(|bytes| str::from_utf8(bytes).ok())
            .ok_or_else(|| Failure::internal("the guest's answer is no text in its memory"))?;
        let class = match status {
            0 => return Ok(text.to_owned()),
            1 => Class::CompileError,
            2 => Class::Exception,
            3 => Class::InvalidResult,
            _ => {
                return Err(Failure::internal(format!(
                    "the guest answered status {status}: {text}"
                )));
            }
        };
        if self.store.data().memory.refused {
            return Err(memory_limit(limits));
        }
        let error = serde_json::from_str(text).map_err(|error| {
            Failure::internal(format!("the guest's error is not as the ABI says: {error}"))
        })?;
        Err(Failure::new(class, error))
    }

    async fn answer(
        &mut self,
        export: &wasmtime::ModuleExport,
        input: &[u8],
    ) -> wasmtime::Result<(u32, usize, usize)> {
        let length = u32::try_from(input.len())?;
        let allocate: TypedFunc<(u32, u32, u32, u32), u32> =
            self.function(&self.guest.exports.allocate)?;
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

    fn function<P, R>(
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
    fn difference(&mut self) -> Result<Snapshot, Failure> {
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

    /// Why the guest did not answer.
    fn explain(&self, error: wasmtime::Error, limits: &Limits) -> Failure {
        let trap = error.downcast_ref::<Trap>().copied();
        match trap {
            Some(Trap::OutOfFuel) => Failure::new(
                Class::FuelExhausted,
                FunctionError::new(
                    "FuelExhausted",
                    format!("more than {} units of fuel are needed", limits.fuel),
                ),
            ),
            // Engines abort when they cannot get the memory they need.
            _ if self.store.data().memory.refused => memory_limit(limits),
            // The guest's own stack lies at the start of its memory: past its end is out of bounds.
            Some(Trap::StackOverflow | Trap::MemoryOutOfBounds) => Failure::new(
                Class::StackOverflow,
                FunctionError::new("StackOverflow", "the call stack is too deep"),
            ),
            _ => unexpected(error),
        }
    }
}

fn memory_limit(limits: &Limits) -> Failure {
    Failure::new(
        Class::MemoryLimit,
        FunctionError::new(
            "MemoryLimit",
            format!(
                "more than {} bytes of memory are needed",
                limits.memory_bytes
            ),
        ),
    )
}

fn too_large(class: Class, bytes: usize, limit: usize) -> Failure {
    let (name, what) = match class {
        Class::InputTooLarge => ("InputTooLarge", "input"),
        _ => ("OutputTooLarge", "result"),
    };
    Failure::new(
        class,
        FunctionError::new(
            name,
            format!("the {what} has {bytes} bytes, {limit} are allowed"),
        ),
    )
}

#[expect(clippy::needless_pass_by_value, reason = "`map_err` passes it so")]
fn unexpected(error: wasmtime::Error) -> Failure {
    Failure::internal(format!("{error:?}"))
}
