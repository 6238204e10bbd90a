//! Accounts and their tokens.

use rusqlite::{OptionalExtension, params};
use switchhook_runtime::Digest;

use super::{Store, StoreError, now};

/// An account, as far as deciding who may do what needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: String,
    /// All ancestors' ids, the master account first; empty for the master account.
    pub(crate) tree: Vec<String>,
}

/// What it takes to make an account.
pub(crate) struct NewAccount {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The plain key; only its hash is kept.
    pub(crate) api_key: String,
}

impl Store {
    /// Creates the first account of a database.
    pub(crate) async fn create_master_account(&self, new: NewAccount) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let taken = transaction.query_row("SELECT EXISTS (SELECT 1 FROM accounts)", [], |row| row.get(0))?;
            if taken {
                return Err(StoreError::AlreadyBootstrapped);
            }
            transaction.execute(
                "INSERT INTO accounts (id, name, tree, api_key, created) VALUES (?1, ?2, '[]', ?3, ?4)",
                params![new.id, new.name, Digest::of(new.api_key.as_bytes()).as_bytes(), now()],
            )?;
            Ok(())
        })
        .await
    }

    /// The account without ancestors.
    pub(crate) async fn master_account(&self) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            Ok(connection
                .query_row("SELECT id FROM accounts WHERE tree = '[]'", [], |row| {
                    row.get(0)
                })
                .optional()?)
        })
        .await
    }

    pub(crate) async fn account(&self, id: String) -> Result<Option<Account>, StoreError> {
        let tree: Option<String> = self
            .read({
                let id = id.clone();
                move |connection| {
                    Ok(connection
                        .prepare_cached("SELECT tree FROM accounts WHERE id = ?1")?
                        .query_row([id], |row| row.get(0))
                        .optional()?)
                }
            })
            .await?;
        let account = |tree: String| {
            let tree = serde_json::from_str(&tree).map_err(|source| StoreError::Broken {
                what: "account tree",
                source,
            })?;
            Ok(Account { id, tree })
        };
        tree.map(account).transpose()
    }

    /// Lets whoever holds `token` act for an account.
    pub(crate) async fn add_token(
        &self,
        account_id: String,
        token: &str,
    ) -> Result<(), StoreError> {
        let hash = Digest::of(token.as_bytes());
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO tokens (hash, account_id, created) VALUES (?1, ?2, ?3)",
                params![hash.as_bytes(), account_id, now()],
            )?;
            Ok(())
        })
        .await
    }

    /// The account a token acts for. Looking up a hash takes the same time for every wrong token.
    pub(crate) async fn account_of_token(
        &self,
        hash: Digest,
    ) -> Result<Option<String>, StoreError> {
        self.read(move |connection| {
            Ok(connection
                .prepare_cached("SELECT account_id FROM tokens WHERE hash = ?1")?
                .query_row([hash.as_bytes()], |row| row.get(0))
                .optional()?)
        })
        .await
    }
}
