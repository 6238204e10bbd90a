//! Functions in memory that are ready to be called: what the hot path needs, and nothing else.

use std::sync::Arc;

use moka::sync::Cache;
use switchhook_compiler::{Language, Languages};
use switchhook_runtime::{Failure, Guest, Limits, Snapshot};
use switchhook_store::{AsOf, FunctionKey, Remembered};

use super::{admission::Gate, environment::Environment, stats::Counts};

/// A function that can be called without touching the database.
pub(crate) struct Ready {
    pub(crate) enabled: bool,
    pub(crate) guest: Guest,
    /// The language of the guest; none if the guest is this function's own module.
    pub(super) language: Option<Arc<Language>>,
    /// Or why the guest that is installed now does not compile it.
    pub(crate) snapshot: Result<Arc<Snapshot>, Failure>,
    /// The gate of its account.
    pub(super) gate: Arc<Gate>,
    pub(crate) limits: Limits,
    pub(crate) environment: Environment,
    /// Which revision of the function this is.
    pub(crate) revision: String,
    /// The key of call routers, if anybody has asked for it.
    pub(super) call_key: Option<String>,
    /// Where its calls are counted.
    pub(super) counts: Arc<Counts>,
}

/// A function is found only under its own account.
pub(super) type Key = FunctionKey;

/// What an entry takes beside its snapshot, in bytes: the key, the counters, the cache's own bookkeeping, and, if it
/// is its account's only one, the gate.
const ENTRY_OVERHEAD: usize = 768;

/// Functions whose accounts are kept in memory: two ids each, 20 MB.
const MAX_OWNERS: u64 = 100_000;

/// Accounts whose tenants are kept in memory, likewise.
const MAX_TENANTS: u64 = 100_000;

/// Recently used functions, bounded by bytes.
pub(super) struct ReadyFunctions {
    functions: Remembered<Key, Arc<Ready>>,
    /// Accounts by function: some who call a function name no account.
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

    /// To be called before the database is read.
    pub(super) fn now(&self) -> AsOf {
        self.functions.now()
    }

    /// Keeps what was loaded, unless something was written since.
    pub(super) fn loaded(&self, key: Key, ready: Arc<Ready>, as_of: AsOf) {
        self.functions.loaded(key, ready, as_of);
    }

    /// To be called after a write took effect. The next call loads what was written.
    pub(super) fn written(&self, key: &Key) {
        self.functions.written(key);
        self.owners.written(&key.1);
    }

    /// To be called after other languages are offered. Functions of those that still are stay.
    pub(super) fn languages_changed(&self, offered: Arc<Languages>) {
        self.functions.written_where(move |_, ready| {
            let is_offered =
                |language| offered.iter().any(|offered| Arc::ptr_eq(offered, language));
            !ready.language.as_ref().is_none_or(is_offered)
        });
    }

    /// The account of a function.
    pub(super) fn owner(&self, id: &String) -> Option<String> {
        self.owners.get(id)
    }

    /// To be called before the database is asked for an owner.
    pub(super) fn owners_now(&self) -> AsOf {
        self.owners.now()
    }

    /// Keeps an owner, unless something was written since.
    pub(super) fn owner_loaded(&self, id: String, account_id: String, as_of: AsOf) {
        self.owners.loaded(id, account_id, as_of);
    }

    /// The tenant of an account.
    pub(super) fn tenant(&self, account_id: &String) -> Option<Arc<str>> {
        self.tenants.get(account_id)
    }

    /// To be called before the database is asked for a tenant.
    pub(super) fn tenants_now(&self) -> AsOf {
        self.tenants.now()
    }

    /// Keeps a tenant, unless something was written since.
    pub(super) fn tenant_loaded(&self, account_id: String, tenant: Arc<str>, as_of: AsOf) {
        self.tenants.loaded(account_id, tenant, as_of);
    }

    /// Invalidates all functions of an account, after a write that they depend on.
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
