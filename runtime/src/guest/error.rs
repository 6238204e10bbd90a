/// Why a module cannot serve as a guest.
#[derive(Debug, thiserror::Error)]
pub enum GuestError {
    /// Not a module, or one that uses what a snapshot cannot hold (changing tables, for example).
    #[error("the guest is not a Wasm module that can be resumed from a snapshot")]
    Unsuitable(#[source] wasmtime::Error),
    /// The ABI asks for an export that is missing or has another type.
    #[error("the guest has no export `{name}` of the type the guest ABI asks for")]
    MissingExport {
        /// Its name.
        name: &'static str,
    },
    /// A mutable global that is no number.
    #[error("the guest has a mutable global of a type that a snapshot cannot hold ({name})")]
    UnsupportedGlobal {
        /// Its name in the instrumented module.
        name: String,
    },
    /// It imports something other than WASI preview 1.
    #[error("the guest imports something other than WASI preview 1")]
    UnknownImport(#[source] wasmtime::Error),
    /// It cannot be instantiated, or traps while it boots.
    #[error("the guest does not start")]
    Start(#[source] wasmtime::Error),
}
