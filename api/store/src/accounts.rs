//! Single accounts. `account_lists` has lists of them.

use serde_json::{Map, Value};
use switchhook_runtime::Digest;

use super::{
    Revision, Store, StoreError,
    database::{Lock, Session, Value as Parameter},
    document_text::to_text,
    now,
};

/// A stored account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The ids of all ancestors, the master account first; empty for the master account.
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
        time_zone(&self.document)
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
    /// Whether the account may act and its functions may be called.
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
        self.write(Lock::master_account(), move |session| {
            if session.only("SELECT EXISTS (SELECT 1 FROM accounts)", &[])? {
                return Err(StoreError::AlreadyBootstrapped);
            }
            insert(session, new, Vec::new())?;
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
        self.write(Lock::account(&new.id), move |session| {
            if find(session, &new.id)?.is_some() {
                return Err(StoreError::Conflict);
            }
            let parent = find(session, &parent_id)?.ok_or(StoreError::Conflict)?;
            let mut tree = parent.tree;
            tree.push(parent_id);
            insert(session, new, tree)
        })
        .await
    }

    /// The id of the master account, if there is one.
    pub async fn master_account(&self) -> Result<Option<String>, StoreError> {
        self.read(|session| Ok(session.one("SELECT id FROM accounts WHERE tree = '[]'", &[])?))
            .await
    }

    /// An account that is not deleted.
    pub async fn account(&self, id: String) -> Result<Option<Account>, StoreError> {
        self.read(move |session| find(session, &id)).await
    }

    /// The account whose API key has this hash.
    pub async fn account_of_api_key(&self, hash: Digest) -> Result<Option<Account>, StoreError> {
        self.read(move |session| find_where(session, "api_key = ?1", &hash))
            .await
    }

    /// The account with this name. Names are compared by [`name_key`].
    pub async fn account_of_name(&self, name: &str) -> Result<Option<Account>, StoreError> {
        let key = name_key(name);
        self.read(move |session| find_where(session, "name_key <> '' AND name_key = ?1", &key))
            .await
    }

    /// The account with this realm. Case does not matter.
    pub async fn account_of_realm(&self, realm: String) -> Result<Option<Account>, StoreError> {
        self.read(move |session| {
            find_where(
                session,
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
        self.write(Lock::account(&account.id), move |session| {
            expect_current(session, &account)?;
            expect_unique(session, &account.id, &account.document)?;
            let (rest, revision) =
                next_revision(&account.document, account.enabled, Some(&account.revision))?;
            let name = text(&account.document, "name");
            let realm = text(&account.document, "realm");
            session.execute(
                "UPDATE accounts SET name = ?2, name_key = ?3, sort_name = ?4, realm = ?5, realm_key = ?6, enabled = ?7,
                        revision = ?8, document = ?9
                 WHERE id = ?1",
                &[
                    &account.id,
                    &name,
                    &name_key(name),
                    &name.to_ascii_lowercase(),
                    &realm,
                    &realm.to_ascii_lowercase(),
                    &account.enabled,
                    &revision.as_str(),
                    &rest,
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
        self.write(Lock::account(&account.id), move |session| {
            expect_current(session, &account)?;
            let has_descendants = session.only(
                "SELECT EXISTS (SELECT 1 FROM ancestors WHERE ancestor_id = ?1)",
                &[&account.id],
            )?;
            if has_descendants {
                return Err(StoreError::HasDescendants);
            }
            session.execute("DELETE FROM accounts WHERE id = ?1", &[&account.id])?;
            Ok(account)
        })
        .await
    }

    /// The encrypted API key of an account. `None` if only its hash was stored.
    pub async fn sealed_api_key(&self, id: String) -> Result<Option<Vec<u8>>, StoreError> {
        self.read(move |session| {
            let sealed: Option<Option<Vec<u8>>> =
                session.one("SELECT sealed_api_key FROM accounts WHERE id = ?1", &[&id])?;
            Ok(sealed.flatten())
        })
        .await
    }

    /// Replaces an account's API key.
    pub async fn replace_api_key(&self, id: String, key: ApiKey) -> Result<(), StoreError> {
        self.write(Lock::account(&id), move |session| {
            session.execute(
                "UPDATE accounts SET api_key = ?2, sealed_api_key = ?3 WHERE id = ?1",
                &[&id, &key.hash, &key.sealed],
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

/// The time zone in an account's document.
pub(super) fn time_zone(document: &Map<String, Value>) -> Option<&str> {
    document.get("timezone")?.as_str()
}

fn text<'a>(document: &'a Map<String, Value>, key: &str) -> &'a str {
    let value = document.get(key);
    value.and_then(Value::as_str).unwrap_or_default()
}

type RowParts = (String, String, String, String, i64, bool, String, String);

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

pub(super) fn find(session: &Session, id: &str) -> Result<Option<Account>, StoreError> {
    find_where(session, "id = ?1", &id)
}

/// The account that fulfils `condition`, in which `?1` is a parameter.
fn find_where(
    session: &Session,
    condition: &str,
    value: &dyn Parameter,
) -> Result<Option<Account>, StoreError> {
    let sql = format!(
        "SELECT id, name, realm, tree, created, enabled, revision, document FROM accounts WHERE {condition}"
    );
    let found = session.one(&sql, &[value])?;
    found.map(account).transpose()
}

fn expect_current(session: &Session, account: &Account) -> Result<(), StoreError> {
    match find(session, &account.id)? {
        Some(current) if current.revision == account.revision => Ok(()),
        _ => Err(StoreError::Conflict),
    }
}

fn expect_unique(
    session: &Session,
    id: &str,
    document: &Map<String, Value>,
) -> Result<(), StoreError> {
    let taken = |condition: &str, value: &str| {
        session.only::<bool>(
            &format!("SELECT EXISTS (SELECT 1 FROM accounts WHERE {condition} AND id <> ?2)"),
            &[&value, &id],
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

fn insert(session: &Session, new: NewAccount, tree: Vec<String>) -> Result<Account, StoreError> {
    expect_unique(session, &new.id, &new.document)?;
    let (rest, revision) = next_revision(&new.document, new.enabled, None)?;
    let created = now();
    let name = text(&new.document, "name");
    let realm = text(&new.document, "realm");
    session.execute(
        "INSERT INTO accounts
           (id, name, name_key, sort_name, realm, realm_key, tree, parent_id, api_key, sealed_api_key, created, enabled,
            revision, document)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)",
        &[
            &new.id,
            &name,
            &name_key(name),
            &name.to_ascii_lowercase(),
            &realm,
            &realm.to_ascii_lowercase(),
            &Value::from(tree.clone()).to_string(),
            &tree.last(),
            &new.api_key.hash,
            &new.api_key.sealed,
            &created,
            &new.enabled,
            &revision.as_str(),
            &rest,
        ],
    )?;
    session.execute(
        "INSERT INTO ancestors (ancestor_id, account_id)
         SELECT ancestor_id, ?1 FROM ancestors WHERE account_id = ?2
         UNION ALL SELECT id, ?1 FROM accounts WHERE id = ?2",
        &[&new.id, &tree.last()],
    )?;
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
    use super::*;

    #[test]
    fn names_are_compared_by_their_letters_and_digits() {
        assert_eq!(name_key("My Company, Inc. 2"), "mycompanyinc2");
        assert_eq!(name_key("Ünïq"), "nq");
        assert_eq!(name_key("株式会社"), "株式会社");
    }
}
