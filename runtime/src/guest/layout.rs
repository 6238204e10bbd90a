//! Splits a module into its code and its initial memory.

use wasmtime_wizer::Wizer;

use super::image;
use crate::{
    GuestError,
    memory::{Inseparable, without_data},
};

/// How a module is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// By the guest ABI. Such a module is a language engine, or a function that compiles once.
    Guest,
    /// As a WASI command that starts anew for each call.
    Command,
    /// As a WASI command that starts from the state after its export of this name has run once.
    InitializedCommand(&'static str),
}

/// A module in two parts.
pub(crate) struct Layout {
    pub(crate) form: Form,
    /// The module without its data.
    pub(crate) code: Vec<u8>,
    /// The content of its memory before anything runs.
    pub(crate) memory: Vec<u8>,
}

impl Layout {
    /// Splits a module.
    ///
    /// # Errors
    /// [`GuestError::Unsuitable`] if the module does something that linkers do not, [`GuestError::Start`] if it has a
    /// start section.
    pub(crate) fn of(wasm: &[u8], form: Form) -> Result<Self, GuestError> {
        let apart = if form.is_resumed() {
            let (_, instrumented) = Wizer::new()
                .instrument(wasm)
                .map_err(GuestError::Unsuitable)?;
            without_data(&instrumented)
        } else {
            // Its globals need no names, because nothing reads them.
            without_data(wasm)
        };
        let (code, memory) = apart.map_err(|error| match error {
            Inseparable::Start => GuestError::Start(error.into()),
            Inseparable::Layout => GuestError::Unsuitable(error.into()),
        })?;
        Ok(Self { form, code, memory })
    }
}

impl Form {
    /// Whether calls resume a snapshot.
    pub(crate) fn is_resumed(self) -> bool {
        self != Self::Command
    }

    /// Name under which the code exports its memory.
    pub(crate) fn memory_name(self) -> &'static str {
        if self.is_resumed() {
            image::MEMORY
        } else {
            "memory"
        }
    }
}
