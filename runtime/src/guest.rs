//! A language engine, ready to be instantiated.

use std::sync::{Arc, atomic::AtomicU64};

use wasmtime::{ExternType, InstancePre, Module, ModuleExport, ValType};
use wasmtime_wizer::Wizer;

use crate::{
    Digest, Engine, GuestError, Limits, Moment, Snapshot, SnapshotError,
    image::{Image, MEMORY, global_names},
    sandbox::Sandbox,
    snapshot::GlobalValue,
};

/// A guest module, compiled once and shared by all functions of its language. Cheap to clone.
#[derive(Clone)]
pub struct Guest(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) digest: Digest,
    wasm: Vec<u8>,
    pub(crate) instance: InstancePre<Sandbox>,
    pub(crate) exports: Exports,
    /// A fresh instance's state.
    pub(crate) fresh: Image,
    /// How often the host panicked while it ran guests of this engine.
    pub(crate) panics: Arc<AtomicU64>,
}

impl Inner {
    /// Bytes of the stack in the guest's memory: linkers put it first and its pointer, which starts at its end, into
    /// the first global.
    pub(crate) fn stack_bytes(&self) -> usize {
        match self.fresh.globals.first() {
            Some((_, GlobalValue::I32(pointer))) => usize::try_from(*pointer).unwrap_or(0),
            _ => 0,
        }
    }
}

/// Where the exports are, so that a call looks nothing up by name.
pub(crate) struct Exports {
    pub(crate) memory: ModuleExport,
    pub(crate) allocate: ModuleExport,
    pub(crate) compile: ModuleExport,
    pub(crate) call: ModuleExport,
    pub(crate) globals: Vec<ModuleExport>,
}

impl Guest {
    /// Compiles a module to machine code, or finds it in the engine's cache, and checks that it is a guest.
    ///
    /// # Errors
    /// [`GuestError`] if it is none.
    pub async fn load(engine: &Engine, wasm: &[u8]) -> Result<Self, GuestError> {
        let (_, instrumented) = Wizer::new()
            .instrument(wasm)
            .map_err(GuestError::Unsuitable)?;
        let module =
            Module::new(&engine.wasmtime, &instrumented).map_err(GuestError::Unsuitable)?;
        let global_names = global_names(&module);
        let exports = Exports::of(&module, &global_names)?;
        let pre = engine
            .linker
            .instantiate_pre(&module)
            .map_err(GuestError::UnknownImport)?;

        let mut store =
            Sandbox::new(&Limits::COMPILE, Moment::COMPILE, [].into()).into_store(&engine.wasmtime);
        let instance = pre
            .instantiate_async(&mut store)
            .await
            .map_err(GuestError::Start)?;
        let fresh = Image::of(&mut store, &instance, &global_names)?;
        Ok(Self(Arc::new(Inner {
            digest: Digest::of(wasm),
            wasm: wasm.to_vec(),
            instance: pre,
            exports,
            fresh,
            panics: Arc::clone(&engine.panics),
        })))
    }

    /// Names this guest: snapshots belong to it and to no other.
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// Joins the guest and a snapshot of it into one module that runs under any engine with WASI preview 1:
    /// stdin is the call, stdout the flow, stderr the logs.
    ///
    /// # Errors
    /// [`SnapshotError::WrongGuest`].
    #[expect(
        clippy::missing_panics_doc,
        reason = "what is expected here cannot fail"
    )]
    pub fn link(&self, snapshot: &Snapshot) -> Result<Vec<u8>, SnapshotError> {
        self.check(snapshot)?;
        let wizer = Wizer::new();
        let (module, _) = wizer
            .instrument(&self.0.wasm)
            .expect("the same bytes were instrumented when the guest was loaded");
        let mut image = self.0.fresh.resume(snapshot);
        let linked = futures_util::FutureExt::now_or_never(wizer.snapshot(&module, &mut image))
            .expect("an image in memory is read without waiting");
        Ok(linked.expect("no exports are renamed, which is all that can fail"))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    pub(crate) fn check(&self, snapshot: &Snapshot) -> Result<(), SnapshotError> {
        if snapshot.guest() == self.digest() {
            Ok(())
        } else {
            Err(SnapshotError::WrongGuest {
                snapshot: snapshot.guest(),
                guest: self.digest(),
            })
        }
    }
}

impl Exports {
    fn of(module: &Module, globals: &[&str]) -> Result<Self, GuestError> {
        let function = |name, parameters: usize| {
            let index = module.get_export_index(name);
            match module.get_export(name) {
                Some(ExternType::Func(ty))
                    if ty.params().len() == parameters
                        && ty
                            .params()
                            .chain(ty.results())
                            .all(|ty| matches!(ty, ValType::I32))
                        && ty.results().len() == 1 =>
                {
                    index
                }
                _ => None,
            }
            .ok_or(GuestError::MissingExport { name })
        };
        Ok(Self {
            memory: module
                .get_export_index("memory")
                .and(module.get_export_index(MEMORY))
                .ok_or(GuestError::MissingExport { name: "memory" })?,
            allocate: function("cabi_realloc", 4)?,
            compile: function("compile", 2)?,
            call: function("call", 2)?,
            globals: globals
                .iter()
                .filter_map(|name| module.get_export_index(name))
                .collect(),
        })
    }
}
