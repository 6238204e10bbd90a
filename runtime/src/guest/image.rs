//! The whole state of an instance, from which a module can be made.

use wasmtime::{AsContextMut, Instance, Module, Val};
use wasmtime_wizer::{InstanceState, SnapshotVal, ValType};

use crate::{
    GuestError,
    snapshot::{GlobalValue, Snapshot},
};

/// Prefix of the names that instrumentation exports things under.
pub(crate) const RESERVED_PREFIX: &str = "__wizer_";

/// Name under which an instrumented guest exports its memory.
pub(crate) const MEMORY: &str = "__wizer_memory_0";
/// Prefix of the names of an instrumented guest's mutable globals.
pub(crate) const GLOBAL_PREFIX: &str = "__wizer_global_";

/// Linear memory and every mutable global.
pub(crate) struct Image {
    pub(crate) memory: Vec<u8>,
    pub(crate) globals: Vec<(String, GlobalValue)>,
}

/// The names of an instrumented guest's mutable globals.
pub(crate) fn global_names(module: &Module) -> Vec<&str> {
    module
        .exports()
        .map(|export| export.name())
        .filter(|name| name.starts_with(GLOBAL_PREFIX))
        .collect()
}

/// The mutable globals of an instance of an instrumented guest.
///
/// # Errors
/// If a global has a type that a snapshot cannot keep.
pub(crate) fn globals(
    mut store: impl AsContextMut,
    instance: &Instance,
    names: &[&str],
) -> Result<Vec<(String, GlobalValue)>, GuestError> {
    let values = names.iter().map(|&name| {
        let unsupported = || GuestError::UnsupportedGlobal { name: name.into() };
        let global = instance
            .get_global(&mut store, name)
            .ok_or_else(unsupported)?;
        let value = GlobalValue::from_val(&global.get(&mut store)).ok_or_else(unsupported)?;
        Ok((name.to_owned(), value))
    });
    values.collect()
}

impl Image {
    /// Reads the state of an instance of an instrumented guest.
    ///
    /// # Errors
    /// If a global has a type that a snapshot cannot keep, or there is no memory.
    pub(crate) fn of(
        mut store: impl AsContextMut,
        instance: &Instance,
        names: &[&str],
    ) -> Result<Self, GuestError> {
        let memory = instance
            .get_memory(&mut store, MEMORY)
            .ok_or(GuestError::MissingExport { name: "memory" })?
            .data(&store)
            .to_vec();
        let globals = globals(store, instance, names)?;
        Ok(Self { memory, globals })
    }

    /// The state with this memory and these globals after a snapshot has been applied.
    pub(crate) fn resumed(
        memory: &[u8],
        globals: &[(String, GlobalValue)],
        snapshot: &Snapshot,
    ) -> Self {
        let mut memory = memory.to_vec();
        memory.resize(snapshot.memory_bytes(), 0);
        snapshot.write_memory(&mut memory);
        let mut globals = globals.to_vec();
        for (index, value) in snapshot.globals() {
            // Present, because `Guest::check` has compared the globals.
            if let Some(global) = globals.get_mut(index) {
                global.1 = value;
            }
        }
        Self { memory, globals }
    }
}

impl GlobalValue {
    pub(crate) fn from_val(value: &Val) -> Option<Self> {
        Some(match value {
            Val::I32(value) => Self::I32(*value),
            Val::I64(value) => Self::I64(*value),
            Val::F32(bits) => Self::F32(*bits),
            Val::F64(bits) => Self::F64(*bits),
            _ => return None,
        })
    }

    pub(crate) fn to_val(self) -> Val {
        match self {
            Self::I32(value) => Val::I32(value),
            Self::I64(value) => Val::I64(value),
            Self::F32(bits) => Val::F32(bits),
            Self::F64(bits) => Val::F64(bits),
        }
    }
}

impl InstanceState for Image {
    async fn global_get(&mut self, name: &str, _: ValType) -> SnapshotVal {
        let value = self
            .globals
            .iter()
            .find_map(|(known, value)| (known == name).then_some(*value))
            .expect("the image was read from an instance of the same module");
        match value {
            GlobalValue::I32(value) => SnapshotVal::I32(value),
            GlobalValue::I64(value) => SnapshotVal::I64(value),
            GlobalValue::F32(bits) => SnapshotVal::F32(bits),
            GlobalValue::F64(bits) => SnapshotVal::F64(bits),
        }
    }

    async fn memory_contents(&mut self, _: &str, contents: impl FnOnce(&[u8]) + Send) {
        contents(&self.memory);
    }
}
