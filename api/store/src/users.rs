//! Users of accounts. What they log in with is kept as a hash that is slow to make.

use rusqlite::{Connection, OptionalExtension, Row, Transaction, params};
use serde_json::{Map, Value};

use super::document::is_enabled;
use super::{PAGE_BYTES, Revision, Store, StoreError, document_text::to_text, now, tokens};

/// A user as it is stored.
#[derive(Clone, Debug)]
pub struct User {
    /// The user's account.
    pub account_id: String,
    /// The user's id.
    pub id: String,
    /// The current revision of its document.
    pub revision: Revision,
    /// The public document, without `id`.
    pub document: Map<String, Value>,
}

/// Hashes of what a client sends to log in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct LoginHashes {
    /// The slow hash of the MD5 that a client may send (KAZOO `cb_user_auth.erl`).
    pub md5: [u8; 32],
    /// The slow hash of the SHA-1 that a client may send.
    pub sha1: [u8; 32],
}

/// Which of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoginMethod {
    /// MD5 of `username:password`.
    Md5,
    /// SHA-1 of `username:password`.
    Sha1,
}

/// What a user logs in with.
#[derive(Clone, Copy)]
pub struct LoginProof {
    /// How the client made the hash.
    pub method: LoginMethod,
    /// The slow hash of it.
    pub hash: [u8; 32],
}

/// A user as it is to be stored.
pub struct UserDraft {
    /// The user's account.
    pub account_id: String,
    /// The user's id.
    pub id: String,
    /// The public document, without `id`.
    pub document: Map<String, Value>,
    /// New ones; without, those it has stay.
    pub login: Option<LoginHashes>,
}

/// A piece of an account's users, a row for each.
pub struct UserPage<T> {
    /// Rows of the page.
    pub rows: Vec<T>,
    /// The key that the next piece starts with.
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
    /// An account's user.
    pub async fn user(&self, account_id: String, id: String) -> Result<Option<User>, StoreError> {
        self.read(move |connection| find(connection, &account_id, &id))
            .await
    }

    /// Rows of at most `limit` users, or fewer if they are large, by descending name, from `start` on: a name and an id. One at a time
    /// is parsed.
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
    /// Fails with [`StoreError::Conflict`] if the id is taken, with [`StoreError::NotUnique`] if the name is.
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

    /// Stores the next revision of a user. One who is disabled, or logs in otherwise from now on, is logged out.
    ///
    /// Fails with [`StoreError::Conflict`] if `parent` is no longer the current revision.
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

    /// Removes a user and logs it out.
    ///
    /// Fails with [`StoreError::Conflict`] if `user` is no longer current.
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

    /// The enabled user of an account who logs in with that.
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
    /// The enabled user of an account whose hash it is.
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

/// The document as text, and its revision; fails if somebody else has the user's name.
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
