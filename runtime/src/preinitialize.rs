//! Booting a guest when it is built, so that no call has to.

use std::time::Duration;

use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder, random::Deterministic};
use wasmtime_wizer::Wizer;

use crate::{
    Engine, GuestError, Limits,
    image::{Image, global_names},
    sandbox::Sandbox,
};

/// Run in this order, where the module has them: the C runtime's constructors, then the guest ABI's own.
const BOOT: [&str; 2] = ["_initialize", "initialize-runtime"];

/// Runs a module's boot functions and returns the module with its memory as they left it.
///
/// Clock and randomness stand still meanwhile, so the same module always gives the same bytes, and nothing of
/// the building machine gets into it.
///
/// # Errors
/// [`GuestError`] if the module is no guest or traps while booting.
pub async fn preinitialize(engine: &Engine, wasm: &[u8]) -> Result<Vec<u8>, GuestError> {
    let mut wizer = Wizer::new();
    wizer.init_func(BOOT[1]).keep_init_func(true);
    let (context, instrumented) = wizer.instrument(wasm).map_err(GuestError::Unsuitable)?;
    let module =
        wasmtime::Module::new(&engine.wasmtime, instrumented).map_err(GuestError::Unsuitable)?;

    let wasi = WasiCtxBuilder::new()
        .wall_clock(StoppedClock)
        .monotonic_clock(StoppedClock)
        .secure_random(Deterministic::new(vec![0]))
        .insecure_random(Deterministic::new(vec![0]))
        .insecure_random_seed(0)
        .build_p1();
    let mut store =
        Sandbox::with_wasi(Limits::COMPILE.memory_bytes, wasi).into_store(&engine.wasmtime);
    store
        .set_fuel(Limits::COMPILE.fuel)
        .map_err(GuestError::Start)?;
    let instance = engine
        .linker
        .instantiate_async(&mut store, &module)
        .await
        .map_err(GuestError::Start)?;
    for name in BOOT {
        if let Some(function) = instance.get_func(&mut store, name) {
            let function = function
                .typed::<(), ()>(&store)
                .map_err(GuestError::Start)?;
            function
                .call_async(&mut store, ())
                .await
                .map_err(GuestError::Start)?;
        }
    }
    let mut image = Image::of(&mut store, &instance, &global_names(&module))?;
    wizer
        .snapshot(&context, &mut image)
        .await
        .map_err(GuestError::Unsuitable)
}

/// Always the beginning of 1970.
struct StoppedClock;

impl HostWallClock for StoppedClock {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self) -> Duration {
        Duration::ZERO
    }
}

impl HostMonotonicClock for StoppedClock {
    fn resolution(&self) -> u64 {
        1
    }

    fn now(&self) -> u64 {
        0
    }
}
