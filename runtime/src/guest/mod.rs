//! A language engine, ready to be instantiated.

mod error;
pub(crate) mod image;
pub(crate) mod layout;
mod preinitialize;

use std::{
    mem,
    sync::{Arc, atomic::AtomicU64},
};

use wasmtime::{ExternType, InstancePre, Module, ModuleExport, ValType};
use wasmtime_wizer::Wizer;

pub use self::{error::GuestError, preinitialize::preinitialize};
use self::{
    image::{Image, global_names},
    layout::{Form, Layout},
};
use crate::{
    Digest, Engine, Limits, Moment, Snapshot, SnapshotError,
    host::sandbox::Sandbox,
    memory::{MemoryImage, handing_over},
    snapshot::GlobalValue,
};

/// A guest module, compiled once and shared by all functions of its language. Cheap to clone.
#[derive(Clone)]
pub struct Guest(Arc<Inner>);

/// What a guest that is loaded takes beside its code and its memory, in bytes: types, trampolines, relocations, and a
/// file that stays open, of which a process has a thousand by default. So much that there are never too many.
const LOADED_BYTES: usize = 1024 * 1024;

pub(crate) struct Inner {
    pub(crate) digest: Digest,
    pub(crate) origin: Origin,
    form: Form,
    wasm: Vec<u8>,
    pub(crate) instance: InstancePre<Sandbox>,
    pub(crate) exports: Exports,
    /// What an instance's memory is when it is made.
    memory: Arc<MemoryImage>,
    /// A fresh instance's state; of what is never resumed, nothing.
    pub(crate) fresh: Image,
    pub(crate) memory_sizes: MemorySizes,
    /// How often the host panicked while it ran guests of this engine.
    pub(crate) panics: Arc<AtomicU64>,
}

/// Whose module it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A language pack's: what is wrong with it is the operator's to know.
    Operator,
    /// A function's own: what is wrong with it is its author's to know.
    Customer,
}

/// Which sizes the guest's memory can come to, in bytes.
pub(crate) struct MemorySizes {
    pub(crate) least: usize,
    page: u64,
    most: u64,
}

impl Inner {
    /// Whether the guest can have come to this state. A checksum tells damage, and not what someone made up who may
    /// write to where snapshots are kept.
    fn can_come_to(&self, snapshot: &Snapshot) -> bool {
        if !self.form.is_resumed() {
            return *snapshot == self.nothing();
        }
        let bytes = snapshot.memory_bytes() as u64;
        let sizes = &self.memory_sizes;
        let memory = (self.fresh.memory.len() as u64..=sizes.most).contains(&bytes)
            && bytes.is_multiple_of(sizes.page);
        let mut globals = snapshot.globals().map(|(index, value)| {
            let fresh = self.fresh.globals.get(index);
            fresh.is_some_and(|(_, fresh)| mem::discriminant(fresh) == mem::discriminant(&value))
        });
        memory && globals.all(|fits| fits)
    }

    /// The snapshot of what is never compiled.
    pub(crate) fn nothing(&self) -> Snapshot {
        Snapshot::difference(self.digest, &[], &[], Vec::new())
    }

    /// Bytes of memory that an instance begins with, once it is resumed to `snapshot`.
    pub(crate) fn memory_bytes(&self, snapshot: Option<&Snapshot>) -> usize {
        snapshot.map_or(self.memory.bytes(), Snapshot::memory_bytes)
    }

    /// What an instance's memory is to be at first, and whether it is `snapshot`'s already.
    pub(crate) fn memory_for(&self, snapshot: Option<&Snapshot>) -> (Arc<MemoryImage>, bool) {
        let resumed = snapshot.and_then(|snapshot| {
            let make = || {
                self.memory
                    .overlaid(&self.fresh.resume(snapshot).memory)
                    .ok()
            };
            snapshot.memory_once_made(make)
        });
        match resumed {
            Some(memory) => (memory, true),
            None => (Arc::clone(&self.memory), false),
        }
    }

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
    pub(crate) entries: Entries,
    pub(crate) globals: Vec<ModuleExport>,
}

/// Where it is entered.
pub(crate) enum Entries {
    Abi(Abi),
    /// At `_start`, and once before at what initialises it, if anything does.
    Command {
        start: ModuleExport,
        initialize: Option<ModuleExport>,
    },
}

/// The functions of the guest ABI.
pub(crate) struct Abi {
    pub(crate) allocate: ModuleExport,
    pub(crate) compile: ModuleExport,
    pub(crate) call: ModuleExport,
    /// Not all languages have it.
    pub(crate) serve: Option<ModuleExport>,
}

impl Guest {
    /// Compiles a module to machine code, or finds it in the engine's cache, and checks that it is a guest.
    ///
    /// # Errors
    /// [`GuestError`] if it is none.
    pub async fn load(engine: &Engine, wasm: &[u8]) -> Result<Self, GuestError> {
        let layout = Layout::of(wasm, Form::Guest)?;
        let module = Module::new(&engine.wasmtime, &layout.code).map_err(GuestError::Unsuitable)?;
        Self::assemble(engine, wasm, &layout, &module, Origin::Operator).await
    }

    /// Puts together what was taken apart. `module` is the layout's code.
    pub(crate) async fn assemble(
        engine: &Engine,
        wasm: &[u8],
        layout: &Layout,
        module: &Module,
        origin: Origin,
    ) -> Result<Self, GuestError> {
        let memory_sizes =
            MemorySizes::of(module, layout.form.memory_name(), engine.max_memory_bytes)?;
        let memory = MemoryImage::new(&engine.memories, &layout.memory)
            .map_err(|error| GuestError::Start(error.into()))?;
        let global_names = if layout.form.is_resumed() {
            global_names(module)
        } else {
            Vec::new()
        };
        let exports = Exports::of(module, layout.form, &global_names)?;
        let pre = engine
            .linker
            .instantiate_pre(module)
            .map_err(GuestError::UnknownImport)?;
        let mut store =
            Sandbox::new(&Limits::COMPILE, Moment::COMPILE, [].into()).into_store(&engine.wasmtime);
        // Globals and tables may begin with what is computed.
        store
            .set_fuel(Limits::COMPILE.fuel)
            .map_err(GuestError::Start)?;
        let slot = memory.take();
        let slot = slot.map_err(|error| GuestError::Start(error.into()))?;
        let instance = handing_over(slot, pre.instantiate_async(&mut store))
            .await
            .map_err(GuestError::Start)?;
        let fresh = if layout.form.is_resumed() {
            Image::of(&mut store, &instance, &global_names)?
        } else {
            Image::default()
        };
        Ok(Self(Arc::new(Inner {
            digest: Digest::of(wasm),
            origin,
            form: layout.form,
            wasm: wasm.to_vec(),
            instance: pre,
            exports,
            memory,
            fresh,
            memory_sizes,
            panics: Arc::clone(&engine.panics),
        })))
    }

    /// Names this guest: snapshots belong to it and to no other.
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// What a guest that one function has to itself takes in the host's memory, in bytes.
    pub fn resident_bytes(&self) -> usize {
        let Inner {
            wasm,
            instance,
            memory,
            fresh,
            ..
        } = &*self.0;
        let code = instance.module().image_range();
        let code = (code.end as usize).saturating_sub(code.start as usize);
        wasm.len() + code + memory.resident_bytes() + fresh.memory.len() + LOADED_BYTES
    }

    /// Joins the guest and a snapshot of it into one module that runs under any engine with WASI preview 1:
    /// stdin is the call, stdout the flow, stderr the logs.
    ///
    /// # Errors
    /// [`SnapshotError::WrongGuest`], or [`SnapshotError::Corrupt`] if the guest cannot have made it.
    #[expect(
        clippy::missing_panics_doc,
        reason = "what is expected here cannot fail"
    )]
    pub fn link(&self, snapshot: &Snapshot) -> Result<Vec<u8>, SnapshotError> {
        self.check(snapshot)?;
        let mut wizer = Wizer::new();
        match self.0.form {
            Form::Command => return Ok(self.0.wasm.clone()),
            Form::InitializedCommand(name) => {
                wizer.init_func(name);
            }
            Form::Guest => {}
        }
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

    /// Whether this guest can have made the snapshot. Every call asks it; whoever reads a snapshot from somewhere can ask
    /// it earlier.
    ///
    /// # Errors
    /// [`SnapshotError::WrongGuest`] or [`SnapshotError::Corrupt`].
    pub fn check(&self, snapshot: &Snapshot) -> Result<(), SnapshotError> {
        if snapshot.guest() != self.digest() {
            return Err(SnapshotError::WrongGuest {
                snapshot: snapshot.guest(),
                guest: self.digest(),
            });
        }
        self.0
            .can_come_to(snapshot)
            .then_some(())
            .ok_or(SnapshotError::Corrupt)
    }
}

impl MemorySizes {
    pub(crate) fn of(module: &Module, name: &str, limit: usize) -> Result<Self, GuestError> {
        let Some(ExternType::Memory(memory)) = module.get_export(name) else {
            return Err(GuestError::MissingExport { name: "memory" });
        };
        let declared = memory
            .maximum()
            .and_then(|pages| pages.checked_mul(memory.page_size()));
        let least = memory.minimum().checked_mul(memory.page_size());
        let least = least.and_then(|bytes| usize::try_from(bytes).ok());
        Ok(Self {
            least: least.filter(|bytes| *bytes <= limit).ok_or_else(|| {
                let error = "the guest begins with more memory than any instance may have";
                GuestError::Unsuitable(wasmtime::Error::msg(error))
            })?,
            page: memory.page_size(),
            most: declared.map_or(limit as u64, |declared| declared.min(limit as u64)),
        })
    }
}

impl Exports {
    /// None of a command.
    pub(crate) fn abi(&self) -> Option<&Abi> {
        match &self.entries {
            Entries::Abi(abi) => Some(abi),
            Entries::Command { .. } => None,
        }
    }

    fn of(module: &Module, form: Form, globals: &[&str]) -> Result<Self, GuestError> {
        let entries = match form {
            Form::Guest => Entries::Abi(Abi::of(module)?),
            Form::Command => Entries::Command {
                start: entry(module, "_start")?,
                initialize: None,
            },
            Form::InitializedCommand(name) => Entries::Command {
                start: entry(module, "_start")?,
                initialize: Some(entry(module, name)?),
            },
        };
        Ok(Self {
            memory: module
                .get_export_index("memory")
                .and(module.get_export_index(form.memory_name()))
                .ok_or(GuestError::MissingExport { name: "memory" })?,
            entries,
            globals: globals
                .iter()
                .filter_map(|name| module.get_export_index(name))
                .collect(),
        })
    }
}

/// A function that takes nothing and returns nothing.
fn entry(module: &Module, name: &'static str) -> Result<ModuleExport, GuestError> {
    let is_entry = |ty: ExternType| {
        ty.func()
            .is_some_and(|ty| ty.params().len() + ty.results().len() == 0)
    };
    let index = module.get_export_index(name);
    index
        .filter(|_| module.get_export(name).is_some_and(is_entry))
        .ok_or(GuestError::MissingExport { name })
}

impl Abi {
    fn of(module: &Module) -> Result<Self, GuestError> {
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
            allocate: function("cabi_realloc", 4)?,
            compile: function("compile", 2)?,
            call: function("call", 2)?,
            serve: function("serve", 2).ok(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Call, EngineConfig};

    const WAT: &str = r#"(module
        (memory (export "memory") 2 8)
        (global (mut i32) (i32.const 0))
        (global (mut f64) (f64.const 0))
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "compile") (param i32 i32) (result i32) (i32.const 0))
        (func (export "call") (param i32 i32) (result i32) (i32.const 0)))"#;
    const PAGE: usize = 65536;

    /// As someone makes them up who knows the format, the checksum and the guest.
    fn forged(guest: &Guest, memory_bytes: usize, globals: &[(u32, GlobalValue)]) -> Snapshot {
        let memory = vec![0; memory_bytes];
        let snapshot = Snapshot::difference(guest.digest(), &memory, &memory, globals.to_vec());
        Snapshot::from_bytes(&snapshot.to_bytes()).expect("it is well-formed")
    }

    #[tokio::test]
    async fn a_snapshot_that_no_guest_made_is_refused() {
        let config = EngineConfig {
            max_instances: 1,
            max_memory_bytes: 6 * PAGE,
            ..EngineConfig::default()
        };
        let engine = Engine::new(&config).unwrap();
        let guest = Guest::load(&engine, &wat::parse_str(WAT).unwrap())
            .await
            .unwrap();
        let (int, float) = (GlobalValue::I32(1), GlobalValue::F64(1));
        for (memory_bytes, globals, fits) in [
            (2 * PAGE, vec![], true),
            (6 * PAGE, vec![(0, int), (1, float), (0, int)], true),
            (0, vec![], false),
            (PAGE, vec![], false),
            (2 * PAGE + 1, vec![], false),
            (7 * PAGE, vec![], false),
            (64 * PAGE, vec![], false),
            (2 * PAGE, vec![(2, int)], false),
            (2 * PAGE, vec![(u32::MAX, int)], false),
            (2 * PAGE, vec![(0, float)], false),
            (2 * PAGE, vec![(1, int)], false),
        ] {
            let snapshot = forged(&guest, memory_bytes, &globals);
            let linked = guest.link(&snapshot).map(|_| ());
            let called = guest.call(&snapshot, Call::now("1"), &Limits::CALL).await;
            let expected = if fits {
                Ok(())
            } else {
                Err(SnapshotError::Corrupt)
            };
            assert_eq!(linked, expected, "{memory_bytes} {globals:?}");
            assert_eq!(called.map(|_| ()), expected, "{memory_bytes} {globals:?}");
        }
    }

    /// Compiling fills 21 pieces of memory, a call answers whether they are as they were, and spoils them.
    const IN_PIECES: &str = r#"(module
        (memory (export "memory") 64)
        (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32) (i32.const 1024))
        (func (export "compile") (param $at i32) (param i32) (result i32)
            (local.set $at (i32.const 65536))
            (loop $next
                (memory.fill (local.get $at) (i32.const 7) (i32.const 16384))
                (local.set $at (i32.add (local.get $at) (i32.const 196608)))
                (br_if $next (i32.lt_u (local.get $at) (i32.const 4194304))))
            (i32.const 0))
        (func (export "call") (param $at i32) (param $right i32) (result i32)
            (local.set $at (i32.const 65536))
            (local.set $right (i32.const 1))
            (loop $next
                (if (i32.ne (i32.load offset=8192 (local.get $at)) (i32.const 0x07070707))
                    (then (local.set $right (i32.const 0))))
                (memory.fill (local.get $at) (i32.const 1) (i32.const 16384))
                (local.set $at (i32.add (local.get $at) (i32.const 196608)))
                (br_if $next (i32.lt_u (local.get $at) (i32.const 4194304))))
            (i32.store8 (i32.const 16) (i32.add (i32.const 48) (local.get $right)))
            (i32.store (i32.const 4) (i32.const 16))
            (i32.store (i32.const 8) (i32.const 1))
            (i32.const 0)))"#;

    /// Where the kernel has not enough mappings for the pieces of every instance, none has pieces.
    #[tokio::test]
    async fn a_function_in_pieces_is_mapped_or_copied() {
        for (max_instances, is_mapped) in [(2, true), (u32::MAX, false)] {
            let config = EngineConfig {
                max_instances,
                ..EngineConfig::default()
            };
            let engine = Engine::new(&config).unwrap();
            let guest = Guest::load(&engine, &wat::parse_str(IN_PIECES).unwrap())
                .await
                .unwrap();
            let snapshot = guest.compile("", &Limits::COMPILE).await.result.unwrap();
            assert_eq!(guest.inner().memory_for(Some(&snapshot)).1, is_mapped);
            for _ in 0..3 {
                let call = guest.call(&snapshot, Call::now("1"), &Limits::CALL).await;
                assert_eq!(call.unwrap().result.unwrap().get(), "1");
            }
        }
    }
}
