//! From a document to what can be run: language, source, snapshot.

use std::sync::Arc;

use serde_json::json;
use switchhook_compiler::{Language, LanguagePack};
use switchhook_runtime::{Class, Digest, Failure, FunctionError, Snapshot};

use super::service::{Functions, FunctionsError};
use crate::{
    document::{PublicDocument, language_pack},
    problem::Problem,
};

/// What a source came to.
pub(super) struct Program {
    pub(super) source: Digest,
    /// Or why the source does not compile.
    pub(super) snapshot: Result<Arc<Snapshot>, Failure>,
    /// Whether the database has the snapshot already.
    pub(super) stored: bool,
}

impl Functions {
    /// The languages that functions can be written in.
    pub(crate) fn packs(&self) -> impl Iterator<Item = &LanguagePack> {
        self.languages.iter().map(Language::pack)
    }

    /// The language and the source of a valid document.
    pub(super) fn program<'a>(
        &self,
        document: &'a PublicDocument,
    ) -> Result<(&Language, &'a str), FunctionsError> {
        let source = document.get("function_js").and_then(|value| value.as_str());
        let language = self.language(language_pack(document))?;
        Ok((language, source.unwrap_or_default()))
    }

    /// The snapshot of a source: the stored one if it can be used, else a new one.
    pub(super) async fn compiled(
        &self,
        account_id: &str,
        language: &Language,
        source: &str,
    ) -> Result<Program, FunctionsError> {
        let digest = Digest::of(source.as_bytes());
        let stored = self
            .store
            .snapshot(language.guest().digest(), digest)
            .await?
            .filter(|stored| language.guest().check(stored).is_ok());
        Ok(Program {
            source: digest,
            stored: stored.is_some(),
            snapshot: match stored {
                Some(snapshot) => Ok(Arc::new(snapshot)),
                None => self.compile(account_id, language, source).await?,
            },
        })
    }

    async fn compile(
        &self,
        account_id: &str,
        language: &Language,
        source: &str,
    ) -> Result<Result<Arc<Snapshot>, Failure>, FunctionsError> {
        let limits = self.settings.compile_limits(account_id);
        let outcome = self
            .sandboxes
            .compile(account_id, language, source, &limits)
            .await;
        match outcome.result {
            Err(failure) if matches!(failure.class, Class::Internal | Class::Overloaded) => {
                Err(FunctionsError::NotCompiled(failure))
            }
            compiled => Ok(compiled.map(Arc::new)),
        }
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
}

/// What the author of a source that does not compile is told.
pub(super) fn compile_error(failure: Failure) -> Problem {
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
        field: "function_js".into(),
        code: "compile_error",
        details,
    }
}
