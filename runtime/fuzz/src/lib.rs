//! The engine and the Tokio runtime of all fuzz targets, and what must be true of every outcome.

use std::{env, path::PathBuf, sync::LazyLock, time::Duration};

use switchhook_runtime::{Class, Digest, Engine, EngineConfig, Guest, Limits, Outcome};
use tokio::runtime::{Builder, Runtime};

/// Keeps machine code between runs: with instrumentation, compiling JavaScript takes minutes.
pub static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    Engine::new(&EngineConfig {
        max_instances: 2,
        max_memory_bytes: LIMITS.memory_bytes,
        cache_dir: Some(cache_dir()),
        ..EngineConfig::default()
    })
    .expect("this machine has the address space")
});

fn cache_dir() -> PathBuf {
    env::temp_dir().join("switchhook-fuzz")
}

/// The default limits, with less fuel for more calls a second, and with more time for an instrumented host.
pub const LIMITS: Limits = Limits {
    fuel: 20_000_000,
    wall_clock: Duration::from_secs(10),
    memory_bytes: 4 * 1024 * 1024,
    ..Limits::CALL
};

/// Waits for a future on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    thread_local! {
        static TOKIO: Runtime = Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime on this thread needs nothing");
    }
    TOKIO.with(|tokio| tokio.block_on(future))
}

/// Loads a guest from WAT.
pub fn guest(wat: &str) -> Guest {
    let wasm = wat::parse_str(wat).expect("the guest is right");
    block_on(Guest::load(&ENGINE, &wasm)).expect("the guest keeps to the ABI")
}

/// A snapshot with this content and the right checksum, as a forger who knows the format writes it.
pub fn sealed(body: &[u8]) -> Vec<u8> {
    [
        b"SHSNAP\x00\x01",
        Digest::of(body).as_bytes().as_slice(),
        body,
    ]
    .concat()
}

/// Checks what must be true of every outcome. libFuzzer itself notices panics, even caught ones.
pub fn check<T>(outcome: &Outcome<T>, expected: &[Class]) {
    let class = outcome.class();
    assert!(
        expected.contains(&class),
        "{class}: {:?}",
        outcome.result.as_ref().err()
    );
    assert!(outcome.metrics.fuel <= LIMITS.fuel);
    assert!(outcome.metrics.output_bytes <= LIMITS.output_bytes);
    assert!(outcome.metrics.memory_bytes <= LIMITS.memory_bytes);
    assert_eq!(ENGINE.panics(), 0);
}
