//! The programs of documents: language, source and snapshot.

use std::sync::Arc;

use serde_json::json;
use switchhook_compiler::Language;
use switchhook_runtime::{
    Class, Digest, Failure, FunctionError, Guest, Limit, Limits, Outcome, Snapshot, Usage,
};
use switchhook_store::{
    NewSnapshot, Store, StoreError,
    document::{self, MODULE, MODULE_LANGUAGE, PublicDocument, language_pack, source},
};

use super::{Functions, FunctionsError, modules::MODULE_ENGINE, ready::Origin};
use crate::validation::Problem;

/// The source or module in a valid document.
pub(super) enum Source<'a> {
    Text {
        language: Arc<Language>,
        text: &'a str,
    },
    /// A function's own module, and its text in Base64.
    Module { text: &'a str, wasm: Arc<[u8]> },
}

impl Source<'_> {
    pub(super) fn digest(&self) -> Digest {
        let (Self::Text { text, .. } | Self::Module { text, .. }) = self;
        Digest::of(text.as_bytes())
    }

    /// Where the guest comes from.
    pub(super) fn origin(&self) -> Origin {
        match self {
            Self::Text { language, .. } => Origin::Language(Arc::clone(language)),
            Self::Module { wasm, .. } => Origin::Module(Arc::clone(wasm)),
        }
    }
}

/// The result of compiling a source.
pub(super) struct Program {
    pub(super) guest: Guest,
    /// The version of the language pack that compiled it: `javascript@1`.
    pub(super) engine: String,
    engine_digest: Digest,
    pub(super) source: Digest,
    /// The snapshot, or why the source does not compile.
    pub(super) snapshot: Result<Arc<Snapshot>, Failure>,
    /// Whether the database already has the snapshot.
    stored: bool,
}

impl Program {
    /// The snapshot for the database, if the database does not have it yet.
    pub(super) async fn new_snapshot(&self) -> Result<Option<NewSnapshot>, StoreError> {
        let Some(snapshot) = self.snapshot.as_ref().ok().filter(|_| !self.stored) else {
            return Ok(None);
        };
        let new = NewSnapshot::new(self.engine_digest, self.source, Arc::clone(snapshot));
        Ok(Some(new.await?))
    }
}

impl Functions {
    /// The source or module of a valid document, for the newest version of its language.
    pub(super) fn source<'a>(
        &'a self,
        account_id: &str,
        document: &'a PublicDocument,
    ) -> Result<Source<'a>, FunctionsError> {
        self.source_on(account_id, document, None)
    }

    /// The source or module of a valid document. The language has the version that compiled the function, if that
    /// version is installed and still fits.
    pub(super) fn source_on<'a>(
        &'a self,
        account_id: &str,
        document: &'a PublicDocument,
        engine: Option<&str>,
    ) -> Result<Source<'a>, FunctionsError> {
        if language_pack(document) == MODULE_LANGUAGE {
            let wasm = self.module_of(account_id, document)?;
            let text = source(document);
            return Ok(Source::Module { text, wasm });
        }
        let (language, text) = self.program_on(document, engine)?;
        Ok(Source::Text { language, text })
    }

    /// The language of a valid document, and its source.
    pub(super) fn program_on<'a>(
        &self,
        document: &'a PublicDocument,
        engine: Option<&str>,
    ) -> Result<(Arc<Language>, &'a str), FunctionsError> {
        let name = language_pack(document);
        let language = self.language(name, engine).map_err(|installed| {
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
        })?;
        Ok((language, source(document)))
    }

    /// The snapshot of a source, for calls within these limits: the account's stored one if it is usable, or a new one.
    /// Snapshots of other accounts are not used, so they change neither the answer nor its time.
    pub(super) async fn compiled(
        &self,
        store: &Store,
        account_id: &str,
        source: &Source<'_>,
        call_limits: &Limits,
    ) -> Result<Program, FunctionsError> {
        let guest = self.guest_of(account_id, source).await?;
        let (engine, engine_digest) = match source {
            Source::Text { language, .. } => {
                (language.pack().to_string(), language.engine_digest())
            }
            Source::Module { .. } => (MODULE_ENGINE.to_owned(), guest.digest()),
        };
        let digest = source.digest();
        let stored = store
            .snapshot(
                account_id.to_owned(),
                engine_digest,
                digest,
                self.settings.snapshot_bytes,
            )
            .await?
            .filter(|stored| guest.check(stored).is_ok());
        Ok(Program {
            engine,
            engine_digest,
            source: digest,
            stored: stored.is_some(),
            snapshot: match stored {
                Some(snapshot) => check_memory(&snapshot, call_limits).map(|()| Arc::new(snapshot)),
                None => {
                    self.compile(account_id, source, &guest, call_limits)
                        .await?
                }
            },
            guest,
        })
    }

    /// The guest of a source.
    pub(super) async fn guest_of(
        &self,
        account_id: &str,
        source: &Source<'_>,
    ) -> Result<Guest, FunctionsError> {
        match source {
            Source::Text { language, .. } => Ok(language.guest().await?.clone()),
            Source::Module { wasm, .. } => self.load_module(account_id, wasm).await,
        }
    }

    /// Compiles a source, even if it was compiled before. A snapshot that is too large for calls within these limits,
    /// or for the database, is a failure.
    pub(super) async fn compile_anew(
        &self,
        account_id: &str,
        source: &Source<'_>,
        guest: &Guest,
        call_limits: &Limits,
    ) -> Result<Outcome<Snapshot>, FunctionsError> {
        let limits = self.settings.compile_limits(account_id);
        let gate = self.compilation_gate(account_id).await?;
        let sandboxes = &self.sandboxes;
        let mut outcome = match source {
            Source::Text { language, text } => {
                let compiled = sandboxes.compile(&gate, language, text, &limits);
                compiled.await?
            }
            Source::Module { .. } => sandboxes.compile_own(&gate, guest, &limits).await,
        };
        outcome.result = outcome.result.and_then(|snapshot| {
            check_memory(&snapshot, call_limits)?;
            check_size(&snapshot, self.settings.snapshot_bytes)?;
            Ok(snapshot)
        });
        Ok(outcome)
    }

    async fn compile(
        &self,
        account_id: &str,
        source: &Source<'_>,
        guest: &Guest,
        call_limits: &Limits,
    ) -> Result<Result<Arc<Snapshot>, Failure>, FunctionsError> {
        let outcome = self.compile_anew(account_id, source, guest, call_limits);
        let outcome = outcome.await?;
        match outcome.result {
            Err(failure) if matches!(failure.class, Class::Internal | Class::Overloaded) => {
                Err(FunctionsError::NotCompiled(failure))
            }
            compiled => Ok(compiled.map(Arc::new)),
        }
    }

    /// Why a stored document cannot run, if its language is not installed.
    pub(super) fn without_language(&self, document: &PublicDocument) -> Option<Failure> {
        let name = language_pack(document);
        let message = if name == MODULE_LANGUAGE {
            if document::is_module(document) {
                return None;
            }
            format!("a function whose language_pack is {MODULE_LANGUAGE} needs a {MODULE}")
        } else {
            let installed = self.language(name, None).err()?.join(", ");
            format!("the language pack `{name}` is not installed, only {installed}")
        };
        let error = FunctionError::new("LanguagePackError", message);
        Some(Failure::new(Class::CompileError, error))
    }

    /// The language with this name, or an error that lists the installed ones.
    fn language(&self, name: &str, engine: Option<&str>) -> Result<Arc<Language>, Vec<String>> {
        let languages = self.languages();
        let language = languages.of_function(name, engine).map(Arc::clone);
        language.ok_or_else(|| languages.names().collect())
    }
}

/// Checks that a call may have as much memory as it would begin with.
fn check_memory(snapshot: &Snapshot, call_limits: &Limits) -> Result<(), Failure> {
    let (used, value) = (snapshot.memory_bytes(), call_limits.memory_bytes);
    if used <= value {
        return Ok(());
    }
    let usage = Usage {
        limit: Limit::MemoryBytes,
        value: value as u64,
        used: used as u64,
    };
    let message = format!(
        "a call would begin with the {used} bytes of memory that are taken once the function is compiled, \
         and may have {value}"
    );
    Err(Failure {
        error: FunctionError::new("MemoryLimit", message),
        ..Failure::limit(usage)
    })
}

/// Checks that a snapshot may be stored.
fn check_size(snapshot: &Snapshot, most_bytes: usize) -> Result<(), Failure> {
    let bytes = snapshot.most_written_bytes();
    if bytes <= most_bytes {
        return Ok(());
    }
    let message = format!(
        "the function keeps {bytes} bytes of what it makes when it is compiled, and {most_bytes} are allowed"
    );
    let error = FunctionError::new("SnapshotTooLarge", message);
    Err(Failure::new(Class::MemoryLimit, error))
}

/// The problem that the author sees for a source that does not compile, or a module that cannot start. `field` contains
/// the source or module.
pub(super) fn compile_error(failure: Failure, field: &str) -> Problem {
    let FunctionError {
        name,
        message,
        line,
        column,
        frame,
        ..
    } = failure.error;
    let mut details = json!({
        "message": format!("{name}: {message}"),
        "outcome": failure.class,
        "line": line,
        "column": column,
    });
    if !frame.is_empty() {
        details["frame"] = frame.into();
    }
    if let Some(limit) = failure.limit {
        details["limit"] = json!(limit);
    }
    Problem {
        field: field.into(),
        code: "compile_error",
        details,
    }
}
