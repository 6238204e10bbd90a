//! Reads, creates, changes and deletes accounts. `users`, `api_keys` and `logins` are files of their own.

use std::{future::Future, sync::Arc};

use serde_json::Value;
use switchhook_store::{
    Account, AccountKey, AccountPage, AccountRow, Actor, Below, NewAccount, SearchBy, Store,
    StoreError,
    document::{self, Change, PublicDocument},
    ids::{random_hex, random_id},
    to_the_end,
};

use super::{
    documents::DERIVED,
    identity::{Identity, IdentityError},
    passwords::PasswordError,
    schemas,
};
use crate::{
    validation::Invalid,
    vault::{Vault, VaultError},
};

/// Suffix of realms that are chosen at random.
const REALM_SUFFIX: &str = "sip.localhost";

/// Why a request about accounts, users, keys or logins fails.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountsError {
    /// There is no such account or user.
    #[error("there is no {id}")]
    NotFound { id: String },
    #[error("the document is not valid")]
    Invalid(#[from] Invalid),
    #[error("somebody else has changed it")]
    Conflict,
    /// The account has descendants and cannot be deleted.
    #[error("the account has descendants")]
    HasDescendants,
    /// The master account cannot be deleted.
    #[error("it is the master account")]
    MasterAccount,
    #[error("no account has the API key")]
    UnknownApiKey { key: String },
    /// The API key was not stored: the operator has no key for encrypting it, or had none then.
    #[error("the API key was not kept")]
    ApiKeyNotKept,
    /// The request needs an administrator of the account.
    #[error("it takes an administrator")]
    NoAdmin,
    /// The user, the account or the password is wrong. The client is not told which.
    #[error("the credentials are wrong")]
    WrongCredentials,
    #[error(transparent)]
    Identity(#[from] IdentityError),
    #[error(transparent)]
    Password(#[from] PasswordError),
    #[error("the API key cannot be read")]
    Vault(#[from] VaultError),
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for AccountsError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            StoreError::HasDescendants => Self::HasDescendants,
            error => Self::Store(error),
        }
    }
}

/// A new account and its API key. The key cannot be shown again, unless the operator has a key for encrypting it.
pub(crate) struct Created {
    pub(crate) account: Account,
    pub(crate) api_key: String,
}

/// A listener for accounts that are written or deleted.
type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// All accounts.
pub(crate) struct Accounts {
    pub(super) store: Store,
    pub(super) vault: Arc<Vault>,
    pub(super) identity: Arc<Identity>,
    listener: Listener,
}

impl Accounts {
    /// `listener` is told of every account that is written or deleted, even if nobody waits for the write.
    pub(crate) fn new(
        store: Store,
        vault: Arc<Vault>,
        identity: Arc<Identity>,
        listener: impl Fn(&str) + Send + Sync + 'static,
    ) -> Self {
        Self {
            store,
            vault,
            identity,
            listener: Arc::new(listener),
        }
    }

    pub(crate) async fn get(&self, id: &str) -> Result<Account, AccountsError> {
        let found = self.store.account(id.into()).await?;
        found.ok_or_else(|| AccountsError::NotFound { id: id.into() })
    }

    /// Creates an account below `parent`. Its time zone, and whether it is enabled, default to the parent's. The owner
    /// of the master account may choose the id, to move accounts from another server.
    pub(crate) async fn create(
        &self,
        actor: &Actor,
        parent: &Account,
        data: PublicDocument,
    ) -> Result<Created, AccountsError> {
        let is_master = actor.account_id == *parent.tree.first().unwrap_or(&parent.id);
        let id = data.get("id").and_then(Value::as_str);
        let id = id.filter(|id| is_master && is_id(id)).map(str::to_owned);
        let mut document = from_request(data);
        if let (None, Some(time_zone)) = (document.get("timezone"), parent.time_zone()) {
            document.insert("timezone".into(), time_zone.into());
        }
        let (document, enabled) = checked(document, &random_realm())?;
        let (api_key, kept) = self.new_api_key(id.unwrap_or_else(random_id))?;
        let new = NewAccount {
            id: kept.account_id,
            enabled: enabled && parent.enabled,
            document: document.clone(),
            api_key: kept.key,
        };
        let store = self.store.clone();
        let parent_id = parent.id.clone();
        let created = self
            .write(new.id.clone(), async move {
                store.create_account(new, parent_id).await
            })
            .await;
        Ok(Created {
            account: created.map_err(|error| explained(error, &document))?,
            api_key,
        })
    }

    /// Makes an account with this id as its name below the master account, unless it exists. Returns whether the id is
    /// possible.
    pub(crate) async fn make(&self, master_id: &str, id: &str) -> Result<bool, AccountsError> {
        if !is_id(id) {
            return Ok(false);
        }
        let master = self.get(master_id).await?;
        let actor = Actor {
            account_id: master.id.clone(),
            user_id: None,
        };
        let mut data = PublicDocument::new();
        data.insert("id".into(), id.into());
        data.insert("name".into(), id.into());
        match self.create(&actor, &master, data).await {
            Ok(_) | Err(AccountsError::Conflict) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Stores the next revision of an account. An actor cannot enable or disable its own account.
    pub(crate) async fn change(
        &self,
        actor: &Actor,
        current: Account,
        data: PublicDocument,
        how: Change,
    ) -> Result<Account, AccountsError> {
        let changes = from_request(data);
        let mut document = match how {
            Change::Replace => changes,
            Change::Merge => {
                let mut document = current.document.clone();
                document::merge(&mut document, changes);
                document
            }
        };
        document
            .entry("enabled")
            .or_insert(Value::Bool(current.enabled));
        let realm = current.document.get("realm").and_then(Value::as_str);
        let (document, enabled) = checked(document, realm.unwrap_or_default())?;
        let is_own = actor.account_id == current.id;
        let account = Account {
            enabled: if is_own { current.enabled } else { enabled },
            document: document.clone(),
            ..current
        };
        let store = self.store.clone();
        self.write(account.id.clone(), async move {
            store.update_account(account).await
        })
        .await
        .map_err(|error| explained(error, &document))
    }

    /// Removes an account with its users, tokens and functions.
    pub(crate) async fn delete(&self, account: Account) -> Result<Account, AccountsError> {
        if account.is_master() {
            return Err(AccountsError::MasterAccount);
        }
        let store = self.store.clone();
        let deleted = self.write(account.id.clone(), async move {
            store.delete_account(account).await
        });
        Ok(deleted.await?)
    }

    /// At most `limit` accounts below an account, by name, from `start` on.
    pub(crate) async fn below(
        &self,
        account: &Account,
        below: Below,
        start: Option<AccountKey>,
        limit: usize,
    ) -> Result<AccountPage, AccountsError> {
        let id = account.id.clone();
        Ok(self.store.accounts_below(id, below, start, limit).await?)
    }

    /// At most `limit` descendants of an account that begin with `value`, by name, from `start` on.
    pub(crate) async fn search(
        &self,
        account: &Account,
        by: SearchBy,
        value: &str,
        start: Option<AccountKey>,
        limit: usize,
    ) -> Result<AccountPage, AccountsError> {
        let id = account.id.clone();
        Ok(self
            .store
            .search_accounts(id, by, value, start, limit)
            .await?)
    }

    /// The ancestors of an account in which `actor` may act, the highest first.
    pub(crate) async fn tree(
        &self,
        actor: &Actor,
        account: &Account,
    ) -> Result<Vec<AccountRow>, AccountsError> {
        let hidden = |id: &&String| **id != actor.account_id;
        let ids = account.tree.iter().skip_while(hidden).cloned().collect();
        Ok(self.store.account_rows(ids).await?)
    }

    /// Runs a write to its end, even if the request is dropped. Otherwise memory might keep an old state of an account
    /// that is already changed on the disk.
    async fn write<T: Send + 'static>(
        &self,
        id: String,
        write: impl Future<Output = Result<T, StoreError>> + Send + 'static,
    ) -> Result<T, StoreError> {
        let identity = Arc::clone(&self.identity);
        let listener = Arc::clone(&self.listener);
        to_the_end(async move {
            let written = write.await;
            identity.account_written(&id);
            listener(&id);
            written
        })
        .await
    }
}

/// The part of a request's data that may change an account.
fn from_request(data: PublicDocument) -> PublicDocument {
    let mut document = document::from_request(data);
    for key in DERIVED {
        document.shift_remove(key);
    }
    document
}

/// Adds defaults, checks, and takes `enabled` out of the document.
fn checked(
    mut document: PublicDocument,
    default_realm: &str,
) -> Result<(PublicDocument, bool), Invalid> {
    match document.get_mut("realm") {
        Some(Value::String(realm)) if !realm.is_empty() => realm.retain(|it| it != ' '),
        Some(Value::String(_)) | None => {
            document.insert("realm".into(), default_realm.into());
        }
        Some(_) => {}
    }
    schemas::validate_account(&mut document)?;
    let enabled = document.shift_remove("enabled");
    Ok((document, enabled != Some(Value::Bool(false))))
}

/// Adds values to an error: the store knows which fields are taken, and the document has their values.
fn explained(error: StoreError, document: &PublicDocument) -> AccountsError {
    match error {
        StoreError::NotUnique(fields) => schemas::not_unique(document, &fields).into(),
        error => error.into(),
    }
}

/// A realm for an account that asks for none (KAZOO `kzd_accounts.erl`, `random_realm/0`).
pub(crate) fn random_realm() -> String {
    format!("{}.{REALM_SUFFIX}", random_hex::<6>())
}

fn is_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}
