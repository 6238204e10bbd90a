//! A module taken apart into code and its first memory.

use wasmparser::{Parser, Payload};
use wasmtime_wizer::Wizer;

use super::image;
use crate::{GuestError, memory::without_data};

/// How a module is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// By the guest ABI: a language engine, or whatever else compiles once and is called often.
    Guest,
    /// As a WASI command: anew from its start for each call.
    Command,
    /// The same, from where its export of this name has brought it once.
    InitializedCommand(&'static str),
}

/// The two parts of a module.
pub(crate) struct Layout {
    pub(crate) form: Form,
    /// A module without data.
    pub(crate) code: Vec<u8>,
    /// What its memory is at first.
    pub(crate) memory: Vec<u8>,
}

impl Layout {
    /// # Errors
    /// [`GuestError::Unsuitable`] if it does what Wasm allows and linkers do not, [`GuestError::Start`] if it has a start section.
    pub(crate) fn of(wasm: &[u8], form: Form) -> Result<Self, GuestError> {
        if has_start_section(wasm) {
            let error = "it has a start section, which would run at every call";
            return Err(GuestError::Start(wasmtime::Error::msg(error)));
        }
        let apart = if form.is_resumed() {
            let (_, instrumented) = Wizer::new()
                .instrument(wasm)
                .map_err(GuestError::Unsuitable)?;
            without_data(&instrumented)
        } else {
            // Nobody needs to see its globals.
            without_data(wasm)
        };
        let (code, memory) = apart.ok_or_else(|| {
            let error = "its memory is not as linkers lay it out";
            GuestError::Unsuitable(wasmtime::Error::msg(error))
        })?;
        Ok(Self { form, code, memory })
    }
}

/// What is no module is told of by who takes it apart.
fn has_start_section(wasm: &[u8]) -> bool {
    let mut payloads = Parser::new(0).parse_all(wasm);
    payloads.any(|payload| matches!(payload, Ok(Payload::StartSection { .. })))
}

impl Form {
    /// Whether its calls begin at a snapshot.
    pub(crate) fn is_resumed(self) -> bool {
        self != Self::Command
    }

    /// Under which name the code exports its memory.
    pub(crate) fn memory_name(self) -> &'static str {
        if self.is_resumed() {
            image::MEMORY
        } else {
            "memory"
        }
    }
}
