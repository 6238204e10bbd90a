//! Conversations with guests of a few lines of WAT.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use switchhook_runtime::{Class, Engine, EngineConfig, Failure, Guest, Limits};

/// The program's output.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panics").write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A guest whose `serve` can `$read` and `$write` the vector at 32. Both put the number of bytes at 40. Memory from
/// 4096 on is free.
async fn guest(serve: &str) -> Guest {
    let wat = format!(
        r#"(module
            (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
            (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "compile") (param i32 i32) (result i32) (i32.const 0))
            (func (export "call") (param i32 i32) (result i32) (i32.const 0))
            (func $vector (param $address i32) (param $length i32)
                (i32.store (i32.const 32) (local.get $address))
                (i32.store (i32.const 36) (local.get $length)))
            (func (export "serve") (param i32 i32) (result i32)
                {serve}
                (i32.store (i32.const 0) (i32.const 0))
                (i32.store (i32.const 4) (i32.const 1024))
                (i32.store (i32.const 8) (i32.const 4))
                (i32.const 0)))"#
    );
    let config = EngineConfig {
        max_instances: 1,
        ..EngineConfig::default()
    };
    let engine = Engine::new(&config).expect("this machine has the address space");
    let wasm = wat::parse_str(wat).expect("the test's WAT is right");
    Guest::load(&engine, &wasm)
        .await
        .expect("the guest keeps to the ABI")
}

const LIMITS: Limits = Limits {
    wall_clock: Duration::from_mins(1),
    input_bytes: 100,
    output_bytes: 100,
    ..Limits::CALL
};

async fn converse(
    serve: &str,
    input: &'static [u8],
    limits: &Limits,
) -> (Result<String, Failure>, String) {
    let said = Said::default();
    let ended = guest(serve)
        .await
        .converse("done", input, said.clone(), limits)
        .await;
    let said = said.0.lock().expect("nobody panics").clone();
    (ended, String::from_utf8(said).expect("lines are text"))
}

fn class(ended: Result<String, Failure>) -> Class {
    ended.map_or_else(|failure| failure.class, |_| Class::Ok)
}

/// Echoes its input, eight bytes at a time.
const ECHO: &str = "(loop $next
    (call $vector (i32.const 4096) (i32.const 8))
    (drop (call $read (i32.const 0) (i32.const 32) (i32.const 1) (i32.const 40)))
    (if (i32.load (i32.const 40)) (then
        (i32.store (i32.const 36) (i32.load (i32.const 40)))
        (drop (call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 44)))
        (br $next))))";

#[tokio::test]
async fn lines_go_in_and_come_out() {
    let (ended, said) = converse(ECHO, b"one\na second line\n\nthird\n", &LIMITS).await;
    assert_eq!(ended.unwrap(), "done");
    assert_eq!(said, "one\na second line\n\nthird\n");
}

#[tokio::test]
async fn what_has_no_end_is_no_line() {
    let (ended, said) = converse(ECHO, b"one\ntw", &LIMITS).await;
    assert_eq!(ended.unwrap(), "done");
    assert_eq!(said, "one\n");
}

#[tokio::test]
async fn a_guest_gets_no_more_than_its_line() {
    // Reads with enough room, and writes the number of bytes as a digit and a line feed.
    let count = "(loop $next
        (call $vector (i32.const 4096) (i32.const 50))
        (drop (call $read (i32.const 0) (i32.const 32) (i32.const 1) (i32.const 40)))
        (if (i32.load (i32.const 40)) (then
            (i32.store16 (i32.const 64) (i32.add (i32.const 0x0a30) (i32.load (i32.const 40))))
            (call $vector (i32.const 64) (i32.const 2))
            (drop (call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 44)))
            (br $next))))";
    let (ended, said) = converse(count, b"1\n123456\n\n12\n", &LIMITS).await;
    assert_eq!(ended.unwrap(), "done");
    assert_eq!(said, "2\n7\n1\n3\n");
}

#[tokio::test]
async fn every_line_has_limits_of_its_own() {
    const LINES: &[u8] = b"12345678\n12345678\n12345678\n12345678\n12345678\n12345678\n";
    let (ended, _) = converse(ECHO, b"", &LIMITS).await;
    assert_eq!(ended.unwrap(), "done");
    let limits = Limits {
        fuel: 300,
        output_bytes: 10,
        ..LIMITS
    };
    let (ended, said) = converse(ECHO, LINES, &limits).await;
    assert_eq!(ended.unwrap(), "done");
    assert_eq!(said.as_bytes(), LINES);
    let line = format!("{}\n", "x".repeat(90)).leak().as_bytes();
    let (ended, _) = converse(ECHO, line, &limits).await;
    assert!([Class::FuelExhausted, Class::OutputTooLarge].contains(&class(ended)));
}

#[tokio::test]
async fn limits_end_a_conversation() {
    let forever = "(loop $again (br $again))";
    let (ended, _) = converse(forever, b"", &LIMITS).await;
    assert_eq!(class(ended), Class::FuelExhausted);

    let limits = Limits {
        fuel: u64::MAX,
        wall_clock: Duration::from_millis(50),
        ..LIMITS
    };
    let (ended, _) = converse(forever, b"", &limits).await;
    assert_eq!(class(ended), Class::Timeout);

    // A vector without room reads nothing, however often.
    let deaf = "(loop $again
        (call $vector (i32.const 4096) (i32.const 8))
        (drop (call $read (i32.const 0) (i32.const 32) (i32.const 1) (i32.const 40)))
        (br $again))";
    let (ended, _) = converse(deaf, b"one\n", &LIMITS).await;
    assert_eq!(class(ended), Class::FuelExhausted);

    let endless = format!("{}\n", "x".repeat(101)).leak().as_bytes();
    let (ended, said) = converse(ECHO, [b"one\n", endless].concat().leak(), &LIMITS).await;
    assert_eq!(class(ended), Class::InputTooLarge);
    assert_eq!(said, "one\n");

    // A complete line, and then a line that is too long.
    let flood = "(i32.store8 (i32.const 4100) (i32.const 10))
        (loop $again
            (call $vector (i32.const 4096) (i32.const 5))
            (drop (call $write (i32.const 1) (i32.const 32) (i32.const 1) (i32.const 44)))
            (i32.store8 (i32.const 4100) (i32.const 0))
            (br $again))";
    let (ended, said) = converse(flood, b"", &LIMITS).await;
    assert_eq!(class(ended), Class::OutputTooLarge);
    assert_eq!(said, "\0\0\0\0\n");
}

/// 0 is success, and 8 is a descriptor that is not open.
#[tokio::test]
async fn a_guest_that_lies_reads_nothing() {
    for (file, vector, length, read, answer) in [
        (0, 32, 8, 40, Ok("0")),
        (0, 32, 0, 40, Ok("0")),
        (1, 32, 8, 40, Ok("8")),
        (3, 32, 8, 40, Ok("8")),
        (0, -4, 8, 40, Err(Class::Internal)),
        (0, 65_530, 8, 40, Err(Class::Internal)),
        (0, 32, -1, 40, Err(Class::Internal)),
        (0, 32, 8, -2, Err(Class::Internal)),
    ] {
        let serve = format!(
            "(call $vector (i32.const 4096) (i32.const {length}))
             (i32.store8 (i32.const 1024) (i32.add (i32.const 48)
                (call $read (i32.const {file}) (i32.const {vector}) (i32.const 1) (i32.const {read}))))"
        );
        let (ended, _) = converse(&serve, b"one\n", &LIMITS).await;
        let ended = ended.as_ref().map(|text| &text[..1]);
        let ended = ended.map_err(|failure| failure.class);
        assert_eq!(ended, answer, "{file} {vector} {length} {read}");
    }
}

#[tokio::test]
async fn a_stream_that_fails_is_no_fault_of_the_program() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let guest = guest(ECHO).await;
    let ended = guest.converse("", &b"one\n"[..], Gone, &LIMITS).await;
    assert_eq!(class(ended), Class::Internal);
}

#[tokio::test]
async fn a_guest_need_not_serve() {
    let wasm = wat::parse_str(
        r#"(module
            (memory (export "memory") 1)
            (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
            (func (export "compile") (param i32 i32) (result i32) (i32.const 0))
            (func (export "call") (param i32 i32) (result i32) (i32.const 0)))"#,
    );
    let engine = Engine::new(&EngineConfig::default()).unwrap();
    let guest = Guest::load(&engine, &wasm.unwrap()).await.unwrap();
    let ended = guest.converse("", &b""[..], Said::default(), &LIMITS).await;
    assert_eq!(class(ended), Class::Internal);
}
