//! What the operator decides about functions.

use std::{collections::HashMap, sync::Arc, time::Duration};

use serde::Deserialize;
use switchhook_runtime::Limits;
use switchhook_store::{Quota, document::PublicDocument};

use super::{
    environment::Secrets,
    flow::{FlowError, Modules},
};
use crate::{
    config::{
        AccountSettings, Config, FailureBounds, FailureSettings, FunctionSettings, LimitSettings,
        Wasm,
    },
    vault::{Vault, VaultError},
};

/// The part of the configuration that is about functions, with the keys read.
pub(crate) struct Settings {
    call_limits: Limits,
    compile_limits: Limits,
    failures: FailureSettings,
    /// Of certain accounts, by id.
    accounts: HashMap<String, AccountSettings>,
    /// Bytes that compiled functions may take to be ready at once.
    pub(super) ready_bytes: u64,
    /// What compiling one function may come to, as it is written before it is compressed.
    pub(super) snapshot_bytes: usize,
    /// What accounts may keep.
    functions: FunctionSettings,
    pub(crate) vault: Arc<Vault>,
    /// Of functions that are modules of their own.
    pub(super) wasm: Wasm,
    /// What functions may return.
    pub(super) modules: Modules,
}

/// Why the configuration cannot be put into practice.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SettingsError {
    #[error("the keys of secrets cannot be used")]
    Vault(#[from] VaultError),
    #[error("flows cannot be checked")]
    Flow(#[from] FlowError),
}

impl Settings {
    /// Reads the files that the configuration names.
    pub(crate) fn new(config: &Config) -> Result<Self, SettingsError> {
        let key_file = config.secrets.key_file.iter();
        let key_files = key_file.chain(&config.secrets.previous_key_files);
        Ok(Self {
            call_limits: config.call_limits(),
            compile_limits: config.compile_limits(),
            failures: config.failures.clone(),
            accounts: config.accounts.clone(),
            ready_bytes: config.sandbox.ready_bytes,
            snapshot_bytes: config.sandbox.snapshot_bytes,
            functions: config.functions.clone(),
            wasm: config.wasm.clone(),
            vault: Arc::new(Vault::open(key_files.cloned())?),
            modules: match &config.flow.schemas {
                Some(folder) => Modules::read(folder)?,
                None => Modules::of(config.flow.kazoo)?,
            },
        })
    }

    /// The secrets of a function, encrypted.
    pub(super) fn seal(&self, function_id: &str, secrets: &Secrets) -> Result<Vec<u8>, VaultError> {
        let json = serde_json::to_vec(secrets).expect("strings have a JSON form");
        self.vault.seal(function_id, &json)
    }

    /// Decrypts what [`Self::seal`] made.
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

    /// Whether an account's functions may be modules of their own.
    pub(super) fn may_bring_modules(&self, account_id: &str) -> bool {
        let account = self.accounts.get(account_id);
        account.is_some_and(|account| account.wasm)
    }

    /// What an account may keep.
    pub(super) fn quota(&self, account_id: &str) -> Quota {
        let account = self.accounts.get(account_id);
        self.functions.quota(account.map(|own| &own.functions))
    }

    /// When an account's function has failed too often; none if it never has.
    pub(super) fn failure_bounds(&self, account_id: &str) -> Option<FailureBounds> {
        let account = self.accounts.get(account_id);
        self.failures.bounds(account.map(|own| &own.failures))
    }

    /// How long a failure can count at the most.
    pub(super) fn longest_failure_window(&self) -> Duration {
        let own = self.accounts.values().map(|own| Some(&own.failures));
        own.chain([None])
            .filter_map(|own| Some(self.failures.bounds(own)?.window))
            .max()
            .unwrap_or_default()
    }
}
