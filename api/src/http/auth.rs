//! Who asks, and whether they may (KAZOO `api_util.erl`, `cb_simple_authz.erl`).

use std::{sync::Arc, time::Duration};

use moka::sync::Cache;
use switchhook_runtime::Digest;

use super::{error::ApiError, intake::Credential};
use crate::store::{Account, Actor, Store};

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

    /// Whether somebody may do things in an account: its own, or one below it (KAZOO `cb_simple_authz.erl`).
    pub(super) fn may_act(&self, actor: &Actor, account: &Account) -> bool {
        actor.account_id == account.id || account.tree.contains(&actor.account_id)
    }

    /// Whose credential it is.
    pub(super) async fn actor(&self, credential: &Credential) -> Result<Actor, ApiError> {
        let Credential::Token(token) = credential else {
            return Err(ApiError::unknown_token());
        };
        let hash = Digest::of(token.as_bytes());
        let account_id = match self.tokens.get(&hash) {
            Some(known) => known,
            None => {
                let found = self.store.account_of_token(hash).await?;
                let found: Arc<str> = found.ok_or_else(ApiError::unknown_token)?.into();
                self.tokens.insert(hash, Arc::clone(&found));
                found
            }
        };
        Ok(Actor {
            account_id: account_id.to_string(),
            user_id: None,
        })
    }

    pub(super) async fn account(&self, id: &str) -> Result<Arc<Account>, ApiError> {
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
