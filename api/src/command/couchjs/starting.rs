//! A first start. Making the engine's machine code takes longer than CouchDB waits.
//!
//! So the first code is made in a hurry and runs slower. Lines that need no code are answered meanwhile. Another
//! process makes good code and keeps it. From the next `reset` on, the good code runs. The other process continues if
//! CouchDB kills this one. So a later start finds good code, even if making the hurried code takes too long.

use std::{
    io::{self, BufReader},
    os::unix::process::CommandExt,
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, OnceLock},
    thread,
};

use anyhow::{Context, anyhow};
use switchhook_compiler::LanguagePack;
use switchhook_runtime::{Engine, EngineConfig, Failure, Guest, KeptCode, Limits, Making};
use tokio::runtime::Handle;

use super::{FATAL, lines::SharedInput};
use crate::{command::machine_code::PROGRAM, config::Config};

/// The language pack for CouchDB's design functions.
const LANGUAGE: &str = "javascript";

/// Folder for the machine code, inside the cache folder. Nothing else is in it.
const FOLDER: &str = "couchjs";

/// The engine's module, and the folder for its machine code.
pub(super) struct Code {
    wasm: Vec<u8>,
    kept: KeptCode,
    max_memory_bytes: usize,
}

impl Code {
    pub(super) fn find(limits: &Limits) -> anyhow::Result<Self> {
        let defaults = Config::default().engine();
        let packs = LanguagePack::built_in()?;
        let pack = packs.iter().find(|pack| pack.id() == LANGUAGE);
        let pack = pack.context("the language pack of design functions is not installed")?;
        let wasm = pack.guest_module()?.unwrap_or_default().into_owned();
        let folder = defaults.cache_dir.map(|folder| folder.join(FOLDER));
        Ok(Self {
            wasm,
            kept: folder.as_deref().map_or_else(KeptCode::nowhere, opened),
            max_memory_bytes: defaults.max_memory_bytes.max(limits.memory_bytes),
        })
    }

    fn engine(&self, making: Making) -> anyhow::Result<Engine> {
        Ok(Engine::new(&EngineConfig {
            max_instances: 1,
            max_memory_bytes: self.max_memory_bytes,
            cache_dir: None,
            making,
        })?)
    }

    /// The engine, if its good code exists.
    pub(super) async fn good(&self) -> anyhow::Result<Option<Guest>> {
        let engine = self.engine(Making::InTheBackground)?;
        Ok(self.kept.guest(&engine, &self.wasm).await?)
    }

    pub(super) async fn make_good(&self) -> anyhow::Result<Guest> {
        let engine = self.engine(Making::InTheBackground)?;
        Ok(self.kept.make(&engine, &self.wasm).await?)
    }

    async fn make_quickly(&self) -> anyhow::Result<Guest> {
        let engine = self.engine(Making::InAHurry)?;
        Ok(Guest::load(&engine, &self.wasm).await?)
    }
}

/// A process that makes good code and keeps it. It has a process group of its own, so that CouchDB does not kill it.
fn maker() -> io::Result<Child> {
    Command::new(PROGRAM)
        .args([super::NAME, super::MAKE_CODE])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .process_group(0)
        .spawn()
}

fn opened(folder: &Path) -> KeptCode {
    KeptCode::open(folder).unwrap_or_else(|error| {
        tracing::warn!("machine code is not kept: {}: {error}", folder.display());
        KeptCode::nowhere()
    })
}

/// Serves CouchDB without good code, until the code exists.
pub(super) async fn converse(
    code: Code,
    program: &str,
    limits: &Limits,
) -> anyhow::Result<Result<String, Failure>> {
    let code = Arc::new(code);
    let maker = code.kept.is_somewhere().then(maker);
    let input = SharedInput::new(BufReader::new(io::stdin()));
    let quick = {
        let (code, runtime) = (Arc::clone(&code), Handle::current());
        thread::spawn(move || runtime.block_on(code.make_quickly()))
    };
    input.greet(io::stdout(), || !quick.is_finished())?;
    let guest = quick
        .join()
        .map_err(|_| anyhow!("no machine code was made"))??;

    let good = Arc::new(OnceLock::new());
    let made = {
        let (code, good, runtime) = (Arc::clone(&code), Arc::clone(&good), Handle::current());
        thread::spawn(move || {
            // If the other process cannot be started or has failed, this process makes the good code.
            if let Some(Ok(mut maker)) = maker {
                let _ = maker.wait();
            }
            match runtime.block_on(code.make_good()) {
                Ok(guest) => drop(good.set(guest)),
                Err(error) => tracing::warn!("no good machine code was made: {error:#}"),
            }
        })
    };
    let is_due = {
        let good = Arc::clone(&good);
        move || good.get().is_some()
    };
    let (lines, answers) = input.lines(io::stdout(), is_due);
    let mut ended = guest.converse(program, lines, answers, limits).await;
    drop(guest);
    if let Some(guest) = good.get().filter(|_| input.is_cut()) {
        let (lines, answers) = input.lines(io::stdout(), || false);
        ended = guest.converse(program, lines, answers, limits).await;
    }
    // The next process must find good code, even if CouchDB sends this one no more lines.
    let is_over = ended.as_ref().is_ok_and(|ended| ended != FATAL);
    if is_over && code.kept.is_somewhere() {
        let _ = made.join();
    }
    Ok(ended)
}
