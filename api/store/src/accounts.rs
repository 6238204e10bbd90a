//! Single accounts. `account_lists` has lists of them.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::{Map, Value};
use switchhook_runtime::Digest;

use super::{Revision, Store, StoreError, document_text::to_text, now};

/// A stored account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// 32 hexadecimal digits.
    pub id: String,
    /// All ancestors' ids, the master account first; empty for the master account.
    pub tree: Vec<String>,
    /// The current revision of its document.
    pub revision: Revision,
    /// When it was created, in Unix seconds.
    pub created: i64,
    /// Whether its tokens are accepted.
    pub enabled: bool,
    /// The public document with `name` and `realm`, without `id` and `enabled`.
    pub document: Map<String, Value>,
}

impl Account {
    /// The IANA name of the time zone that its functions run in.
    pub fn time_zone(&self) -> Option<&str> {
        self.document.get("timezone")?.as_str()
    }

    /// Whether it is the master account, the root of the tree. Its owner may do anything in any account.
    pub fn is_master(&self) -> bool {
        self.tree.is_empty()
    }

    /// Its name; empty if it has none.
    pub fn name(&self) -> &str {
        text(&self.document, "name")
    }
}

/// The data of a new account.
pub struct NewAccount {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Whether it may act and be called.
    pub enabled: bool,
    /// The public document with `name` and `realm`, without `id` and `enabled`.
    pub document: Map<String, Value>,
    /// Its API key.
    pub api_key: ApiKey,
}

/// An API key as the database keeps it.
pub struct ApiKey {
    /// SHA-256 of the key, for logins.
    pub hash: Digest,
    /// The key, encrypted with the operator's key, if there is one.
    pub sealed: Option<Vec<u8>>,
}

impl Store {
    /// Creates the first account of a database.
    pub async fn create_master_account(&self, new: NewAccount) -> Result<(), StoreError> {
        self.write(move |transaction| {
            let taken =
                transaction.query_row("SELECT EXISTS (SELECT 1 FROM accounts)", [], |row| {
                    row.get(0)
                })?;
            if taken {
                return Err(StoreError::AlreadyBootstrapped);
            }
            insert(transaction, new, Vec::new())?;
            Ok(())
        })
        .await
    }

    /// Creates an account below another one.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the id is taken or the parent does not exist, [`StoreError::NotUnique`] if another
    /// account has the name or the realm.
    pub async fn create_account(
        &self,
        new: NewAccount,
        parent_id: String,
    ) -> Result<Account, StoreError> {
        self.write(move |transaction| {
            if find(transaction, &new.id)?.is_some() {
                return Err(StoreError::Conflict);
            }
            let parent = find(transaction, &parent_id)?.ok_or(StoreError::Conflict)?;
            let mut tree = parent.tree;
            tree.push(parent_id);
            insert(transaction, new, tree)
        })
        .await
    }

    /// The id of the master account, if there is one.
    pub async fn master_account(&self) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            Ok(connection
                .query_row("SELECT id FROM accounts WHERE tree = '[]'", [], |row| {
                    row.get(0)
                })
                .optional()?)
        })
        .await
    }

    /// An account that is not deleted.
    pub async fn account(&self, id: String) -> Result<Option<Account>, StoreError> {
        self.read(move |connection| find(connection, &id)).await
    }

    /// The id of the account whose API key has this hash.
    pub async fn account_of_api_key(&self, hash: Digest) -> Result<Option<Account>, StoreError> {
        self.read(move |connection| {
            find_where(connection, "api_key = ?1", &hash.as_bytes().as_slice())
        })
        .await
    }

    /// The id of the account with this name. Names are compared by [`name_key`].
    pub async fn account_of_name(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let key = name_key(name);
        self.read(move |connection| {
            find_where(connection, "name_key <> '' AND name_key = ?1", &key)
        })
        .await
    }

    /// The id of the account with this realm. Case does not matter.
    pub async fn account_of_realm(&self, realm: String) -> Result<Option<Account>, StoreError> {
        self.read(move |connection| {
            find_where(
                connection,
                "realm_key <> '' AND realm_key = ?1",
                &realm.to_ascii_lowercase(),
            )
        })
        .await
    }

    /// Stores the next revision of an account.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if `account.revision` is no longer current, [`StoreError::NotUnique`] if another
    /// account has the name or the realm.
    pub async fn update_account(&self, account: Account) -> Result<Account, StoreError> {
        self.write(move |transaction| {
            expect_current(transaction, &account)?;
            expect_unique(transaction, &account.id, &account.document)?;
            let (rest, revision) =
                next_revision(&account.document, account.enabled, Some(&account.revision))?;
            let name = text(&account.document, "name");
            let realm = text(&account.document, "realm");
            transaction.execute(
                "UPDATE accounts SET name = ?2, name_key = ?3, sort_name = ?4, realm = ?5, realm_key = ?6, enabled = ?7,
                        revision = ?8, document = ?9
                 WHERE id = ?1",
                params![
                    account.id,
                    name,
                    name_key(name),
                    name.to_ascii_lowercase(),
                    realm,
                    realm.to_ascii_lowercase(),
                    account.enabled,
                    revision.as_str(),
                    rest,
                ],
            )?;
            Ok(Account {
                revision,
                ..account
            })
        })
        .await
    }

    /// Removes an account and everything that it owns.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if `account` is no longer current, [`StoreError::HasDescendants`] if there are accounts
    /// below it.
    pub async fn delete_account(&self, account: Account) -> Result<Account, StoreError> {
        self.write(move |transaction| {
            expect_current(transaction, &account)?;
            let has_descendants = transaction.query_row(
                "SELECT EXISTS (SELECT 1 FROM ancestors WHERE ancestor_id = ?1)",
                [&account.id],
                |row| row.get(0),
            )?;
            if has_descendants {
                return Err(StoreError::HasDescendants);
            }
            transaction.execute("DELETE FROM accounts WHERE id = ?1", [&account.id])?;
            Ok(account)
        })
        .await
    }

    /// The encrypted API key of an account. `None` if only its hash was stored.
    pub async fn sealed_api_key(&self, id: String) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(move |connection| {
            let sealed = connection
                .query_row(
                    "SELECT sealed_api_key FROM accounts WHERE id = ?1",
                    [id],
                    |row| row.get(0),
                )
                .optional()?;
            Ok(sealed.flatten())
        })
        .await
    }

    /// Replaces an account's API key.
    pub async fn replace_api_key(&self, id: String, key: ApiKey) -> Result<(), StoreError> {
        self.write(move |transaction| {
            transaction.execute(
                "UPDATE accounts SET api_key = ?2, sealed_api_key = ?3 WHERE id = ?1",
                params![id, key.hash.as_bytes(), key.sealed],
            )?;
            Ok(())
        })
        .await
    }
}

/// The part of a name that counts when names are compared: lower-case letters and digits (KAZOO `kzd_accounts.erl`,
/// `normalize_name/1`), or the whole name if it has none.
pub(super) fn name_key(name: &str) -> String {
    let mut key = name.to_lowercase();
    key.retain(|it| it.is_ascii_alphanumeric());
    if key.is_empty() {
        name.to_lowercase()
    } else {
        key
    }
}

fn text<'a>(document: &'a Map<String, Value>, key: &str) -> &'a str {
    let value = document.get(key);
    value.and_then(Value::as_str).unwrap_or_default()
}

type RowParts = (String, String, String, String, i64, bool, String, String);

fn row_parts(row: &Row) -> rusqlite::Result<RowParts> {
    row.try_into()
}

fn account(
    (id, name, realm, tree, created, enabled, revision, document): RowParts,
) -> Result<Account, StoreError> {
    let broken = |source| StoreError::Broken {
        what: "account",
        source,
    };
    let rest: Map<String, Value> = serde_json::from_str(&document).map_err(broken)?;
    let mut document = Map::new();
    document.insert("name".into(), name.into());
    document.insert("realm".into(), realm.into());
    document.extend(rest);
    Ok(Account {
        id,
        tree: serde_json::from_str(&tree).map_err(broken)?,
        revision: Revision::read(revision),
        created,
        enabled,
        document,
    })
}

pub(super) fn find(connection: &Connection, id: &str) -> Result<Option<Account>, StoreError> {
    find_where(connection, "id = ?1", &id)
}

/// The account that fulfils `condition`, in which `?1` is a parameter.
fn find_where(
    connection: &Connection,
    condition: &str,
    value: &dyn rusqlite::ToSql,
) -> Result<Option<Account>, StoreError> {
    connection
        .prepare_cached(&format!(
            "SELECT id, name, realm, tree, created, enabled, revision, document FROM accounts WHERE {condition}"
        ))?
        .query_row([value], row_parts)
        .optional()?
        .map(account)
        .transpose()
}

fn expect_current(transaction: &Transaction, account: &Account) -> Result<(), StoreError> {
    match find(transaction, &account.id)? {
        Some(current) if current.revision == account.revision => Ok(()),
        _ => Err(StoreError::Conflict),
    }
}

fn expect_unique(
    transaction: &Transaction,
    id: &str,
    document: &Map<String, Value>,
) -> Result<(), StoreError> {
    let taken = |condition: &str, value: &str| {
        transaction.query_row(
            &format!("SELECT EXISTS (SELECT 1 FROM accounts WHERE {condition} AND id <> ?2)"),
            [value, id],
            |row| row.get::<_, bool>(0),
        )
    };
    let mut fields = Vec::new();
    let realm = text(document, "realm").to_ascii_lowercase();
    if taken("realm_key = ?1", &realm)? {
        fields.push("realm");
    }
    if taken("name_key = ?1", &name_key(text(document, "name")))? {
        fields.push("name");
    }
    if fields.is_empty() {
        Ok(())
    } else {
        Err(StoreError::NotUnique(fields))
    }
}

/// The part of the document without columns of its own, as text, and the next revision.
fn next_revision(
    document: &Map<String, Value>,
    enabled: bool,
    parent: Option<&Revision>,
) -> Result<(String, Revision), StoreError> {
    let whole = format!("{enabled}{}", to_text("account", document)?);
    let mut rest = document.clone();
    rest.shift_remove("name");
    rest.shift_remove("realm");
    Ok((
        to_text("account", &rest)?,
        Revision::following(parent, false, &whole, &[]),
    ))
}

fn insert(
    transaction: &Transaction,
    new: NewAccount,
    tree: Vec<String>,
) -> Result<Account, StoreError> {
    expect_unique(transaction, &new.id, &new.document)?;
    let (rest, revision) = next_revision(&new.document, new.enabled, None)?;
    let created = now();
    let name = text(&new.document, "name");
    let realm = text(&new.document, "realm");
    transaction.execute(
        "INSERT INTO accounts
           (id, name, name_key, sort_name, realm, realm_key, tree, parent_id, api_key, sealed_api_key, created, enabled,
            revision, document)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        params![
            new.id,
            name,
            name_key(name),
            name.to_ascii_lowercase(),
            realm,
            realm.to_ascii_lowercase(),
            Value::from(tree.clone()).to_string(),
            tree.last(),
            new.api_key.hash.as_bytes(),
            new.api_key.sealed,
            created,
            new.enabled,
            revision.as_str(),
            rest,
        ],
    )?;
    for ancestor in &tree {
        transaction.execute(
            "INSERT INTO ancestors (ancestor_id, account_id) VALUES (?1, ?2)",
            [ancestor, &new.id],
        )?;
    }
    Ok(Account {
        id: new.id,
        tree,
        revision,
        created,
        enabled: new.enabled,
        document: new.document,
    })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            AccountPage,
            Below::{Children, Descendants},
            MIGRATIONS, Token,
        },
        *,
    };

    #[test]
    fn names_are_compared_by_their_letters_and_digits() {
        assert_eq!(name_key("My Company, Inc. 2"), "mycompanyinc2");
        assert_eq!(name_key("Ünïq"), "nq");
        assert_eq!(name_key("株式会社"), "株式会社");
    }

    #[tokio::test]
    async fn accounts_of_an_older_database_have_their_place_in_the_tree() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("test.db");
        let mut old = Connection::open(&path).unwrap();
        MIGRATIONS.to_version(&mut old, 2).unwrap();
        let insert =
            "INSERT INTO accounts (id, name, tree, api_key, created) VALUES (?1, ?1, ?2, ?3, 0)";
        for (id, tree) in [("a", "[]"), ("b", r#"["a"]"#), ("c", r#"["a","b"]"#)] {
            old.execute(insert, params![id, tree, id.as_bytes()])
                .unwrap();
        }
        let hash = Digest::of(b"token");
        old.execute(
            "INSERT INTO tokens (hash, account_id, created) VALUES (?1, 'b', 0)",
            [hash.as_bytes()],
        )
        .unwrap();
        drop(old);

        let store = Store::open(&path).unwrap();
        let token = store.token(hash).await.unwrap().unwrap();
        assert_eq!(token, Token::everlasting("b".into()));
        let below = |id: &str, below| store.accounts_below(id.into(), below, None, 10);
        let ids = |page: AccountPage| -> Vec<String> {
            page.accounts.into_iter().map(|row| row.id).collect()
        };
        assert_eq!(ids(below("a", Children).await.unwrap()), ["b"]);
        assert_eq!(ids(below("a", Descendants).await.unwrap()), ["b", "c"]);
        let account = store.account("b".into()).await.unwrap().unwrap();
        assert!(account.enabled && account.document["realm"].is_string());
        let refused = store.delete_account(account).await.unwrap_err();
        assert!(matches!(refused, StoreError::HasDescendants), "{refused}");
    }
}
