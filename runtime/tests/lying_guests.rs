//! Guests that lie, loop and misuse what they are given, as a hostile or broken engine would. Each costs its own
//! call, which ends by name, and nothing else: the next call on the same engine is a good one.

mod support;

use std::time::{Duration, Instant};

use serde_json::value::RawValue;
use switchhook_runtime::{Call, Class, Guest, GuestError, Limit, Limits, Outcome, preinitialize};

use support::{CALL_LIMITS, COMPILE, ECHO, call, compile, engine, wat};

/// Answers with a document of one's own: a digit.
const HONEST: &str = "(i32.store8 (i32.const 16) (i32.const 0x37))
    (call $answer (i32.const 0) (i32.const 16) (i32.const 1))";

/// Runs a liar's call, and after it, in the same place of a pool that has no other, an honest guest's.
async fn outcome(liar: &str, input: &str, limits: &Limits) -> Outcome<Box<RawValue>> {
    let engine = engine(1);
    let load = async |wat: &str| {
        let wasm = wat::parse_str(wat).expect("the test's WAT is right");
        Guest::load(&engine, &wasm).await.expect("the guest loads")
    };
    let honest = load(&wat(COMPILE, HONEST, "")).await;
    let liar = load(liar).await;
    let compiled = liar.compile("source", &Limits::COMPILE).await;
    let outcome = match compiled.result {
        Ok(snapshot) => liar.call(&snapshot, Call::now(input), limits).await,
        Err(failure) => Ok(Outcome::not_run(failure)),
    };
    let after = call(&honest, &compile(&honest).await, "1").await;
    assert_eq!(after.result.expect("the honest guest answers").get(), "7");
    assert_eq!(engine.panics(), 0);
    outcome.expect("the snapshot is of this guest")
}

/// How a call of these instructions ends.
async fn class(instructions: &str, more: &str) -> Class {
    let outcome = outcome(&wat(COMPILE, instructions, more), "1", &CALL_LIMITS).await;
    outcome.class()
}

/// A guest whose `cabi_realloc` is another.
fn with_realloc(instructions: &str) -> String {
    let realloc = format!(
        r#"(func $realloc (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) {instructions})"#
    );
    wat(COMPILE, ECHO, &realloc).replacen("\"cabi_realloc\"", "\"other\"", 1)
}

#[tokio::test]
async fn an_answer_that_cannot_be_read_is_internal() {
    for (what, instructions) in [
        ("outside memory", "(i32.const 65536)"),
        ("at the end of memory", "(i32.const 65530)"),
        ("at the end of addresses", "(i32.const -1)"),
        (
            "text outside memory",
            "(call $answer (i32.const 0) (i32.const 65536) (i32.const 1))",
        ),
        (
            "text across the end",
            "(call $answer (i32.const 0) (i32.const 65535) (i32.const 2))",
        ),
        (
            "text at the end of addresses",
            "(call $answer (i32.const 0) (i32.const -1) (i32.const 2))",
        ),
        (
            "text as long as allowed",
            "(call $answer (i32.const 0) (i32.const 1024) (i32.const 262144))",
        ),
        (
            "not UTF-8",
            "(i32.store8 (i32.const 16) (i32.const 0xff)) (call $answer (i32.const 0) (i32.const 16) (i32.const 1))",
        ),
        (
            "not JSON",
            "(call $answer (i32.const 0) (i32.const 16) (i32.const 1))",
        ),
        (
            "empty",
            "(call $answer (i32.const 0) (i32.const 16) (i32.const 0))",
        ),
        (
            "an unknown status",
            "(call $answer (i32.const 4) (local.get $at) (local.get $length))",
        ),
        (
            "another unknown status",
            "(call $answer (i32.const -1) (local.get $at) (local.get $length))",
        ),
        (
            "an exception that is no error",
            "(call $answer (i32.const 2) (local.get $at) (local.get $length))",
        ),
        ("a trap", "unreachable"),
        (
            "a division by zero",
            "(i32.div_u (local.get $at) (i32.const 0))",
        ),
    ] {
        assert_eq!(class(instructions, "").await, Class::Internal, "{what}");
        // `compile` is believed no more than `call`, but for its text, which nobody reads.
        let lies_at_once = outcome(&wat(instructions, ECHO, ""), "1", &CALL_LIMITS).await;
        let expected = if matches!(what, "not JSON" | "empty") {
            Class::Ok
        } else {
            Class::Internal
        };
        assert_eq!(lies_at_once.class(), expected, "compile: {what}");
    }
}

#[tokio::test]
async fn a_claim_of_more_than_is_allowed_is_not_looked_at() {
    for length in ["262145", "0x80000000", "-1"] {
        for status in [0, 2, 99] {
            let instructions =
                format!("(call $answer (i32.const {status}) (i32.const 16) (i32.const {length}))");
            assert_eq!(
                class(&instructions, "").await,
                Class::OutputTooLarge,
                "{length}"
            );
        }
    }
}

#[tokio::test]
async fn an_error_that_is_none_is_internal() {
    let answer_status = |status: u32| {
        let call =
            format!("(call $answer (i32.const {status}) (local.get $at) (local.get $length))");
        wat(COMPILE, &call, "")
    };
    let deep = format!(
        r#"{{"name":"E","message":"m","more":{}1{}}}"#,
        "[".repeat(100),
        "]".repeat(100)
    );
    for error in [
        "1",
        "[]",
        "{}",
        "{",
        r#"{"name":"E"}"#,
        r#"{"name":1,"message":"m"}"#,
        r#"{"name":"E","message":null}"#,
        r#"{"name":"E","message":"m","line":-1}"#,
        r#"{"name":"E","message":"m","line":4294967296}"#,
        r#"{"name":"E","message":"m","column":1.5}"#,
        r#"{"name":"E","message":"m","stack":[]}"#,
        r#"{"name":"E","message":"m","limit":-1}"#,
        r#"{"name":"E","name":"F","message":"m"}"#,
        r#"{"name":"\ud800","message":"m"}"#,
    ] {
        for status in [1, 2, 3, 5] {
            let outcome = outcome(&answer_status(status), error, &CALL_LIMITS).await;
            assert_eq!(outcome.class(), Class::Internal, "{status}: {error}");
        }
    }
    let outcome = outcome(&answer_status(2), &deep, &CALL_LIMITS).await;
    assert_eq!(outcome.class(), Class::Exception);
}

#[tokio::test]
async fn room_that_is_none_is_internal() {
    for address in ["65536", "65533", "-1"] {
        let liar = with_realloc(&format!("(i32.const {address})"));
        let outcome = outcome(&liar, "1", &CALL_LIMITS).await;
        assert_eq!(outcome.class(), Class::Internal, "{address}");
    }
}

#[tokio::test]
async fn room_where_the_answer_is_harms_the_guest_alone() {
    for address in [0, 4, 8] {
        let liar = with_realloc(&format!("(i32.const {address})"));
        let outcome = outcome(&liar, "[1, 2, 3, 4]", &CALL_LIMITS).await;
        assert_eq!(outcome.class(), Class::Internal, "{address}");
    }
}

#[tokio::test]
async fn room_that_is_never_given_is_what_happened_to_it() {
    let quick = Limits {
        fuel: 1_000_000,
        ..CALL_LIMITS
    };
    for (instructions, expected) in [
        ("unreachable", Class::Internal),
        (
            "(loop $again (br $again)) (i32.const 0)",
            Class::FuelExhausted,
        ),
        (
            "(call $realloc (local.get 0) (local.get 1) (local.get 2) (local.get 3))",
            Class::StackOverflow,
        ),
    ] {
        // From the second time on, so that it compiles.
        let liar = with_realloc(&format!(
            "(global.set $free (i32.add (global.get $free) (i32.const 1)))
             (if (result i32) (i32.eq (global.get $free) (i32.const 1025))
                (then (i32.const 2048)) (else {instructions}))"
        ));
        assert_eq!(
            outcome(&liar, "1", &quick).await.class(),
            expected,
            "{instructions}"
        );
    }
}

#[tokio::test]
async fn memory_ends_at_the_limit() {
    let grow = "(loop $again (br_if $again (i32.ge_s (memory.grow (i32.const 1)) (i32.const 0))))";
    let contented = outcome(
        &wat(COMPILE, &format!("{grow} {HONEST}"), ""),
        "1",
        &CALL_LIMITS,
    )
    .await;
    assert_eq!(contented.class(), Class::Ok);
    assert_eq!(contented.metrics.memory_bytes, CALL_LIMITS.memory_bytes);
    let warnings: Vec<_> = contented.warnings.iter().map(|usage| usage.limit).collect();
    assert_eq!(warnings, [Limit::MemoryBytes]);

    assert_eq!(
        class(&format!("{grow} unreachable"), "").await,
        Class::MemoryLimit
    );
    for pages in ["512", "65535", "65536", "-1"] {
        let at_once = format!("(drop (memory.grow (i32.const {pages}))) unreachable");
        assert_eq!(
            class(&at_once, "").await,
            Class::MemoryLimit,
            "{pages} pages"
        );
    }
}

#[tokio::test]
async fn what_one_guest_writes_everywhere_another_reads_nowhere() {
    let engine = engine(1);
    let load = async |call: &str| {
        let wasm = wat::parse_str(wat(COMPILE, call, "")).expect("the test's WAT is right");
        Guest::load(&engine, &wasm).await.expect("the guest loads")
    };
    let all = "(drop (memory.grow (i32.const 511)))";
    let writer = load(&format!(
        "{all} (memory.fill (i32.const 0) (i32.const 0xff) (i32.const 0x2000000)) unreachable"
    ))
    .await;
    let reader = load(&format!(
        "{all}
         (local.set $at (i32.const 65536))
         (loop $again
            (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then unreachable))
            (local.set $at (i32.add (local.get $at) (i32.const 8)))
            (br_if $again (i32.lt_u (local.get $at) (i32.const 0x2000000))))
         {HONEST}"
    ))
    .await;
    let (writes, reads) = (compile(&writer).await, compile(&reader).await);
    for _ in 0..3 {
        assert_eq!(call(&writer, &writes, "1").await.class(), Class::Internal);
        assert_eq!(call(&reader, &reads, "1").await.class(), Class::Ok);
    }
}

#[tokio::test]
async fn a_stack_that_ends_has_a_name() {
    let deep = "(func $deep (call $deep))";
    assert_eq!(
        class("(call $deep) (i32.const 0)", deep).await,
        Class::StackOverflow
    );
    // Frames as large as they get: what is checked is their end, not their beginning.
    let locals = "(local v128) ".repeat(4000);
    let uses = (0..4000).fold(String::new(), |uses, n| {
        uses + &format!("(local.set {n} (v128.load offset={n} (i32.const 1024)))")
    });
    let reads = (0..4000).fold(String::new(), |reads, n| {
        reads + &format!("(v128.store offset={n} (i32.const 8192) (local.get {n}))")
    });
    let wide = format!("(func $wide {locals} {uses} (call $wide) {reads})");
    assert_eq!(
        class("(call $wide) (i32.const 0)", &wide).await,
        Class::StackOverflow
    );
}

/// All that the guests below take from WASI.
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

/// `$number` answers with a number below a thousand. `$vector` writes what WASI calls an iovec, `$sleep` a
/// subscription to a clock; both give its address.
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

/// What an expression, which is a call of WASI, gives to the guest, or how it ends the guest's call.
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
        ("(call $fd_read (i32.const 0) (call $vector (i32.const -8) (i32.const 8)) (i32.const 1) (i32.const 96))", Ok(SUCCESS)),
        ("(call $poll_oneoff (i32.const 65530) (i32.const 256) (i32.const 1) (i32.const 96))", internal),
        ("(call $poll_oneoff (call $sleep (i32.const 1) (i64.const 0) (i32.const 0)) (i32.const -32) (i32.const 1) (i32.const 96))", internal),
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
        ("(call $poll_oneoff (i32.const 128) (i32.const 256) (i32.const 0x80000000) (i32.const 96))", Ok(NOMEM)),
        ("(call $poll_oneoff (i32.const 128) (i32.const 256) (i32.const -1) (i32.const 96))", Ok(NOMEM)),
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

/// Short, so that the tests are; an hour would fail them.
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

#[tokio::test]
async fn sleep_ends_when_the_call_does() {
    const HOUR: i64 = 3_600_000_000_000;
    // The clock: 0 is the time of day, 1 is monotonic. The flag: 1 is a time, not a duration.
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
                (i32.const 256) (i32.const 1) (i32.const 96))"
        );
        assert_times_out(&sleep, "").await;
    }
    // As many as one call may wait for.
    let many = format!(
        "(drop (memory.grow (i32.const 20)))
         (loop $again
            (drop (call $sleep (i32.const 1) (i64.const {HOUR}) (i32.const 0)))
            (memory.copy (local.get $at) (i32.const 128) (i32.const 48))
            (local.set $at (i32.add (local.get $at) (i32.const 48)))
            (br_if $again (i32.lt_u (local.get $at) (i32.const 0x90000))))
         (call $poll_oneoff (i32.const 1088) (i32.const 0xa0000) (i32.const 12000) (i32.const 96))"
    );
    assert_times_out(&format!("(local.set $at (i32.const 1088)) {many}"), "").await;
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

/// The host's work for random numbers costs the guest fuel: 16 units a byte.
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

#[tokio::test]
async fn a_guest_larger_than_a_sandbox_is_refused() {
    let load = async |wat: &str| {
        let wasm = wat::parse_str(wat).expect("the test's WAT is right");
        Guest::load(&engine(1), &wasm)
            .await
            .err()
            .expect("the guest is refused")
    };
    let honest = wat(COMPILE, ECHO, "");
    for (what, wat) in [
        ("table", wat(COMPILE, ECHO, "(table 100001 funcref)")),
        (
            "tables",
            wat(COMPILE, ECHO, "(table 1 funcref) (table 1 funcref)"),
        ),
        (
            "memory",
            honest.replacen("\"memory\") 1", "\"memory\") 2049", 1),
        ),
        (
            "memory beyond the pool",
            honest.replacen("\"memory\") 1", "\"memory\") 65536", 1),
        ),
        ("memories", wat(COMPILE, ECHO, "(memory 1)")),
        (
            "shared memory",
            honest.replacen("\"memory\") 1", "\"memory\") 1 1 shared", 1),
        ),
    ] {
        let error = load(&wat).await;
        assert!(
            matches!(error, GuestError::Start(_) | GuestError::Unsuitable(_)),
            "{what}: {error}"
        );
    }
}

#[tokio::test]
async fn a_guest_that_never_gets_started_is_refused() {
    let engine = engine(1);
    let endless = "(loop $again (br $again))";
    let load = async |wat: &str| {
        let wasm = wat::parse_str(wat).expect("the test's WAT is right");
        let loaded = Guest::load(&engine, &wasm).await;
        (loaded.err(), preinitialize(&engine, &wasm).await.err())
    };
    for start in [endless, "unreachable", "(call $start)", ""] {
        let more = format!("(func $start {start}) (start $start)");
        let (loaded, booted) = load(&wat(COMPILE, ECHO, &more)).await;
        // Even one that does nothing: it would run at every call, and booting leaves none behind.
        assert!(
            matches!(loaded, Some(GuestError::Start(_))),
            "{start}: {loaded:?}"
        );
        assert_eq!(booted.is_none(), start.is_empty(), "{start}: {booted:?}");
    }
    let boots = |instructions: &str| {
        wat(COMPILE, ECHO, "").replacen(
            "(func (export \"initialize-runtime\"))",
            &format!("(func (export \"initialize-runtime\") {instructions})"),
            1,
        )
    };
    let (loaded, booted) = load(&boots(endless)).await;
    assert!(loaded.is_none(), "loading boots nothing: {loaded:?}");
    assert!(matches!(booted, Some(GuestError::Start(_))), "{booted:?}");

    let wasm = wat::parse_str(wat(COMPILE, ECHO, "")).unwrap();
    Guest::load(&engine, &wasm)
        .await
        .expect("an honest guest loads afterwards");
}
