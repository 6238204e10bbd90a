//! Machine code of an operator's guest that a program keeps for itself. Unlike wasmtime's cache, it can be asked whether it has
//! any.

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

/// Bytes of machine code that are kept: that of several versions of a guest.
const MAX_BYTES: u64 = 64 * 1024 * 1024;

/// Whose code it is, where that of customers' modules is their accounts'.
const OWNER: &str = "operator";

/// A folder of machine code, or none.
pub struct KeptCode(Option<Kept>);

struct Kept {
    cache: Cache,
    /// Who holds a lock on it makes code.
    turn: PathBuf,
}

impl KeptCode {
    /// # Errors
    /// If the folder cannot be made, or others may write to it.
    pub fn open(folder: &Path) -> io::Result<Self> {
        Ok(Self(Some(Kept {
            cache: Cache::open(folder, MAX_BYTES)?,
            turn: folder.with_extension("lock"),
        })))
    }

    /// Keeps nothing.
    pub fn nowhere() -> Self {
        Self(None)
    }

    /// Whether anything is kept.
    pub fn is_somewhere(&self) -> bool {
        self.0.is_some()
    }

    /// The guest, if there is code of it for this engine.
    ///
    /// # Errors
    /// [`ModuleError::Unfit`] if it is no guest.
    pub async fn guest(&self, engine: &Engine, wasm: &[u8]) -> Result<Option<Guest>, ModuleError> {
        let layout = Layout::of(wasm, Form::Guest)?;
        let key = Key::of(engine, OWNER, &layout.code);
        let code = self.0.as_ref().and_then(|kept| kept.cache.get(&key));
        // What cannot be loaded is made again.
        let module = code.and_then(|code| machine_code::load(engine, &code).ok());
        let Some(module) = module else {
            return Ok(None);
        };
        let guest = Guest::assemble(engine, wasm, &layout, &module, Origin::Operator);
        Ok(Some(guest.await?))
    }

    /// The same; makes the code if there is none. One process makes it and others wait for that. The thread is blocked
    /// meanwhile, and gives way to others from then on.
    ///
    /// # Errors
    /// [`ModuleError`]
    pub async fn make(&self, engine: &Engine, wasm: &[u8]) -> Result<Guest, ModuleError> {
        // At worst it takes its share.
        let _ = nice(NICENESS);
        let layout = Layout::of(wasm, Form::Guest)?;
        let Some(kept) = &self.0 else {
            let made = Module::new(&engine.wasmtime, &layout.code);
            let module = made.map_err(GuestError::Unsuitable)?;
            let guest = Guest::assemble(engine, wasm, &layout, &module, Origin::Operator);
            return Ok(guest.await?);
        };
        let turn = File::create(&kept.turn)?;
        turn.lock()?;
        if let Some(guest) = self.guest(engine, wasm).await? {
            return Ok(guest);
        }
        let made = engine.wasmtime.precompile_module(&layout.code);
        let made = made.map_err(GuestError::Unsuitable)?;
        let new = kept.cache.new_file()?;
        new.file().write_all(&made)?;
        drop(made);
        let code = kept
            .cache
            .keep(&new, &Key::of(engine, OWNER, &layout.code))?;
        drop(turn);
        let module = machine_code::load(engine, &code).map_err(ModuleError::Useless)?;
        let guest = Guest::assemble(engine, wasm, &layout, &module, Origin::Operator);
        Ok(guest.await?)
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
        // All cores make the same code as one; haste makes other code.
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
