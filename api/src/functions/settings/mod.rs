//! The operator's settings for functions.

mod failures;
mod limits;
mod quota;

use std::{collections::HashMap, sync::Arc};

use serde::Deserialize;
use switchhook_runtime::Limits;
use switchhook_store::{Quota, document::PublicDocument};

pub(crate) use self::{failures::FailureSettings, limits::LimitSettings, quota::QuotaSettings};
use super::{
    environment::Secrets,
    failures::FailureBounds,
    flow::{FlowError, Modules},
};
use crate::vault::{Vault, VaultError};

/// The operator's settings for functions, with the keys loaded.
pub(crate) struct Settings {
    /// Limits of a call.
    pub(crate) call_limits: Limits,
    /// Limits of a compilation.
    pub(crate) compile_limits: Limits,
    /// When functions are disabled.
    pub(crate) failures: FailureSettings,
    /// Settings of single accounts, by id.
    pub(crate) accounts: HashMap<String, AccountSettings>,
    /// Most bytes of functions that are kept ready in memory.
    pub(crate) ready_bytes: u64,
    /// Largest snapshot of a function, in bytes, before compression.
    pub(crate) snapshot_bytes: usize,
    /// Quotas of accounts.
    pub(crate) quota: QuotaSettings,
    /// The keys for secrets.
    pub(crate) vault: Arc<Vault>,
    /// Largest module of a function, in bytes.
    pub(crate) module_bytes: usize,
    /// The callflow modules that functions may return.
    pub(crate) modules: Modules,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("the keys of secrets cannot be used")]
    Vault(#[from] VaultError),
    #[error("flows cannot be checked")]
    Flow(#[from] FlowError),
}

/// Settings of one account.
#[derive(Clone, Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct AccountSettings {
    /// Caps for each call of this account. They lower the values of `[limits]` and never raise them.
    pub(crate) limits: LimitSettings,
    /// Caps for each compilation of this account, likewise.
    pub(crate) compile_limits: LimitSettings,
    /// Replaces values of `[failures]`.
    pub(crate) failures: FailureSettings,
    /// Replaces values of `[functions]`.
    pub(crate) functions: QuotaSettings,
    /// Whether the account's functions may be Wasm modules. This needs a `sandbox.cache_dir`.
    pub(crate) wasm: bool,
}

impl Settings {
    /// Encrypts the secrets of a function.
    pub(super) fn seal(&self, function_id: &str, secrets: &Secrets) -> Result<Vec<u8>, VaultError> {
        let json = serde_json::to_vec(secrets).expect("strings have a JSON form");
        self.vault.seal(function_id, &json)
    }

    /// Decrypts secrets that [`Self::seal`] encrypted.
    pub(super) fn unseal(
        &self,
        function_id: &str,
        sealed: Option<&[u8]>,
    ) -> Result<Secrets, VaultError> {
        let Some(sealed) = sealed else {
            return Ok(Secrets::new());
        };
        let json = self.vault.unseal(function_id, sealed)?;
        serde_json::from_slice(&json).map_err(|_| VaultError::Sealed)
    }

    /// The general limits of a compilation, lowered by the account's.
    pub(super) fn compile_limits(&self, account_id: &str) -> Limits {
        match self.accounts.get(account_id) {
            Some(account) => account.compile_limits.lower(&self.compile_limits),
            None => self.compile_limits.clone(),
        }
    }

    /// The general limits of a call, lowered by the account's and by the function's own.
    pub(super) fn call_limits(&self, account_id: &str, document: &PublicDocument) -> Limits {
        let account = self.accounts.get(account_id).map(|account| &account.limits);
        let own = document
            .get("limits")
            .and_then(|own| LimitSettings::deserialize(own).ok());
        account
            .into_iter()
            .chain(&own)
            .fold(self.call_limits.clone(), |limits, lower| {
                lower.lower(&limits)
            })
    }

    /// Whether functions of an account may be modules.
    pub(super) fn may_bring_modules(&self, account_id: &str) -> bool {
        let account = self.accounts.get(account_id);
        account.is_some_and(|account| account.wasm)
    }

    /// The quota of an account.
    pub(super) fn quota(&self, account_id: &str) -> Quota {
        let account = self.accounts.get(account_id);
        self.quota.quota(account.map(|own| &own.functions))
    }

    /// When functions of an account have failed too often. `None` if they never have.
    pub(super) fn failure_bounds(&self, account_id: &str) -> Option<FailureBounds> {
        let account = self.accounts.get(account_id);
        self.failures.bounds(account.map(|own| &own.failures))
    }
}
