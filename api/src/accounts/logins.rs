//! Logins with an API key, or with a user's name and password (KAZOO `cb_api_auth.erl`, `cb_user_auth.erl`,
//! `crossbar_auth.erl`).

use std::sync::Arc;

use serde_json::Value;
use switchhook_runtime::Digest;
use switchhook_store::{
    Account, Actor, LoginMethod, LoginProof, Token, User, document::PublicDocument,
    ids::random_secret,
};
use time::OffsetDateTime;

use super::{
    schemas,
    service::{Accounts, AccountsError},
};

/// Seconds until a login expires (KAZOO `crossbar_auth.erl`, `token_auth_expiry`).
const LOGIN_SECONDS: i64 = 3_600;

/// A new token and its bearer.
pub(crate) struct Login {
    pub(crate) token: String,
    pub(crate) session: Session,
}

/// The bearer of a token.
pub(crate) struct Session {
    pub(crate) account: Arc<Account>,
    pub(crate) user_id: Option<String>,
    /// The user. `None` for an account, and for users of a cluster who do not exist here.
    pub(crate) user: Option<User>,
}

impl Accounts {
    /// Logs a program in. The request is `{"api_key": …}`.
    pub(crate) async fn log_in_with_key(
        &self,
        mut data: PublicDocument,
    ) -> Result<Login, AccountsError> {
        schemas::validate_api_auth(&mut data)?;
        let key = text(&data, "api_key").unwrap_or_default();
        let hash = Digest::of(key.as_bytes());
        let Some(account) = self.store.account_of_api_key(hash).await? else {
            return Err(AccountsError::UnknownApiKey { key: key.into() });
        };
        self.logged_in(account, None).await
    }

    /// Logs a user in. The request is `{"credentials": …, "method": "md5", "account_name": …}`. It takes the same time
    /// whether the account, the user or the password is wrong.
    pub(crate) async fn log_in_user(
        &self,
        mut data: PublicDocument,
    ) -> Result<Login, AccountsError> {
        schemas::validate_user_auth(&mut data)?;
        let account = self.account_of_login(&data).await?;
        let method = match text(&data, "method") {
            Some("sha") => LoginMethod::Sha1,
            _ => LoginMethod::Md5,
        };
        let id = account.as_ref().map_or("", |account| &account.id);
        let credentials = text(&data, "credentials").unwrap_or_default();
        let hash = self.identity.passwords.hash(id, credentials).await?;
        let proof = LoginProof { method, hash };
        let user_id = self.store.user_of_login(id.into(), proof).await?;
        match (account, user_id) {
            (Some(account), Some(user_id)) => self.logged_in(account, Some((user_id, proof))).await,
            _ => Err(AccountsError::WrongCredentials),
        }
    }

    /// The account and the user of an actor.
    pub(crate) async fn session(&self, actor: &Actor) -> Result<Session, AccountsError> {
        let account = self.identity.account(&actor.account_id).await?;
        let user = match actor.user_id.clone() {
            Some(user_id) => self.store.user(actor.account_id.clone(), user_id).await?,
            None => None,
        };
        Ok(Session {
            account,
            user_id: actor.user_id.clone(),
            user,
        })
    }

    /// The account that a login names. KAZOO looks for a phone number first, and accounts have none here (KAZOO
    /// `cb_user_auth.erl`, `find_account/4`).
    async fn account_of_login(
        &self,
        data: &PublicDocument,
    ) -> Result<Option<Account>, AccountsError> {
        let realm = text(data, "account_realm").or_else(|| text(data, "realm"));
        Ok(
            match (
                text(data, "phone_number"),
                realm,
                text(data, "account_name"),
            ) {
                (Some(_), _, _) | (None, None, None) => None,
                (None, Some(realm), _) => self.store.account_of_realm(realm.into()).await?,
                (None, None, Some(name)) => self.store.account_of_name(name).await?,
            },
        )
    }

    async fn logged_in(
        &self,
        account: Account,
        user: Option<(String, LoginProof)>,
    ) -> Result<Login, AccountsError> {
        if !account.enabled {
            return Err(schemas::account_disabled().into());
        }
        let (user_id, proof) = user.unzip();
        let actor = Actor {
            account_id: account.id,
            user_id,
        };
        let token = random_secret();
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let kept = Token {
            actor: actor.clone(),
            expires: Some(now + LOGIN_SECONDS),
        };
        let hash = Digest::of(token.as_bytes());
        match proof {
            None => self.store.add_token(hash, kept).await?,
            Some(proof) if self.store.add_login(hash, kept, proof).await? => {}
            Some(_) => return Err(AccountsError::WrongCredentials),
        }
        Ok(Login {
            token,
            session: self.session(&actor).await?,
        })
    }
}

fn text<'a>(data: &'a PublicDocument, key: &str) -> Option<&'a str> {
    data.get(key).and_then(Value::as_str)
}
