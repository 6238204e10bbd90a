//! Limits of functions that are Wasm modules. The settings of an account say whether it may have them.

use serde::Deserialize;
use switchhook_runtime::MakingLimits;

use super::at_least_one;

const MIB: u64 = 1024 * 1024;

/// Bounds for customers' Wasm modules and for compiling them to machine code.
#[derive(Clone, Debug, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Wasm {
    /// The size of a module.
    #[serde(deserialize_with = "at_least_one")]
    pub(crate) max_bytes: usize,
    /// Processor time for compiling one module.
    #[serde(deserialize_with = "at_least_one")]
    compile_seconds: u64,
    /// Address space of the process that compiles a module.
    #[serde(deserialize_with = "at_least_one")]
    compile_memory_bytes: u64,
    /// The size of one module's machine code.
    #[serde(deserialize_with = "at_least_one")]
    code_bytes: u64,
    /// The size of all stored machine code. The server deletes the least recently used code first, and compiles it
    /// again when it is needed.
    pub(crate) cache_bytes: u64,
}

impl Default for Wasm {
    fn default() -> Self {
        Self {
            // JavaScript linked to its engine has 5.2 MiB, the output of Javy 1.3 MiB, and Rust some 100 KiB.
            max_bytes: 6 * 1024 * 1024,
            // The output of Javy takes 3 s.
            compile_seconds: 20,
            // The output of Javy takes 300 MiB.
            compile_memory_bytes: 1024 * MIB,
            // Machine code has three to five times the size of the module.
            code_bytes: 32 * MIB,
            cache_bytes: 1024 * MIB,
        }
    }
}

impl Wasm {
    pub(crate) fn making_limits(&self) -> MakingLimits {
        MakingLimits {
            cpu_seconds: self.compile_seconds,
            memory_bytes: self.compile_memory_bytes,
            code_bytes: self.code_bytes,
        }
    }
}
