//! Who asks, and whether they may (KAZOO `api_util.erl`, `cb_simple_authz.erl`).

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use switchhook_runtime::Digest;

use super::error::ApiError;
use crate::store::{Account, Store};

/// Tokens and accounts remembered, each some 200 bytes.
const MAX_REMEMBERED: u64 = 10_000;

/// How long what another process changes in the database may go unnoticed.
const REMEMBERED_FOR: Duration = Duration::from_secs(60);

/// Length of an account's id.
const ID_LENGTH: usize = 32;

/// Answers both questions, from memory where it can: every call asks them.
pub(crate) struct Identity {
    store: Store,
    tokens: Cache<Digest, Arc<str>>,
    accounts: Cache<String, Arc<Account>>,
}

impl Identity {
    pub(crate) fn new(store: Store) -> Self {
        Self {
            store,
            tokens: Cache::builder()
                .max_capacity(MAX_REMEMBERED)
                .time_to_live(REMEMBERED_FOR)
                .build(),
            accounts: Cache::builder()
                .max_capacity(MAX_REMEMBERED)
                .time_to_live(REMEMBERED_FOR)
                .build(),
        }
    }

    /// Lets a request go on if its token's account may act in the account that the path names.
    ///
    /// The order of the checks decides which error wins (KAZOO `api_resource.erl`): an unknown token, an unknown
    /// account, no token, no right.
    pub(super) async fn authorize(
        &self,
        token: Option<&str>,
        account_id: &str,
    ) -> Result<(), ApiError> {
        let actor = match token {
            Some(token) => Some(self.actor(token).await?),
            None => None,
        };
        let account = self.account(account_id).await?;
        let actor = actor.ok_or_else(ApiError::no_credentials)?;
        let allowed =
            *actor == *account.id || account.tree.iter().any(|ancestor| **ancestor == *actor);
        if allowed {
            Ok(())
        } else {
            Err(ApiError::forbidden())
        }
    }

    async fn actor(&self, token: &str) -> Result<Arc<str>, ApiError> {
        let hash = Digest::of(token.as_bytes());
        if let Some(actor) = self.tokens.get(&hash) {
            return Ok(actor);
        }
        let actor = self
            .store
            .account_of_token(hash)
            .await?
            .ok_or_else(ApiError::unknown_token)?;
        let actor: Arc<str> = actor.into();
        self.tokens.insert(hash, Arc::clone(&actor));
        Ok(actor)
    }

    async fn account(&self, id: &str) -> Result<Arc<Account>, ApiError> {
        if id.len() != ID_LENGTH {
            return Err(ApiError::invalid_account_id(id));
        }
        if let Some(account) = self.accounts.get(id) {
            return Ok(account);
        }
        let account = self
            .store
            .account(id.to_owned())
            .await?
            .ok_or_else(|| ApiError::bad_identifier(id))?;
        let account = Arc::new(account);
        self.accounts.insert(id.to_owned(), Arc::clone(&account));
        Ok(account)
    }
}
