//! Errors of requests about functions.

use switchhook_compiler::{InstallError, LoadError};
use switchhook_runtime::{Failure, ModuleError, SnapshotError};
use switchhook_store::{OverQuota, ReadError, StoreError};

use crate::{validation::Invalid, vault::VaultError};

/// Why a request about functions fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FunctionsError {
    #[error("the account has no such function")]
    NotFound { id: String },
    #[error("the document is not valid")]
    Invalid(#[from] Invalid),
    /// The function could not be compiled, for a reason that its author cannot remove.
    #[error("the function could not be compiled")]
    NotCompiled(Failure),
    /// The key is wrong, or there is no such function.
    #[error("the key does not open the function")]
    WrongKey,
    #[error("somebody else has changed the function")]
    Conflict,
    /// The text of this error is for the client.
    #[error(transparent)]
    OverQuota(OverQuota),
    /// The current revision is not the one that the request expects.
    #[error("the function has another revision")]
    PreconditionFailed,
    #[error(transparent)]
    Store(StoreError),
    #[error("the language pack cannot be used")]
    Language(#[from] LoadError),
    #[error("the language packs cannot be read")]
    Packs(#[from] InstallError),
    #[error("the module cannot be made ready")]
    Module(#[source] ModuleError),
    #[error("the server is ending")]
    Ending,
    #[error("the snapshot cannot be used")]
    Snapshot(#[from] SnapshotError),
    #[error("the function's secrets cannot be read")]
    Vault(#[from] VaultError),
}

impl From<StoreError> for FunctionsError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            StoreError::OverQuota(over) => Self::OverQuota(over),
            error => Self::Store(error),
        }
    }
}

impl ReadError for FunctionsError {
    fn is_unavailable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_unavailable())
    }
}
