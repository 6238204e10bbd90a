//! Guests that misuse WASI.

use std::time::{Duration, Instant};

use switchhook_runtime::{Call, Class, Guest, Limits};

use crate::{
    outcome,
    support::{CALL_LIMITS, COMPILE, compile, engine, wat},
};

/// The imports of the guests below.
const WASI: &str = r#"
    (import "wasi_snapshot_preview1" "args_get" (func $args_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "args_sizes_get" (func $args_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_res_get" (func $clock_res_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "clock_time_get" (func $clock_time_get (param i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_get" (func $environ_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_close" (func $fd_close (param i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_read" (func $fd_read (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_readdir" (func $fd_readdir (param i32 i32 i32 i64 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_renumber" (func $fd_renumber (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "path_open"
        (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll_oneoff (param i32 i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
    (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_accept" (func $sock_accept (param i32 i32 i32) (result i32)))
    (import "wasi_snapshot_preview1" "sock_recv"
        (func $sock_recv (param i32 i32 i32 i32 i32 i32) (result i32)))"#;

/// `$number` answers with a number below a thousand. `$vector` writes an iovec, and `$sleep` a subscription to a clock.
/// Both return its address.
const WASI_HELPERS: &str = "
    (func $number (param $n i32) (result i32)
        (i32.store8 (i32.const 16) (i32.const 0x31))
        (i32.store8 (i32.const 17) (i32.add (i32.const 0x30) (i32.div_u (local.get $n) (i32.const 100))))
        (local.set $n (i32.rem_u (local.get $n) (i32.const 100)))
        (i32.store8 (i32.const 18) (i32.add (i32.const 0x30) (i32.div_u (local.get $n) (i32.const 10))))
        (i32.store8 (i32.const 19) (i32.add (i32.const 0x30) (i32.rem_u (local.get $n) (i32.const 10))))
        (call $answer (i32.const 0) (i32.const 16) (i32.const 4)))
    (func $vector (param $at i32) (param $length i32) (result i32)
        (i32.store (i32.const 64) (local.get $at))
        (i32.store (i32.const 68) (local.get $length))
        (i32.const 64))
    (func $sleep (param $clock i32) (param $nanoseconds i64) (param $flags i32) (result i32)
        (i32.store (i32.const 144) (local.get $clock))
        (i64.store (i32.const 152) (local.get $nanoseconds))
        (i32.store16 (i32.const 168) (local.get $flags))
        (i32.const 128))";

fn wasi(instructions: &str, more: &str) -> String {
    wat(COMPILE, instructions, &format!("{WASI_HELPERS} {more}")).replacen(
        "(module",
        &format!("(module {WASI}"),
        1,
    )
}

/// The result of a WASI call, or how it ends the guest's call.
async fn given(expression: &str) -> Result<u32, Class> {
    let instructions = format!("(call $number {expression})");
    let outcome = outcome(&wasi(&instructions, ""), "1", &CALL_LIMITS).await;
    match outcome.result {
        Ok(number) => Ok(number.get().parse::<u32>().expect("a number") - 1000),
        Err(failure) => Err(failure.class),
    }
}

async fn assert_given(expected: &[(&str, Result<u32, Class>)]) {
    for (expression, expected) in expected {
        assert_eq!(given(expression).await, *expected, "{expression}");
    }
}

const SUCCESS: u32 = 0;
const BADF: u32 = 8;
const FAULT: u32 = 21;
const INVAL: u32 = 28;
const NOMEM: u32 = 48;

#[tokio::test]
async fn wasi_gives_no_files_and_no_sockets() {
    let path_open = |directory: i32| {
        format!(
            "(call $path_open (i32.const {directory}) (i32.const 0) (i32.const 1024) (i32.const 1)
                (i32.const 0) (i64.const 0) (i64.const 0) (i32.const 0) (i32.const 96))"
        )
    };
    for directory in [-1, 0, 1, 2, 3, 4, 100] {
        let opened = given(&path_open(directory)).await;
        assert!(matches!(opened, Ok(8 | 54)), "{directory}: {opened:?}");
    }
    assert_given(&[
        ("(call $fd_prestat_get (i32.const 3) (i32.const 96))", Ok(BADF)),
        ("(call $fd_readdir (i32.const 3) (i32.const 96) (i32.const 100) (i64.const 0) (i32.const 64))", Ok(BADF)),
        ("(call $fd_read (i32.const 3) (call $vector (i32.const 96) (i32.const 8)) (i32.const 1) (i32.const 80))", Ok(BADF)),
        ("(call $fd_renumber (i32.const 2) (i32.const 1000000000))", Ok(BADF)),
        ("(call $sock_accept (i32.const 3) (i32.const 0) (i32.const 96))", Ok(BADF)),
        ("(call $sock_accept (i32.const 0) (i32.const 0) (i32.const 96))", Ok(57)),
        ("(call $sock_recv (i32.const 0) (i32.const 64) (i32.const 1) (i32.const 0) (i32.const 96) (i32.const 100))", Ok(57)),
    ])
    .await;
}

#[tokio::test]
async fn wasi_gives_an_empty_stdin_and_no_arguments() {
    assert_given(&[
        (
            "(call $fd_read (i32.const 0) (call $vector (i32.const 96) (i32.const 8)) (i32.const 1) (i32.const 80))
             (drop) (i32.load (i32.const 80))",
            Ok(0),
        ),
        (
            "(call $args_sizes_get (i32.const 96) (i32.const 100))
             (i32.add (i32.load (i32.const 96)))",
            Ok(SUCCESS),
        ),
        (
            "(call $environ_sizes_get (i32.const 96) (i32.const 100))
             (i32.add (i32.load (i32.const 96)))",
            Ok(SUCCESS),
        ),
    ])
    .await;
}

#[tokio::test]
async fn wasi_writes_to_the_guest_s_memory_only() {
    let internal = Err(Class::Internal);
    assert_given(&[
        ("(call $args_sizes_get (i32.const -4) (i32.const 96))", internal),
        ("(call $environ_sizes_get (i32.const 96) (i32.const 65536))", internal),
        ("(call $clock_res_get (i32.const 0) (i32.const -8))", internal),
        ("(call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 65536))", internal),
        ("(call $random_get (i32.const -1) (i32.const 8))", Ok(FAULT)),
        ("(call $random_get (i32.const 65535) (i32.const 2))", Ok(FAULT)),
        ("(call $fd_prestat_get (i32.const 3) (i32.const -8))", Ok(BADF)),
        ("(call $fd_read (i32.const 0) (i32.const 65532) (i32.const 1) (i32.const 96))", internal),
        ("(call $fd_read (i32.const 0) (call $vector (i32.const -8) (i32.const 8)) (i32.const 1) (i32.const 96))", internal),
        ("(call $poll_oneoff (i32.const 65530) (i32.const 256) (i32.const 1) (i32.const 96))", Ok(FAULT)),
        ("(call $poll_oneoff (call $sleep (i32.const 1) (i64.const 0) (i32.const 0)) (i32.const -32) (i32.const 1) (i32.const 96))", Ok(FAULT)),
    ])
    .await;

    let call = |at: i32| {
        let expression = format!("(call $environ_get (i32.const {at}) (i32.const {at}))");
        wasi(&format!("(call $number {expression})"), "")
    };
    for at in [-4, 65532, 65536] {
        let engine = engine(1);
        let wasm = wat::parse_str(call(at)).unwrap();
        let guest = Guest::load(&engine, &wasm).await.unwrap();
        let snapshot = compile(&guest).await;
        let with_environment = Call {
            environment: [("NAME".into(), "value".into())].into(),
            ..Call::now("1")
        };
        let outcome = guest.call(&snapshot, with_environment, &CALL_LIMITS).await;
        assert_eq!(outcome.unwrap().class(), Class::Internal, "{at}");
        assert_eq!(engine.panics(), 0);
    }
}

#[tokio::test]
async fn wasi_copies_no_more_than_a_little_out_of_a_guest() {
    let internal = Err(Class::Internal);
    assert_given(&[
        ("(call $fd_write (i32.const 2) (i32.const -4) (i32.const 1) (i32.const 96))", internal),
        ("(call $fd_write (i32.const 2) (i32.const 65) (i32.const 1) (i32.const 96))", internal),
        ("(call $fd_write (i32.const 2) (i32.const 64) (i32.const 131073) (i32.const 96))", Ok(NOMEM)),
        ("(call $fd_write (i32.const 2) (i32.const 64) (i32.const 0x80000000) (i32.const 96))", Ok(NOMEM)),
        ("(call $fd_write (i32.const 2) (i32.const 64) (i32.const -1) (i32.const 96))", Ok(NOMEM)),
        (
            "(call $fd_write (i32.const 2) (call $vector (i32.const 65535) (i32.const 2)) (i32.const 1) (i32.const 96))",
            internal,
        ),
        (
            "(call $fd_write (i32.const 2) (call $vector (i32.const 0) (i32.const 0x40000000)) (i32.const 1) (i32.const 96))",
            Ok(NOMEM),
        ),
        ("(call $fd_write (i32.const 99) (call $vector (i32.const 0) (i32.const 8)) (i32.const 1) (i32.const 96))", Ok(BADF)),
        ("(call $random_get (i32.const 0) (i32.const 65536))", Ok(SUCCESS)),
        ("(call $random_get (i32.const 0) (i32.const 65537))", Ok(INVAL)),
        ("(call $random_get (i32.const 0) (i32.const 0x40000000))", Ok(INVAL)),
        ("(call $random_get (i32.const 0) (i32.const -1))", Ok(INVAL)),
        ("(call $poll_oneoff (i32.const 128) (i32.const 256) (i32.const 0) (i32.const 96))", Ok(INVAL)),
        ("(call $poll_oneoff (i32.const 128) (i32.const 256) (i32.const 0x80000000) (i32.const 96))", Ok(INVAL)),
        ("(call $poll_oneoff (i32.const 128) (i32.const 256) (i32.const -1) (i32.const 96))", Ok(INVAL)),
    ])
    .await;
}

#[tokio::test]
async fn a_closed_stderr_stays_closed() {
    assert_given(&[(
        "(call $fd_close (i32.const 2)) (drop)
         (call $fd_write (i32.const 2) (call $vector (i32.const 0) (i32.const 8)) (i32.const 1) (i32.const 96))",
        Ok(BADF),
    )])
    .await;
}

#[tokio::test]
async fn the_clocks_stand_still() {
    for clock in [0, 1] {
        let read = |to: i32| {
            format!(
                "(drop (call $clock_time_get (i32.const {clock}) (i64.const 1) (i32.const {to})))"
            )
        };
        let twice = format!(
            "(local $n i32)
             {}
             (loop $again
                (local.set $n (i32.add (local.get $n) (i32.const 1)))
                (br_if $again (i32.lt_u (local.get $n) (i32.const 1000000))))
             {}
             (call $number (i64.eq (i64.load (i32.const 96)) (i64.load (i32.const 104))))",
            read(96),
            read(104)
        );
        let outcome = outcome(&wasi(&twice, ""), "1", &CALL_LIMITS).await;
        assert_eq!(outcome.result.unwrap().get(), "1001", "{clock}");
    }
    assert_given(&[(
        "(call $clock_time_get (i32.const 3) (i64.const 0) (i32.const 96))",
        Ok(BADF),
    )])
    .await;
}

#[tokio::test]
async fn an_exit_is_no_answer() {
    for code in [0, 1, 125, 126, -1] {
        let exit = format!("(call $proc_exit (i32.const {code})) unreachable");
        let outcome = outcome(&wasi(&exit, ""), "1", &CALL_LIMITS).await;
        assert_eq!(outcome.class(), Class::Internal, "{code}");
    }
}

/// Short, to keep the tests short. An hour would fail them.
const SHORT: Limits = Limits {
    fuel: u64::MAX / 2,
    wall_clock: Duration::from_millis(50),
    ..Limits::CALL
};

async fn assert_times_out(instructions: &str, more: &str) {
    let started = Instant::now();
    let outcome = outcome(&wasi(instructions, more), "1", &SHORT).await;
    assert_eq!(outcome.class(), Class::Timeout, "{instructions}");
    let elapsed = started.elapsed();
    assert!(
        elapsed < Duration::from_secs(10),
        "{elapsed:?}: {instructions}"
    );
}

/// The clock stands still, so everything that a guest waits for has happened.
#[tokio::test]
async fn sleep_takes_no_time() {
    const HOUR: i64 = 3_600_000_000_000;
    // Clocks: 0 is the time of day, 1 is monotonic. Flags: 1 is a time, 0 a duration.
    for (clock, nanoseconds, flags) in [
        (1, HOUR, 0),
        (1, HOUR, 1),
        (0, HOUR, 0),
        (1, -1, 0),
        (1, -1, 1),
        (0, -1, 0),
        (0, -1, 1),
        (1, i64::MAX, 1),
    ] {
        let sleep = format!(
            "(call $poll_oneoff
                (call $sleep (i32.const {clock}) (i64.const {nanoseconds}) (i32.const {flags}))
                (i32.const 256) (i32.const 1) (i32.const 96))
             (i32.add (i32.mul (i32.const 100) (i32.load (i32.const 96))))"
        );
        // Success, and one event.
        assert_eq!(given(&sleep).await, Ok(100), "{sleep}");
    }
}

#[tokio::test]
async fn work_that_the_host_does_for_a_guest_ends_when_the_call_does() {
    for work in [
        "(memory.grow (i32.const 0)) (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536))",
        "(call $fd_write (i32.const 2) (call $vector (i32.const 0) (i32.const 65536)) (i32.const 1) (i32.const 96))",
        "(call $fd_read (i32.const 0) (call $vector (i32.const 0) (i32.const 65536)) (i32.const 1) (i32.const 96))",
        "(call $poll_oneoff (call $sleep (i32.const 1) (i64.const 0) (i32.const 0)) (i32.const 256) (i32.const 1) (i32.const 96))",
        "(call $poll_oneoff (call $sleep (i32.const 1) (i64.const 1) (i32.const 0)) (i32.const 256) (i32.const 1) (i32.const 96))",
        "(call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 96))",
        "(call $fd_close (i32.const 1000))",
    ] {
        assert_times_out(
            &format!("(loop $again (drop {work}) (br $again)) unreachable"),
            "",
        )
        .await;
    }
}

#[tokio::test]
async fn a_log_without_end_is_cut() {
    let write = "(call $fd_write (i32.const 2) (call $vector (i32.const 1024) (i32.const 65536)) (i32.const 1) (i32.const 96))";
    let instructions = format!(
        "(drop (memory.grow (i32.const 1)))
         (memory.fill (i32.const 1024) (i32.const 0x61) (i32.const 65536))
         (loop $again (drop {write}) (br $again)) unreachable"
    );
    let outcome = outcome(&wasi(&instructions, ""), "1", &SHORT).await;
    assert_eq!(outcome.class(), Class::Timeout);
    assert!(outcome.logs.truncated);
    let kept: usize = outcome
        .logs
        .records
        .iter()
        .map(|record| record.message.len())
        .sum();
    assert!(kept <= SHORT.log_bytes + 100, "{kept}");
    assert!(outcome.metrics.log_bytes > kept);
}

/// Random numbers cost the guest fuel: 16 units a byte.
#[tokio::test]
async fn random_numbers_without_end_cost_all_fuel() {
    let loops = |bytes: i32| {
        let random = format!("(call $random_get (i32.const 0) (i32.const {bytes}))");
        wasi(
            &format!("(loop $again (drop {random}) (br $again)) unreachable"),
            "",
        )
    };
    for bytes in [257, 65_536] {
        let outcome = outcome(&loops(bytes), "1", &CALL_LIMITS).await;
        assert_eq!(outcome.class(), Class::FuelExhausted, "{bytes}");
        assert_eq!(outcome.metrics.fuel, CALL_LIMITS.fuel);
    }
    let outcome = outcome(&loops(1), "1", &SHORT).await;
    assert_eq!(outcome.class(), Class::Timeout);
}

#[tokio::test]
async fn the_host_has_stack_left_when_the_guest_has_none() {
    for work in [
        "(call $fd_write (i32.const 2) (call $vector (i32.const 0) (i32.const 8)) (i32.const 1) (i32.const 96))",
        "(call $fd_read (i32.const 0) (call $vector (i32.const 256) (i32.const 8)) (i32.const 1) (i32.const 96))",
        "(call $random_get (i32.const 256) (i32.const 8))",
        "(call $environ_get (i32.const 256) (i32.const 512))",
        "(call $clock_time_get (i32.const 0) (i64.const 0) (i32.const 96))",
        "(call $poll_oneoff (call $sleep (i32.const 1) (i64.const 0) (i32.const 0)) (i32.const 256) (i32.const 1) (i32.const 96))",
        "(memory.grow (i32.const 0))",
    ] {
        let deep = format!("(func $deep (drop {work}) (call $deep) (drop {work}))");
        let outcome = outcome(&wasi("(call $deep) unreachable", &deep), "1", &CALL_LIMITS).await;
        assert_eq!(outcome.class(), Class::StackOverflow, "{work}");
    }
}
