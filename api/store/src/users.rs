//! Users of accounts. The database keeps slow hashes of what they log in with.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::{Map, Value};

use super::document::is_enabled;
use super::{PAGE_BYTES, Revision, Store, StoreError, document_text::to_text, now, tokens};

/// A stored user.
#[derive(Clone, Debug)]
pub struct User {
    /// The user's account.
    pub account_id: String,
    /// The user's id.
    pub id: String,
    /// The current revision.
    pub revision: Revision,
    /// The public document, without `id`.
    pub document: Map<String, Value>,
}

/// Slow hashes of the two values with which a client can log in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LoginHashes {
    /// Slow hash of the MD5 (KAZOO `cb_user_auth.erl`).
    pub md5: [u8; 32],
    /// Slow hash of the SHA-1.
    pub sha1: [u8; 32],
}

/// How a client hashes its password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginMethod {
    /// MD5 of `username:password`.
    Md5,
    /// SHA-1 of `username:password`.
    Sha1,
}

/// The value with which a user logs in.
#[derive(Clone, Copy)]
pub struct LoginProof {
    /// The client's hash.
    pub method: LoginMethod,
    /// The slow hash of its value.
    pub hash: [u8; 32],
}

/// A user to be stored.
pub struct UserDraft {
    /// The user's account.
    pub account_id: String,
    /// The user's id.
    pub id: String,
    /// The public document, without `id`.
    pub document: Map<String, Value>,
    /// New hashes. `None` keeps the old ones.
    pub login: Option<LoginHashes>,
}

/// A piece of a list of users.
pub struct UserPage<T> {
    /// The rows of the piece.
    pub rows: Vec<T>,
    /// Where the next piece starts. `None` if there is none.
    pub next: Option<(String, String)>,
}

impl UserDraft {
    fn text(&self, key: &str) -> &str {
        let value = self.document.get(key);
        value.and_then(Value::as_str).unwrap_or_default()
    }

    fn username(&self) -> Option<&str> {
        Some(self.text("username")).filter(|name| !name.is_empty())
    }

    fn enabled(&self) -> bool {
        is_enabled(&self.document)
    }

    fn sort_name(&self) -> String {
        format!("{} {}", self.text("last_name"), self.text("first_name"))
    }
}

impl Store {
    /// A user of an account.
    pub async fn user(&self, account_id: String, id: String) -> Result<Option<User>, StoreError> {
        self.read(move |connection| find(connection, &account_id, &id))
            .await
    }

    /// Rows for at most `limit` users, by descending name, from a name and an id on. If users are large, there are
    /// fewer. Documents are parsed one at a time.
    pub async fn users<T: Send + 'static>(
        &self,
        account_id: String,
        start: Option<(String, String)>,
        limit: usize,
        row_of: impl Fn(&User) -> T + Send + 'static,
    ) -> Result<UserPage<T>, StoreError> {
        self.read_list(move |connection| {
            let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
            let (name, id) = start.unzip();
            let mut statement = connection.prepare_cached(
                "SELECT account_id, id, revision, document, sort_name FROM users
                 WHERE account_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR (sort_name, id) <= (?2, ?3))
                 ORDER BY sort_name DESC, id DESC LIMIT ?4",
            )?;
            let mut found = statement.query(params![account_id, name, id, one_more])?;
            let mut rows = Vec::new();
            let mut bytes = 0;
            while let Some(row) = found.next()? {
                let parts = row_parts(row)?;
                bytes += parts.3.len();
                if rows.len() == limit || (bytes > PAGE_BYTES && !rows.is_empty()) {
                    let next = Some((row.get(4)?, parts.1));
                    return Ok(UserPage { rows, next });
                }
                rows.push(row_of(&user(parts)?));
            }
            Ok(UserPage { rows, next: None })
        })
        .await
    }

    /// Stores a new user.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the id is taken, [`StoreError::NotUnique`] if the name is.
    pub async fn create_user(&self, draft: UserDraft) -> Result<User, StoreError> {
        self.write(move |transaction| {
            if find(transaction, &draft.account_id, &draft.id)?.is_some() {
                return Err(StoreError::Conflict);
            }
            let (md5, sha1) = draft.login.map(|login| (login.md5, login.sha1)).unzip();
            let (text, revision) = next_revision(transaction, &draft, None)?;
            let inserted = transaction.execute(
                "INSERT INTO users
                   (account_id, id, revision, document, username, enabled, sort_name, md5, sha1, created)
                 SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM accounts WHERE id = ?1",
                params![
                    draft.account_id,
                    draft.id,
                    revision.as_str(),
                    text,
                    draft.username(),
                    draft.enabled(),
                    draft.sort_name(),
                    md5,
                    sha1,
                    now(),
                ],
            )?;
            if inserted == 0 {
                return Err(StoreError::Conflict);
            }
            Ok(stored(draft, revision))
        })
        .await
    }

    /// Stores the next revision of a user. A user who is disabled or gets another password is logged out.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if `parent` is no longer current.
    pub async fn update_user(
        &self,
        draft: UserDraft,
        parent: Revision,
    ) -> Result<User, StoreError> {
        self.write(move |transaction| {
            expect_current(transaction, &draft.account_id, &draft.id, &parent)?;
            let (text, revision) = next_revision(transaction, &draft, Some(&parent))?;
            transaction.execute(
                "UPDATE users SET revision = ?3, document = ?4, username = ?5, enabled = ?6, sort_name = ?7
                 WHERE account_id = ?1 AND id = ?2",
                params![
                    draft.account_id,
                    draft.id,
                    revision.as_str(),
                    text,
                    draft.username(),
                    draft.enabled(),
                    draft.sort_name(),
                ],
            )?;
            if let Some(login) = draft.login {
                transaction.execute(
                    "UPDATE users SET md5 = ?3, sha1 = ?4 WHERE account_id = ?1 AND id = ?2",
                    params![draft.account_id, draft.id, login.md5, login.sha1],
                )?;
            }
            if draft.username().is_none() {
                transaction.execute(
                    "UPDATE users SET md5 = NULL, sha1 = NULL WHERE account_id = ?1 AND id = ?2",
                    [&draft.account_id, &draft.id],
                )?;
            }
            if draft.login.is_some() || draft.username().is_none() || !draft.enabled() {
                tokens::delete_of_user(transaction, &draft.account_id, &draft.id)?;
            }
            Ok(stored(draft, revision))
        })
        .await
    }

    /// Removes a user and logs the user out.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if `user` is no longer current.
    pub async fn delete_user(&self, user: User) -> Result<User, StoreError> {
        self.write(move |transaction| {
            expect_current(transaction, &user.account_id, &user.id, &user.revision)?;
            tokens::delete_of_user(transaction, &user.account_id, &user.id)?;
            transaction.execute(
                "DELETE FROM users WHERE account_id = ?1 AND id = ?2",
                [&user.account_id, &user.id],
            )?;
            Ok(user)
        })
        .await
    }

    /// The enabled user of an account with this proof.
    pub async fn user_of_login(
        &self,
        account_id: String,
        proof: LoginProof,
    ) -> Result<Option<String>, StoreError> {
        self.read(move |connection| proof.user(connection, &account_id))
            .await
    }
}

impl LoginProof {
    /// The enabled user of an account with this hash.
    pub(super) fn user(
        &self,
        connection: &Connection,
        account_id: &str,
    ) -> Result<Option<String>, StoreError> {
        let sql = match self.method {
            LoginMethod::Md5 => {
                "SELECT id FROM users WHERE account_id = ?1 AND md5 = ?2 AND enabled"
            }
            LoginMethod::Sha1 => {
                "SELECT id FROM users WHERE account_id = ?1 AND sha1 = ?2 AND enabled"
            }
        };
        Ok(connection
            .prepare_cached(sql)?
            .query_row(params![account_id, self.hash], |row| row.get(0))
            .optional()?)
    }
}

type RowParts = (String, String, String, String);

fn row_parts(row: &Row) -> rusqlite::Result<RowParts> {
    Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
}

fn user((account_id, id, revision, document): RowParts) -> Result<User, StoreError> {
    Ok(User {
        account_id,
        id,
        revision: Revision::read(revision),
        document: serde_json::from_str(&document).map_err(|source| StoreError::Broken {
            what: "user",
            source,
        })?,
    })
}

fn find(connection: &Connection, account_id: &str, id: &str) -> Result<Option<User>, StoreError> {
    connection
        .prepare_cached(
            "SELECT account_id, id, revision, document FROM users WHERE account_id = ?1 AND id = ?2",
        )?
        .query_row([account_id, id], row_parts)
        .optional()?
        .map(user)
        .transpose()
}

fn expect_current(
    transaction: &Transaction,
    account_id: &str,
    id: &str,
    revision: &Revision,
) -> Result<(), StoreError> {
    match find(transaction, account_id, id)? {
        Some(current) if current.revision == *revision => Ok(()),
        _ => Err(StoreError::Conflict),
    }
}

/// The document as text, and its next revision. Fails if another user has the name.
fn next_revision(
    transaction: &Transaction,
    draft: &UserDraft,
    parent: Option<&Revision>,
) -> Result<(String, Revision), StoreError> {
    let taken = transaction.query_row(
        "SELECT EXISTS (SELECT 1 FROM users WHERE account_id = ?1 AND username = ?2 AND id <> ?3)",
        params![draft.account_id, draft.username(), draft.id],
        |row| row.get(0),
    )?;
    if taken {
        return Err(StoreError::NotUnique(vec!["username"]));
    }
    let text = to_text("user", &draft.document)?;
    let revision = Revision::following(parent, false, &text, &[]);
    Ok((text, revision))
}

fn stored(draft: UserDraft, revision: Revision) -> User {
    User {
        account_id: draft.account_id,
        id: draft.id,
        revision,
        document: draft.document,
    }
}
