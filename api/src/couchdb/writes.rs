//! Writing documents. Whether one is a function is said by KAZOO's private fields, as KAZOO's own views see it.

use serde_json::{Map, Value};

use super::{
    Database, Edit,
    document::{DISABLE_REASON, FUNCTION, SOFT_DELETED},
};
use crate::{
    accounts::AccountsError,
    functions::FunctionsError,
    problem::Invalid,
    store::{Actor, NextRevision, Revision, StoreError, StoredDocument},
};

/// How often a revision of another database is tried again when somebody writes the same document meanwhile.
const MAX_ATTEMPTS: usize = 8;

/// Why a document is not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("Document update conflict.")]
    Conflict,
    /// As a `validate_doc_update` function would refuse it. What it says is for the client.
    #[error("{0}")]
    Forbidden(&'static str),
    /// It says that it is a function, and cannot be one.
    #[error("the document is no valid function")]
    NoFunction(Invalid),
    #[error(transparent)]
    Functions(FunctionsError),
    #[error("the function's account cannot be made")]
    Account(#[source] AccountsError),
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for WriteError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            error => Self::Store(error),
        }
    }
}

impl From<FunctionsError> for WriteError {
    fn from(error: FunctionsError) -> Self {
        match error {
            FunctionsError::Conflict => Self::Conflict,
            FunctionsError::Invalid(invalid) => Self::NoFunction(invalid),
            error => Self::Functions(error),
        }
    }
}

/// What is not known of some revisions of a document.
pub(crate) struct Unknown {
    pub(crate) missing: Vec<Revision>,
    /// Revisions that the missing ones may follow.
    pub(crate) possible_ancestors: Vec<Revision>,
}

/// Which revision of a document CouchDB calls the winning one (`couch_doc.erl`, `to_doc_info/1`).
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    is_there: bool,
    generation: i64,
    hash: String,
}

impl Rank {
    fn of(revision: &Revision, deleted: bool) -> Self {
        Self {
            is_there: !deleted,
            generation: revision.generation(),
            hash: revision.hash().to_owned(),
        }
    }
}

impl Database {
    /// Writes the next revision of a document.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] unless it follows the current one.
    pub(crate) async fn save(&self, edit: Edit) -> Result<Revision, WriteError> {
        let current = self.store.document(edit.id.clone()).await?;
        let follows = match (&edit.revision, &current) {
            (Some(revision), Some(current)) => *revision == current.revision,
            (Some(_), None) => false,
            (None, Some(current)) => current.deleted,
            (None, None) => true,
        };
        if !follows {
            return Err(WriteError::Conflict);
        }
        self.write(edit, current, None).await
    }

    /// Takes a revision over from another database. If it is not the winning one, only its name is kept.
    ///
    /// # Errors
    /// [`WriteError::Forbidden`] if it has no name.
    pub(crate) async fn replicate(&self, edit: Edit) -> Result<(), WriteError> {
        let line = edit.ancestry.clone();
        let Some(revision) = line.first() else {
            return Err(WriteError::Forbidden("a replicated document has a _rev"));
        };
        for _ in 0..MAX_ATTEMPTS {
            let current = self.store.document(edit.id.clone()).await?;
            let unknown = self
                .store
                .unknown_revisions(edit.id.clone(), line[..1].to_vec());
            if unknown.await?.is_empty() {
                return Ok(());
            }
            let wins = current.as_ref().is_none_or(|current| {
                line.contains(&current.revision)
                    || Rank::of(revision, edit.deleted)
                        > Rank::of(&current.revision, current.deleted)
            });
            if !wins {
                let remembered = self.store.remember_revisions(edit.id.clone(), line);
                return Ok(remembered.await?);
            }
            match self.write(edit.clone(), current, Some(line.clone())).await {
                Err(WriteError::Conflict) => {}
                written => return written.map(|_| ()),
            }
        }
        Err(WriteError::Conflict)
    }

    /// Which of these revisions have not been seen.
    pub(crate) async fn unknown(
        &self,
        id: &str,
        revisions: Vec<Revision>,
    ) -> Result<Unknown, StoreError> {
        let unknown = self.store.unknown_revisions(id.to_owned(), revisions);
        let missing = unknown.await?;
        let last = missing.iter().map(Revision::generation).max();
        let mut possible_ancestors = Vec::new();
        if let Some(last) = last
            && let Some(current) = self.store.document(id.to_owned()).await?
            && current.revision.generation() < last
        {
            possible_ancestors.push(current.revision);
        }
        Ok(Unknown {
            missing,
            possible_ancestors,
        })
    }

    /// `line` is the new revision and those before it, unless the server is to name it.
    async fn write(
        &self,
        edit: Edit,
        current: Option<StoredDocument>,
        line: Option<Vec<Revision>>,
    ) -> Result<Revision, WriteError> {
        let after = current.as_ref().map(|current| current.revision.clone());
        let next = |body: &Map<String, Value>, secrets: &[u8]| {
            let line = line.unwrap_or_else(|| {
                let body = serde_json::to_string(body).unwrap_or_default();
                let named = Revision::following(after.as_ref(), edit.deleted, &body, secrets);
                [named].into_iter().chain(after.clone()).collect()
            });
            NextRevision {
                id: edit.id.clone(),
                after,
                line,
            }
        };
        let is_there = current.as_ref().is_some_and(|current| !current.deleted);
        let function = current.and_then(|current| current.function);
        let owner = function.map(|function| function.account_id);
        if edit.deleted {
            let next = next(&edit.body, &[]);
            let revision = next.line.first().cloned();
            match owner {
                Some(owner) => self.functions.bury(owner, next, edit.body).await?,
                None => self.store.write_document(next, edit.body, true).await?,
            }
            return revision.ok_or(WriteError::Conflict);
        }
        let Some(account_id) = account_of(&edit.body) else {
            if owner.is_some() {
                return Err(WriteError::Forbidden(
                    "a function cannot become another document",
                ));
            }
            let next = next(&edit.body, &[]);
            let revision = next.line.first().cloned();
            self.store.write_document(next, edit.body, false).await?;
            return revision.ok_or(WriteError::Conflict);
        };
        if is_there && owner.is_none() {
            return Err(WriteError::Forbidden(
                "another document cannot become a function",
            ));
        }
        if owner.is_some_and(|owner| owner != account_id) {
            return Err(WriteError::Forbidden(
                "a function cannot change its account",
            ));
        }
        self.make_account(&account_id).await?;
        let (document, private) = parted(edit.body);
        let mut function = self
            .functions
            .check_document(&account_id, &edit.id, document)
            .await?;
        function.by = author(&private);
        function.hidden = private.get(SOFT_DELETED) == Some(&Value::Bool(true));
        let reason = private.get(DISABLE_REASON).and_then(Value::as_str);
        function.disable_reason = reason.map(str::to_owned);
        function.private = private;
        function
            .private
            .retain(|name, _| name != SOFT_DELETED && name != DISABLE_REASON);
        let mut whole = function.document.clone();
        whole.extend(function.private.clone());
        let next = next(&whole, function.secrets.as_deref().unwrap_or_default());
        let revision = next.line.first().cloned();
        self.functions.write_document(next, function).await?;
        revision.ok_or(WriteError::Conflict)
    }

    /// KAZOO knows accounts that were never heard of here: those that have functions are made below the master account.
    async fn make_account(&self, id: &str) -> Result<(), WriteError> {
        if self.store.account(id.to_owned()).await?.is_some() {
            return Ok(());
        }
        let Some(master) = self.store.master_account().await? else {
            return Err(WriteError::Forbidden(
                "there is no master account to put the function's account below",
            ));
        };
        match self.accounts.make(&master, id).await {
            Ok(true) => Ok(()),
            Ok(false) => Err(WriteError::Forbidden(
                "pvt_account_id is not the id of an account",
            )),
            Err(error) => Err(WriteError::Account(error)),
        }
    }
}

/// Whose function a document is, if it is one.
fn account_of(body: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let account_id = text("pvt_account_id").filter(|_| text("pvt_type") == Some(FUNCTION));
    account_id.map(str::to_owned)
}

/// The public document, and the rest.
fn parted(body: Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    body.into_iter()
        .partition(|(name, _)| !name.starts_with("pvt_") && name != "id")
}

/// Who wrote it, as KAZOO notes it (KAZOO `crossbar_doc.erl`, `add_pvt_auth/2`).
fn author(private: &Map<String, Value>) -> Option<Actor> {
    let text = |name: &str| private.get(name)?.as_str().map(str::to_owned);
    Some(Actor {
        account_id: text("pvt_auth_account_id")?,
        user_id: text("pvt_auth_user_id"),
    })
}
