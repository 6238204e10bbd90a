//! Who makes a request, and in which accounts they may act (KAZOO `cb_token_auth.erl`, `cb_basic_auth.erl`,
//! `cb_simple_authz.erl`).

use std::{sync::Arc, time::Duration};

use switchhook_runtime::Digest;
use switchhook_store::{
    Account, Actor, LoginMethod, LoginProof, ReadError, Remembered, Store, StoreError, Token,
    Written, document::is_enabled, to_the_end,
};
use time::OffsetDateTime;

use super::{
    jwt::{self, JwtKey},
    passwords::{PasswordError, Passwords},
};

/// Most tokens, and most accounts, that are kept in memory. Each takes some 300 bytes.
const MAX_REMEMBERED: usize = 10_000;

/// How long a change by another process to the file of a server may go unnoticed, such as one that an operator makes by
/// hand.
const UNASKED: Duration = Duration::from_secs(60);

/// How long tokens go on to be let in while the database cannot be reached.
const TOKENS_STALE_FOR: Duration = Duration::from_mins(10);

/// How long calls of an account's functions go on while the database cannot be reached.
const ACCOUNTS_STALE_FOR: Duration = Duration::from_hours(24);

/// Characters of an account's id.
const ID_LENGTH: usize = 32;

/// What a client sends to identify itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    Token(String),
    /// An account's id, and the hash of a user's name and password.
    Basic {
        account_id: String,
        credentials: String,
    },
}

impl Credential {
    fn digest(&self) -> Digest {
        match self {
            Self::Token(token) => Digest::of(token.as_bytes()),
            Self::Basic {
                account_id,
                credentials,
            } => Digest::of(format!("Basic {account_id}:{credentials}").as_bytes()),
        }
    }
}

/// Why a request is not accepted, or its account is not found.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IdentityError {
    /// The token is unknown, expired or revoked, or its account is deleted or disabled.
    #[error("the token is not valid")]
    UnknownToken,
    #[error("{id:?} cannot be an account's id")]
    NotAnAccountId { id: String },
    #[error("there is no account {id}")]
    UnknownAccount { id: String },
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Password(#[from] PasswordError),
}

impl ReadError for IdentityError {
    fn is_unavailable(&self) -> bool {
        matches!(self, Self::Store(error) if error.is_unavailable())
    }
}

/// Identifies clients, from memory if possible, because every request asks. What this process revokes, disables or
/// deletes is refused at once.
///
/// While the database cannot be reached, what is in memory is used as it is.
pub(crate) struct Identity {
    store: Store,
    jwt: Option<JwtKey>,
    pub(super) passwords: Passwords,
    tokens: Remembered<Digest, Arc<Token>>,
    accounts: Remembered<String, Arc<Account>>,
}

impl Identity {
    /// Without a `jwt` key, only this server's own tokens are accepted.
    pub(crate) fn new(store: Store, jwt: Option<JwtKey>) -> Self {
        let validity = |alone| store.validity(Some(UNASKED), alone);
        Self {
            tokens: Remembered::new(MAX_REMEMBERED, validity(TOKENS_STALE_FOR)),
            accounts: Remembered::new(MAX_REMEMBERED, validity(ACCOUNTS_STALE_FOR)),
            store,
            jwt,
            passwords: Passwords::new(),
        }
    }

    /// The actor with this credential.
    pub(crate) async fn actor(&self, credential: &Credential) -> Result<Actor, IdentityError> {
        let token = self.token(credential).await?;
        let now = OffsetDateTime::now_utc().unix_timestamp();
        let expired = token.expires.is_some_and(|expires| expires <= now);
        if expired {
            return Err(IdentityError::UnknownToken);
        }
        match self.find(&token.actor.account_id).await? {
            Some(account) if account.enabled => Ok(token.actor.clone()),
            _ => Err(IdentityError::UnknownToken),
        }
    }

    async fn token(&self, credential: &Credential) -> Result<Arc<Token>, IdentityError> {
        let hash = credential.digest();
        let reading = |store: Store, as_of| async move {
            let found = self.load(&store, credential, hash).await?;
            Ok::<_, IdentityError>(found.map(|token| (Arc::new(token), as_of)))
        };
        let token = self.tokens.read(&self.store, &hash, reading).await?;
        token.ok_or(IdentityError::UnknownToken)
    }

    /// Whether checking the credential takes as much work as a login.
    pub(crate) fn must_hash(&self, credential: &Credential) -> bool {
        matches!(credential, Credential::Basic { .. })
            && !self.tokens.is_known(&credential.digest())
    }

    /// The account with this id.
    pub(crate) async fn account(&self, id: &str) -> Result<Arc<Account>, IdentityError> {
        if id.len() != ID_LENGTH {
            return Err(IdentityError::NotAnAccountId { id: id.into() });
        }
        let found = self.find(id).await?;
        found.ok_or_else(|| IdentityError::UnknownAccount { id: id.into() })
    }

    /// Whether an actor may act in an account: its own, or one below it. The master account is above all others, so its
    /// owner may act in any.
    pub(crate) fn may_act(&self, actor: &Actor, account: &Account) -> bool {
        actor.account_id == account.id || account.tree.contains(&actor.account_id)
    }

    /// Invalidates a token, which may have been signed elsewhere. A name and a password cannot be revoked.
    pub(crate) async fn revoke(
        self: &Arc<Self>,
        credential: &Credential,
    ) -> Result<(), IdentityError> {
        let Credential::Token(token) = credential else {
            return Ok(());
        };
        let hash = credential.digest();
        let signed = if jwt::is_jwt(token) {
            let found = self.load(&self.store, credential, hash).await?;
            Some(found.ok_or(IdentityError::UnknownToken)?)
        } else {
            None
        };
        let identity = Arc::clone(self);
        let written = to_the_end(async move {
            let written = match signed {
                Some(signed) => identity.store.revoke(hash, signed.expires).await,
                None => identity.store.delete_token(hash).await,
            };
            identity.tokens.written(&hash);
            written
        });
        Ok(written.await?)
    }

    /// Call this after an account was written or deleted.
    pub(super) fn account_written(&self, id: &str) {
        self.accounts.written(&id.to_owned());
        // A deleted account may be made again under the same id.
        self.tokens
            .written_where(|_, token| token.actor.account_id == id);
    }

    /// Call this after a user was written or deleted.
    pub(super) fn user_written(&self, account_id: &str, user_id: &str) {
        let written = Actor {
            account_id: account_id.into(),
            user_id: Some(user_id.into()),
        };
        self.tokens.written_where(|_, token| token.actor == written);
    }

    /// Call this for what another server may have written.
    pub(crate) fn noticed(&self, written: &Written) {
        match written {
            Written::Account { id } => self.account_written(id),
            Written::User { account_id, id } => self.user_written(account_id, id),
            Written::Token(hash) => self.tokens.written(hash),
            Written::Everything => {
                self.accounts.forget_all();
                self.tokens.forget_all();
            }
            Written::Function { .. } | Written::Document => {}
        }
    }

    async fn find(&self, id: &str) -> Result<Option<Arc<Account>>, StoreError> {
        let id = &id.to_owned();
        let reading = |store: Store, as_of| async move {
            let found = store.account(id.clone()).await?;
            Ok::<_, StoreError>(found.map(|account| (Arc::new(account), as_of)))
        };
        self.accounts.read(&self.store, id, reading).await
    }

    async fn load(
        &self,
        store: &Store,
        credential: &Credential,
        hash: Digest,
    ) -> Result<Option<Token>, IdentityError> {
        if store.is_copy() {
            // It has no users, who could be disabled, and no passwords.
            return Ok(store.token(hash).await?);
        }
        match credential {
            Credential::Token(token) => match store.token(hash).await? {
                Some(token) => Ok(Some(token)),
                None if jwt::is_jwt(token) && !store.is_revoked(hash).await? => {
                    self.signed(store, token).await
                }
                None => Ok(None),
            },
            Credential::Basic {
                account_id,
                credentials,
            } => self.basic(store, account_id, credentials).await,
        }
    }

    /// The token of a cluster's user, who need not exist here. A user who exists here and is disabled is refused.
    async fn signed(&self, store: &Store, token: &str) -> Result<Option<Token>, IdentityError> {
        let Some(token) = self.jwt.as_ref().and_then(|key| key.verify(token)) else {
            return Ok(None);
        };
        let Actor {
            account_id,
            user_id,
        } = token.actor.clone();
        let user = match user_id {
            Some(user_id) => store.user(account_id, user_id).await?,
            None => None,
        };
        let disabled = user.is_some_and(|user| !is_enabled(&user.document));
        Ok((!disabled).then_some(token))
    }

    async fn basic(
        &self,
        store: &Store,
        account_id: &str,
        credentials: &str,
    ) -> Result<Option<Token>, IdentityError> {
        let hash = self.passwords.hash(account_id, credentials).await?;
        let method = LoginMethod::Md5;
        let proof = LoginProof { method, hash };
        let user_id = store.user_of_login(account_id.into(), proof).await?;
        Ok(user_id.map(|user_id| Token {
            actor: Actor {
                account_id: account_id.into(),
                user_id: Some(user_id),
            },
            ..Token::everlasting(String::new())
        }))
    }
}
