//! Tokens of clients. Only their hashes are stored.
//!
//! A token has 256 random bits, and lookups compare its SHA-256. The time of a comparison depends on hashes, which
//! nobody can choose, so lookups need not take constant time.

use switchhook_runtime::Digest;

use super::{
    Actor, LoginProof, Store, StoreError,
    database::{Lock, Session},
    now,
};

/// The bearer of a token, and the end of its validity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// The actor that the token stands for.
    pub actor: Actor,
    /// When the token ends, in Unix seconds. `None` if it does not end.
    pub expires: Option<i64>,
}

impl Token {
    /// A token of the account itself, valid until it is revoked.
    pub fn everlasting(account_id: String) -> Self {
        Self {
            actor: Actor {
                account_id,
                user_id: None,
            },
            expires: None,
        }
    }
}

impl Store {
    /// Stores a token by its hash, and deletes tokens that have ended.
    pub async fn add_token(&self, hash: Digest, token: Token) -> Result<(), StoreError> {
        self.write(Lock::token(hash), move |session| add(session, hash, &token))
            .await
    }

    /// Stores the token of a user who has just logged in, if the proof is still valid. A new password would have ended
    /// all earlier logins.
    pub async fn add_login(
        &self,
        hash: Digest,
        token: Token,
        proof: LoginProof,
    ) -> Result<bool, StoreError> {
        let user = token.actor.user_id.as_deref().unwrap_or_default();
        self.write(Lock::user(&token.actor.account_id, user), move |session| {
            let user = proof.user(session, &token.actor.account_id)?;
            let holds = user.is_some() && user == token.actor.user_id;
            if holds {
                add(session, hash, &token)?;
            }
            Ok(holds)
        })
        .await
    }

    /// The token with this SHA-256, if it is still valid.
    pub async fn token(&self, hash: Digest) -> Result<Option<Token>, StoreError> {
        self.read(move |session| {
            let found: Option<(String, Option<String>, Option<i64>)> = session.one(
                "SELECT account_id, user_id, expires FROM tokens WHERE hash = ?1",
                &[&hash],
            )?;
            Ok(found.map(|(account_id, user_id, expires)| Token {
                actor: Actor {
                    account_id,
                    user_id,
                },
                expires,
            }))
        })
        .await
    }

    /// Revokes a token that was signed elsewhere, until it expires. The account and the user may be removed and made
    /// again under the same ids, and the token stays revoked.
    pub async fn revoke(&self, hash: Digest, expires: Option<i64>) -> Result<(), StoreError> {
        self.write(Lock::token(hash), move |session| {
            session.execute("DELETE FROM revoked_tokens WHERE expires <= ?1", &[&now()])?;
            session.execute(
                "INSERT INTO revoked_tokens (hash, expires) VALUES (?1, ?2)
                 ON CONFLICT (hash) DO UPDATE SET expires = excluded.expires",
                &[&hash, &expires],
            )?;
            Ok(())
        })
        .await
    }

    /// Whether a signed token was revoked.
    pub async fn is_revoked(&self, hash: Digest) -> Result<bool, StoreError> {
        self.read(move |session| {
            Ok(session.only(
                "SELECT EXISTS (SELECT 1 FROM revoked_tokens WHERE hash = ?1)",
                &[&hash],
            )?)
        })
        .await
    }

    /// Deletes a token.
    pub async fn delete_token(&self, hash: Digest) -> Result<(), StoreError> {
        self.write(Lock::token(hash), move |session| {
            session.execute("DELETE FROM tokens WHERE hash = ?1", &[&hash])?;
            Ok(())
        })
        .await
    }
}

fn add(session: &Session, hash: Digest, token: &Token) -> Result<(), StoreError> {
    session.execute("DELETE FROM tokens WHERE expires <= ?1", &[&now()])?;
    session.execute(
        "INSERT INTO tokens (hash, account_id, user_id, created, expires) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (hash) DO UPDATE SET
           account_id = excluded.account_id, user_id = excluded.user_id, created = excluded.created, expires = excluded.expires",
        &[
            &hash,
            &token.actor.account_id,
            &token.actor.user_id,
            &now(),
            &token.expires,
        ],
    )?;
    Ok(())
}

/// Deletes all tokens of a user.
pub(super) fn delete_of_user(
    session: &Session,
    account_id: &str,
    user_id: &str,
) -> Result<(), StoreError> {
    session.execute(
        "DELETE FROM tokens WHERE account_id = ?1 AND user_id = ?2",
        &[&account_id, &user_id],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, json};

    use super::*;
    use crate::{ApiKey, LoginHashes, LoginMethod, NewAccount, UserDraft, tests::empty};

    fn draft(password: u8) -> UserDraft {
        let document = json!({"username": "bob", "enabled": true});
        UserDraft {
            account_id: "a".into(),
            id: "u".into(),
            document: document.as_object().cloned().unwrap_or_default(),
            login: Some(LoginHashes {
                md5: [password; 32],
                sha1: [password; 32],
            }),
        }
    }

    #[tokio::test]
    async fn a_login_that_another_password_has_overtaken_is_none() {
        let (store, _folder) = empty().await;
        let account = NewAccount {
            id: "a".into(),
            enabled: true,
            document: Map::from_iter([("name".into(), "a".into()), ("realm".into(), "a".into())]),
            api_key: ApiKey {
                hash: Digest::of(b"key"),
                sealed: None,
            },
        };
        store.create_master_account(account).await.unwrap();
        let user = store.create_user(draft(1)).await.unwrap();
        let actor = Actor {
            account_id: "a".into(),
            user_id: Some("u".into()),
        };
        let token = Token {
            actor,
            expires: None,
        };
        let add = async |name: &[u8], password| {
            let method = LoginMethod::Md5;
            let hash = [password; 32];
            let proof = LoginProof { method, hash };
            let added = store.add_login(Digest::of(name), token.clone(), proof);
            added.await.unwrap()
        };
        assert!(add(b"first", 1).await);
        store.update_user(draft(2), user.revision).await.unwrap();
        assert!(!add(b"late", 1).await);
        assert!(add(b"second", 2).await);
        let known = async |name: &[u8]| store.token(Digest::of(name)).await.unwrap().is_some();
        assert!(!known(b"first").await && !known(b"late").await);
        assert!(known(b"second").await);
    }
}
