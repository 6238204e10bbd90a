//! Writes documents. As in KAZOO's views, private keys say whether a document is a function.

use serde_json::{Map, Value};
use switchhook_store::{Actor, NextRevision, Revision, StoreError, StoredDocument, document};

use super::{
    Database, Edit,
    document::{DISABLE_REASON, FUNCTION, SOFT_DELETED},
};
use crate::{
    accounts::AccountsError,
    functions::FunctionsError,
    validation::{Invalid, validate_size},
};

/// How often writing a revision of another database is tried again if other writes of the document interfere.
const MAX_ATTEMPTS: usize = 8;

/// Largest generation of another database's revision. Later revisions here must still be valid.
const MAX_GIVEN_GENERATION: i64 = 1 << 40;

/// Why a document is not written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    #[error("Document update conflict.")]
    Conflict,
    /// Refused as by a `validate_doc_update` function. The text is for the client.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The document claims to be a function and is not a valid one.
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

/// Revisions of a document that are unknown here.
pub(crate) struct Unknown {
    pub(crate) missing: Vec<Revision>,
    /// Known revisions that the unknown ones may follow.
    pub(crate) possible_ancestors: Vec<Revision>,
}

/// The order in which CouchDB chooses the winning revision (`couch_doc.erl`, `to_doc_info/1`).
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

/// The position of a new revision.
struct Position {
    id: String,
    /// The current document.
    current: Option<StoredDocument>,
    /// The new revision and its predecessors, newest first. `None` if the server makes the revision.
    line: Option<Vec<Revision>>,
}

impl Position {
    /// The account of the function with this id, if there is one.
    fn owner(&self) -> Option<&str> {
        let function = self.current.as_ref()?.function.as_ref()?;
        Some(&function.account_id)
    }

    /// Whether there is a document with this id.
    fn is_taken(&self) -> bool {
        self.current
            .as_ref()
            .is_some_and(|current| !current.deleted)
    }

    /// The next revision. `rest` is what distinguishes the edit beside its body.
    fn next(
        self,
        deleted: bool,
        body: &Map<String, Value>,
        rest: &[u8],
    ) -> (Revision, NextRevision) {
        let after = self.current.map(|current| current.revision);
        let named = || {
            let body = serde_json::to_string(body).expect("an object of JSON has a JSON form");
            Revision::following(after.as_ref(), deleted, &body, rest)
        };
        let (revision, line) = match self.line {
            Some(line) if !line.is_empty() => (line[0].clone(), line),
            _ => {
                let revision = named();
                let line = [Some(revision.clone()), after.clone()];
                (revision, line.into_iter().flatten().collect())
            }
        };
        let next = NextRevision {
            id: self.id,
            after,
            line,
        };
        (revision, next)
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
        let position = Position {
            id: edit.id.clone(),
            current,
            line: None,
        };
        self.write(edit, position).await
    }

    /// Takes over a revision of another database. If it does not win, only its name is stored.
    ///
    /// # Errors
    /// [`WriteError::Forbidden`] if the revision has no name.
    pub(crate) async fn replicate(&self, edit: Edit) -> Result<(), WriteError> {
        let line = edit.ancestry.clone();
        let Some(revision) = line.first() else {
            return Err(WriteError::Forbidden("a replicated document has a _rev"));
        };
        if revision.generation() > MAX_GIVEN_GENERATION {
            return Err(WriteError::Forbidden(
                "no document has been written so often",
            ));
        }
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
            let position = Position {
                id: edit.id.clone(),
                current,
                line: Some(line.clone()),
            };
            match self.write(edit.clone(), position).await {
                Err(WriteError::Conflict) => {}
                written => return written.map(|_| ()),
            }
        }
        Err(WriteError::Conflict)
    }

    /// The unknown ones of these revisions.
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

    /// Writes an edit whose position is known.
    async fn write(&self, edit: Edit, position: Position) -> Result<Revision, WriteError> {
        if edit.deleted {
            return self.write_deletion(position, edit.body).await;
        }
        match account_of(&edit.body) {
            Some(account_id) => self.write_function(position, account_id, edit.body).await,
            None => self.write_other(position, edit.body).await,
        }
    }

    async fn write_deletion(
        &self,
        position: Position,
        mut body: Map<String, Value>,
    ) -> Result<Revision, WriteError> {
        let owner = position.owner().map(str::to_owned);
        if owner.is_some() || account_of(&body).is_some() {
            // A deleted function keeps nothing else, least of all a secret.
            body.retain(|name, _| name.starts_with("pvt_"));
        }
        let (revision, next) = position.next(true, &body, &[]);
        match owner {
            Some(owner) => self.functions.bury(owner, next, body).await?,
            None => self.store.write_document(next, body, true).await?,
        }
        Ok(revision)
    }

    async fn write_other(
        &self,
        position: Position,
        body: Map<String, Value>,
    ) -> Result<Revision, WriteError> {
        if position.owner().is_some() {
            return Err(WriteError::Forbidden(
                "a function cannot become another document",
            ));
        }
        let (revision, next) = position.next(false, &body, &[]);
        self.store.write_document(next, body, false).await?;
        Ok(revision)
    }

    async fn write_function(
        &self,
        position: Position,
        account_id: String,
        body: Map<String, Value>,
    ) -> Result<Revision, WriteError> {
        match position.owner() {
            None if position.is_taken() => {
                return Err(WriteError::Forbidden(
                    "another document cannot become a function",
                ));
            }
            Some(owner) if owner != account_id => {
                return Err(WriteError::Forbidden(
                    "a function cannot change its account",
                ));
            }
            _ => {}
        }
        let (document, mut private) = parted(body);
        validate_size(private.iter()).map_err(WriteError::NoFunction)?;
        self.make_account(&account_id).await?;
        let checked = self
            .functions
            .check_document(&account_id, &position.id, document);
        let mut function = checked.await?;
        function.by = author(&private);
        function.hidden = private.shift_remove(SOFT_DELETED) == Some(Value::Bool(true));
        let reason = private.shift_remove(DISABLE_REASON);
        let reason = reason.filter(|_| !document::is_enabled(&function.document));
        if let Some(Value::String(reason)) = &reason {
            function.disable_reason = Some(reason.clone());
        }
        let mut whole = function.document.clone();
        whole.extend(private.clone());
        whole.insert(SOFT_DELETED.into(), function.hidden.into());
        whole.extend(reason.map(|reason| (DISABLE_REASON.to_owned(), reason)));
        function.private = private;
        let secrets = function.secrets.as_deref().unwrap_or_default();
        let (revision, next) = position.next(false, &whole, secrets);
        self.functions.write_document(next, function).await?;
        Ok(revision)
    }

    /// Makes an account below the master account if it is unknown: KAZOO stores functions of accounts that this server
    /// has never seen.
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

/// The account of a document, if the document is a function.
fn account_of(body: &Map<String, Value>) -> Option<String> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let account_id = text("pvt_account_id").filter(|_| text("pvt_type") == Some(FUNCTION));
    account_id.map(str::to_owned)
}

/// The public part of a document, and the private part.
fn parted(body: Map<String, Value>) -> (Map<String, Value>, Map<String, Value>) {
    body.into_iter()
        .partition(|(name, _)| !name.starts_with("pvt_") && name != "id")
}

/// The writer, as KAZOO notes it (KAZOO `crossbar_doc.erl`, `add_pvt_auth/2`).
fn author(private: &Map<String, Value>) -> Option<Actor> {
    let text = |name: &str| private.get(name)?.as_str().map(str::to_owned);
    Some(Actor {
        account_id: text("pvt_auth_account_id")?,
        user_id: text("pvt_auth_user_id"),
    })
}
