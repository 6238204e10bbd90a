//! The wasmtime engine that all guests share.

use std::{
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use wasmtime::{
    Cache, CacheConfig, Collector, Config, InstanceAllocationStrategy, Linker, MemoryCreator,
    OptLevel, RegallocAlgorithm,
};
use wasmtime_wasi::p1;

use crate::{
    Limits, Moment,
    host::{absent, random, sandbox::Sandbox, stdin},
    memory::{EXCEPTIONS_RESERVED_BYTES, GUARD_BYTES, Pool, RESERVED_BYTES, Stacks},
};

/// Native stack of guest code, in bytes. A guest limits recursion by its own stack in linear memory, which is smaller.
/// Recursion that it does not notice ends here as a trap.
pub(crate) const WASM_STACK_BYTES: usize = 2 * 1024 * 1024;

/// Stack of host functions, in bytes, beyond the guest's stack on the same fibre.
const HOST_STACK_BYTES: usize = 512 * 1024;

/// An operator's settings for the engine.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// Most instances at one time. Each reserves 4 GiB of address space, and uses memory only for pages that it writes
    /// to.
    pub max_instances: u32,
    /// Largest memory that any limit may allow, in bytes.
    pub max_memory_bytes: usize,
    /// Folder for machine code of guests; `None` compiles guests at every start.
    pub cache_dir: Option<PathBuf>,
    /// How guests are compiled.
    pub making: Making,
}

/// How guests become machine code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Making {
    /// Fast code, made on all cores.
    #[default]
    Thorough,
    /// Fast code, made on the calling thread alone.
    InTheBackground,
    /// Code that is made on all cores in about half the time. It runs two to three times as long and takes twice the
    /// memory.
    InAHurry,
}

impl Default for EngineConfig {
    fn default() -> Self {
        Self {
            max_instances: 256,
            max_memory_bytes: 256 * 1024 * 1024,
            cache_dir: None,
            making: Making::Thorough,
        }
    }
}

/// Why an engine cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The folder for machine code cannot be used.
    #[error("cannot keep compiled guests in {}", path.display())]
    Cache {
        /// The configured path.
        path: PathBuf,
        /// wasmtime's error.
        #[source]
        source: wasmtime::Error,
    },
    /// wasmtime refuses the configuration, or the machine cannot reserve the address space.
    #[error("cannot set up the sandbox for {max_instances} instances")]
    Setup {
        /// The configured number of instances.
        max_instances: u32,
        /// wasmtime's error.
        #[source]
        source: wasmtime::Error,
    },
}

/// Makes sandboxes. Cheap to clone: all clones share one pool.
#[derive(Clone)]
pub struct Engine {
    pub(crate) wasmtime: wasmtime::Engine,
    pub(crate) linker: Linker<Sandbox>,
    pub(crate) memories: Arc<Pool>,
    pub(crate) max_memory_bytes: usize,
    pub(crate) panics: Arc<AtomicU64>,
}

impl Engine {
    /// Makes an engine.
    ///
    /// # Errors
    /// [`EngineError`] if the folder cannot be used or the pool cannot be reserved.
    pub fn new(config: &EngineConfig) -> Result<Self, EngineError> {
        let setup = |source| EngineError::Setup {
            max_instances: config.max_instances,
            source,
        };
        let memories = Pool::new(config.max_instances as usize, config.max_memory_bytes);
        let memories = Arc::new(memories);
        let mut wasmtime = wasmtime_config(Arc::clone(&memories) as _);
        match config.making {
            Making::Thorough => &mut wasmtime,
            Making::InTheBackground => wasmtime.parallel_compilation(false),
            Making::InAHurry => wasmtime
                .cranelift_opt_level(OptLevel::None)
                .cranelift_regalloc_algorithm(RegallocAlgorithm::SinglePass),
        };
        if let Some(path) = &config.cache_dir {
            let cache_error = |source| EngineError::Cache {
                path: path.clone(),
                source,
            };
            let mut cache = CacheConfig::new();
            // wasmtime removes files that it does not know from this folder, so nothing else may be in it.
            cache.with_directory(path.join("guests"));
            wasmtime.cache(Some(Cache::new(cache).map_err(cache_error)?));
        }
        let wasmtime = wasmtime::Engine::new(&wasmtime).map_err(setup)?;
        let mut linker = Linker::new(&wasmtime);
        p1::add_to_linker_async(&mut linker, Sandbox::wasi).map_err(setup)?;
        random::replace(&mut linker).map_err(setup)?;
        stdin::replace(&mut linker).map_err(setup)?;
        let sandbox = Sandbox::new(&Limits::CALL, Moment::COMPILE, [].into());
        absent::replace(&mut linker, sandbox.into_store(&wasmtime)).map_err(setup)?;
        Ok(Self {
            wasmtime,
            linker,
            memories,
            max_memory_bytes: config.max_memory_bytes,
            panics: Arc::default(),
        })
    }

    /// Panics of the host while it ran guests. Each has cost one call, and each is a bug.
    pub fn panics(&self) -> u64 {
        self.panics.load(Ordering::Relaxed)
    }
}

fn wasmtime_config(memories: Arc<dyn MemoryCreator>) -> Config {
    let mut wasmtime = code_config();
    wasmtime
        .allocation_strategy(InstanceAllocationStrategy::OnDemand)
        .with_host_memory(memories)
        .with_host_stack(Arc::new(Stacks::default()));
    wasmtime
}

/// All settings that machine code depends on. Another process can make code with the same settings.
pub(crate) fn code_config() -> Config {
    let mut wasmtime = Config::new();
    wasmtime
        .memory_init_cow(false)
        .memory_reservation(RESERVED_BYTES as u64)
        .memory_guard_size(GUARD_BYTES as u64)
        // wasmtime stores exceptions as garbage-collected values (`memory/exceptions.rs`). Guests have no other such
        // values.
        .wasm_exceptions(true)
        .wasm_gc(false)
        .wasm_function_references(false)
        .collector(Collector::Null)
        .gc_heap_initial_size(0)
        .gc_heap_reservation(EXCEPTIONS_RESERVED_BYTES as u64)
        .gc_heap_reservation_for_growth(0)
        .gc_heap_guard_size(0)
        .gc_heap_may_move(true)
        .consume_fuel(true)
        .max_wasm_stack(WASM_STACK_BYTES)
        .async_stack_size(WASM_STACK_BYTES + HOST_STACK_BYTES)
        // Results must not depend on the machine, so that a call can be replayed elsewhere.
        .wasm_relaxed_simd(false)
        .cranelift_nan_canonicalization(true);
    wasmtime
}
