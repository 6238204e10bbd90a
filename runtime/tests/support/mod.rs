//! Guests of a few lines of WAT, and their calls.

use std::time::Duration;

use serde_json::value::RawValue;
use switchhook_runtime::{Call, Engine, EngineConfig, Guest, Limits, Outcome, Snapshot};

/// A guest with these instructions in `compile` and `call`. Both take `$at` and `$length`, the address and length of
/// their input.
///
/// Memory: the answer at 0, a few bytes for the tests' own use from 16, the host's texts from 1024.
pub(crate) fn wat(compile: &str, call: &str, more: &str) -> String {
    format!(
        r#"(module
            (memory (export "memory") 1)
            (global $free (mut i32) (i32.const 1024))
            (func (export "initialize-runtime"))
            (func (export "cabi_realloc") (param i32 i32 i32) (param $length i32) (result i32)
                global.get $free
                (global.set $free (i32.add (global.get $free) (local.get $length))))
            (func $answer (param $status i32) (param $at i32) (param $length i32) (result i32)
                (i32.store (i32.const 0) (local.get $status))
                (i32.store (i32.const 4) (local.get $at))
                (i32.store (i32.const 8) (local.get $length))
                (i32.const 0))
            (func (export "compile") (param $at i32) (param $length i32) (result i32) {compile})
            (func (export "call") (param $at i32) (param $length i32) (result i32) {call})
            {more})"#
    )
}

/// A `compile` that accepts anything.
pub(crate) const COMPILE: &str = "(call $answer (i32.const 0) (i32.const 0) (i32.const 0))";

/// A `call` that returns its input.
pub(crate) const ECHO: &str = "(call $answer (i32.const 0) (local.get $at) (local.get $length))";

/// The default limits with more time: a busy machine must not change what a test sees.
pub(crate) const CALL_LIMITS: Limits = Limits {
    wall_clock: Duration::from_mins(1),
    ..Limits::CALL
};

pub(crate) fn engine(max_instances: u32) -> Engine {
    let config = EngineConfig {
        max_instances,
        ..EngineConfig::default()
    };
    Engine::new(&config).expect("this machine has the address space")
}

pub(crate) async fn compile(guest: &Guest) -> Snapshot {
    guest
        .compile("source", &Limits::COMPILE)
        .await
        .result
        .expect("the guest compiles")
}

pub(crate) async fn call(
    guest: &Guest,
    snapshot: &Snapshot,
    input: &str,
) -> Outcome<Box<RawValue>> {
    guest
        .call(snapshot, Call::now(input), &CALL_LIMITS)
        .await
        .expect("the snapshot is of this guest")
}
