//! Guests that throw: exceptions take memory, and the call's end frees it.

use switchhook_runtime::{Call, Class, Engine, EngineConfig, Guest, GuestError, Limit, Limits};

const PAGE: usize = 65_536;

/// A guest with this `call`.
fn guest(more: &str, call: &str) -> Vec<u8> {
    let wat = format!(
        r#"(module {more}
        (memory (export "memory") 1)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "compile") (param i32 i32) (result i32) (i32.const 0))
        (func (export "call") (param i32 i32) (result i32) {call}))"#
    );
    wat::parse_str(wat).expect("a test writes a whole module")
}

/// Throws and catches for ever.
fn thrower() -> Vec<u8> {
    let call = "(loop $again
        (block $caught (try_table (catch_all $caught) (throw $error (i64.const 1) (i64.const 2) (i64.const 3))))
        (br $again))
        (unreachable)";
    guest("(tag $error (param i64 i64 i64))", call)
}

fn engine() -> Engine {
    let config = EngineConfig {
        max_instances: 1,
        ..EngineConfig::default()
    };
    Engine::new(&config).expect("this machine has the address space")
}

#[tokio::test]
async fn exceptions_count_as_memory() {
    let guest = Guest::load(&engine(), &thrower()).await.unwrap();
    let function = guest.compile("", &Limits::COMPILE).await.result.unwrap();
    let limits = Limits {
        memory_bytes: 16 * PAGE,
        ..Limits::CALL
    };
    for _ in 0..3 {
        let outcome = guest
            .call(&function, Call::now("1"), &limits)
            .await
            .unwrap();
        // The heap of exceptions doubles: 8 pages beside the guest's own are the largest that fits.
        assert_eq!(outcome.metrics.memory_bytes, 9 * PAGE);
        let failure = outcome.result.unwrap_err();
        assert_eq!(failure.class, Class::MemoryLimit);
        let limit = failure.limit.unwrap();
        assert_eq!(
            (limit.limit, limit.used),
            (Limit::MemoryBytes, 17 * PAGE as u64)
        );
    }
}

#[tokio::test]
async fn throwing_costs_fuel() {
    let guest = Guest::load(&engine(), &thrower()).await.unwrap();
    let function = guest.compile("", &Limits::COMPILE).await.result.unwrap();
    let limits = Limits {
        fuel: 1_000,
        ..Limits::CALL
    };
    let outcome = guest
        .call(&function, Call::now("1"), &limits)
        .await
        .unwrap();
    assert_eq!(outcome.class(), Class::FuelExhausted);
    assert_eq!(outcome.metrics.memory_bytes, 2 * PAGE);
}

#[tokio::test]
async fn what_is_caught_is_what_was_thrown() {
    // Answers "7", at address 16.
    let call = r#"
        (i64.store (i32.const 4) (i64.const 16))
        (i32.store (i32.const 8) (i32.const 1))
        (i32.store (i32.const 4) (i32.const 16))
        (i32.store8 (i32.const 16) (block $caught (result i32)
            (try_table (catch $error $caught) (throw $error (i32.const 55)))
            (unreachable)))
        (i32.const 0)"#;
    let guest = Guest::load(&engine(), &guest("(tag $error (param i32))", call))
        .await
        .unwrap();
    let function = guest.compile("", &Limits::COMPILE).await.result.unwrap();
    let outcome = guest.call(&function, Call::now("1"), &Limits::CALL).await;
    assert_eq!(outcome.unwrap().result.unwrap().get(), "7");
}

#[tokio::test]
async fn there_is_no_other_garbage() {
    for more in [
        "(type (struct (field i32)))",
        "(type $t (array i8)) (func (drop (array.new $t (i32.const 0) (i32.const 9))))",
        "(type $f (func)) (func (param (ref $f)) (call_ref $f (local.get 0)))",
        "(func (drop (ref.i31 (i32.const 1))))",
    ] {
        let loaded = Guest::load(&engine(), &guest(more, "(i32.const 0)")).await;
        assert!(matches!(loaded, Err(GuestError::Unsuitable(_))), "{more}");
    }
}
