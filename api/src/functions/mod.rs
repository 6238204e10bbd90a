//! Functions as their owners see them: documents that are checked, compiled, stored and run. This folder knows no HTTP.

mod admission;
mod attempts;
mod call_keys;
mod disabling;
mod document;
mod documents;
mod editing;
mod environment;
mod error;
mod execution;
mod expected;
mod failures;
mod flow;
mod loads;
mod masks;
mod meters;
mod modules;
mod outcome;
mod program;
mod ready;
mod reloading;
mod replay;
mod revisions;
mod samples;
mod sandboxes;
mod settings;
mod shown;
mod stats;
mod tenants;
mod types;
mod unix_time;
mod upgrade;
mod validation;
mod writes;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use admission::{Bounds, Load};
pub(crate) use attempts::{AttemptsKept, Caller, Followed, Recorder, RouterName};
pub(crate) use document::{deleted, fields, public, summary};
pub(crate) use editing::Author;
pub(crate) use environment::{Environment, TIME_ZONE};
pub(crate) use error::FunctionsError;
pub(crate) use execution::{Trial, recapture};
pub(crate) use expected::{Expected, Revisions};
pub(crate) use flow::{Kazoo, Modules};
pub(crate) use meters::{DURATION, DURATION_BUCKETS, FUEL, FUEL_BUCKETS, Meters};
pub(crate) use outcome::{OutcomeReply, Ran};
pub(crate) use reloading::{Reloaded, Reloads};
pub(crate) use replay::{Capture, Record, Repeated};
pub(crate) use sandboxes::{Question, Sandboxes};
pub(crate) use settings::{
    AccountSettings, FailureSettings, LimitSettings, QuotaSettings, Settings, SettingsError,
};
pub(crate) use stats::{AccountStats, Period};
pub(crate) use types::declarations;
pub(crate) use upgrade::Upgrade;
pub(crate) use validation::schema;

use std::sync::{Arc, PoisonError, RwLock};

use serde_json::value::RawValue;
use switchhook_compiler::Languages;
use switchhook_runtime::CustomerModules;
use switchhook_store::{Store, Written};

use self::{
    disabling::Disabler,
    loads::Loads,
    ready::{Ready, ReadyFunctions},
    shown::HelpedFunctions,
    stats::Stats,
    writes::Writes,
};

/// The functions of all accounts.
pub(crate) struct Functions {
    store: Store,
    /// Locked only to read or replace the pointer.
    languages: RwLock<Arc<Languages>>,
    /// `None` if no function can be a module.
    modules: Option<CustomerModules>,
    sandboxes: Sandboxes,
    ready: Arc<ReadyFunctions>,
    loads: Loads<Arc<Ready>>,
    helped: HelpedFunctions,
    writes: Writes,
    disabler: Disabler,
    recorder: Recorder,
    stats: Stats,
    settings: Settings,
}

impl Functions {
    pub(crate) fn new(
        store: Store,
        languages: Languages,
        modules: Option<CustomerModules>,
        sandboxes: Sandboxes,
        recorder: Recorder,
        settings: Settings,
    ) -> Self {
        let ready = Arc::new(ReadyFunctions::new(&store, settings.ready_bytes));
        let writes = Writes::new(Arc::clone(&ready));
        Self {
            disabler: Disabler::new(store.clone(), writes.clone()),
            store,
            languages: RwLock::new(Arc::new(languages)),
            modules,
            sandboxes,
            ready,
            loads: Loads::new(),
            helped: HelpedFunctions::new(),
            writes,
            recorder,
            stats: Stats::new(),
            settings,
        }
    }

    pub(crate) fn languages(&self) -> Arc<Languages> {
        let languages = self.languages.read();
        Arc::clone(&languages.unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn call_load(&self) -> Load {
        self.sandboxes.call_load()
    }

    pub(crate) fn compilation_load(&self) -> Load {
        self.sandboxes.compilation_load()
    }

    /// The modules of KAZOO that a flow may use: objects with `name`, and `data` for the schema of a node's data.
    pub(crate) fn modules(&self) -> &[Box<RawValue>] {
        self.settings.modules.rows()
    }

    /// The calls of an account's functions over a period.
    pub(crate) fn stats(&self, account_id: &str, period: Period) -> AccountStats {
        self.stats.of_account(account_id, period)
    }

    /// A listener that is told of every written or deleted account, because the account's functions in memory depend on
    /// it.
    pub(crate) fn account_listener(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let ready = Arc::clone(&self.ready);
        move |account_id| ready.account_written(account_id)
    }

    /// Forgets what another server may have written. Call this for each of its writes.
    pub(crate) fn noticed(&self, written: &Written) {
        self.ready.noticed(written);
    }
}
