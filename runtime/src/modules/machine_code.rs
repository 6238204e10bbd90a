//! Machine code that one process makes and another loads. Code of strangers' modules is made by a process with limits.

use std::{
    hash::{Hash, Hasher},
    io::{Read, Write},
};

use rustix::process::{Resource, Rlimit, nice, setrlimit};
use sha2::{Digest as _, Sha256};
use wasmtime::Module;

use super::{Digest, MakingLimits, cache::Authentic};
use crate::{Engine, engine::code_config};

/// Lowers the priority of making code (nice(2)), so that calls do not wait for it.
pub(super) const NICENESS: i32 = 10;

/// The key of a module's machine code. It depends on the owner, the module, the compiler and the settings.
pub(super) struct Key(Digest);

impl Key {
    pub(super) fn of(engine: &Engine, owner: &str, code: &[u8]) -> Self {
        let mut settings = Settings(Sha256::new());
        engine
            .wasmtime
            .precompile_compatibility_hash()
            .hash(&mut settings);
        let settings = settings.0.finalize();
        let (owner, code) = (Digest::of(owner.as_bytes()), Digest::of(code));
        let parts = [owner.as_bytes(), code.as_bytes(), settings.as_slice()];
        Self(Digest::of(&parts.concat()))
    }

    pub(super) fn file_name(&self) -> String {
        self.0.to_string()
    }

    pub(super) fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }
}

/// A hasher of the settings.
struct Settings(Sha256);

impl Hasher for Settings {
    fn write(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    fn finish(&self) -> u64 {
        0
    }
}

/// The work of the process that makes machine code: sets limits on itself that it cannot lift, reads a module from
/// `input` and writes machine code to `output`.
///
/// # Errors
/// Whatever the process that started this one must be told.
pub fn make_machine_code(
    limits: &MakingLimits,
    mut input: impl Read,
    mut output: impl Write,
) -> Result<(), String> {
    limit_this_process(limits).map_err(|error| format!("cannot set limits: {error}"))?;
    let mut code = Vec::new();
    let read = input.read_to_end(&mut code);
    read.map_err(|error| format!("cannot read the module: {error}"))?;
    let mut config = code_config();
    // The process has one core, and every thread would need a stack.
    config.parallel_compilation(false);
    let made = wasmtime::Engine::new(&config).and_then(|engine| engine.precompile_module(&code));
    let made = made.map_err(|error| format!("{error:#}"))?;
    let written = output.write_all(&made).and_then(|()| output.flush());
    written.map_err(|error| format!("cannot write the machine code: {error}"))
}

fn limit_this_process(limits: &MakingLimits) -> rustix::io::Result<()> {
    let most = |bytes| Rlimit {
        current: Some(bytes),
        maximum: Some(bytes),
    };
    setrlimit(Resource::As, most(limits.memory_bytes))?;
    setrlimit(Resource::Cpu, most(limits.cpu_seconds))?;
    setrlimit(Resource::Fsize, most(limits.code_bytes))?;
    setrlimit(Resource::Core, most(0))?;
    nice(NICENESS)?;
    // From here on, the process can open no file and start no process.
    setrlimit(Resource::Nproc, most(0))?;
    setrlimit(Resource::Nofile, most(0))
}

/// Loads machine code.
///
/// # Errors
/// wasmtime's error, if another version made the code, or other settings.
pub(super) fn load(engine: &Engine, code: &Authentic) -> wasmtime::Result<Module> {
    // SAFETY: these bytes were written by `make_machine_code` of this program, or by `KeptCode` for an operator's guest, in this
    // process or in an earlier one of the same operator: `Authentic` is only what the cache was given by such a process and, if it comes from a
    // file, what bears a tag that nobody can make who does not know the operator's secret. They are in this
    // process's own memory, and whatever becomes of the file they stay what they are.
    unsafe { Module::deserialize(&engine.wasmtime, code.bytes()) }
}
