//! Machine code of an operator's guest, in a folder of a program's own. Unlike wasmtime's cache, it says whether it
//! contains the code.

use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
};

use rustix::process::nice;
use wasmtime::Module;

use super::{
    ModuleError,
    cache::Cache,
    machine_code::{self, Key, NICENESS},
};
use crate::{
    Engine, Guest, GuestError,
    guest::{
        Origin,
        layout::{Form, Layout},
    },
};

/// Most bytes of machine code: several versions of a guest fit.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// The owner in the keys of this code. Customers' modules have their accounts as owners.
const OWNER: &str = "operator";

/// A folder of machine code, or none.
pub struct KeptCode(Option<Kept>);

struct Kept {
    cache: Cache,
    /// The process that has locked this file makes code.
    lock: PathBuf,
}

impl KeptCode {
    /// Opens a folder of machine code.
    ///
    /// # Errors
    /// If the folder cannot be made, or others can write to it.
    pub fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self(Some(Kept {
            cache: Cache::open(folder, MAX_BYTES)?,
            lock: folder.with_extension("lock"),
        })))
    }

    /// Keeps no code.
    pub fn nowhere() -> Self {
        Self(None)
    }

    /// Whether code is kept.
    pub fn is_somewhere(&self) -> bool {
        self.0.is_some()
    }

    /// The guest, if the folder contains its code for this engine.
    ///
    /// # Errors
    /// [`ModuleError::Unfit`] if the module is not a guest.
    pub async fn guest(&self, engine: &Engine, wasm: &[u8]) -> Result<Option<Guest>, ModuleError> {
        let layout = Layout::of(wasm, Form::Guest)?;
        match self.0.as_ref().and_then(|kept| kept.code(engine, &layout)) {
            Some(code) => Ok(Some(guest_of(engine, wasm, &layout, &code).await?)),
            None => Ok(None),
        }
    }

    /// The guest, whose code is made if it is missing. One process makes the code, and others wait for it. The call
    /// blocks its thread, which has a low priority from then on.
    ///
    /// # Errors
    /// [`ModuleError`]
    pub async fn make(&self, engine: &Engine, wasm: &[u8]) -> Result<Guest, ModuleError> {
        // Without it, the thread takes its usual share.
        let _ = nice(NICENESS);
        let layout = Layout::of(wasm, Form::Guest)?;
        let code = match &self.0 {
            Some(kept) => kept.made(engine, &layout)?,
            None => Module::new(&engine.wasmtime, &layout.code).map_err(GuestError::Unsuitable)?,
        };
        Ok(guest_of(engine, wasm, &layout, &code).await?)
    }
}

async fn guest_of(
    engine: &Engine,
    wasm: &[u8],
    layout: &Layout,
    code: &Module,
) -> Result<Guest, GuestError> {
    Guest::assemble(engine, wasm, layout, code, Origin::Operator).await
}

impl Kept {
    /// The code, if the folder contains it.
    fn code(&self, engine: &Engine, layout: &Layout) -> Option<Module> {
        let code = self.cache.get(&Key::of(engine, OWNER, &layout.code))?;
        // Code that cannot be loaded counts as missing.
        machine_code::load(engine, &code).ok()
    }

    /// The code, which is made if it is missing.
    fn made(&self, engine: &Engine, layout: &Layout) -> Result<Module, ModuleError> {
        let lock = File::create(&self.lock)?;
        lock.lock()?;
        if let Some(code) = self.code(engine, layout) {
            return Ok(code);
        }
        let made = engine.wasmtime.precompile_module(&layout.code);
        let new = self.cache.new_file()?;
        new.file()
            .write_all(&made.map_err(GuestError::Unsuitable)?)?;
        let key = Key::of(engine, OWNER, &layout.code);
        let code = self.cache.keep(&new, &key)?;
        machine_code::load(engine, &code).map_err(ModuleError::Useless)
    }
}

#[cfg(test)]
mod tests {
    use std::{env, fs, process};

    use super::*;
    use crate::{EngineConfig, Making};

    const WAT: &str = r#"(module
        (memory (export "memory") 2)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "compile") (param i32 i32) (result i32) (i32.const 0))
        (func (export "call") (param i32 i32) (result i32) (i32.const 0)))"#;

    fn engine(making: Making) -> Engine {
        Engine::new(&EngineConfig {
            max_instances: 1,
            making,
            ..EngineConfig::default()
        })
        .unwrap()
    }

    #[tokio::test]
    async fn code_is_found_where_it_was_made_and_nowhere_else() {
        let folder = env::temp_dir().join(format!("switchhook-kept-{}", process::id()));
        let _ = fs::remove_dir_all(&folder);
        let kept = KeptCode::open(&folder.join("couchjs")).unwrap();
        let wasm = wat::parse_str(WAT).unwrap();
        let good = engine(Making::InTheBackground);
        assert!(kept.guest(&good, &wasm).await.unwrap().is_none());
        let made = kept.make(&good, &wasm).await.unwrap();
        let again = KeptCode::open(&folder.join("couchjs")).unwrap();
        let found = again.guest(&good, &wasm).await.unwrap().unwrap();
        assert_eq!(found.digest(), made.digest());
        // Code made on all cores equals code made on one. Code made in a hurry differs.
        let thorough = engine(Making::Thorough);
        assert!(again.guest(&thorough, &wasm).await.unwrap().is_some());
        let hasty = engine(Making::InAHurry);
        assert!(again.guest(&hasty, &wasm).await.unwrap().is_none());
        let nowhere = KeptCode::nowhere();
        assert!(nowhere.make(&good, &wasm).await.is_ok());
        assert!(nowhere.guest(&good, &wasm).await.unwrap().is_none());
        fs::remove_dir_all(&folder).unwrap();
    }
}
