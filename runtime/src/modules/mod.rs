//! Functions that are Wasm modules of their own.
//!
//! What a stranger's module is may not be what a guest is made of: it is checked before anything is made of it
//! ([`check`]), and its machine code is made by a process of its own within limits ([`maker`]), since a compiler can be
//! kept busy for very long. The code is kept in the operator's own folder ([`cache`]) under a secret's seal ([`seal`]), and
//! loaded from there ([`machine_code`]); the database never sees it.

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
    /// It is none, or one of a kind that is not taken; a sentence that says why.
    #[error("{0}")]
    Refused(String),
    /// It cannot be run as what it is.
    #[error(transparent)]
    Unfit(#[from] GuestError),
    /// Making its machine code takes more than is allowed; a sentence that says of what.
    #[error("{0}")]
    TooDear(String),
    /// The server's own fault: it cannot keep machine code, or start the process that makes it.
    #[error("machine code cannot be made or kept")]
    Io(#[from] io::Error),
    /// The same: the code that was made just now cannot be used.
    #[error("the machine code that was made cannot be used")]
    Useless(#[source] wasmtime::Error),
    /// The thread that worked on it is gone.
    #[error("loading the module was broken off")]
    BrokenOff,
}

/// What an operator decides about them.
#[derive(Clone, Debug)]
pub struct ModuleSettings {
    /// Where machine code is kept: a folder of its own.
    pub folder: PathBuf,
    /// At most so many bytes of it.
    pub max_cache_bytes: u64,
    /// The most memory a module may begin with, in bytes: what no call gets is no use.
    pub max_memory_bytes: usize,
    /// For making the code of one.
    pub making: MakingLimits,
}

/// What modules are made ready with. Cheap to clone.
#[derive(Clone)]
pub struct CustomerModules(Arc<Inner>);

struct Inner {
    engine: Engine,
    cache: Cache,
    max_memory_bytes: usize,
    /// The program that calls [`make_machine_code`], but for its arguments.
    program: Box<dyn Fn() -> Command + Send + Sync>,
    making: MakingLimits,
    /// Making machine code takes a core and much memory.
    places: Semaphore,
}

/// CustomerModules whose machine code is made at one time: one core's worth, so that calls keep the others.
const MADE_AT_ONE_TIME: usize = 1;

impl CustomerModules {
    /// Has machine code made by `program`, with the [arguments](MakingLimits::to_arguments) of the limits behind its own.
    /// Its environment should be empty but for what it needs.
    ///
    /// # Errors
    /// If the folder cannot be made, or others may write to it.
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

    /// Makes a module of an owner's ready to be called: checks it, and finds or makes its machine code. Owners share none: how long it takes
    /// would say whether somebody else has the same module.
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

    /// What is kept, else what is made now.
    async fn machine_code(&self, layout: &Layout, key: Key) -> Result<Authentic, ModuleError> {
        let key = Arc::new(key);
        if let Some(code) = self.kept(&key).await? {
            return Ok(code);
        }
        let place = self.0.places.acquire().await;
        let _place = place.map_err(|_| ModuleError::BrokenOff)?;
        // Somebody else may have had it made meanwhile.
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

/// Away from the threads that answer requests.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, ModuleError> + Send + 'static,
) -> Result<T, ModuleError> {
    let done = task::spawn_blocking(work).await;
    done.map_err(|_| ModuleError::BrokenOff)?
}
