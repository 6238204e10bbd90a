//! Functions written as whole documents by clients of the database. An invalid document is refused. A source that does not compile is
//! kept, as KAZOO's database would, and so is one in an unknown language. It is compiled at its first call.

use serde_json::{Map, Value};
use switchhook_runtime::Digest;
use switchhook_store::{
    FunctionDocument, NextRevision, StoreError,
    document::{self, PublicDocument},
};

use super::{
    Functions, FunctionsError,
    environment::{self, Secrets},
    validation,
};

impl Functions {
    /// Checks a document. It is kept as it is, but for its secrets.
    pub(crate) async fn check_document(
        &self,
        account_id: &str,
        id: &str,
        mut document: PublicDocument,
    ) -> Result<FunctionDocument, FunctionsError> {
        let last = self.store.last_revision(account_id.into(), id.into());
        let kept = match last.await? {
            Some(last) => self.unseal(id, last.stored.secrets.as_deref())?,
            None => Secrets::new(),
        };
        validation::validate_id(id)?;
        let mut filled_in = document.clone();
        validation::validate_kazoos(&mut filled_in)?;
        let source = if document::is_module(&filled_in) {
            self.source(account_id, &filled_in)?.digest()
        } else {
            Digest::of(document::source(&filled_in).as_bytes())
        };
        for (name, value) in &mut document {
            // What was meant, where it was given as text.
            if let (Value::String(_) | Value::Object(_), Some(meant)) =
                (&*value, filled_in.get(name))
                && value != meant
            {
                *value = meant.clone();
            }
        }
        let secrets = environment::take_secrets(&mut document, kept)?;
        Ok(FunctionDocument {
            account_id: account_id.to_owned(),
            document,
            private: Map::new(),
            secrets: self.seal(id, &secrets)?,
            source,
            by: None,
            hidden: false,
            disable_reason: None,
            quota: self.settings.quota(account_id),
        })
    }

    /// Writes a document that has been checked.
    ///
    /// # Errors
    /// [`FunctionsError::Conflict`] if it does not follow the current revision.
    pub(crate) async fn write_document(
        &self,
        next: NextRevision,
        function: FunctionDocument,
    ) -> Result<(), FunctionsError> {
        let store = self.store.clone();
        let key = (function.account_id.clone(), next.id.clone());
        let write = async move { store.write_function_document(next, function).await };
        self.writes.write(key, write).await
    }

    /// Removes every trace of a function but the document that says that it is gone.
    ///
    /// # Errors
    /// [`FunctionsError::Conflict`] if that does not follow the current revision.
    pub(crate) async fn bury(
        &self,
        account_id: String,
        next: NextRevision,
        body: Map<String, Value>,
    ) -> Result<(), FunctionsError> {
        let store = self.store.clone();
        let key = (account_id, next.id.clone());
        let write = async move { store.write_document(next, body, true).await };
        self.writes.write(key, write).await
    }

    /// The account of a function, from memory if it was asked for before.
    pub(crate) async fn owner(&self, id: &str) -> Result<Option<String>, StoreError> {
        let key = id.to_owned();
        if let Some(owner) = self.ready.owner(&key) {
            return Ok(Some(owner));
        }
        let as_of = self.ready.owners_now();
        let owner = self.store.account_of_function(id.to_owned()).await?;
        if let Some(owner) = &owner {
            self.ready.owner_loaded(key, owner.clone(), as_of);
        }
        Ok(owner)
    }
}
