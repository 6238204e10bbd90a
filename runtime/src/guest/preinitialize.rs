//! Boots a guest when it is built, so that calls need not.

use wasmtime_wizer::Wizer;

use super::{
    MemorySizes, first_instance,
    image::{Image, MEMORY, global_names},
};
use crate::{Engine, GuestError, memory::MemoryImage};

/// Functions that are called if the module has them, in this order: the C runtime's constructors, then the guest ABI's.
const BOOT: [&str; 2] = ["_initialize", "initialize-runtime"];

/// Runs a module's boot functions and returns the module with the memory that they leave.
///
/// Clock and randomness are fixed, so the same module always gives the same bytes, and nothing of the building machine
/// gets into it.
///
/// # Errors
/// [`GuestError`] if the module is not a guest or traps while booting.
pub async fn preinitialize(engine: &Engine, wasm: &[u8]) -> Result<Vec<u8>, GuestError> {
    let mut wizer = Wizer::new();
    wizer.init_func(BOOT[1]).keep_init_func(true);
    let (context, instrumented) = wizer.instrument(wasm).map_err(GuestError::Unsuitable)?;
    let module =
        wasmtime::Module::new(&engine.wasmtime, instrumented).map_err(GuestError::Unsuitable)?;
    let memory = MemorySizes::of(&module, MEMORY, engine.max_memory_bytes)?.least;
    let memory = MemoryImage::new(&engine.memories, &vec![0; memory])
        .map_err(|error| GuestError::Start(error.into()))?;
    let linked = engine.linker.instantiate_pre(&module);
    let linked = linked.map_err(GuestError::UnknownImport)?;
    let (mut store, instance) = first_instance(engine, &memory, &linked).await?;
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
