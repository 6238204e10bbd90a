//! `switchhook machine-code`: a server starts this process to compile a customer's module. It is not for people.

use std::{io, process::ExitCode};

use switchhook_runtime::{
    CustomerModules, Engine, MakingLimits, ModuleSettings, make_machine_code,
};

use super::terminal::complain;
use crate::config::Config;

/// The name on the command line.
pub(super) const NAME: &str = "machine-code";

/// The path of this program, even if the file has been replaced.
pub(super) const PROGRAM: &str = "/proc/self/exe";

/// Makes mimalloc reserve less address space. By default it reserves a gibibyte at once, which is all that the process
/// may have (its option `arena_reserve`, in KiB).
const ALLOCATOR: (&str, &str) = ("MIMALLOC_ARENA_RESERVE", "65536");

#[derive(clap::Args)]
pub(crate) struct MachineCode {
    cpu_seconds: u64,
    memory_bytes: u64,
    code_bytes: u64,
}

impl MachineCode {
    pub(super) fn execute(&self) -> ExitCode {
        let limits = MakingLimits {
            cpu_seconds: self.cpu_seconds,
            memory_bytes: self.memory_bytes,
            code_bytes: self.code_bytes,
        };
        match make_machine_code(&limits, io::stdin().lock(), io::stdout().lock()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                complain(error);
                ExitCode::FAILURE
            }
        }
    }
}

/// The loader of customers' modules. `None` without a folder for machine code.
pub(super) fn modules(engine: &Engine, config: &Config) -> Option<CustomerModules> {
    let folder = config.modules_folder()?;
    let program = || {
        let mut program = std::process::Command::new(PROGRAM);
        program.arg(NAME).env_clear().envs([ALLOCATOR]);
        program
    };
    let settings = ModuleSettings {
        folder,
        max_cache_bytes: config.wasm.cache_bytes,
        max_memory_bytes: config.call_limits().memory_bytes,
        making: config.wasm.making_limits(),
    };
    let modules = CustomerModules::new(engine, &settings, program);
    let unusable = |error: &io::Error| {
        tracing::warn!(
            "functions cannot be modules of their own: {}: {error}",
            settings.folder.display()
        );
    };
    modules.inspect_err(unusable).ok()
}
