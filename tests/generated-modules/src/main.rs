//! `generated-modules COUNT FILE` writes COUNT modules into FILE. Module N is made from seed N, so it is always the
//! same.
//!
//! FILE is compressed with zstd. For each module it contains the length, in four bytes with the lowest first, and the
//! module.

use std::{env, fs};

use anyhow::Context;
use arbitrary::{Arbitrary, Unstructured};
use wasm_smith::{Config, Module};

/// Random bytes for a module, whose size is a few kilobytes.
const MOST_RANDOM_BYTES: u64 = 4096;

/// Functions of WASI that modules may import: some that only return a value, some that read and write, and one that
/// ends the module.
const WASI: &str = r#"(module
    (import "wasi_snapshot_preview1" "fd_read" (func (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_fdstat_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open" (func (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "random_get" (func (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func (param i32))))"#;

/// Exports of a command. The bodies are generated.
const COMMAND: &str = r#"(func (export "_start"))"#;

/// Exports of a guest.
const GUEST: &str = r#"
    (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "compile") (param i32 i32) (result i32) unreachable)
    (func (export "call") (param i32 i32) (result i32) unreachable)"#;

/// Initial and largest pages of memory.
const MEMORIES: [&str; 4] = ["1", "1 1", "17 64", "512"];

fn main() -> anyhow::Result<()> {
    let arguments: Vec<_> = env::args().skip(1).collect();
    let [count, path] = arguments.as_slice() else {
        anyhow::bail!("usage: generated-modules COUNT FILE");
    };
    let mut modules = Vec::new();
    for seed in 0..count.parse().context("COUNT is no number")? {
        let module = module(seed)?;
        modules.extend(u32::try_from(module.len())?.to_le_bytes());
        modules.extend(module);
    }
    fs::write(path, zstd::encode_all(modules.as_slice(), 19)?)?;
    Ok(())
}

fn module(seed: u64) -> anyhow::Result<Vec<u8>> {
    let mut random = Random(seed);
    let bytes: Vec<u8> = (0..random.next() % MOST_RANDOM_BYTES)
        .map(|_| random.next() as u8)
        .collect();
    let mut bytes = Unstructured::new(&bytes);
    let config = match seed % 4 {
        // Everything that wasm-smith can make. Most of these modules are refused.
        0 => Config::arbitrary(&mut bytes)?,
        1 => shaped(COMMAND, &mut random)?,
        2 => {
            // Snapshots cannot keep tables, references and vectors, but one in four guests may use them.
            let is_free = random.next() % 4 == 0;
            Config {
                bulk_memory_enabled: is_free,
                reference_types_enabled: is_free,
                simd_enabled: is_free,
                ..shaped(GUEST, &mut random)?
            }
        }
        // Fewer features, so that the module runs further before something stops it.
        _ => Config {
            disallow_traps: true,
            ..shaped(COMMAND, &mut random)?
        },
    };
    Ok(Module::new(config, &mut bytes)?.to_bytes())
}

/// A module that is accepted unless something else is wrong: with these exports, and allowed features only.
fn shaped(exports: &str, random: &mut Random) -> anyhow::Result<Config> {
    let memory = MEMORIES[(random.next() % MEMORIES.len() as u64) as usize];
    let exports = format!(r#"(module (memory (export "memory") {memory}) {exports})"#);
    Ok(Config {
        available_imports: Some(wat::parse_str(WASI)?),
        exports: Some(wat::parse_str(exports)?),
        allow_start_export: false,
        max_instructions: 1000,
        // No memory except the exported one.
        max_memories: 0,
        max_table_elements: 1000,
        compact_imports_enabled: false,
        gc_enabled: false,
        memory64_enabled: false,
        relaxed_simd_enabled: false,
        threads_enabled: false,
        wide_arithmetic_enabled: false,
        ..Config::default()
    })
}

/// SplitMix64 (Steele, Lea and Flood, 2014): the same numbers on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
