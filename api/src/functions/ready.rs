//! Functions in memory that are ready for calls: exactly what the hot path needs.

use std::sync::Arc;

use moka::sync::Cache;
use switchhook_compiler::{Language, Languages};
use switchhook_runtime::{Failure, Guest, Limits, Snapshot};
use switchhook_store::{AsOf, FunctionKey, Remembered};

use super::{admission::Gate, environment::Environment, stats::Counts};

/// A function that can be called without the database.
pub(crate) struct Ready {
    pub(crate) enabled: bool,
    pub(crate) guest: Guest,
    /// The language of the guest. `None` if the guest is the function's own module.
    pub(super) language: Option<Arc<Language>>,
    /// The snapshot, or why the installed language does not compile the source.
    pub(crate) snapshot: Result<Arc<Snapshot>, Failure>,
    /// The gate of the function's account.
    pub(super) gate: Arc<Gate>,
    pub(crate) limits: Limits,
    pub(crate) environment: Environment,
    /// The revision of the function.
    pub(crate) revision: String,
    /// The key for call routers, if there is one.
    pub(super) call_key: Option<String>,
    /// Where its calls are counted.
    pub(super) counts: Arc<Counts>,
}

/// The key of an entry contains the account, so a function is found only under its own account.
pub(super) type Key = FunctionKey;

/// Bytes of an entry beside its snapshot: the key, the counters, the cache's bookkeeping, and the gate, if no other
/// function of the account shares it.
const ENTRY_OVERHEAD: usize = 768;

/// Most functions whose accounts are kept: two ids each, 20 MB.
const MAX_OWNERS: u64 = 100_000;

/// Most accounts whose tenants are kept: two ids each.
const MAX_TENANTS: u64 = 100_000;

/// Recently used functions. Their bytes are bounded.
pub(super) struct ReadyFunctions {
    functions: Remembered<Key, Arc<Ready>>,
    /// Accounts by function: some calls of a function name no account.
    owners: Remembered<String, String>,
    /// Tenants by account.
    tenants: Remembered<String, Arc<str>>,
}

impl ReadyFunctions {
    pub(super) fn new(max_bytes: u64) -> Self {
        let weigh = |_: &Key, ready: &Arc<Ready>| {
            let snapshot = ready.snapshot.as_ref();
            let snapshot_bytes = snapshot.map_or(0, |snapshot| snapshot.resident_bytes());
            let own_guest_bytes = match ready.language {
                Some(_) => 0,
                None => ready.guest.resident_bytes(),
            };
            let bytes = snapshot_bytes + own_guest_bytes + ready.environment.bytes();
            u32::try_from(bytes + ENTRY_OVERHEAD).unwrap_or(u32::MAX)
        };
        let bounds = Cache::builder().max_capacity(max_bytes).weigher(weigh);
        Self {
            functions: Remembered::new(bounds),
            owners: Remembered::new(Cache::builder().max_capacity(MAX_OWNERS)),
            tenants: Remembered::new(Cache::builder().max_capacity(MAX_TENANTS)),
        }
    }

    pub(super) fn get(&self, key: &Key) -> Option<Arc<Ready>> {
        self.functions.get(key)
    }

    /// The current point in the order of writes. Take it before reading the database.
    pub(super) fn now(&self) -> AsOf {
        self.functions.now()
    }

    /// Keeps a loaded function, unless something was written since `as_of`.
    pub(super) fn loaded(&self, key: Key, ready: Arc<Ready>, as_of: AsOf) {
        self.functions.loaded(key, ready, as_of);
    }

    /// Removes a function after a write. The next call loads it anew.
    pub(super) fn written(&self, key: &Key) {
        self.functions.written(key);
        self.owners.written(&key.1);
    }

    /// Removes the functions whose language is no longer installed.
    pub(super) fn languages_changed(&self, offered: Arc<Languages>) {
        self.functions.written_where(move |_, ready| {
            let is_offered =
                |language| offered.iter().any(|offered| Arc::ptr_eq(offered, language));
            !ready.language.as_ref().is_none_or(is_offered)
        });
    }

    /// The account of a function, if it is known.
    pub(super) fn owner(&self, id: &String) -> Option<String> {
        self.owners.get(id)
    }

    /// The current point in the order of writes, before reading an owner.
    pub(super) fn owners_now(&self) -> AsOf {
        self.owners.now()
    }

    /// Keeps an owner, unless something was written since `as_of`.
    pub(super) fn owner_loaded(&self, id: String, account_id: String, as_of: AsOf) {
        self.owners.loaded(id, account_id, as_of);
    }

    /// The tenant of an account, if it is known.
    pub(super) fn tenant(&self, account_id: &String) -> Option<Arc<str>> {
        self.tenants.get(account_id)
    }

    /// The current point in the order of writes, before reading a tenant.
    pub(super) fn tenants_now(&self) -> AsOf {
        self.tenants.now()
    }

    /// Keeps a tenant, unless something was written since `as_of`.
    pub(super) fn tenant_loaded(&self, account_id: String, tenant: Arc<str>, as_of: AsOf) {
        self.tenants.loaded(account_id, tenant, as_of);
    }

    /// Removes all functions of an account, after a write that they depend on.
    pub(super) fn account_written(&self, account_id: &str) {
        let written = account_id.to_owned();
        let is_its_own = written.clone();
        self.tenants.written(&written);
        self.functions
            .written_where(move |(account, _), _| *account == written);
        self.owners
            .written_where(move |_, account| *account == is_its_own);
    }
}
