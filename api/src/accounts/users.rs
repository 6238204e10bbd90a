//! Users of an account (KAZOO `cb_users.erl`), who log in with a name and a password.

use std::{future::Future, sync::Arc};

use serde_json::Value;
use switchhook_store::{
    Actor, LoginHashes, StoreError, User, UserDraft, UserPage,
    document::{self, Change, PublicDocument},
    ids::random_id,
    to_the_end,
};

use super::{
    schemas,
    service::{Accounts, AccountsError},
};
use crate::validation::chosen_id;

impl Accounts {
    pub(crate) async fn user(&self, account_id: &str, id: &str) -> Result<User, AccountsError> {
        let found = self.store.user(account_id.into(), id.into()).await?;
        found.ok_or_else(|| AccountsError::NotFound { id: id.into() })
    }

    /// Rows of at most `limit` users, by descending name, from a name and an id on.
    pub(crate) async fn users<T: Send + 'static>(
        &self,
        account_id: &str,
        start: Option<(String, String)>,
        limit: usize,
        row_of: impl Fn(&User) -> T + Send + 'static,
    ) -> Result<UserPage<T>, AccountsError> {
        let users = self.store.users(account_id.into(), start, limit, row_of);
        Ok(users.await?)
    }

    /// Requires an actor who is an administrator of the account. Other users may neither see keys nor make users (KAZOO
    /// `cb_context.erl`, `is_account_admin/1`).
    ///
    /// # Errors
    /// [`AccountsError::NoAdmin`]
    pub(crate) async fn expect_admin(&self, actor: &Actor) -> Result<(), AccountsError> {
        let Some(user_id) = actor.user_id.clone() else {
            return Ok(());
        };
        let user = self.store.user(actor.account_id.clone(), user_id).await?;
        let level = user
            .as_ref()
            .and_then(|user| user.document.get("priv_level"));
        if level.and_then(Value::as_str) == Some("admin") {
            Ok(())
        } else {
            Err(AccountsError::NoAdmin)
        }
    }

    pub(crate) async fn create_user(
        &self,
        account_id: &str,
        data: PublicDocument,
    ) -> Result<User, AccountsError> {
        let id = chosen_id(&data)?.unwrap_or_else(random_id);
        let document = document::from_request(data);
        let draft = self.user_draft(account_id, id, document, None).await?;
        let document = draft.document.clone();
        let store = self.store.clone();
        self.write_user(draft.account_id.clone(), draft.id.clone(), async move {
            store.create_user(draft).await
        })
        .await
        .map_err(|error| explained(error, &document))
    }

    /// Stores the next revision of a user. A user who is disabled, or who gets another name or password, is logged out.
    /// Users who are not administrators may change only themselves, and not their own rights.
    pub(crate) async fn change_user(
        &self,
        actor: &Actor,
        current: User,
        data: PublicDocument,
        how: Change,
    ) -> Result<User, AccountsError> {
        let mut changes = document::from_request(data);
        if let Err(error) = self.expect_admin(actor).await {
            let is_self = actor.account_id == current.account_id
                && actor.user_id.as_ref() == Some(&current.id);
            if !is_self {
                return Err(error);
            }
            for key in ["priv_level", "enabled"] {
                changes.shift_remove(key);
            }
        }
        let mut document = changes;
        if let Change::Merge = how {
            let changes = std::mem::replace(&mut document, current.document.clone());
            document::merge(&mut document, changes);
        }
        let username = current.document.get("username").and_then(Value::as_str);
        let draft = self
            .user_draft(&current.account_id, current.id, document, username)
            .await?;
        let document = draft.document.clone();
        let store = self.store.clone();
        self.write_user(draft.account_id.clone(), draft.id.clone(), async move {
            store.update_user(draft, current.revision).await
        })
        .await
        .map_err(|error| explained(error, &document))
    }

    pub(crate) async fn delete_user(&self, user: User) -> Result<User, AccountsError> {
        let store = self.store.clone();
        let deleted = self.write_user(user.account_id.clone(), user.id.clone(), async move {
            store.delete_user(user).await
        });
        Ok(deleted.await?)
    }

    /// Checks a document and takes the password out of it. `current` is the user's current name.
    async fn user_draft(
        &self,
        account_id: &str,
        id: String,
        mut document: PublicDocument,
        current: Option<&str>,
    ) -> Result<UserDraft, AccountsError> {
        if let Some(Value::String(name)) = document.get_mut("username") {
            *name = name.to_lowercase();
        }
        schemas::validate_user(&mut document)?;
        let password = document.shift_remove("password");
        let username = document.get("username").and_then(Value::as_str);
        let login = self
            .login_of(account_id, username, password.as_ref(), current)
            .await?;
        Ok(UserDraft {
            account_id: account_id.into(),
            id,
            document,
            login,
        })
    }

    /// The hashes for a new name or password. The name is part of the hashed text, so changing either requires both
    /// (KAZOO `cb_users.erl`, `maybe_rehash_creds/3`).
    async fn login_of(
        &self,
        account_id: &str,
        username: Option<&str>,
        password: Option<&Value>,
        current: Option<&str>,
    ) -> Result<Option<LoginHashes>, AccountsError> {
        match (username, password.and_then(Value::as_str)) {
            (Some(name), Some(password)) => {
                let passwords = &self.identity.passwords;
                Ok(Some(passwords.login(account_id, name, password).await?))
            }
            (None, Some(_)) => {
                let message = "The user name must be provided when updating the password";
                Err(schemas::required_with("username", message).into())
            }
            (Some(name), None) if current != Some(name) => {
                let message = "The password must be provided when updating the user name";
                Err(schemas::required_with("password", message).into())
            }
            (_, None) => Ok(None),
        }
    }

    /// Runs a write to its end, even if the request is dropped, so that memory notices who was logged out.
    async fn write_user(
        &self,
        account_id: String,
        id: String,
        write: impl Future<Output = Result<User, StoreError>> + Send + 'static,
    ) -> Result<User, StoreError> {
        let identity = Arc::clone(&self.identity);
        to_the_end(async move {
            let written = write.await;
            identity.user_written(&account_id, &id);
            written
        })
        .await
    }
}

fn explained(error: StoreError, document: &PublicDocument) -> AccountsError {
    match error {
        StoreError::NotUnique(fields) => schemas::not_unique(document, &fields).into(),
        error => error.into(),
    }
}
