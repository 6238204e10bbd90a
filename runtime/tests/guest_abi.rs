//! The runtime runs guests that keep to the ABI, and refuses others with a named error. The guests are a few lines of
//! WAT, so that each test shows all of its guest.

mod support;

use std::time::Duration;

use futures_util::future::join_all;
use switchhook_runtime::{
    Call, Class, Guest, GuestError, Limits, Outcome, Snapshot, SnapshotError, preinitialize,
};

use support::{CALL_LIMITS, COMPILE, ECHO, call, compile, engine, wat};

async fn load(wat: &str) -> Result<Guest, GuestError> {
    let wasm = wat::parse_str(wat).expect("the test's WAT is right");
    Guest::load(&engine(4), &wasm).await
}

async fn guest(compile: &str, call: &str, more: &str) -> Guest {
    load(&wat(compile, call, more))
        .await
        .expect("the guest keeps to the ABI")
}

/// The guest's answer to a call.
async fn answer(guest: &Guest, snapshot: &Snapshot) -> String {
    let outcome = call(guest, snapshot, "1").await;
    outcome.result.expect("the guest answers").get().to_owned()
}

#[tokio::test]
async fn a_document_goes_in_and_comes_out() {
    let guest = guest(COMPILE, ECHO, "").await;
    let snapshot = compile(&guest).await;
    let outcome = call(&guest, &snapshot, r#"{"a": "é"}"#).await;
    assert_eq!(outcome.class(), Class::Ok);
    assert_eq!(outcome.result.unwrap().get(), r#"{"a": "é"}"#);
    assert!(outcome.metrics.fuel > 0);
    assert_eq!(outcome.metrics.memory_bytes, 65536);
}

#[tokio::test]
async fn a_call_starts_where_compile_left_memory() {
    let guest = guest(
        // In the first page, and in pages that `compile` adds.
        "(drop (memory.grow (i32.const 3)))
         (i32.store8 (i32.const 16) (i32.const 0x34))
         (i32.store8 (i32.const 262143) (i32.const 0x32))
         (call $answer (i32.const 0) (i32.const 0) (i32.const 0))",
        "(i32.store8 (i32.const 17) (i32.load8_u (i32.const 262143)))
         (call $answer (i32.const 0) (i32.const 16) (i32.const 2))",
        "",
    )
    .await;
    let snapshot = compile(&guest).await;
    assert_eq!(answer(&guest, &snapshot).await, "42");
    let stored = Snapshot::from_bytes(&snapshot.to_bytes()).unwrap();
    assert_eq!(answer(&guest, &stored).await, "42");
}

#[tokio::test]
async fn a_call_starts_where_compile_left_globals() {
    let guest = guest(
        "(global.set $int (i32.const 0x34))
         (global.set $float (f64.const 50))
         (call $answer (i32.const 0) (i32.const 0) (i32.const 0))",
        "(i32.store8 (i32.const 16) (global.get $int))
         (i32.store8 (i32.const 17) (i32.trunc_f64_u (global.get $float)))
         (call $answer (i32.const 0) (i32.const 16) (i32.const 2))",
        "(global $fixed i32 (i32.const 7))
         (global $int (mut i32) (i32.const 0))
         (global $float (mut f64) (f64.const 0))",
    )
    .await;
    assert_eq!(answer(&guest, &compile(&guest).await).await, "42");
}

#[tokio::test]
async fn a_call_leaves_nothing_to_the_next() {
    let guest = guest(
        COMPILE,
        "(i32.store8 (i32.const 16) (i32.add (i32.load8_u (i32.const 16)) (i32.const 1)))
         (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
         (i32.store8 (i32.const 17) (global.get $calls))
         (i32.store8 (i32.const 18) (i32.add (i32.const 0x30) (memory.grow (i32.const 1))))
         (call $answer (i32.const 0) (i32.const 16) (i32.const 3))",
        r#"(global $calls (mut i32) (i32.const 0x30)) (data (i32.const 16) "0")"#,
    )
    .await;
    let snapshot = compile(&guest).await;
    for _ in 0..100 {
        assert_eq!(answer(&guest, &snapshot).await, "111");
    }
}

#[tokio::test]
async fn a_snapshot_is_of_one_guest() {
    let one = guest(COMPILE, ECHO, "").await;
    let wat = wat(COMPILE, ECHO, "(global i32 (i32.const 0))");
    let module = wat::parse_str(&wat).unwrap();
    let other = load(&wat).await.unwrap();
    let snapshot = compile(&one).await;
    let refused = SnapshotError::WrongGuest {
        snapshot: one.digest(),
        guest: other.digest(),
    };
    assert_eq!(
        other
            .call(&snapshot, Call::now("1"), &CALL_LIMITS)
            .await
            .unwrap_err(),
        refused
    );
    assert_eq!(other.link(&module, &snapshot).unwrap_err(), refused);
    // Nor does the guest take another's module.
    assert_eq!(one.link(&module, &snapshot).unwrap_err(), refused);
}

#[tokio::test]
async fn a_snapshot_needs_its_memory_in_the_call_too() {
    let guest = guest(
        "(drop (memory.grow (i32.const 100))) (call $answer (i32.const 0) (i32.const 0) (i32.const 0))",
        ECHO,
        "",
    )
    .await;
    let snapshot = compile(&guest).await;
    assert_eq!(snapshot.memory_bytes(), 101 * 65536);
    let limits = Limits {
        memory_bytes: 100 * 65536,
        ..CALL_LIMITS
    };
    let outcome = guest
        .call(&snapshot, Call::now("1"), &limits)
        .await
        .unwrap();
    assert_eq!(outcome.class(), Class::MemoryLimit);
}

#[tokio::test]
async fn a_guest_exports_the_abi() {
    for name in ["cabi_realloc", "compile", "call"] {
        for wat in [
            wat(COMPILE, ECHO, "").replace(&format!("\"{name}\""), "\"other\""),
            // Exports of the right name and a wrong type.
            wat(
                COMPILE,
                ECHO,
                &format!("(global (export \"{name}\") i32 (i32.const 0))"),
            )
            .replacen(&format!("\"{name}\""), "\"other\"", 1),
            wat(
                COMPILE,
                ECHO,
                &format!("(func (export \"{name}\") (param i64) (result i32) i32.const 0)"),
            )
            .replacen(&format!("\"{name}\""), "\"other\"", 1),
        ] {
            let error = load(&wat).await.err().expect("the guest is refused");
            assert!(
                matches!(error, GuestError::MissingExport { name: missing } if missing == name),
                "{error}"
            );
        }
    }
}

#[tokio::test]
async fn a_guest_has_a_memory() {
    let error = load("(module)").await.err().expect("the guest is refused");
    assert!(matches!(error, GuestError::MissingExport { .. }), "{error}");
}

#[tokio::test]
async fn a_guest_imports_wasi_preview_1_only() {
    for (import, known) in [
        (r#"(import "env" "host_call" (func))"#, false),
        (
            r#"(import "wasi_snapshot_preview1" "no_such_function" (func))"#,
            false,
        ),
        (
            r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i64)))"#,
            false,
        ),
        (
            r#"(import "wasi_snapshot_preview1" "sched_yield" (func (result i32)))"#,
            true,
        ),
    ] {
        let wat = wat(COMPILE, ECHO, "").replacen("(module", &format!("(module {import}"), 1);
        match load(&wat).await {
            Ok(_) => assert!(known, "{import}"),
            Err(error) => assert!(
                !known && matches!(error, GuestError::UnknownImport(_)),
                "{import}: {error}"
            ),
        }
    }
}

#[tokio::test]
async fn a_guest_has_no_state_that_a_snapshot_cannot_hold() {
    for more in [
        "(table $t 1 funcref) (func (table.set $t (i32.const 0) (ref.null func)))",
        "(table $t 1 funcref) (func (drop (table.grow $t (ref.null func) (i32.const 1))))",
        r#"(data $d "a") (func (data.drop $d))"#,
    ] {
        let error = load(&wat(COMPILE, ECHO, more)).await.err().expect(more);
        assert!(
            matches!(error, GuestError::Unsuitable(_)),
            "{more}: {error}"
        );
    }
    let error = load(&wat(
        COMPILE,
        ECHO,
        "(global (mut funcref) (ref.null func))",
    ))
    .await
    .err();
    assert!(
        matches!(
            error,
            Some(GuestError::UnsupportedGlobal { .. } | GuestError::Unsuitable(_))
        ),
        "{error:?}"
    );
    let error = Guest::load(&engine(1), b"no Wasm")
        .await
        .err()
        .expect("the guest is refused");
    assert!(matches!(error, GuestError::Unsuitable(_)), "{error}");
}

#[tokio::test]
async fn a_guest_that_traps_at_its_start_is_refused() {
    let error = load(&wat(
        COMPILE,
        ECHO,
        "(func $start unreachable) (start $start)",
    ))
    .await
    .err();
    assert!(matches!(error, Some(GuestError::Start(_))), "{error:?}");
}

#[tokio::test]
async fn an_error_is_what_the_guest_says() {
    let error = r#"{"name":"E","message":"m","line":1,"column":2,"stack":"s"}"#;
    for (status, class) in [
        (1, Class::CompileError),
        (2, Class::Exception),
        (3, Class::InvalidResult),
        (7, Class::InvalidResult),
    ] {
        let instructions =
            format!("(call $answer (i32.const {status}) (local.get $at) (local.get $length))");
        let guest = guest(COMPILE, &instructions, "").await;
        let failure = call(&guest, &compile(&guest).await, error)
            .await
            .result
            .unwrap_err();
        assert_eq!(failure.class, class);
        assert_eq!(failure.returned_nothing, status == 7);
        assert_eq!(
            (failure.error.line, failure.error.column),
            (Some(1), Some(2))
        );
        assert_eq!(
            (
                failure.error.to_string().as_str(),
                failure.error.stack.as_str()
            ),
            ("E: m", "s")
        );
    }
}

/// Long enough for other calls to run several times in between.
const SLOW_ECHO: &str = "(local $n i32)
    (loop $again
        (local.set $n (i32.add (local.get $n) (i32.const 1)))
        (br_if $again (i32.lt_u (local.get $n) (i32.const 100000))))
    (call $answer (i32.const 0) (local.get $at) (local.get $length))";

#[tokio::test]
async fn calls_beyond_the_pool_are_refused_and_later_ones_are_not() {
    let wasm = wat::parse_str(wat(COMPILE, SLOW_ECHO, "")).unwrap();
    let guest = Guest::load(&engine(2), &wasm).await.unwrap();
    let snapshot = compile(&guest).await;
    for _ in 0..3 {
        let outcomes = join_all((0..6).map(|_| call(&guest, &snapshot, "1"))).await;
        let classes: Vec<_> = outcomes.iter().map(Outcome::class).collect();
        let (ran, refused) = classes.split_at(2);
        assert_eq!(ran, [Class::Ok; 2]);
        assert_eq!(refused, [Class::Overloaded; 4]);
    }
    for _ in 0..10 {
        let outcomes = join_all((0..2).map(|_| call(&guest, &snapshot, "1"))).await;
        assert!(outcomes.iter().all(|outcome| outcome.class() == Class::Ok));
    }
}

#[tokio::test]
async fn failed_calls_give_their_place_back() {
    let wasm = wat::parse_str(wat(
        COMPILE,
        // 1 traps, 2 never ends, 3 answers.
        "(local $first i32)
         (local.set $first (i32.load8_u (local.get $at)))
         (if (i32.eq (local.get $first) (i32.const 0x31)) (then unreachable))
         (loop $again (br_if $again (i32.eq (local.get $first) (i32.const 0x32))))
         (call $answer (i32.const 0) (local.get $at) (local.get $length))",
        "",
    ))
    .unwrap();
    let guest = Guest::load(&engine(1), &wasm).await.unwrap();
    let snapshot = compile(&guest).await;
    let endless = Limits {
        fuel: 100_000_000_000,
        ..CALL_LIMITS
    };
    let short = Limits {
        wall_clock: Duration::from_millis(1),
        ..endless.clone()
    };
    for _ in 0..3 {
        assert_eq!(call(&guest, &snapshot, "1").await.class(), Class::Internal);
        assert_eq!(
            guest
                .call(&snapshot, Call::now("2"), &short)
                .await
                .unwrap()
                .class(),
            Class::Timeout
        );
        // A call whose caller has stopped waiting.
        let abandoned = tokio::time::timeout(
            Duration::ZERO,
            guest.call(&snapshot, Call::now("2"), &endless),
        );
        abandoned.await.unwrap_err();
    }
    for _ in 0..1000 {
        assert_eq!(call(&guest, &snapshot, "3").await.class(), Class::Ok);
    }
}

#[tokio::test]
async fn a_linked_module_stands_alone() {
    let wat = wat(
        "(drop (memory.grow (i32.const 1)))
         (i32.store8 (i32.const 65536) (i32.const 0x37))
         (global.set $mark (i32.const 42))
         (call $answer (i32.const 0) (i32.const 0) (i32.const 0))",
        ECHO,
        r#"(global $mark (export "mark") (mut i32) (i32.const 0))
           (func (export "_initialize") unreachable)
           (func (export "_start"))"#,
    );
    let guest = load(&wat).await.unwrap();
    let module = wat::parse_str(&wat).unwrap();
    let linked = guest.link(&module, &compile(&guest).await).unwrap();

    let engine = wasmtime::Engine::default();
    let module = wasmtime::Module::new(&engine, linked).unwrap();
    assert!(module.get_export("_start").is_some());
    assert!(module.get_export("_initialize").is_none());
    assert!(
        module
            .exports()
            .all(|export| !export.name().starts_with("__wizer"))
    );

    let mut store = wasmtime::Store::new(&engine, ());
    let instance = wasmtime::Instance::new(&mut store, &module, &[]).unwrap();
    let memory = instance.get_memory(&mut store, "memory").unwrap();
    assert_eq!(memory.data_size(&store), 2 * 65536);
    assert_eq!(memory.data(&store)[65536], b'7');
    let mark = instance.get_global(&mut store, "mark").unwrap();
    assert_eq!(mark.get(&mut store).i32(), Some(42));
}

#[tokio::test]
async fn preinitializing_keeps_what_booting_did() {
    let wat = wat(
        COMPILE,
        "(call $answer (i32.const 0) (i32.const 16) (i32.const 2))",
        "",
    )
    .replacen(
        r#"(func (export "initialize-runtime"))"#,
        r#"(func (export "_initialize") (i32.store8 (i32.const 16) (i32.const 0x34)))
           (func (export "initialize-runtime")
               (i32.store8 (i32.const 17) (i32.sub (i32.load8_u (i32.const 16)) (i32.const 2))))"#,
        1,
    );
    let wasm = wat::parse_str(wat).unwrap();
    let engine = engine(1);
    let booted = preinitialize(&engine, &wasm).await.unwrap();
    assert_eq!(booted, preinitialize(&engine, &wasm).await.unwrap());
    let guest = Guest::load(&engine, &booted).await.unwrap();
    assert_eq!(answer(&guest, &compile(&guest).await).await, "42");
}
