//! What the fuzz targets share: one engine, one Tokio runtime, and what must hold of every outcome.

use std::{env, path::PathBuf, sync::LazyLock, time::Duration};

use switchhook_runtime::{Class, Digest, Engine, EngineConfig, Guest, Limits, Outcome};
use tokio::runtime::{Builder, Runtime};

/// Every target's engine. Machine code is kept between runs: an instrumented compiler takes minutes for JavaScript.
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

/// The default limits, with less fuel for more calls a second, and with time for an instrumented host.
pub const LIMITS: Limits = Limits {
    fuel: 20_000_000,
    wall_clock: Duration::from_secs(10),
    memory_bytes: 4 * 1024 * 1024,
    ..Limits::CALL
};

/// Waits, on this thread.
pub fn block_on<F: Future>(future: F) -> F::Output {
    thread_local! {
        static TOKIO: Runtime = Builder::new_current_thread()
            .enable_time()
            .build()
            .expect("a runtime on this thread needs nothing");
    }
    TOKIO.with(|tokio| tokio.block_on(future))
}

/// Loads a guest from its text.
pub fn guest(wat: &str) -> Guest {
    let wasm = wat::parse_str(wat).expect("the guest is right");
    block_on(Guest::load(&ENGINE, &wasm)).expect("the guest keeps to the ABI")
}

/// Snapshot bytes as someone writes them who knows the format: with the right checksum around any body.
pub fn sealed(body: &[u8]) -> Vec<u8> {
    [
        b"SHSNAP\x00\x01",
        Digest::of(body).as_bytes().as_slice(),
        body,
    ]
    .concat()
}

/// What must hold however a guest behaves. That the host does not panic is libFuzzer's to see, caught or not.
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
