//! Snapshots that somebody forges who can write to the database: any bytes, and any content with a right checksum. Each
//! is refused, or its calls fail or answer nonsense, and nothing else happens.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use switchhook_fuzz::{LIMITS, block_on, check, guest, sealed};
use switchhook_runtime::{Call, Class, Guest, Snapshot};

/// A guest whose snapshot decides where input goes, how long it runs, and where the answer is.
static GUEST: LazyLock<Guest> = LazyLock::new(|| {
    guest(
        r#"(module
            (memory (export "memory") 1 512)
            (global $room (mut i32) (i32.const 1024))
            (global $turns (mut i64) (i64.const 0))
            (global $answer (mut i32) (i32.const 16))
            (global $float (mut f64) (f64.const 0))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (global.get $room))
            (func (export "compile") (param i32 i32) (result i32) (i32.const 0))
            (func (export "call") (param i32 i32) (result i32)
                (loop $again
                    (global.set $turns (i64.sub (global.get $turns) (i64.const 1)))
                    (br_if $again (i64.gt_s (global.get $turns) (i64.const 0))))
                (global.get $answer))
            (data (i32.const 16) "\00\00\00\00\00\04\00\00\01\00\00\00"))"#,
    )
});

fuzz_target!(init: LazyLock::force(&GUEST), |data: &[u8]| {
    let Some((mode, rest)) = data.split_first() else {
        return;
    };
    let bytes = match mode % 2 {
        0 => rest.to_vec(),
        _ => sealed(&[GUEST.digest().as_bytes(), rest].concat()),
    };
    let Ok(snapshot) = Snapshot::from_bytes(&bytes) else {
        return;
    };
    let again = Snapshot::from_bytes(&snapshot.to_bytes()).expect("what was read can be read again");
    assert_eq!(snapshot, again);
    // Linking a forged snapshot must cost no more than the snapshot's own size allows.
    let _ = GUEST.link(&snapshot);
    let Ok(outcome) = block_on(GUEST.call(&snapshot, Call::now("1"), &LIMITS)) else {
        return;
    };
    let expected = [
        Class::Ok,
        Class::CompileError,
        Class::Exception,
        Class::InvalidResult,
        Class::FuelExhausted,
        Class::MemoryLimit,
        Class::StackOverflow,
        Class::OutputTooLarge,
        Class::Internal,
    ];
    check(&outcome, &expected);
});
