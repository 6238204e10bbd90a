//! Booting a guest when it is built, so that no call has to.

use wasmtime_wizer::Wizer;

use super::{
    MemorySizes,
    image::{Image, MEMORY, global_names},
};
use crate::{
    Engine, GuestError, Limits, Moment,
    host::sandbox::Sandbox,
    memory::{MemoryImage, handing_over},
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

    let mut store =
        Sandbox::new(&Limits::COMPILE, Moment::COMPILE, [].into()).into_store(&engine.wasmtime);
    store
        .set_fuel(Limits::COMPILE.fuel)
        .map_err(GuestError::Start)?;
    let memory = MemorySizes::of(&module, MEMORY, engine.max_memory_bytes)?.least;
    let slot = MemoryImage::new(&engine.memories, &vec![0; memory])
        .map_err(|error| GuestError::Start(error.into()))?
        .take()
        .map_err(|error| GuestError::Start(error.into()))?;
    let instance = handing_over(slot, engine.linker.instantiate_async(&mut store, &module))
        .await
        .map_err(GuestError::Start)?;
    for name in BOOT {
        if let Some(function) = instance.get_func(&mut store, name) {
            let function = function
                .typed::<(), ()>(&store)
                .map_err(GuestError::Start)?;
            let booted = function.call_async(&mut store, ()).await;
            booted.map_err(|error| {
                let said = store.data().logs.finish().records;
                let said = said.iter().map(|record| record.message.as_str());
                GuestError::Start(error.context(said.collect::<Vec<_>>().join("\n")))
            })?;
        }
    }
    let mut image = Image::of(&mut store, &instance, &global_names(&module))?;
    wizer
        .snapshot(&context, &mut image)
        .await
        .map_err(GuestError::Unsuitable)
}
