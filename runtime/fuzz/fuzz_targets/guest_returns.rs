//! A guest that answers with any address, length, status and text.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use switchhook_fuzz::{ENGINE, LIMITS, block_on, check, guest};
use switchhook_runtime::{Call, Class, Guest, Limits};

/// Where the guest puts its answer, followed by the answer's text.
const ANSWER: u32 = 65536;

/// The input encodes bytes: the low halves of two characters give a byte. `compile` takes the result of `cabi_realloc`
/// and the answer's address for later calls (0: the true ones). `call` takes the bytes of its answer.
static GUEST: LazyLock<Guest> = LazyLock::new(|| {
    guest(
        r#"(module
            (memory (export "memory") 2)
            (global $room (mut i32) (i32.const 0))
            (global $area (mut i32) (i32.const 0))
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                (select (global.get $room) (i32.const 1024) (global.get $room)))
            (func $decode (param $at i32) (param $length i32)
                (local $end i32) (local $to i32)
                (local.set $end (i32.add (local.get $at) (local.get $length)))
                (local.set $to (i32.const 65536))
                (loop $again
                    (if (i32.ge_u (local.get $at) (local.get $end)) (then (return)))
                    (i32.store8 (local.get $to) (i32.or
                        (i32.shl (i32.load8_u (local.get $at)) (i32.const 4))
                        (i32.and (i32.load8_u offset=1 (local.get $at)) (i32.const 15))))
                    (local.set $at (i32.add (local.get $at) (i32.const 2)))
                    (local.set $to (i32.add (local.get $to) (i32.const 1)))
                    (br $again)))
            (func (export "compile") (param $at i32) (param $length i32) (result i32)
                (call $decode (local.get $at) (local.get $length))
                (global.set $room (i32.load (i32.const 65536)))
                (global.set $area (i32.load (i32.const 65540)))
                (i32.const 0))
            (func (export "call") (param $at i32) (param $length i32) (result i32)
                (call $decode (local.get $at) (local.get $length))
                (select (global.get $area) (i32.const 65536) (global.get $area))))"#,
    )
});

fn encode(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .map(|half| char::from(b'@' + half))
        .collect()
}

fn number(bytes: &[u8]) -> u32 {
    u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]])
}

fuzz_target!(init: LazyLock::force(&GUEST), |data: &[u8]| {
    let Some((lies, answer)) = data.split_at_checked(8) else {
        return;
    };
    if answer.len() < 12 {
        return;
    }
    let compiled = block_on(GUEST.compile(&encode(lies), &Limits::COMPILE));
    let snapshot = compiled.result.expect("the guest compiles anything");
    let outcome = block_on(GUEST.call(&snapshot, Call::now(&encode(answer)), &LIMITS))
        .expect("the snapshot is of this guest");

    if lies != [0; 8] {
        let any_status = [
            Class::Ok,
            Class::CompileError,
            Class::Exception,
            Class::InvalidResult,
            Class::StackOverflow,
            Class::OutputTooLarge,
            Class::Internal,
        ];
        return check(&outcome, &any_status);
    }
    let [status, address, length] = [0, 4, 8].map(|at| number(&answer[at..]));
    let told = match status {
        0 => Class::Ok,
        1 => Class::CompileError,
        2 => Class::Exception,
        3 | 7 => Class::InvalidResult,
        5 => Class::StackOverflow,
        _ => Class::Internal,
    };
    if length as usize > LIMITS.output_bytes {
        check(&outcome, &[Class::OutputTooLarge]);
    } else {
        check(&outcome, &[told, Class::Internal]);
    }
    // If the text is in the guest's memory and valid, the host got the same text.
    let text = address
        .checked_sub(ANSWER)
        .and_then(|start| answer.get(start as usize..)?.get(..length as usize))
        .and_then(|bytes| str::from_utf8(bytes).ok());
    if let (0, Some(text)) = (status, text) {
        let valid = serde_json::from_str::<&serde_json::value::RawValue>(text).ok();
        let result = outcome.result.ok();
        assert_eq!(
            result.as_ref().map(|json| json.get()),
            valid.map(|json| json.get())
        );
    }
    assert_eq!(ENGINE.panics(), 0);
});
