/// Why a module cannot serve as a guest.
#[derive(Debug, thiserror::Error)]
pub enum GuestError {
    /// It is not a module, or it does something that a snapshot cannot keep, such as changing a table.
    #[error("the guest is not a Wasm module that can be resumed from a snapshot")]
    Unsuitable(#[source] wasmtime::Error),
    /// An export of the ABI is missing or has another type.
    #[error("the guest has no export `{name}` of the type the guest ABI asks for")]
    MissingExport {
        /// The export's name.
        name: &'static str,
    },
    /// A mutable global is not a number.
    #[error("the guest has a mutable global of a type that a snapshot cannot hold ({name})")]
    UnsupportedGlobal {
        /// The global's name in the instrumented module.
        name: String,
    },
    /// It imports something other than WASI preview 1.
    #[error("the guest imports something other than WASI preview 1")]
    UnknownImport(#[source] wasmtime::Error),
    /// It cannot be instantiated, or it traps while it boots.
    #[error("the guest does not start")]
    Start(#[source] wasmtime::Error),
}
