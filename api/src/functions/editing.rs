//! Owners read, list, create, change and delete functions.

use switchhook_store::{
    Actor, Draft, Listing, Page, Stored,
    document::{self, Change, PublicDocument},
    ids::random_id,
};

use super::{
    Functions, FunctionsError,
    environment::{self, Secrets},
    expected::Expected,
    program, validation,
};
use crate::vault::VaultError;

/// The author of a revision.
#[derive(Clone, Copy)]
pub(crate) struct Author<'a> {
    pub(crate) actor: &'a Actor,
    /// Why the author writes the revision, in the author's words.
    pub(crate) message: Option<&'a str>,
}

/// A checked document, and its secrets, which are encrypted.
pub(super) struct Checked {
    pub(super) document: PublicDocument,
    secrets: Option<Vec<u8>>,
}

impl Functions {
    pub(crate) async fn get(&self, account_id: &str, id: &str) -> Result<Stored, FunctionsError> {
        let found = self.store.function(account_id.into(), id.into()).await?;
        found.ok_or_else(|| FunctionsError::NotFound { id: id.into() })
    }

    /// Rows of an account's functions, up to the listing's limit. Functions for which `row_of` returns `None` are left
    /// out.
    pub(crate) async fn list<T: Send + 'static>(
        &self,
        listing: Listing,
        row_of: impl Fn(&Stored) -> Option<T> + Send + 'static,
    ) -> Result<Page<T>, FunctionsError> {
        Ok(self.store.functions(listing, row_of).await?)
    }

    /// Checks, compiles and stores a new function.
    pub(crate) async fn create(
        &self,
        account_id: &str,
        data: PublicDocument,
        author: Author<'_>,
        expected: &Expected,
    ) -> Result<Stored, FunctionsError> {
        let id = validation::chosen_id(&data)?.unwrap_or_else(random_id);
        let document = document::from_request(data);
        let checked = self.check(account_id, &id, document, Secrets::new())?;
        expected.check_new()?;
        let draft = self.draft(account_id, id, checked, author).await?;
        let store = self.store.clone();
        let key = (account_id.to_owned(), draft.id.clone());
        let write = async move { store.create_function(draft).await };
        self.writes.write(key, write).await
    }

    /// Checks, compiles and stores the next revision of a function. A function that the server has switched off stays
    /// switched off until it is enabled.
    pub(crate) async fn change(
        &self,
        account_id: &str,
        id: &str,
        data: PublicDocument,
        how: Change,
        author: Author<'_>,
        expected: &Expected,
    ) -> Result<Stored, FunctionsError> {
        let Stored {
            id,
            revision,
            mut document,
            secrets,
            disable_reason,
            ..
        } = self.get(account_id, id).await?;
        let secrets = self.unseal(&id, secrets.as_deref())?;
        let changes = document::from_request(data);
        match how {
            Change::Replace => document = changes,
            Change::Merge => document::merge(&mut document, changes),
        }
        let checked = self.check(account_id, &id, document, secrets)?;
        expected.check(&revision)?;
        let reason = disable_reason.filter(|_| !document::is_enabled(&checked.document));
        let mut draft = self.draft(account_id, id, checked, author).await?;
        draft.disable_reason = reason;
        let store = self.store.clone();
        let key = (account_id.to_owned(), draft.id.clone());
        let write = async move { store.update_function(draft, revision).await };
        self.writes.write(key, write).await
    }

    /// Hides the function (`soft`), or removes everything of it except the names of its revisions. A later document of
    /// that id continues the generations, so that readers of the changes feed see both. Returns the function as it was,
    /// with its last revision.
    pub(crate) async fn delete(
        &self,
        account_id: &str,
        id: &str,
        soft: bool,
        author: Author<'_>,
        expected: &Expected,
    ) -> Result<Stored, FunctionsError> {
        let current = self.get(account_id, id).await?;
        expected.check(&current.revision)?;
        let store = self.store.clone();
        let (account, by) = (account_id.to_owned(), author.actor.clone());
        let message = author.message.map(str::to_owned);
        let key = (account_id.to_owned(), id.to_owned());
        let write = async move {
            store
                .delete_function(account, current, soft, by, message)
                .await
        };
        self.writes.write(key, write).await
    }

    /// Checks a document, and takes the secrets out of it.
    pub(super) fn check(
        &self,
        account_id: &str,
        id: &str,
        mut document: PublicDocument,
        kept_secrets: Secrets,
    ) -> Result<Checked, FunctionsError> {
        validation::validate(&mut document)?;
        let secrets = environment::take_secrets(&mut document, kept_secrets)?;
        self.source(account_id, &document)?;
        Ok(Checked {
            secrets: self.seal(id, &secrets)?,
            document,
        })
    }

    /// Compiles a checked document.
    pub(super) async fn draft(
        &self,
        account_id: &str,
        id: String,
        Checked { document, secrets }: Checked,
        author: Author<'_>,
    ) -> Result<Draft, FunctionsError> {
        let source = self.source(account_id, &document)?;
        let limits = self.settings.call_limits(account_id, &document);
        let program = self
            .compiled(&self.store, account_id, &source, &limits)
            .await?;
        let new_snapshot = program.new_snapshot().await?;
        if let Err(failure) = program.snapshot {
            let problem = program::compile_error(failure, document::program_field(&document));
            return Err(FunctionsError::Invalid(problem.into()));
        }
        Ok(Draft {
            account_id: account_id.into(),
            id,
            document,
            secrets,
            source: program.source,
            new_snapshot,
            engine: Some(program.engine),
            by: Some(author.actor.clone()),
            message: author.message.map(str::to_owned),
            disable_reason: None,
            quota: Some(self.settings.quota(account_id)),
        })
    }

    /// The encrypted secrets of a function. `None` if it has no secrets.
    pub(super) fn seal(
        &self,
        id: &str,
        secrets: &Secrets,
    ) -> Result<Option<Vec<u8>>, FunctionsError> {
        if secrets.is_empty() {
            return Ok(None);
        }
        match self.settings.seal(id, secrets) {
            Ok(sealed) => Ok(Some(sealed)),
            Err(VaultError::NoKeys) => Err(FunctionsError::Invalid(environment::no_key())),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn unseal(
        &self,
        id: &str,
        sealed: Option<&[u8]>,
    ) -> Result<Secrets, FunctionsError> {
        Ok(self.settings.unseal(id, sealed)?)
    }
}
