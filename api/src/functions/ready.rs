//! Functions in memory that are ready for calls: exactly what the hot path needs.

use std::{borrow::Cow, sync::Arc, time::Duration};

use quick_cache::Weighter;
use switchhook_compiler::{Language, Languages, LoadError};
use switchhook_runtime::{Failure, Guest, Limits, Snapshot};
use switchhook_store::{Callable, FunctionKey, Kept, Remembered, Store, Written};

use super::{admission::Gate, environment::Environment, stats::Counts};

/// A function that can be called without the database.
pub(crate) struct Ready {
    pub(crate) enabled: bool,
    pub(crate) guest: Guest,
    pub(super) origin: Origin,
    /// The snapshot, or why the installed language does not compile the source.
    pub(crate) snapshot: Result<Arc<Snapshot>, Failure>,
    /// The gate of the function's account.
    pub(super) gate: Arc<Gate>,
    pub(crate) limits: Limits,
    pub(crate) environment: Environment,
    pub(crate) revision: String,
    /// The key for call routers, if there is one.
    pub(super) call_key: Option<String>,
    /// The time zone of its account.
    pub(super) account_time_zone: Option<String>,
    /// Where its calls are counted.
    pub(super) counts: Arc<Counts>,
}

/// Where the guest of a function comes from.
pub(super) enum Origin {
    Language(Arc<Language>),
    /// The function is a module of its own.
    Module(Arc<[u8]>),
}

impl Origin {
    /// The guest's module.
    pub(super) fn module(&self) -> Result<Cow<'_, [u8]>, LoadError> {
        match self {
            Self::Language(language) => language.guest_module(),
            Self::Module(wasm) => Ok(Cow::Borrowed(wasm)),
        }
    }
}

impl Ready {
    /// Whether everything that calls of the function depend on is unchanged.
    pub(super) fn is_of(&self, found: &Callable) -> bool {
        self.revision == found.stored.revision.as_str()
            && self.call_key == found.call_key
            && self.account_time_zone == found.account_time_zone
    }
}

/// The key of an entry contains the account, so a function is found only under its own account.
pub(super) type Key = FunctionKey;

/// Bytes of an entry beside its snapshot: the key, the counters, the cache's bookkeeping, and the gate, if no other
/// function of the account shares it.
const ENTRY_OVERHEAD: usize = 768;

/// Most functions whose accounts are kept: two ids each, 20 MB.
const MAX_OWNERS: usize = 100_000;

/// Most accounts whose tenants are kept: two ids each.
const MAX_TENANTS: usize = 100_000;

/// How long functions in memory are called while the database cannot be reached.
const ALONE: Duration = Duration::from_hours(24);

/// Counts the bytes of a function.
#[derive(Clone)]
pub(super) struct Bytes;

impl Weighter<Key, Kept<Arc<Ready>>> for Bytes {
    fn weight(&self, _: &Key, ready: &Kept<Arc<Ready>>) -> u64 {
        let snapshot = ready.snapshot.as_ref();
        let snapshot_bytes = snapshot.map_or(0, |snapshot| snapshot.resident_bytes());
        let own_guest_bytes = match &ready.origin {
            Origin::Language(_) => 0,
            Origin::Module(wasm) => wasm.len() + ready.guest.resident_bytes(),
        };
        (snapshot_bytes + own_guest_bytes + ready.environment.bytes() + ENTRY_OVERHEAD) as u64
    }
}

/// Recently used functions, and what calls need beside them.
pub(super) struct ReadyFunctions {
    /// Their bytes are bounded.
    pub(super) functions: Remembered<Key, Arc<Ready>, Bytes>,
    /// Accounts by function: some calls of a function name no account.
    pub(super) owners: Remembered<String, Arc<str>>,
    /// Tenants by account.
    pub(super) tenants: Remembered<String, Arc<str>>,
}

impl ReadyFunctions {
    pub(super) fn new(store: &Store, max_bytes: u64) -> Self {
        let validity = store.validity(None, ALONE);
        Self {
            functions: Remembered::of_bytes(max_bytes, Bytes, validity.clone()),
            owners: Remembered::new(MAX_OWNERS, validity.clone()),
            tenants: Remembered::new(MAX_TENANTS, validity),
        }
    }

    /// Removes a function after a write. The next call loads it anew.
    pub(super) fn written(&self, key: &Key) {
        self.functions.written(key);
        self.owners.written(&key.1);
    }

    /// Removes the functions whose language is no longer installed.
    pub(super) fn languages_changed(&self, offered: &Languages) {
        self.functions.written_where(|_, ready| {
            let Origin::Language(language) = &ready.origin else {
                return false;
            };
            !offered.iter().any(|offered| Arc::ptr_eq(offered, language))
        });
    }

    /// Removes all functions of an account, after a write that they depend on.
    pub(super) fn account_written(&self, account_id: &str) {
        self.tenants.written(&account_id.to_owned());
        self.functions
            .written_where(|(account, _), _| account == account_id);
        self.owners
            .written_where(|_, account| **account == *account_id);
    }

    /// Removes what another server may have changed.
    pub(super) fn noticed(&self, written: &Written) {
        match written {
            Written::Function { account_id, id } => self.written(&(account_id.clone(), id.clone())),
            Written::Account { id } => self.account_written(id),
            Written::Everything => {
                self.functions.forget_all();
                self.owners.forget_all();
                self.tenants.forget_all();
            }
            Written::Document | Written::User { .. } | Written::Token(_) => {}
        }
    }
}
