//! What can be done with functions.

use std::{future::Future, sync::Arc};

use serde_json::{json, value::RawValue};
use switchhook_compiler::{Language, Languages};
use switchhook_runtime::{
    Call, Class, Digest, Failure, FunctionError, Limits, Outcome, Snapshot, SnapshotError,
};
use tokio::sync::Semaphore;

use super::{
    admission::Load,
    document::{self, PublicDocument},
    ready::{Ready, ReadyFunctions},
    sandboxes::Sandboxes,
    validation::{self, Invalid, Problem},
};
use crate::{
    ids::random_id,
    store::{Draft, Page, Store, StoreError, Stored},
};

/// Why a request about functions cannot be met.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FunctionsError {
    #[error("the account has no such function")]
    NotFound { id: String },
    #[error("the document is not valid")]
    Invalid(Invalid),
    /// The function could not be compiled, and not for a reason its author could mend.
    #[error("the function could not be compiled")]
    NotCompiled(Failure),
    #[error("somebody else has changed the function")]
    Conflict,
    #[error(transparent)]
    Store(StoreError),
    #[error("the snapshot cannot be used")]
    Snapshot(#[from] SnapshotError),
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

/// A source to run without storing it.
pub(crate) struct Trial<'a> {
    pub(crate) source: &'a str,
    pub(crate) language_pack: &'a str,
    /// A JSON document.
    pub(crate) call: &'a str,
}

/// A source that compiles.
struct Program {
    source: Digest,
    snapshot: Arc<Snapshot>,
    /// Whether the database has the snapshot already.
    stored: bool,
}

/// Writes that have begun: one is written, and the next are at hand. The others wait with their requests, which can
/// be given up.
const MAX_WRITES: usize = 16;

/// The functions of all accounts.
pub(crate) struct Functions {
    store: Store,
    languages: Languages,
    sandboxes: Sandboxes,
    ready: Arc<ReadyFunctions>,
    writes: Arc<Semaphore>,
    call_limits: Limits,
    compile_limits: Limits,
}

impl Functions {
    pub(crate) fn new(
        store: Store,
        languages: Languages,
        sandboxes: Sandboxes,
        call_limits: Limits,
        compile_limits: Limits,
        cache_bytes: u64,
    ) -> Self {
        Self {
            store,
            languages,
            sandboxes,
            ready: Arc::new(ReadyFunctions::new(cache_bytes)),
            writes: Arc::new(Semaphore::new(MAX_WRITES)),
            call_limits,
            compile_limits,
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
            .draft(account_id, id.unwrap_or_else(random_id), document)
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
        } = self.get(account_id, id).await?;
        let (changes, _) = document::from_request(data);
        match how {
            Change::Replace => document = changes,
            Change::Merge => document::merge(&mut document, changes),
        }
        let draft = self.draft(account_id, id, document).await?;
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

    /// Runs a function on a JSON document.
    pub(crate) async fn run(
        &self,
        account_id: &str,
        id: &str,
        call: &str,
    ) -> Result<Outcome<Box<RawValue>>, FunctionsError> {
        let ready = self.ready(account_id, id).await?;
        if !ready.enabled {
            let error = FunctionError::new("Disabled", "the function is switched off");
            return Ok(self.sandboxes.refused(Failure::new(Class::Disabled, error)));
        }
        let Ready {
            gate,
            guest,
            snapshot,
            ..
        } = &*ready;
        Ok(self
            .sandboxes
            .call(gate, guest, snapshot, Call::now(call), &self.call_limits)
            .await?)
    }

    /// Compiles and runs a source that is not stored. A source that does not compile is an outcome like others.
    pub(crate) async fn try_out(
        &self,
        account_id: &str,
        trial: &Trial<'_>,
    ) -> Result<Outcome<Box<RawValue>>, FunctionsError> {
        let language = self.language(trial.language_pack)?;
        let compiled = self
            .sandboxes
            .compile(account_id, language, trial.source, &self.compile_limits)
            .await;
        let snapshot = match compiled.result {
            Ok(snapshot) => snapshot,
            Err(failure) => {
                return Ok(Outcome {
                    result: Err(failure),
                    logs: compiled.logs,
                    metrics: compiled.metrics,
                    warnings: compiled.warnings,
                });
            }
        };
        let gate = self.sandboxes.call_gate(account_id);
        let (guest, call) = (language.guest(), Call::now(trial.call));
        Ok(self
            .sandboxes
            .call(&gate, guest, &snapshot, call, &self.call_limits)
            .await?)
    }

    /// The function as one self-contained Wasm module.
    pub(crate) async fn module(
        &self,
        account_id: &str,
        id: &str,
    ) -> Result<Vec<u8>, FunctionsError> {
        let ready = self.ready(account_id, id).await?;
        let gate = self.sandboxes.compilation_gate(account_id);
        // A thread cannot be stopped: it keeps its place to the end, also when nobody waits for it any more.
        let linked = tokio::spawn(async move {
            let place = gate.enter().await;
            let _place = place.map_err(|_| FunctionsError::NotCompiled(Failure::overloaded()))?;
            let link = move || ready.guest.link(&ready.snapshot);
            let linked = tokio::task::spawn_blocking(link).await;
            Ok(linked.map_err(StoreError::Thread)??)
        });
        linked.await.map_err(StoreError::Thread)?
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

    /// The function from memory, else from the database, compiled anew where its snapshot is missing, unreadable
    /// or another guest's.
    async fn ready(&self, account_id: &str, id: &str) -> Result<Arc<Ready>, FunctionsError> {
        let key = (account_id.to_owned(), id.to_owned());
        if let Some(ready) = self.ready.get(&key) {
            return Ok(ready);
        }
        let as_of = self.ready.now();
        let Stored { document, .. } = self.get(account_id, id).await?;
        let (language, source) = self.program(&document)?;
        let program = self.compiled(account_id, language, source).await?;
        if !program.stored {
            self.store
                .add_snapshot(program.source, Arc::clone(&program.snapshot))
                .await?;
        }
        let ready = Arc::new(Ready {
            enabled: document
                .get("enabled")
                .is_none_or(|enabled| enabled != false),
            guest: language.guest().clone(),
            snapshot: program.snapshot,
            gate: self.sandboxes.call_gate(account_id),
        });
        self.ready.loaded(key, Arc::clone(&ready), as_of);
        Ok(ready)
    }

    async fn draft(
        &self,
        account_id: &str,
        id: String,
        mut document: PublicDocument,
    ) -> Result<Draft, FunctionsError> {
        validation::validate(&mut document).map_err(FunctionsError::Invalid)?;
        let (language, text) = self.program(&document)?;
        let program = self.compiled(account_id, language, text).await?;
        Ok(Draft {
            account_id: account_id.into(),
            id,
            document,
            source: program.source,
            new_snapshot: (!program.stored).then_some(program.snapshot),
        })
    }

    /// The snapshot of a source: the stored one, else a new one.
    async fn compiled(
        &self,
        account_id: &str,
        language: &Language,
        source: &str,
    ) -> Result<Program, FunctionsError> {
        let digest = Digest::of(source.as_bytes());
        let stored = self
            .store
            .snapshot(language.guest().digest(), digest)
            .await?;
        Ok(Program {
            source: digest,
            stored: stored.is_some(),
            snapshot: match stored {
                Some(snapshot) => Arc::new(snapshot),
                None => self.compile(account_id, language, source).await?,
            },
        })
    }

    /// The language and the source of a valid document.
    fn program<'a>(
        &self,
        document: &'a PublicDocument,
    ) -> Result<(&Language, &'a str), FunctionsError> {
        let text = |key| {
            document
                .get(key)
                .and_then(|value| value.as_str())
                .unwrap_or_default()
        };
        Ok((self.language(text("language_pack"))?, text("function_js")))
    }

    fn language(&self, name: &str) -> Result<&Language, FunctionsError> {
        self.languages.get(name).ok_or_else(|| {
            let installed: Vec<_> = self
                .languages
                .iter()
                .map(|language| language.pack().name())
                .collect();
            let problem = Problem {
                field: "language_pack".into(),
                code: "enum",
                details: json!({
                    "message": "Value not found in enumerated list of values",
                    "target": installed,
                    "value": name,
                }),
            };
            FunctionsError::Invalid(problem.into())
        })
    }

    async fn compile(
        &self,
        account_id: &str,
        language: &Language,
        source: &str,
    ) -> Result<Arc<Snapshot>, FunctionsError> {
        let outcome = self
            .sandboxes
            .compile(account_id, language, source, &self.compile_limits)
            .await;
        outcome
            .result
            .map(Arc::new)
            .map_err(|failure| match failure.class {
                Class::Internal | Class::Overloaded => FunctionsError::NotCompiled(failure),
                class => {
                    let FunctionError {
                        name,
                        message,
                        line,
                        column,
                        ..
                    } = failure.error;
                    let problem = Problem {
                        field: "function_js".into(),
                        code: "compile_error",
                        details: json!({
                            "message": format!("{name}: {message}"),
                            "outcome": class,
                            "line": line,
                            "column": column,
                        }),
                    };
                    FunctionsError::Invalid(problem.into())
                }
            })
    }
}
