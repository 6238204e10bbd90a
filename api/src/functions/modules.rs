//! Functions that are Wasm modules instead of sources.

use std::sync::Arc;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::json;
use switchhook_runtime::{Failure, Guest, ModuleError};
use switchhook_store::document::{self, MODULE, MODULE_LANGUAGE, PublicDocument};

use super::{Functions, FunctionsError};
use crate::validation::{Invalid, Problem, too_large};

/// The engine of modules, in the form of language packs' versions. It changes if results could change.
pub(super) const MODULE_ENGINE: &str = "wasm@1";

/// Least bytes of a text in Base64: its last four characters may stand for one byte.
fn least_bytes(text: &str) -> usize {
    (text.len() / 4 * 3).saturating_sub(2)
}

impl Functions {
    /// Whether functions of an account can be modules.
    pub(super) fn takes_modules(&self, account_id: &str) -> bool {
        self.modules.is_some() && self.settings.may_bring_modules(account_id)
    }

    /// The document of a function that is this module.
    pub(crate) fn module_document(
        &self,
        account_id: &str,
        wasm: &[u8],
    ) -> Result<PublicDocument, FunctionsError> {
        self.admit_module(account_id, wasm.len())?;
        Ok(PublicDocument::from_iter([
            ("language_pack".to_owned(), MODULE_LANGUAGE.into()),
            (MODULE.to_owned(), STANDARD.encode(wasm).into()),
        ]))
    }

    fn admit_module(&self, account_id: &str, bytes: usize) -> Result<(), Invalid> {
        if !self.takes_modules(account_id) {
            return Err(not_allowed());
        }
        let max_bytes = self.settings.module_bytes;
        if bytes > max_bytes {
            return Err(too_large(MODULE, max_bytes));
        }
        Ok(())
    }

    /// The module in a document.
    pub(super) fn module_of(
        &self,
        account_id: &str,
        document: &PublicDocument,
    ) -> Result<Arc<[u8]>, FunctionsError> {
        let text = document::source(document);
        self.admit_module(account_id, least_bytes(text))?;
        let wasm = STANDARD
            .decode(text)
            .map_err(|error| problem("base64", &format!("Value is not Base64: {error}")))?;
        self.admit_module(account_id, wasm.len())?;
        Ok(wasm.into())
    }

    /// Loads a module. This takes as much as a compilation and counts as one of the account's.
    pub(super) async fn load_module(
        &self,
        account_id: &str,
        wasm: &Arc<[u8]>,
    ) -> Result<Guest, FunctionsError> {
        let modules = self.modules.as_ref().ok_or_else(not_allowed)?;
        let gate = self.compilation_gate(account_id).await?;
        let place = gate.enter().await;
        let _place = place.map_err(|_| FunctionsError::NotCompiled(Failure::overloaded()))?;
        let loaded = modules.load(account_id, Arc::clone(wasm));
        loaded.await.map_err(module_error)
    }
}

fn module_error(error: ModuleError) -> FunctionsError {
    let words = match &error {
        ModuleError::Refused(_) | ModuleError::TooDear(_) => error.to_string(),
        // The source says which import or export is wrong, and why.
        ModuleError::Unfit(unfit) => match std::error::Error::source(unfit) {
            Some(cause) => format!("the module cannot be used: {unfit}: {cause}"),
            None => format!("the module cannot be used: {unfit}"),
        },
        ModuleError::Io(_) | ModuleError::Useless(_) | ModuleError::BrokenOff => {
            return FunctionsError::Module(error);
        }
    };
    problem("compile_error", &words).into()
}

fn problem(code: &'static str, message: &str) -> Invalid {
    Problem {
        field: MODULE.into(),
        code,
        details: json!({"message": message}),
    }
    .into()
}

fn not_allowed() -> Invalid {
    Problem {
        field: "language_pack".into(),
        code: "disallowed",
        details: json!({
            "message": "Functions of this account cannot be Wasm modules of their own",
            "value": MODULE_LANGUAGE,
        }),
    }
    .into()
}
