//! Commands of a few lines of WAT.

use std::{cell::Cell, time::Duration};

use crate::{
    Call, Class, Digest, Engine, EngineConfig, Guest, Level, Limit, Limits, Outcome,
    guest::{
        Origin,
        layout::{Form, Layout},
    },
};
use serde_json::value::RawValue;

/// Imports of commands. Their memory: vectors at 0, a counter at 16, text from 64 on.
const WASI: &str = r#"
    (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
    (memory (export "memory") 2)
    (global $calls (mut i32) (i32.const 0))
    (func $say (param $file i32) (param $at i32) (param $length i32)
        (i32.store (i32.const 0) (local.get $at))
        (i32.store (i32.const 4) (local.get $length))
        (drop (call $write (local.get $file) (i32.const 0) (i32.const 1) (i32.const 16))))"#;

/// Reads stdin seven bytes at a time, and writes each piece to stdout.
const ECHO: &str = r#"(func (export "_start")
    (loop $more
        (i32.store (i32.const 0) (i32.const 64))
        (i32.store (i32.const 4) (i32.const 7))
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16)))
        (if (i32.load (i32.const 16)) (then
            (call $say (i32.const 1) (i32.const 64) (i32.load (i32.const 16)))
            (br $more)))))"#;

/// A command, and its module.
async fn command(engine: &Engine, fields: &str) -> (Guest, Vec<u8>) {
    let wasm = wat::parse_str(format!("(module {WASI} {fields})")).unwrap();
    let layout = Layout::of(&wasm, Form::Command).unwrap();
    let module = wasmtime::Module::new(&engine.wasmtime, &layout.code).unwrap();
    let guest = Guest::assemble(engine, &wasm, &layout, &module, Origin::Customer);
    (guest.await.unwrap(), wasm)
}

async fn called(guest: &Guest, input: &str, limits: &Limits) -> Outcome<Box<RawValue>> {
    let compiled = guest.compile("", &Limits::COMPILE).await;
    let snapshot = compiled.result.unwrap();
    guest
        .call(&snapshot, Call::now(input), limits)
        .await
        .unwrap()
}

/// Class and message of the failure of a command with this `_start`.
async fn failure(data: &str, body: &str, limits: &Limits) -> (Class, String) {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let fields = format!(r#"{data} (func (export "_start") {body})"#);
    let (guest, _) = command(&engine, &fields).await;
    let outcome = called(&guest, "{}", limits).await;
    let failure = outcome.result.unwrap_err();
    (failure.class, failure.error.to_string())
}

#[tokio::test]
async fn stdin_is_the_call_and_stdout_the_result() {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let (guest, wasm) = command(&engine, ECHO).await;
    assert_eq!(guest.digest(), Digest::of(&wasm));
    let mut fuel = Vec::new();
    for _ in 0..3 {
        let input = r#"{"To": "+14158867900", "text": "é"}"#;
        let outcome = called(&guest, input, &Limits::CALL).await;
        assert_eq!(outcome.result.unwrap().get(), input);
        assert_eq!(outcome.metrics.output_bytes, input.len());
        fuel.push(outcome.metrics.fuel);
    }
    assert_eq!(fuel, [fuel[0]; 3]);
}

#[tokio::test]
async fn a_module_links_to_itself_and_takes_no_others_snapshot() {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let (guest, wasm) = command(&engine, ECHO).await;
    let (other, _) = command(&engine, r#"(func (export "_start"))"#).await;
    let snapshot = guest.compile("", &Limits::COMPILE).await.result.unwrap();
    assert_eq!(guest.link(&wasm, &snapshot), Ok(wasm));
    assert!(other.check(&snapshot).is_err());
}

#[tokio::test]
async fn a_command_ends_by_its_exit_code() {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let data = r#"(data (i32.const 64) "17") (data (i32.const 80) "first\nit is broken\n")"#;
    let body = "(call $say (i32.const 1) (i32.const 64) (i32.const 2)) (call $exit (i32.const 0))";
    let fields = format!(r#"{data} (func (export "_start") {body})"#);
    let (guest, _) = command(&engine, &fields).await;
    let outcome = called(&guest, "{}", &Limits::CALL).await;
    assert_eq!(outcome.result.unwrap().get(), "17");

    let silent = failure("", "(call $exit (i32.const 3))", &Limits::CALL).await;
    let message = "ExitCode3: the module ended with exit code 3".to_owned();
    assert_eq!(silent, (Class::Exception, message));

    let body = "(call $say (i32.const 2) (i32.const 80) (i32.const 19)) (call $exit (i32.const 1))";
    let fields = format!(r#"{data} (func (export "_start") {body})"#);
    let (guest, _) = command(&engine, &fields).await;
    let outcome = called(&guest, "{}", &Limits::CALL).await;
    assert_eq!(outcome.result.unwrap_err().error.message, "it is broken");
    let logs: Vec<_> = outcome.logs.records.iter().collect();
    assert_eq!((logs.len(), logs[0].level), (2, Level::Log));
    assert_eq!(logs[0].message, "first");
}

#[tokio::test]
async fn what_is_no_result_is_the_authors_fault() {
    let data = r#"(data (i32.const 64) "nonsense\ff") (data (i32.const 80) "\n{} looking\n{}")"#;
    for (body, says) in [
        (
            "(call $say (i32.const 1) (i32.const 80) (i32.const 14))",
            "not one JSON document, and begins with `{} looking`: trailing characters at line 2",
        ),
        ("", "the function returned nothing"),
        (
            "(call $say (i32.const 1) (i32.const 64) (i32.const 8))",
            "not one JSON document",
        ),
        (
            "(call $say (i32.const 1) (i32.const 64) (i32.const 9))",
            "not UTF-8",
        ),
    ] {
        let (class, message) = failure(data, body, &Limits::CALL).await;
        assert_eq!(class, Class::InvalidResult);
        assert!(message.contains(says), "{message}");
    }
    for (body, says) in [
        ("unreachable", "unreachable"),
        ("(drop (i32.load (i32.const -4)))", "out of bounds"),
        (
            "(drop (call $write (i32.const 1) (i32.const -4) (i32.const 9) (i32.const 16)))",
            "",
        ),
        ("(call $exit (i32.const 200))", "exit status"),
    ] {
        let (class, message) = failure("", body, &Limits::CALL).await;
        assert_eq!(class, Class::Exception, "{body}: {message}");
        assert!(message.contains(says), "{body}: {message}");
    }
}

#[tokio::test]
async fn a_trap_says_where_it_was_and_what_was_said_before() {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let fields = r#"
        (data (i32.const 80) "thread 'main' panicked at route.rs:7:36:\nno such office\nnote: more")
        (func $look_up unreachable)
        (func $divide (drop (i32.div_u (i32.const 1) (i32.const 0))))
        (func (export "_start")
            (call $say (i32.const 2) (i32.const 80) (i32.const 66))
            (call $look_up))"#;
    let trap = async |fields: &str| {
        let (guest, _) = command(&engine, fields).await;
        let outcome = called(&guest, "{}", &Limits::CALL).await;
        let failure = outcome.result.unwrap_err();
        assert_eq!(failure.class, Class::Exception);
        assert_eq!(failure.error.name, "Trap");
        (failure.error.message, failure.error.stack)
    };
    let (message, stack) = trap(fields).await;
    let said = "panicked at route.rs:7:36: no such office";
    assert_eq!(
        message,
        format!("{said} (wasm trap: wasm `unreachable` instruction executed)")
    );
    assert_eq!(stack, "at look_up\nat function 6");
    // The last line has nothing to do with the trap.
    let (message, stack) = trap(&fields.replace("(call $look_up)", "(call $divide)")).await;
    assert_eq!(message, "wasm trap: integer divide by zero");
    assert!(stack.starts_with("at divide\n"), "{stack}");

    // Names and stacks of any size.
    let deep = format!(
        r#"(func ${} (param i32)
            (if (i32.eqz (local.get 0)) (then unreachable))
            (call 4 (i32.sub (local.get 0) (i32.const 1))))
        (func (export "_start") (call 4 (i32.const 100)))"#,
        "n".repeat(10_000)
    );
    let (_, stack) = trap(&deep).await;
    assert_eq!(stack.lines().count(), 20);
    assert!(stack.len() < 10_000, "{}", stack.len());
}

#[tokio::test]
async fn commands_are_held_to_the_limits() {
    let limits = Limits {
        fuel: 10_000_000,
        wall_clock: Duration::from_secs(60),
        output_bytes: 1000,
        memory_bytes: 4 * 65536,
        ..Limits::CALL
    };
    let flood = "(loop (call $say (i32.const 1) (i32.const 64) (i32.const 100)) (br 0))";
    let bomb = "(loop (br_if 0 (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0)))) unreachable";
    for (body, class) in [
        ("(loop (br 0))", Class::FuelExhausted),
        (flood, Class::OutputTooLarge),
        (bomb, Class::MemoryLimit),
    ] {
        assert_eq!(failure("", body, &limits).await.0, class, "{body}");
    }
    let recursion = r#"(func $f (call $f))"#;
    let (class, _) = failure(recursion, "(call $f)", &limits).await;
    assert_eq!(class, Class::StackOverflow);
    let (guest, _) = {
        let engine = Engine::new(&EngineConfig::default()).unwrap();
        command(&engine, ECHO).await
    };
    let limits = Limits {
        memory_bytes: 65536,
        ..Limits::CALL
    };
    let failure = called(&guest, "1", &limits).await.result.unwrap_err();
    assert_eq!(failure.limit.unwrap().limit, Limit::MemoryBytes);
}

#[tokio::test]
async fn two_calls_share_nothing() {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let count = r#"(func (export "_start")
        (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
        (i32.store (i32.const 80) (i32.add (i32.load (i32.const 80)) (global.get $calls)))
        (i32.store8 (i32.const 64) (i32.add (i32.load (i32.const 80)) (i32.const 48)))
        (call $say (i32.const 1) (i32.const 64) (i32.const 1)))"#;
    let (guest, _) = command(&engine, count).await;
    for _ in 0..3 {
        let outcome = called(&guest, "{}", &Limits::CALL).await;
        assert_eq!(outcome.result.unwrap().get(), "1");
    }
}

/// The output of a command with these imports, fields and body.
async fn answer(imports: &str, fields: &str, body: &str) -> String {
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let fields = format!(r#"{fields} (func (export "_start") {body})"#);
    let wasm = wat::parse_str(format!("(module {imports} {WASI} {fields})")).unwrap();
    let layout = Layout::of(&wasm, Form::Command).unwrap();
    let module = wasmtime::Module::new(&engine.wasmtime, &layout.code).unwrap();
    let guest = Guest::assemble(&engine, &wasm, &layout, &module, Origin::Customer);
    let outcome = called(&guest.await.unwrap(), "[17]", &Limits::CALL).await;
    outcome.result.unwrap().get().to_owned()
}

#[tokio::test]
async fn the_first_vector_with_room_is_filled() {
    let body = "
        (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 0))
        (i32.store (i32.const 8) (i32.const 64)) (i32.store (i32.const 12) (i32.const 9))
        (drop (call $read (i32.const 0) (i32.const 0) (i32.const 2) (i32.const 16)))
        (call $say (i32.const 1) (i32.const 64) (i32.load (i32.const 16)))";
    assert_eq!(answer("", "", body).await, "[17]");
}

#[tokio::test]
async fn what_an_instance_begins_with_may_be_computed() {
    let fields = r#"
        (global $five i32 (i32.add (i32.const 2) (i32.const 3)))
        (type $digit (func (result i32)))
        (func $seven (result i32) (i32.add (global.get $five) (i32.const 2)))
        (table 4 funcref)
        (elem (offset (i32.const 1)) funcref (ref.func $seven) (ref.null func))"#;
    let body = "
        (i32.store8 (i32.const 64) (i32.add (i32.const 48) (call_indirect (type $digit) (i32.const 1))))
        (call $say (i32.const 1) (i32.const 64) (i32.const 1))";
    assert_eq!(answer("", fields, body).await, "7");
}

#[tokio::test]
async fn there_are_no_files() {
    let open = r#"(import "wasi_snapshot_preview1" "path_open"
        (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))"#;
    let body = "
        (i32.store8 (i32.const 80) (i32.add (i32.const 48) (call $open (i32.const 3) (i32.const 0) (i32.const 64)
            (i32.const 100000) (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 16))))
        (call $say (i32.const 1) (i32.const 80) (i32.const 1))";
    // WASI preview 1's error `badf`.
    assert_eq!(answer(open, "", body).await, "8");
}

#[tokio::test]
async fn whatever_is_waited_for_is_there() {
    let poll = r#"(import "wasi_snapshot_preview1" "poll_oneoff"
        (func $poll (param i32 i32 i32 i32) (result i32)))"#;
    // An hour, and stdin. The guest marks the two with 17 and 18.
    let body = "
        (i64.store (i32.const 128) (i64.const 17))
        (i64.store (i32.const 152) (i64.const 3600000000000))
        (i64.store (i32.const 176) (i64.const 18)) (i32.store8 (i32.const 184) (i32.const 1))
        (if (call $poll (i32.const 128) (i32.const 256) (i32.const 2) (i32.const 16)) (then unreachable))
        (if (i32.ne (i32.load (i32.const 16)) (i32.const 2)) (then unreachable))
        (if (i64.ne (i64.load (i32.const 256)) (i64.const 17)) (then unreachable))
        (if (i64.ne (i64.load (i32.const 264)) (i64.const 0)) (then unreachable))
        (if (i64.ne (i64.load (i32.const 288)) (i64.const 18)) (then unreachable))
        (if (i64.ne (i64.load (i32.const 296)) (i64.const 0x10000)) (then unreachable))
        (if (i32.ne (call $poll (i32.const 128) (i32.const 256) (i32.const 65) (i32.const 16)) (i32.const 28)) (then unreachable))
        (if (i32.ne (call $poll (i32.const -9) (i32.const 256) (i32.const 1) (i32.const 16)) (i32.const 21)) (then unreachable))
        (call $say (i32.const 1) (i32.const 64) (i32.const 1))";
    assert_eq!(
        answer(poll, r#"(data (i32.const 64) "7")"#, body).await,
        "7"
    );
}

/// How often other calls on the same thread ran before the command ended.
async fn turns_of_others(body: &str) -> usize {
    let ended = Cell::new(false);
    let turns = Cell::new(0);
    let call = async {
        answer("", r#"(data (i32.const 64) "7")"#, body).await;
        ended.set(true);
    };
    let others = async {
        while !ended.get() {
            turns.set(turns.get() + 1);
            tokio::task::yield_now().await;
        }
    };
    tokio::join!(call, others);
    turns.get()
}

#[tokio::test]
async fn a_flood_at_stderr_lets_others_go_on() {
    let say = "(call $say (i32.const 1) (i32.const 64) (i32.const 1))";
    // A hundred times as many bytes as memory has, for far less fuel than a turn.
    let flood = format!(
        "(local $left i32) (local.set $left (i32.const 100))
        (loop
            (call $say (i32.const 2) (i32.const 0) (i32.const 131072))
            (br_if 0 (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        {say}"
    );
    let silent = turns_of_others(say).await;
    let flooding = turns_of_others(&flood).await;
    assert_eq!(flooding - silent, 200);
}
