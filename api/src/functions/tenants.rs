//! The tenant of an account. An account can have any number of accounts below it, so all of them together are held to a tenant's
//! bounds.

use std::sync::Arc;

use switchhook_store::StoreError;

use super::{Functions, admission::Gate};

impl Functions {
    /// Through which the account's calls go. To be kept with what is called: looking it up takes a lock.
    pub(super) async fn call_gate(&self, account_id: &str) -> Result<Arc<Gate>, StoreError> {
        let tenant = self.tenant(account_id).await?;
        Ok(self.sandboxes.call_gate(account_id, &tenant))
    }

    /// Through which its compilations go, and other work that takes as much.
    pub(super) async fn compilation_gate(&self, account_id: &str) -> Result<Arc<Gate>, StoreError> {
        let tenant = self.tenant(account_id).await?;
        Ok(self.sandboxes.compilation_gate(account_id, &tenant))
    }

    /// The one right below the master account that an account belongs to, if not itself.
    async fn tenant(&self, account_id: &str) -> Result<Arc<str>, StoreError> {
        let account_id = account_id.to_owned();
        if let Some(tenant) = self.ready.tenant(&account_id) {
            return Ok(tenant);
        }
        let as_of = self.ready.tenants_now();
        let account = self.store.account(account_id.clone()).await?;
        let above = account.as_ref().and_then(|account| account.tree.get(1));
        let tenant: Arc<str> = above.unwrap_or(&account_id).as_str().into();
        if account.is_some() {
            self.ready
                .tenant_loaded(account_id, Arc::clone(&tenant), as_of);
        }
        Ok(tenant)
    }
}
