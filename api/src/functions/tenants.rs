//! The tenants of accounts. An account can have any number of accounts below it, so the bounds of a tenant apply to all
//! of them together.

use std::sync::Arc;

use switchhook_store::StoreError;

use super::{Functions, admission::Gate};

impl Functions {
    /// The gate for the account's calls. Keep it with the function, because this takes a lock.
    pub(super) async fn call_gate(&self, account_id: &str) -> Result<Arc<Gate>, StoreError> {
        let tenant = self.tenant(account_id).await?;
        Ok(self.sandboxes.call_gate(account_id, &tenant))
    }

    /// The gate for the account's compilations, and for other work of their size.
    pub(super) async fn compilation_gate(&self, account_id: &str) -> Result<Arc<Gate>, StoreError> {
        let tenant = self.tenant(account_id).await?;
        Ok(self.sandboxes.compilation_gate(account_id, &tenant))
    }

    /// The tenant: the account right below the master account that is this account or one of its ancestors.
    async fn tenant(&self, account_id: &str) -> Result<Arc<str>, StoreError> {
        let account_id = account_id.to_owned();
        let tenants = &self.ready.tenants;
        if let Some(tenant) = tenants.get(&account_id) {
            return Ok(tenant);
        }
        let reading = async {
            let as_of = tenants.now();
            let account = self.store.account(account_id.clone()).await?;
            let above = account.as_ref().and_then(|account| account.tree.get(1));
            let tenant: Arc<str> = above.unwrap_or(&account_id).as_str().into();
            if account.is_some() {
                tenants.loaded(account_id.clone(), Arc::clone(&tenant), as_of);
            }
            Ok(tenant)
        };
        tenants.read(&account_id, reading).await
    }
}
