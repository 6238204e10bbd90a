//! Disables functions that keep failing, and enables them again (KAZOO `webhooks_disabler.erl`, `cb_webhooks.erl`).

use std::{sync::Arc, time::Instant};

use switchhook_runtime::{Class, Digest};
use switchhook_store::{Actor, Draft, FunctionKey, Scope, Store, Stored, document};
use tokio::sync::Semaphore;

use super::{
    Functions, FunctionsError,
    failures::{Failures, is_its_own_fault},
    settings::Settings,
    writes::Writes,
};

/// KAZOO's `pvt_disabled_message`.
const TOO_MANY_FAILURES: &str = "too many failed attempts";

/// Most functions whose names are read at one time to enable them. Each function is written in a transaction of its
/// own.
const PIECE: usize = 100;

/// Counts failures, and disables functions that fail too often.
#[derive(Clone)]
pub(super) struct Disabler {
    store: Store,
    writes: Writes,
    failures: Arc<Failures>,
    /// One write at a time: even if many functions fail, another write waits for one of these at most.
    turn: Arc<Semaphore>,
}

impl Disabler {
    pub(super) fn new(store: Store, writes: Writes) -> Self {
        Self {
            store,
            writes,
            failures: Arc::new(Failures::new()),
            turn: Arc::new(Semaphore::new(1)),
        }
    }

    /// Counts a failure, if it is the function's own. The caller does not wait for a write.
    pub(super) fn ended(
        &self,
        key: &FunctionKey,
        revision: &str,
        class: Class,
        settings: &Settings,
    ) {
        if !is_its_own_fault(class) {
            return;
        }
        let Some(bounds) = settings.failure_bounds(&key.0) else {
            return;
        };
        let failures = &self.failures;
        if failures.are_too_many(key, revision, bounds, Instant::now()) {
            let disabler = self.clone();
            tokio::spawn(disabler.disable(key.clone(), revision.to_owned()));
        }
    }

    async fn disable(self, key: FunctionKey, revision: String) {
        let _turn = self.turn.acquire().await;
        match self.try_disable(&key, &revision).await {
            Ok(()) | Err(FunctionsError::Conflict) => {}
            Err(error) => {
                tracing::error!(
                    account = key.0,
                    function = key.1,
                    "not switched off, but it fails: {error}"
                );
                self.failures.forget(&key);
            }
        }
    }

    /// Disables the function, unless it has changed since it failed.
    async fn try_disable(&self, key: &FunctionKey, revision: &str) -> Result<(), FunctionsError> {
        let (account_id, id) = key.clone();
        let failing = self.store.function(account_id, id).await?;
        let Some(failing) = failing.filter(|it| it.revision.as_str() == revision) else {
            return Ok(());
        };
        let reason = Some(TOO_MANY_FAILURES.to_owned());
        self.switch(&key.0, failing, false, None, reason).await?;
        tracing::warn!(
            account = key.0,
            function = key.1,
            revision,
            "switched off: {TOO_MANY_FAILURES}"
        );
        Ok(())
    }

    /// Writes a revision in which only `enabled` has changed.
    async fn switch(
        &self,
        account_id: &str,
        stored: Stored,
        enabled: bool,
        by: Option<Actor>,
        disable_reason: Option<String>,
    ) -> Result<Stored, FunctionsError> {
        let Stored {
            id,
            revision,
            mut document,
            secrets,
            ..
        } = stored;
        document.insert("enabled".into(), enabled.into());
        let source = document::source(&document);
        let draft = Draft {
            account_id: account_id.to_owned(),
            source: Digest::of(source.as_bytes()),
            id,
            document,
            secrets,
            new_snapshot: None,
            engine: None,
            by,
            disable_reason,
            message: None,
            // The revision adds nothing for the owner, so the quota does not apply.
            quota: None,
        };
        let store = self.store.clone();
        let key = (account_id.to_owned(), draft.id.clone());
        let write = async move { store.update_function(draft, revision).await };
        self.writes.write(key, write).await
    }
}

impl Functions {
    /// At most `limit` functions that were disabled because they kept failing, each with its account. They are ordered
    /// by id and begin after the id `after`. If there are more, the last id is returned too, for the next call's
    /// `after`.
    pub(crate) async fn switched_off(
        &self,
        scope: Scope,
        after: &str,
        limit: usize,
    ) -> Result<(Vec<(String, Stored)>, Option<String>), FunctionsError> {
        let after = after.to_owned();
        let keys = self.store.disabled_functions(&scope, after, limit).await?;
        let is_full = keys.len() == limit;
        let next = keys.last().map(|(_, id)| id.clone());
        let mut found = Vec::with_capacity(keys.len());
        for (account_id, id) in keys {
            let stored = self.store.function(account_id.clone(), id).await?;
            // Somebody may have enabled or deleted it meanwhile.
            if let Some(stored) = stored.filter(|it| it.disable_reason.is_some()) {
                found.push((account_id, stored));
            }
        }
        Ok((found, next.filter(|_| is_full)))
    }

    /// Enables all functions of an account that were disabled because they kept failing, and no others.
    pub(crate) async fn enable_again(
        &self,
        scope: Scope,
        actor: &Actor,
    ) -> Result<(), FunctionsError> {
        let mut last = String::new();
        loop {
            let piece = self.store.disabled_functions(&scope, last, PIECE).await?;
            let Some((_, id)) = piece.last() else {
                return Ok(());
            };
            last = id.clone();
            for (account_id, id) in piece {
                self.enable_one_again(&account_id, &id, actor).await?;
            }
        }
    }

    async fn enable_one_again(
        &self,
        account_id: &str,
        id: &str,
        actor: &Actor,
    ) -> Result<(), FunctionsError> {
        loop {
            let found = self.store.function(account_id.into(), id.into()).await?;
            let Some(disabled) = found.filter(|it| it.disable_reason.is_some()) else {
                return Ok(());
            };
            let by = Some(actor.clone());
            let switched = self.disabler.switch(account_id, disabled, true, by, None);
            match switched.await {
                // Somebody changed the function meanwhile. It may still be disabled.
                Err(FunctionsError::Conflict) => {}
                switched => return switched.map(|_| ()),
            }
        }
    }
}
