//! Accounts and their tokens.

use rusqlite::{OptionalExtension, params};
use serde_json::{Map, Value};
use switchhook_runtime::Digest;

use super::{Store, StoreError, now};

/// An account, as far as deciding who may do what needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Account {
    pub(crate) id: String,
    /// All ancestors' ids, the master account first; empty for the master account.
    pub(crate) tree: Vec<String>,
    /// The public document, without `id`.
    pub(crate) document: Map<String, Value>,
}

impl Account {
    /// The IANA name of the time zone that its functions run in.
    pub(crate) fn time_zone(&self) -> Option<&str> {
        self.document.get("timezone")?.as_str()
    }
}

/// Who asks for something: an account, or one of its users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Actor {
    pub(crate) account_id: String,
    pub(crate) user_id: Option<String>,
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
        let parts = self
            .read({
                let id = id.clone();
                move |connection| {
                    Ok(connection
                        .prepare_cached("SELECT tree, name, document FROM accounts WHERE id = ?1")?
                        .query_row([id], |row| {
                            let parts: (String, String, String) =
                                (row.get(0)?, row.get(1)?, row.get(2)?);
                            Ok(parts)
                        })
                        .optional()?)
                }
            })
            .await?;
        let broken = |source| StoreError::Broken {
            what: "account",
            source,
        };
        let account = |(tree, name, document): (String, String, String)| {
            let mut document: Map<String, Value> =
                serde_json::from_str(&document).map_err(broken)?;
            document.insert("name".into(), name.into());
            Ok(Account {
                id,
                tree: serde_json::from_str(&tree).map_err(broken)?,
                document,
            })
        };
        parts.map(account).transpose()
    }

    /// Writes an account's public document.
    pub(crate) async fn update_account(&self, account: Account) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let mut document = account.document;
            let name = document.shift_remove("name");
            let name = name.as_ref().and_then(Value::as_str).unwrap_or_default();
            let document = Value::Object(document).to_string();
            transaction.execute(
                "UPDATE accounts SET name = ?2, document = ?3 WHERE id = ?1",
                params![account.id, name, document],
            )?;
            Ok(())
        })
        .await
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
