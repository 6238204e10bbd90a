//! Functions that are Wasm modules.
//!
//! A stranger's module may do less than a language's guest: it is checked before anything is made of it ([`check`]). A
//! process of its own, with limits, makes the machine code ([`maker`]), because a module can keep a compiler busy for
//! very long. The code is kept in the operator's folder ([`cache`]), sealed with a secret ([`seal`]), and loaded from
//! there ([`machine_code`]). The database never contains machine code.

mod bounds;
mod cache;
mod check;
mod kept;
#[expect(unsafe_code, reason = "machine code is believed")]
mod machine_code;
mod maker;
mod seal;

use std::{io, path::PathBuf, process::Command, sync::Arc};

use tokio::{runtime::Handle, sync::Semaphore, task};

use self::{
    cache::{Authentic, Cache},
    machine_code::Key,
};
pub use self::{kept::KeptCode, machine_code::make_machine_code, maker::MakingLimits};
use crate::{
    Digest, Engine, Guest, GuestError,
    guest::{Origin, layout::Layout},
};

/// Why a module cannot be a function.
#[derive(Debug, thiserror::Error)]
pub enum ModuleError {
    /// It is not a module, or not one of a supported kind. The sentence says why.
    #[error("{0}")]
    Refused(String),
    /// It lacks what its form requires.
    #[error(transparent)]
    Unfit(#[from] GuestError),
    /// Making its machine code exceeds a limit. The sentence names the limit.
    #[error("{0}")]
    TooDear(String),
    /// A fault of the server: it cannot keep machine code, or cannot start the process that makes it.
    #[error("machine code cannot be made or kept")]
    Io(#[from] io::Error),
    /// A fault of the server: it cannot load the code that was just made.
    #[error("the machine code that was made cannot be used")]
    Useless(#[source] wasmtime::Error),
    /// The thread that did the work ended early.
    #[error("loading the module was broken off")]
    BrokenOff,
}

/// An operator's settings for modules.
#[derive(Clone, Debug)]
pub struct ModuleSettings {
    /// The folder for machine code.
    pub folder: PathBuf,
    /// Most bytes of kept machine code.
    pub max_cache_bytes: u64,
    /// Most memory that a module may begin with, in bytes. No call gets more.
    pub max_memory_bytes: usize,
    /// The limits on making machine code.
    pub making: MakingLimits,
}

/// Loads customers' modules. Cheap to clone.
#[derive(Clone)]
pub struct CustomerModules(Arc<Inner>);

struct Inner {
    engine: Engine,
    cache: Cache,
    max_memory_bytes: usize,
    /// The program that calls [`make_machine_code`], without its arguments.
    program: Box<dyn Fn() -> Command + Send + Sync>,
    making: MakingLimits,
    /// Making machine code takes a core and much memory.
    places: Semaphore,
}

/// Modules that are compiled at one time: one core's worth, so that calls keep the others.
const MADE_AT_ONE_TIME: usize = 1;

impl CustomerModules {
    /// Loads modules whose machine code `program` makes. The [limits](MakingLimits::to_arguments) are appended to its
    /// arguments. Its environment should contain only what it needs.
    ///
    /// # Errors
    /// If the folder cannot be made, or others can write to it.
    pub fn new(
        engine: &Engine,
        settings: &ModuleSettings,
        program: impl Fn() -> Command + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Ok(Self(Arc::new(Inner {
            engine: engine.clone(),
            cache: Cache::open(&settings.folder, settings.max_cache_bytes)?,
            max_memory_bytes: settings.max_memory_bytes,
            program: Box::new(program),
            making: settings.making,
            places: Semaphore::new(MADE_AT_ONE_TIME),
        })))
    }

    /// Loads an owner's module: checks it, and finds or makes its machine code. Owners share no machine code: otherwise
    /// the time would reveal whether somebody else has the same module.
    ///
    /// Must run inside a Tokio runtime with its timer on. Dropping the future ends the process that makes the code.
    ///
    /// # Errors
    /// [`ModuleError`]
    pub async fn load(&self, owner: &str, wasm: Arc<[u8]>) -> Result<Guest, ModuleError> {
        let modules = self.clone();
        let (owner, apart) = (owner.to_owned(), Arc::clone(&wasm));
        let (layout, key) = blocking(move || {
            let layout = modules.0.take_apart(&apart)?;
            let key = Key::of(&modules.0.engine, &owner, &layout.code);
            Ok((layout, key))
        })
        .await?;
        let code = self.machine_code(&layout, key).await?;
        let modules = self.clone();
        let handle = Handle::current();
        blocking(move || {
            let engine = &modules.0.engine;
            let module = machine_code::load(engine, &code).map_err(ModuleError::Useless)?;
            drop(code);
            let guest = Guest::assemble(engine, &wasm, &layout, &module, Origin::Customer);
            Ok(handle.block_on(guest)?)
        })
        .await
    }

    /// The machine code, kept or just made.
    async fn machine_code(&self, layout: &Layout, key: Key) -> Result<Authentic, ModuleError> {
        let key = Arc::new(key);
        if let Some(code) = self.kept(&key).await? {
            return Ok(code);
        }
        let place = self.0.places.acquire().await;
        let _place = place.map_err(|_| ModuleError::BrokenOff)?;
        // Another task may have made it meanwhile.
        if let Some(code) = self.kept(&key).await? {
            return Ok(code);
        }
        let new = self.0.cache.new_file()?;
        let Inner {
            program, making, ..
        } = &*self.0;
        maker::make(program(), &layout.code, new.file(), making).await?;
        let modules = self.clone();
        blocking(move || Ok(modules.0.cache.keep(&new, &key)?)).await
    }

    async fn kept(&self, key: &Arc<Key>) -> Result<Option<Authentic>, ModuleError> {
        let (modules, key) = (self.clone(), Arc::clone(key));
        blocking(move || Ok(modules.0.cache.get(&key))).await
    }
}

impl Inner {
    fn take_apart(&self, wasm: &[u8]) -> Result<Layout, ModuleError> {
        let form = check::check(&self.engine, wasm, self.max_memory_bytes)?;
        Ok(Layout::of(wasm, form)?)
    }
}

/// Runs `work` on a thread that answers no requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ModuleError> + Send + 'static,
) -> Result<T, ModuleError> {
    let done = task::spawn_blocking(work).await;
    done.map_err(|_| ModuleError::BrokenOff)?
}
