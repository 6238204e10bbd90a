//! Users of accounts. The database keeps slow hashes of what they log in with.

use std::ops::ControlFlow;

use serde_json::{Map, Value};

use super::{
    PAGE_BYTES, Revision, Store, StoreError,
    database::{FromRow, Lock, Session},
    document::is_enabled,
    document_text::to_text,
    now, tokens,
};

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
        self.read(move |session| find(session, &account_id, &id))
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
        self.read_list(move |session| {
            let one_more = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
            let (name, id) = start.unzip();
            let sql = "SELECT account_id, id, revision, document, sort_name FROM users
                       WHERE account_id = ?1 AND (CAST(?2 AS TEXT) IS NULL OR (sort_name, id) <= (?2, ?3))
                       ORDER BY sort_name DESC, id DESC LIMIT ?4";
            let mut rows = Vec::new();
            let mut next = None;
            let mut bytes = 0;
            session.each(sql, &[&account_id, &name, &id, &one_more], |row| {
                let parts = RowParts::from_row(row)?;
                bytes += parts.3.len();
                if rows.len() == limit || (bytes > PAGE_BYTES && !rows.is_empty()) {
                    next = Some((row.get(4)?, parts.1));
                    return Ok(ControlFlow::Break(()));
                }
                rows.push(row_of(&user(parts)?));
                Ok::<_, StoreError>(ControlFlow::Continue(()))
            })?;
            Ok(UserPage { rows, next })
        })
        .await
    }

    /// Stores a new user.
    ///
    /// # Errors
    /// [`StoreError::Conflict`] if the id is taken, [`StoreError::NotUnique`] if the name is.
    pub async fn create_user(&self, draft: UserDraft) -> Result<User, StoreError> {
        self.write(Lock::user(&draft.account_id, &draft.id), move |session| {
            if find(session, &draft.account_id, &draft.id)?.is_some() {
                return Err(StoreError::Conflict);
            }
            let (md5, sha1) = draft.login.map(|login| (login.md5, login.sha1)).unzip();
            let (text, revision) = next_revision(session, &draft, None)?;
            let inserted = session.execute(
                "INSERT INTO users
                   (account_id, id, revision, document, username, enabled, sort_name, md5, sha1, created)
                 SELECT id, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 FROM accounts WHERE id = ?1",
                &[
                    &draft.account_id,
                    &draft.id,
                    &revision.as_str(),
                    &text,
                    &draft.username(),
                    &draft.enabled(),
                    &draft.sort_name(),
                    &md5,
                    &sha1,
                    &now(),
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
        self.write(Lock::user(&draft.account_id, &draft.id), move |session| {
            expect_current(session, &draft.account_id, &draft.id, &parent)?;
            let (text, revision) = next_revision(session, &draft, Some(&parent))?;
            session.execute(
                "UPDATE users SET revision = ?3, document = ?4, username = ?5, enabled = ?6, sort_name = ?7
                 WHERE account_id = ?1 AND id = ?2",
                &[
                    &draft.account_id,
                    &draft.id,
                    &revision.as_str(),
                    &text,
                    &draft.username(),
                    &draft.enabled(),
                    &draft.sort_name(),
                ],
            )?;
            if let Some(login) = draft.login {
                session.execute(
                    "UPDATE users SET md5 = ?3, sha1 = ?4 WHERE account_id = ?1 AND id = ?2",
                    &[&draft.account_id, &draft.id, &login.md5, &login.sha1],
                )?;
            }
            if draft.username().is_none() {
                session.execute(
                    "UPDATE users SET md5 = NULL, sha1 = NULL WHERE account_id = ?1 AND id = ?2",
                    &[&draft.account_id, &draft.id],
                )?;
            }
            if draft.login.is_some() || draft.username().is_none() || !draft.enabled() {
                tokens::delete_of_user(session, &draft.account_id, &draft.id)?;
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
        self.write(Lock::user(&user.account_id, &user.id), move |session| {
            expect_current(session, &user.account_id, &user.id, &user.revision)?;
            tokens::delete_of_user(session, &user.account_id, &user.id)?;
            session.execute(
                "DELETE FROM users WHERE account_id = ?1 AND id = ?2",
                &[&user.account_id, &user.id],
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
        self.read(move |session| proof.user(session, &account_id))
            .await
    }
}

impl LoginProof {
    /// The enabled user of an account with this hash.
    pub(super) fn user(
        &self,
        session: &Session,
        account_id: &str,
    ) -> Result<Option<String>, StoreError> {
        let sql = match self.method {
            LoginMethod::Md5 => {
                "SELECT id FROM users WHERE account_id = ?1 AND md5 = ?2 AND enabled <> 0"
            }
            LoginMethod::Sha1 => {
                "SELECT id FROM users WHERE account_id = ?1 AND sha1 = ?2 AND enabled <> 0"
            }
        };
        Ok(session.one(sql, &[&account_id, &self.hash])?)
    }
}

type RowParts = (String, String, String, String);

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

fn find(session: &Session, account_id: &str, id: &str) -> Result<Option<User>, StoreError> {
    let found = session.one(
        "SELECT account_id, id, revision, document FROM users WHERE account_id = ?1 AND id = ?2",
        &[&account_id, &id],
    )?;
    found.map(user).transpose()
}

fn expect_current(
    session: &Session,
    account_id: &str,
    id: &str,
    revision: &Revision,
) -> Result<(), StoreError> {
    match find(session, account_id, id)? {
        Some(current) if current.revision == *revision => Ok(()),
        _ => Err(StoreError::Conflict),
    }
}

/// The document as text, and its next revision. Fails if another user has the name.
fn next_revision(
    session: &Session,
    draft: &UserDraft,
    parent: Option<&Revision>,
) -> Result<(String, Revision), StoreError> {
    let taken = session.only(
        "SELECT EXISTS (SELECT 1 FROM users WHERE account_id = ?1 AND username = ?2 AND id <> ?3)",
        &[&draft.account_id, &draft.username(), &draft.id],
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
