//! Functions that clients of the database write as whole documents. An invalid document is refused. A source that does
//! not compile, or that is in an unknown language, is stored, as KAZOO's database would do. The first call compiles it.

use std::sync::Arc;

use serde_json::{Map, Value};
use switchhook_runtime::Digest;
use switchhook_store::{
    FunctionDocument, NextRevision, Store, StoreError,
    document::{self, PublicDocument},
};

use super::{
    Functions, FunctionsError,
    environment::{self, Secrets},
    validation,
};

impl Functions {
    /// Checks a document, which is stored unchanged, except for its secrets.
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
            // The validator may read a text as another type, such as a number. The value of that type replaces the
            // text.
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

    /// Writes a checked document.
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

    /// Removes everything of a function, except the document that marks the function as deleted.
    ///
    /// # Errors
    /// [`FunctionsError::Conflict`] if that document does not follow the current revision.
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

    /// The account of a function, from memory or from the database.
    pub(crate) async fn owner(&self, id: &str) -> Result<Option<Arc<str>>, StoreError> {
        let id = &id.to_owned();
        let reading = |store: Store, as_of| async move {
            let found = store.account_of_function(id.clone()).await?;
            Ok::<_, StoreError>(found.map(|owner| (owner.into(), as_of)))
        };
        self.ready.owners.read(&self.store, id, reading).await
    }
}
