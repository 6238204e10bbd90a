//! API keys, with which programs log in (KAZOO `cb_accounts.erl`). The database contains their hashes and, if the
//! operator has a key for this, the encrypted keys.

use switchhook_runtime::Digest;
use switchhook_store::{Account, ApiKey, ids::random_secret};

use super::service::{Accounts, AccountsError};
use crate::vault::VaultError;

/// A new key and what is stored of it.
pub(crate) struct NewApiKey {
    pub(super) account_id: String,
    pub(super) key: ApiKey,
}

impl Accounts {
    /// The API key of an account, if it was stored.
    pub(crate) async fn api_key(&self, account: &Account) -> Result<String, AccountsError> {
        let sealed = self.store.sealed_api_key(account.id.clone()).await?;
        let sealed = sealed.ok_or(AccountsError::ApiKeyNotKept)?;
        let key = match self.vault.unseal(&owner(&account.id), &sealed) {
            Err(VaultError::NoKeys) => return Err(AccountsError::ApiKeyNotKept),
            key => key?,
        };
        Ok(String::from_utf8(key).map_err(|_| VaultError::Sealed)?)
    }

    /// Replaces an account's API key. The old key becomes invalid, and tokens stay valid.
    pub(crate) async fn renew_api_key(&self, account: &Account) -> Result<String, AccountsError> {
        let (key, new) = self.new_api_key(account.id.clone())?;
        self.store.replace_api_key(new.account_id, new.key).await?;
        Ok(key)
    }

    /// A random key, and what is stored of it.
    pub(super) fn new_api_key(
        &self,
        account_id: String,
    ) -> Result<(String, NewApiKey), AccountsError> {
        let key = random_secret();
        let sealed = match self.vault.seal(&owner(&account_id), key.as_bytes()) {
            Err(VaultError::NoKeys) => None,
            sealed => Some(sealed?),
        };
        let kept = ApiKey {
            hash: Digest::of(key.as_bytes()),
            sealed,
        };
        let new = NewApiKey {
            account_id,
            key: kept,
        };
        Ok((key, new))
    }
}

fn owner(account_id: &str) -> String {
    format!("API key of account {account_id}")
}
