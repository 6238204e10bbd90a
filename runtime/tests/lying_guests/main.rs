//! Guests that lie, loop and misuse what they get, as hostile or broken engines would. Each costs its own call, which
//! ends with a named outcome. The next call on the same engine succeeds.

mod refused;
#[path = "../support/mod.rs"]
mod support;
mod wasi;

use serde_json::value::RawValue;
use switchhook_runtime::{Call, Class, Guest, Limit, Limits, Outcome};

use support::{CALL_LIMITS, COMPILE, ECHO, call, compile, engine, wat};

/// Answers with a document of its own: a digit.
const HONEST: &str = "(i32.store8 (i32.const 16) (i32.const 0x37))
    (call $answer (i32.const 0) (i32.const 16) (i32.const 1))";

/// Runs a liar's call, and then an honest guest's in the same place of the pool, which has no other.
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

/// The class of a call with these instructions.
async fn class(instructions: &str, more: &str) -> Class {
    let outcome = outcome(&wat(COMPILE, instructions, more), "1", &CALL_LIMITS).await;
    outcome.class()
}

/// A guest with another `cabi_realloc`.
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
        // `compile` is checked like `call`, except for its text, which the host ignores.
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
        // Lies from the second time on, so that it compiles.
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
    // As large frames as possible: the check is at their end.
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
