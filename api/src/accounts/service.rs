//! Reading, creating, changing and deleting accounts. Users have a file of their own, `users`; so have keys (`api_keys`) and logins.

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

/// What the realms end with that nobody chose.
const REALM_SUFFIX: &str = "sip.localhost";

/// Why a request about accounts, users, keys or logins cannot be met.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AccountsError {
    /// There is no such account or user.
    #[error("there is no {id}")]
    NotFound { id: String },
    #[error("the document is not valid")]
    Invalid(#[from] Invalid),
    #[error("somebody else has changed it")]
    Conflict,
    /// It cannot be deleted.
    #[error("the account has descendants")]
    HasDescendants,
    /// It cannot be deleted.
    #[error("it is the master account")]
    MasterAccount,
    #[error("no account has the API key")]
    UnknownApiKey { key: String },
    /// The operator has no key to keep API keys with, or had none when this one was made.
    #[error("the API key was not kept")]
    ApiKeyNotKept,
    /// Only an account's administrators may do it.
    #[error("it takes an administrator")]
    NoAdmin,
    /// No user, no account, or another password: which, nobody is told.
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

/// A new account, and its API key, which is not known again unless the operator has a key for that.
pub(crate) struct Created {
    pub(crate) account: Account,
    pub(crate) api_key: String,
}

/// Whom to tell of an account that was written or deleted.
type Listener = Arc<dyn Fn(&str) + Send + Sync>;

/// All accounts.
pub(crate) struct Accounts {
    pub(super) store: Store,
    pub(super) vault: Arc<Vault>,
    pub(super) identity: Arc<Identity>,
    listener: Listener,
}

impl Accounts {
    /// `listener` is told of every account that was written or deleted, also if nobody waits for it any more.
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

    /// Creates an account below `parent`. What it does not say it has from there: its time zone, and whether it is
    /// enabled. The owner of the master account may choose its id, to bring accounts along from elsewhere.
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

    /// Makes an account below the master account, named like its id, unless there is one. Says whether the id can be an
    /// account's.
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

    /// Stores the next revision of an account. Nobody enables or disables the account they act for.
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

    /// Removes an account with its users, its tokens and its functions.
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

    /// At most `limit` accounts below one, by name, from `start` on.
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

    /// At most `limit` descendants of an account where something begins with `value`, by name, from `start` on.
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

    /// The ancestors of an account that `actor` may act in, the highest first.
    pub(crate) async fn tree(
        &self,
        actor: &Actor,
        account: &Account,
    ) -> Result<Vec<AccountRow>, AccountsError> {
        let hidden = |id: &&String| **id != actor.account_id;
        let ids = account.tree.iter().skip_while(hidden).cloned().collect();
        Ok(self.store.account_rows(ids).await?)
    }

    /// Sees a write to the end, also when nobody waits for it any more: what is on the disk but not noticed in memory
    /// would be let in, or run, as it was before.
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

/// What a request may say of an account.
fn from_request(data: PublicDocument) -> PublicDocument {
    let mut document = document::from_request(data);
    for key in DERIVED {
        document.shift_remove(key);
    }
    document
}

/// Fills in what is missing, checks, and takes out whether it is enabled.
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

/// The store knows which fields are somebody else's, the document what they are.
fn explained(error: StoreError, document: &PublicDocument) -> AccountsError {
    match error {
        StoreError::NotUnique(fields) => schemas::not_unique(document, &fields).into(),
        error => error.into(),
    }
}

/// For an account that has none (KAZOO `kzd_accounts.erl`, `random_realm/0`).
pub(crate) fn random_realm() -> String {
    format!("{}.{REALM_SUFFIX}", random_hex::<6>())
}

fn is_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|it| matches!(it, b'0'..=b'9' | b'a'..=b'f'))
}
