//! The tenants of accounts. An account can have any number of accounts below it, so the bounds of a tenant apply to all
//! of them together.

use std::sync::Arc;

use switchhook_store::{Store, StoreError};

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
        let id = &account_id.to_owned();
        let reading = |store: Store, as_of| async move {
            let account = store.account(id.clone()).await?;
            let tree = account.map(|account| account.tree);
            let tenant = tree.map(|tree| Arc::from(tree.get(1).unwrap_or(id).as_str()));
            Ok::<_, StoreError>(tenant.map(|tenant| (tenant, as_of)))
        };
        let tenant = self.ready.tenants.read(&self.store, id, reading).await?;
        Ok(tenant.unwrap_or_else(|| account_id.into()))
    }
}
