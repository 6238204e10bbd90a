//! Keys for call routers. A key opens one function to calls, and nothing else.

use std::sync::Arc;

use subtle::ConstantTimeEq;
use switchhook_store::{StoreError, ids::random_secret};

use super::{
    Caller, Functions, FunctionsError, Ran, environment::Environment, ready::Ready,
    sandboxes::Question,
};

impl Functions {
    /// A function's key, made at the first request.
    pub(crate) async fn call_key(
        &self,
        account_id: &str,
        id: &str,
    ) -> Result<String, FunctionsError> {
        let key = (account_id.to_owned(), id.to_owned());
        match self.store.call_key(key).await? {
            Some(found) => Ok(found),
            None => self.set_call_key(account_id, id, false).await,
        }
    }

    /// Replaces the key. The old key opens nothing any more.
    pub(crate) async fn renew_call_key(
        &self,
        account_id: &str,
        id: &str,
    ) -> Result<String, FunctionsError> {
        self.set_call_key(account_id, id, true).await
    }

    async fn set_call_key(
        &self,
        account_id: &str,
        id: &str,
        replace: bool,
    ) -> Result<String, FunctionsError> {
        let store = self.store.clone();
        let function = (account_id.to_owned(), id.to_owned());
        let key = function.clone();
        let write = async move { store.set_call_key(key, random_secret(), replace).await };
        let written = self.writes.write(function, write).await?;
        written.ok_or_else(|| FunctionsError::NotFound { id: id.into() })
    }

    /// Opens a function for a caller who has the function's key.
    ///
    /// # Errors
    /// [`FunctionsError::WrongKey`] if the key is wrong or there is no such function.
    pub(crate) async fn open<'a>(
        &self,
        account_id: &'a str,
        id: &'a str,
        key: &str,
    ) -> Result<Opened<'a>, FunctionsError> {
        // While the database is away, the key may have been renewed elsewhere.
        let wrong = || match self.store.is_away() {
            true => StoreError::Busy.into(),
            false => FunctionsError::WrongKey,
        };
        let opens = |own: Option<&String>| match own {
            Some(own) if bool::from(own.as_bytes().ct_eq(key.as_bytes())) => Ok(()),
            _ => Err(wrong()),
        };
        let function = (account_id.to_owned(), id.to_owned());
        if self.ready.functions.last_known(&function).is_none() {
            // The key is checked before the function is loaded, which costs in proportion to its size.
            match self.store.call_key(function).await {
                Err(error) if error.is_unavailable() && self.store.copy().is_some() => {}
                found => opens(found?.as_ref())?,
            }
        }
        let ready = match self.ready(account_id, id).await {
            Err(FunctionsError::NotFound { .. }) => return Err(FunctionsError::WrongKey),
            ready => ready?,
        };
        opens(ready.call_key.as_ref())?;
        Ok(Opened {
            account_id,
            id,
            ready,
        })
    }

    /// Runs an opened function as [`Functions::run`] does.
    pub(crate) async fn run_opened(
        &self,
        opened: &Opened<'_>,
        question: &Question<'_>,
        caller: Caller<'_>,
    ) -> Result<Ran, FunctionsError> {
        let Opened {
            account_id,
            id,
            ready,
        } = opened;
        self.run_ready(ready, (account_id, id), question, caller)
            .await
    }
}

/// A function whose key was right.
pub(crate) struct Opened<'a> {
    account_id: &'a str,
    id: &'a str,
    ready: Arc<Ready>,
}

impl Opened<'_> {
    /// The environment, which contains the signing secrets of call routers.
    pub(crate) fn environment(&self) -> &Environment {
        &self.ready.environment
    }
}
