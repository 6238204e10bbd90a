//! A language engine that is ready to be instantiated.

mod error;
pub(crate) mod image;
pub(crate) mod layout;
mod preinitialize;

use std::{
    mem,
    sync::{Arc, atomic::AtomicU64},
};

use wasmtime::{ExternType, Instance, InstancePre, Module, ModuleExport, Store, ValType};
use wasmtime_wizer::Wizer;

pub use self::{error::GuestError, preinitialize::preinitialize};
use self::{
    image::{Image, global_names, globals},
    layout::{Form, Layout},
};
use crate::{
    Digest, Engine, Limits, Moment, Snapshot, SnapshotError,
    host::sandbox::Sandbox,
    memory::{MemoryImage, handing_over},
    snapshot::GlobalValue,
};

/// A guest: a module that was compiled once and is shared by all functions of its language. Cheap to clone.
#[derive(Clone)]
pub struct Guest(Arc<Inner>);

/// An upper estimate of what a loaded guest takes beside code and memory, in bytes: types, trampolines, relocations,
/// and an open file, of which a process has a thousand by default. It keeps the number of loaded guests below that.
const LOADED_BYTES: usize = 1024 * 1024;

pub(crate) struct Inner {
    pub(crate) digest: Digest,
    pub(crate) origin: Origin,
    pub(crate) instance: InstancePre<Sandbox>,
    pub(crate) exports: Exports,
    /// The initial content of an instance's memory.
    memory: Arc<MemoryImage>,
    /// The mutable globals of a fresh instance, with the names under which instrumentation exports them. Empty for a
    /// module that is never resumed.
    pub(crate) globals: Vec<(String, GlobalValue)>,
    pub(crate) memory_sizes: MemorySizes,
    /// Panics of the host while it ran guests of this engine.
    pub(crate) panics: Arc<AtomicU64>,
}

/// The owner of a module, who is to blame for its faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The operator, who installed it with a language pack.
    Operator,
    /// The author of the function that it is.
    Customer,
}

/// The possible sizes of a guest's memory, in bytes.
pub(crate) struct MemorySizes {
    pub(crate) least: usize,
    page: u64,
    most: u64,
}

impl Inner {
    /// Whether the guest can have come to this state. A snapshot's checksum reveals damage, but not a forgery by
    /// someone who can write to the database.
    fn can_come_to(&self, snapshot: &Snapshot) -> bool {
        if !self.exports.entries.are_resumed() {
            return *snapshot == self.nothing();
        }
        let bytes = snapshot.memory_bytes() as u64;
        let sizes = &self.memory_sizes;
        let memory = (self.memory.bytes() as u64..=sizes.most).contains(&bytes)
            && bytes.is_multiple_of(sizes.page);
        let mut globals = snapshot.globals().map(|(index, value)| {
            let fresh = self.globals.get(index);
            fresh.is_some_and(|(_, fresh)| mem::discriminant(fresh) == mem::discriminant(&value))
        });
        memory && globals.all(|fits| fits)
    }

    /// The snapshot of a module that is never compiled.
    pub(crate) fn nothing(&self) -> Snapshot {
        Snapshot::difference(self.digest, &[], &[], Vec::new())
    }

    /// Bytes of memory that an instance begins with, after `snapshot` has been resumed.
    pub(crate) fn memory_bytes(&self, snapshot: Option<&Snapshot>) -> usize {
        snapshot.map_or(self.memory.bytes(), Snapshot::memory_bytes)
    }

    /// The initial content of an instance's memory, and whether it already is `snapshot`'s.
    pub(crate) fn memory_for(&self, snapshot: Option<&Snapshot>) -> (Arc<MemoryImage>, bool) {
        let resumed = snapshot.and_then(|snapshot| {
            let make = || self.memory.overlaid(&self.resumed(snapshot).memory).ok();
            snapshot.memory_once_made(make)
        });
        match resumed {
            Some(memory) => (memory, true),
            None => (Arc::clone(&self.memory), false),
        }
    }

    /// The memory of a fresh instance.
    pub(crate) fn fresh_memory(&self) -> &[u8] {
        self.memory.content()
    }

    /// The state of a fresh instance after a snapshot has been applied.
    fn resumed(&self, snapshot: &Snapshot) -> Image {
        Image::resumed(self.fresh_memory(), &self.globals, snapshot)
    }

    /// Bytes of the stack in the guest's memory. Linkers put the stack first. The first global is the stack pointer and
    /// starts at the stack's end.
    pub(crate) fn stack_bytes(&self) -> usize {
        match self.globals.first() {
            Some((_, GlobalValue::I32(pointer))) => usize::try_from(*pointer).unwrap_or(0),
            _ => 0,
        }
    }
}

/// Indices of the exports, so that a call looks nothing up by name.
pub(crate) struct Exports {
    pub(crate) memory: ModuleExport,
    pub(crate) entries: Entries,
    pub(crate) globals: Vec<ModuleExport>,
}

/// The exports by which the module is called.
pub(crate) enum Entries {
    Abi(Abi),
    /// `_start`, and the function that initialises the module, if it has one.
    Command {
        start: ModuleExport,
        initialize: Option<Initialize>,
    },
}

/// The function that initialises a command.
pub(crate) struct Initialize {
    name: &'static str,
    pub(crate) export: ModuleExport,
}

impl Entries {
    /// Whether calls resume a snapshot.
    fn are_resumed(&self) -> bool {
        !matches!(
            self,
            Self::Command {
                initialize: None,
                ..
            }
        )
    }
}

/// The functions of the guest ABI.
pub(crate) struct Abi {
    pub(crate) allocate: ModuleExport,
    pub(crate) compile: ModuleExport,
    pub(crate) call: ModuleExport,
    /// Optional in the ABI.
    pub(crate) serve: Option<ModuleExport>,
}

impl Guest {
    /// Compiles a module to machine code, or finds the code in the engine's cache, and checks that the module is a
    /// guest.
    ///
    /// # Errors
    /// [`GuestError`] if it is not.
    pub async fn load(engine: &Engine, wasm: &[u8]) -> Result<Self, GuestError> {
        let layout = Layout::of(wasm, Form::Guest)?;
        let module = Module::new(&engine.wasmtime, &layout.code).map_err(GuestError::Unsuitable)?;
        Self::assemble(engine, wasm, &layout, &module, Origin::Operator).await
    }

    /// Makes a guest of a module's parts. `module` is the machine code of the layout's code.
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
        let (mut store, instance) = first_instance(engine, &memory, &pre).await?;
        let globals = globals(&mut store, &instance, &global_names)?;
        Ok(Self(Arc::new(Inner {
            digest: Digest::of(wasm),
            origin,
            instance: pre,
            exports,
            memory,
            globals,
            memory_sizes,
            panics: Arc::clone(&engine.panics),
        })))
    }

    /// The digest of the guest's module. A snapshot belongs to one digest.
    pub fn digest(&self) -> Digest {
        self.0.digest
    }

    /// Bytes of the host's memory that the guest takes if a single function uses it.
    pub fn resident_bytes(&self) -> usize {
        let Inner {
            instance, memory, ..
        } = &*self.0;
        let code = instance.module().image_range();
        let code = (code.end as usize).saturating_sub(code.start as usize);
        code + memory.resident_bytes() + LOADED_BYTES
    }

    /// Joins the guest and a snapshot into one module that runs under any engine with WASI preview 1: stdin is the
    /// call, stdout the flow, stderr the log. `wasm` is the guest's module, which a loaded guest no longer has.
    ///
    /// # Errors
    /// [`SnapshotError::WrongGuest`] if the snapshot or the module belongs to another guest, or
    /// [`SnapshotError::Corrupt`] if the guest cannot have made the snapshot.
    #[expect(
        clippy::missing_panics_doc,
        reason = "what is expected here cannot fail"
    )]
    pub fn link(&self, wasm: &[u8], snapshot: &Snapshot) -> Result<Vec<u8>, SnapshotError> {
        self.check(snapshot)?;
        let guest = Digest::of(wasm);
        if guest != self.digest() {
            return Err(SnapshotError::WrongGuest {
                snapshot: snapshot.guest(),
                guest,
            });
        }
        let mut wizer = Wizer::new();
        match &self.0.exports.entries {
            Entries::Abi(_) => {}
            Entries::Command {
                initialize: Some(initialize),
                ..
            } => {
                wizer.init_func(initialize.name);
            }
            Entries::Command {
                initialize: None, ..
            } => return Ok(wasm.to_vec()),
        }
        let (module, _) = wizer
            .instrument(wasm)
            .expect("the same bytes were instrumented when the guest was loaded");
        let mut image = self.0.resumed(snapshot);
        let linked = futures_util::FutureExt::now_or_never(wizer.snapshot(&module, &mut image))
            .expect("an image in memory is read without waiting");
        Ok(linked.expect("no exports are renamed, which is all that can fail"))
    }

    pub(crate) fn inner(&self) -> &Inner {
        &self.0
    }

    /// Checks that this guest can have made the snapshot. Every call checks it. Code that reads a snapshot from
    /// elsewhere can check it earlier.
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

/// The first instance of a module, with the moment and the fuel of a compilation.
async fn first_instance(
    engine: &Engine,
    memory: &Arc<MemoryImage>,
    module: &InstancePre<Sandbox>,
) -> Result<(Store<Sandbox>, Instance), GuestError> {
    let mut store =
        Sandbox::new(&Limits::COMPILE, Moment::COMPILE, [].into()).into_store(&engine.wasmtime);
    // Initial values of globals and tables may be computed.
    store
        .set_fuel(Limits::COMPILE.fuel)
        .map_err(GuestError::Start)?;
    let slot = memory.take();
    let slot = slot.map_err(|error| GuestError::Start(error.into()))?;
    let instance = handing_over(slot, module.instantiate_async(&mut store)).await;
    Ok((store, instance.map_err(GuestError::Start)?))
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
    /// The exports of the guest ABI. `None` for a command.
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
                initialize: Some(Initialize {
                    name,
                    export: entry(module, name)?,
                }),
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

/// An export without parameters and results.
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

    /// A snapshot as someone forges it who knows the format, the checksum and the guest.
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
        let wasm = wat::parse_str(WAT).unwrap();
        let guest = Guest::load(&engine, &wasm).await.unwrap();
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
            let linked = guest.link(&wasm, &snapshot).map(|_| ());
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

    /// `compile` fills 21 pieces of memory. `call` checks that they are intact, and then overwrites them.
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

    /// If the kernel has too few mappings for the pieces of every instance, no memory is mapped in pieces.
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
