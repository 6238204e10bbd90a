//! What can be done with functions but running them: see `execution`.

use std::{future::Future, sync::Arc};

use switchhook_compiler::Languages;
use switchhook_runtime::{Failure, SnapshotError};
use tokio::sync::Semaphore;

use super::{
    admission::Load,
    environment::{self, Secrets},
    ready::ReadyFunctions,
    sandboxes::Sandboxes,
    settings::Settings,
    validation,
};
use crate::{
    document::{self, PublicDocument},
    ids::random_id,
    problem::Invalid,
    store::{Draft, Page, Store, StoreError, Stored},
    vault::VaultError,
};

/// Why a request about functions cannot be met.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FunctionsError {
    #[error("the account has no such function")]
    NotFound { id: String },
    #[error("the document is not valid")]
    Invalid(#[from] Invalid),
    /// The function could not be compiled, and not for a reason its author could mend.
    #[error("the function could not be compiled")]
    NotCompiled(Failure),
    #[error("somebody else has changed the function")]
    Conflict,
    #[error(transparent)]
    Store(StoreError),
    #[error("the snapshot cannot be used")]
    Snapshot(#[from] SnapshotError),
    #[error("the function's secrets cannot be read")]
    Vault(#[from] VaultError),
}

impl From<StoreError> for FunctionsError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            error => Self::Store(error),
        }
    }
}

/// How a request's document changes the stored one.
#[derive(Clone, Copy)]
pub(crate) enum Change {
    /// It takes its place.
    Replace,
    /// It is merged into it ([`document::merge`]).
    Merge,
}

/// Writes that have begun: one is written, and the next are at hand. The others wait with their requests, which can
/// be given up.
const MAX_WRITES: usize = 16;

/// The functions of all accounts.
pub(crate) struct Functions {
    pub(super) store: Store,
    pub(super) languages: Languages,
    pub(super) sandboxes: Sandboxes,
    pub(super) ready: Arc<ReadyFunctions>,
    writes: Arc<Semaphore>,
    pub(super) settings: Settings,
}

impl Functions {
    pub(crate) fn new(
        store: Store,
        languages: Languages,
        sandboxes: Sandboxes,
        settings: Settings,
    ) -> Self {
        Self {
            store,
            languages,
            sandboxes,
            ready: Arc::new(ReadyFunctions::new(settings.ready_bytes)),
            writes: Arc::new(Semaphore::new(MAX_WRITES)),
            settings,
        }
    }

    pub(crate) async fn get(&self, account_id: &str, id: &str) -> Result<Stored, FunctionsError> {
        let found = self.store.function(account_id.into(), id.into()).await?;
        found.ok_or_else(|| FunctionsError::NotFound { id: id.into() })
    }

    /// At most `limit` functions by descending id, from `start` on.
    pub(crate) async fn list(
        &self,
        account_id: &str,
        start: String,
        limit: usize,
    ) -> Result<Page, FunctionsError> {
        Ok(self
            .store
            .functions(account_id.into(), start, limit)
            .await?)
    }

    /// Checks, compiles and stores a new function.
    pub(crate) async fn create(
        &self,
        account_id: &str,
        data: PublicDocument,
    ) -> Result<Stored, FunctionsError> {
        let (document, id) = document::from_request(data);
        let draft = self
            .draft(
                account_id,
                id.unwrap_or_else(random_id),
                document,
                Secrets::new(),
            )
            .await?;
        let store = self.store.clone();
        let id = draft.id.clone();
        self.write(
            account_id,
            id,
            async move { store.create_function(draft).await },
        )
        .await
    }

    /// Checks, compiles and stores the next revision of a function.
    pub(crate) async fn change(
        &self,
        account_id: &str,
        id: &str,
        data: PublicDocument,
        how: Change,
    ) -> Result<Stored, FunctionsError> {
        let Stored {
            id,
            revision,
            mut document,
            secrets,
        } = self.get(account_id, id).await?;
        let secrets = self.unseal(&id, secrets.as_deref())?;
        let (changes, _) = document::from_request(data);
        match how {
            Change::Replace => document = changes,
            Change::Merge => document::merge(&mut document, changes),
        }
        let draft = self.draft(account_id, id, document, secrets).await?;
        let store = self.store.clone();
        let id = draft.id.clone();
        self.write(account_id, id, async move {
            store.update_function(draft, revision).await
        })
        .await
    }

    /// Hides the function, or removes every trace of it. Returns it as it was, with its last revision.
    pub(crate) async fn delete(
        &self,
        account_id: &str,
        id: &str,
        soft: bool,
    ) -> Result<Stored, FunctionsError> {
        let current = self.get(account_id, id).await?;
        let store = self.store.clone();
        let account = account_id.to_owned();
        self.write(account_id, id.into(), async move {
            store.delete_function(account, current, soft).await
        })
        .await
    }

    pub(crate) fn call_load(&self) -> Load {
        self.sandboxes.call_load()
    }

    pub(crate) fn compilation_load(&self) -> Load {
        self.sandboxes.compilation_load()
    }

    /// Sees a write to the end, also when nobody waits for it any more: what is on the disk but not noticed here
    /// would be called in its old revision for ever.
    async fn write(
        &self,
        account_id: &str,
        id: String,
        write: impl Future<Output = Result<Stored, StoreError>> + Send + 'static,
    ) -> Result<Stored, FunctionsError> {
        let turn = Arc::clone(&self.writes).acquire_owned().await;
        let ready = Arc::clone(&self.ready);
        let key = (account_id.to_owned(), id);
        let written = tokio::spawn(async move {
            let _turn = turn;
            let written = write.await;
            ready.written(&key);
            written
        });
        Ok(written.await.map_err(StoreError::Thread)??)
    }

    async fn draft(
        &self,
        account_id: &str,
        id: String,
        mut document: PublicDocument,
        kept_secrets: Secrets,
    ) -> Result<Draft, FunctionsError> {
        validation::validate(&mut document)?;
        let secrets = environment::take_secrets(&mut document, kept_secrets)?;
        let (language, text) = self.program(&document)?;
        let program = self.compiled(account_id, language, text).await?;
        Ok(Draft {
            account_id: account_id.into(),
            secrets: self.seal(&id, &secrets)?,
            id,
            document,
            source: program.source,
            new_snapshot: (!program.stored).then_some(program.snapshot),
        })
    }

    /// The secrets of a function, encrypted; nothing if it has none.
    fn seal(&self, id: &str, secrets: &Secrets) -> Result<Option<Vec<u8>>, FunctionsError> {
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

    /// To be told of every account that was written or deleted: its functions in memory depend on it.
    pub(crate) fn account_listener(&self) -> impl Fn(&str) + Send + Sync + 'static {
        let ready = Arc::clone(&self.ready);
        move |account_id| ready.account_written(account_id)
    }
}
