//! Keys that call routers show: each opens one function to calls, and nothing else.

use serde_json::value::RawValue;
use subtle::ConstantTimeEq;

use super::{
    environment::Environment,
    execution::Ran,
    service::{Functions, FunctionsError},
};
use crate::ids::random_secret;

impl Functions {
    /// The key of a function, made when it is first asked for.
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

    /// Another key: the one before opens nothing any more.
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

    /// Runs a function for whoever has its key. Where the function's own `env` says how else its callers are known,
    /// `is_genuine` finds that out. A function that there is not has no key.
    ///
    /// # Errors
    /// [`FunctionsError::WrongKey`] for both; [`FunctionsError::NotGenuine`], but only with the right key.
    pub(crate) async fn run_with_key(
        &self,
        (account_id, id): (&str, &str),
        key: &str,
        is_genuine: impl FnOnce(&Environment) -> bool,
        call: &RawValue,
        request_id: &str,
    ) -> Result<Ran, FunctionsError> {
        let ready = match self.ready(account_id, id).await {
            Err(FunctionsError::NotFound { .. }) => return Err(FunctionsError::WrongKey),
            ready => ready?,
        };
        let fits = |own: &String| bool::from(own.as_bytes().ct_eq(key.as_bytes()));
        if !ready.call_key.as_ref().is_some_and(fits) {
            return Err(FunctionsError::WrongKey);
        }
        if !is_genuine(&ready.environment) {
            return Err(FunctionsError::NotGenuine);
        }
        self.run_loaded(&ready, (account_id, id), call, false, request_id)
            .await
    }
}
