//! Moves functions to newer versions of their language packs. Functions are compiled in the background, and both
//! versions run recorded calls. If the results are equal, the function switches to the newer version.

use std::{collections::BTreeSet, sync::Arc};

use serde::Deserialize;
use serde_json::{Value, value::RawValue};
use switchhook_compiler::Language;
use switchhook_runtime::{Call, Class, Guest, Limits, Moment, Outcome, Snapshot};
use switchhook_store::{Attempts, AttemptsRange, EngineChange, FIRST_ID, FunctionEngine, document};

use super::{
    Functions, FunctionsError,
    environment::Environment,
    execution::time_zone,
    program::{Program, Source},
};

/// Whether functions move to a newer version of their language pack.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(rename_all = "snake_case")]
pub(crate) enum Upgrade {
    /// Functions stay with their version until their authors change them.
    Never,
    /// Each function is compiled with the newest version in the background, and takes it if recorded calls have the
    /// same results.
    #[default]
    Equal,
    /// Like `equal`, but functions take the newest version whatever the results are. Differences are reported before.
    Always,
}

/// Most functions that are read at one time.
const PIECE: usize = 100;

/// Most recorded calls on which two versions are compared. Each takes as long as two calls.
const CALLS: usize = 20;

/// Most characters of a result that a report contains.
const SHOWN: usize = 200;

/// A recorded call.
#[derive(Deserialize)]
struct Recorded {
    input: Box<RawValue>,
    #[serde(default)]
    input_truncated: bool,
}

/// The comparison of two versions.
#[derive(Default)]
struct Comparison {
    compared: usize,
    differences: Vec<String>,
}

impl Functions {
    /// Loads the languages of stored functions, so that their first calls need not wait.
    pub(crate) async fn load_languages(&self) -> Result<(), FunctionsError> {
        let languages = self.languages();
        for in_use in self.store.languages_in_use().await? {
            let wanted = in_use.language_pack.as_deref();
            let wanted = wanted.unwrap_or(document::DEFAULT_LANGUAGE_PACK);
            if let Some(language) = languages.of_function(wanted, in_use.engine.as_deref()) {
                language.guest().await?;
            }
        }
        Ok(())
    }

    /// Moves functions to the newest versions of their packs.
    pub(crate) async fn upgrade(&self, how: Upgrade) -> Result<(), FunctionsError> {
        if how == Upgrade::Never {
            return Ok(());
        }
        let mut last = FIRST_ID.to_owned();
        loop {
            let piece = self.store.function_engines(last, PIECE).await?;
            let Some(end) = piece.last() else {
                return Ok(());
            };
            last = end.id.clone();
            for function in piece {
                let id = function.id.clone();
                if let Err(error) = self.upgrade_one(function, how).await {
                    tracing::error!(
                        function = id,
                        "its language pack has a newer version: {error}"
                    );
                }
            }
        }
    }

    async fn upgrade_one(
        &self,
        function: FunctionEngine,
        how: Upgrade,
    ) -> Result<(), FunctionsError> {
        let wanted = function.language_pack.as_deref();
        let wanted = wanted.unwrap_or(document::DEFAULT_LANGUAGE_PACK);
        let languages = self.languages();
        let Some(newest) = languages.get(wanted) else {
            return Ok(());
        };
        let to_engine = newest.pack().to_string();
        if to_engine == function.engine {
            return Ok(());
        }
        let FunctionEngine {
            account_id,
            id,
            revision,
            engine: from_engine,
            ..
        } = function;
        if how == Upgrade::Equal
            && self
                .store
                .is_engine_refused(id.clone(), revision.clone(), to_engine.clone())
                .await?
        {
            return Ok(());
        }
        let stored = self.store.function(account_id.clone(), id.clone()).await?;
        let Some(stored) = stored.filter(|stored| stored.revision == revision) else {
            return Ok(());
        };
        let (before, text) = self.program_on(&stored.document, Some(&from_engine))?;
        let on = |language: &Arc<Language>| Source::Text {
            language: Arc::clone(language),
            text,
        };
        let limits = self.settings.call_limits(&account_id, &stored.document);
        let next = self
            .compiled(&self.store, &account_id, &on(newest), &limits)
            .await?;
        let comparison = match &next.snapshot {
            Err(failure) => Comparison {
                compared: 0,
                differences: vec![format!("it does not compile: {}", failure.error)],
            },
            // The old version is not installed any more, so there is nothing to compare.
            Ok(_) if before.pack().to_string() != from_engine => Comparison::default(),
            Ok(snapshot) => {
                let secrets = self.unseal(&id, stored.secrets.as_deref())?;
                let zone = time_zone(&self.store, &account_id, &stored.document).await?;
                let environment = Environment::new(&stored.document, secrets, zone.as_deref());
                let calls = self.recorded(&account_id, &id).await?;
                let program = self
                    .compiled(&self.store, &account_id, &on(&before), &limits)
                    .await?;
                let Ok(before_snapshot) = &program.snapshot else {
                    return Ok(());
                };
                let gate = self.compilation_gate(&account_id).await?;
                let Ok(_place) = gate.enter().await else {
                    return Ok(());
                };
                let one = Version::of(&before, before_snapshot).await?;
                let other = Version::of(newest, snapshot).await?;
                compare(&one, &other, &calls, &environment, &limits).await?
            }
        };
        let switches =
            next.snapshot.is_ok() && (comparison.differences.is_empty() || how == Upgrade::Always);
        self.report(EngineChange {
            function_id: id.clone(),
            revision: revision.clone(),
            from_engine,
            to_engine,
            switched: switches,
            compared: comparison.compared,
            differences: comparison.differences,
        })
        .await?;
        if switches {
            let new = next.new_snapshot().await?;
            let quota = self.settings.quota(&account_id);
            let Program { engine, .. } = next;
            let store = self.store.clone();
            let key = (account_id, id.clone());
            let write = async move { store.compiled(id, revision, new, engine, quota).await };
            self.writes.write(key, write).await?;
        }
        Ok(())
    }

    /// Reports and stores a change before anything is switched.
    async fn report(&self, change: EngineChange) -> Result<(), FunctionsError> {
        if change.differences.is_empty() {
            tracing::info!(
                function = change.function_id,
                from = change.from_engine,
                to = change.to_engine,
                compared = change.compared,
                "moves to a newer version of its language pack"
            );
        } else {
            tracing::warn!(
                function = change.function_id,
                from = change.from_engine,
                to = change.to_engine,
                switched = change.switched,
                differences = change.differences.join("; "),
                "differs with a newer version of its language pack"
            );
        }
        Ok(self.store.add_engine_change(change).await?)
    }

    /// Recent calls of a function, without repetitions.
    async fn recorded(
        &self,
        account_id: &str,
        id: &str,
    ) -> Result<Vec<Box<RawValue>>, FunctionsError> {
        let of = Attempts {
            account_id: account_id.to_owned(),
            function_id: Some(id.to_owned()),
            ..Attempts::default()
        };
        let newest = AttemptsRange {
            start: (i64::MAX, i64::MAX),
            limit: CALLS,
            from_ms: 0,
            to_ms: i64::MAX,
        };
        let page = self.store.attempts(of, newest).await?;
        let mut seen = BTreeSet::new();
        let recorded = page.attempts.iter();
        let recorded = recorded.filter_map(|attempt| {
            let recorded: Recorded = serde_json::from_str(attempt.get()).ok()?;
            let is_new = seen.insert(recorded.input.get().to_owned());
            (is_new && !recorded.input_truncated).then_some(recorded.input)
        });
        Ok(recorded.collect())
    }
}

/// A function compiled by one version of its pack.
struct Version<'a> {
    guest: &'a Guest,
    snapshot: &'a Snapshot,
}

impl<'a> Version<'a> {
    async fn of(
        language: &'a Arc<Language>,
        snapshot: &'a Snapshot,
    ) -> Result<Self, FunctionsError> {
        let guest = language.guest().await?;
        Ok(Self { guest, snapshot })
    }
}

/// Runs both versions on each call, at the same moment.
async fn compare(
    one: &Version<'_>,
    other: &Version<'_>,
    calls: &[Box<RawValue>],
    environment: &Environment,
    limits: &Limits,
) -> Result<Comparison, FunctionsError> {
    let mut comparison = Comparison::default();
    for input in calls {
        let call = Call {
            input: input.get(),
            moment: Moment::now(),
            environment: environment.variables.clone(),
        };
        let (guest, snapshot) = (one.guest, one.snapshot);
        let mut before = guest.call(snapshot, call.clone(), limits).await?;
        let (guest, snapshot) = (other.guest, other.snapshot);
        let mut after = guest.call(snapshot, call, limits).await?;
        // Outcomes that depend on the load of the machine say nothing about the function.
        let depends = |class| matches!(class, Class::Timeout | Class::Overloaded | Class::Internal);
        if depends(before.class()) || depends(after.class()) {
            continue;
        }
        comparison.compared += 1;
        environment.mask(&mut before);
        environment.mask(&mut after);
        if !same(&before, &after) {
            let (before, after) = (shown(&before, environment), shown(&after, environment));
            let difference = format!("on {} it was {before} and is {after}", cut(input.get()));
            comparison.differences.push(difference);
        }
    }
    Ok(comparison)
}

/// Whether results are equal as JSON, or failures have the same class. Engines word their messages differently.
fn same(one: &Outcome<Box<RawValue>>, other: &Outcome<Box<RawValue>>) -> bool {
    let value = |outcome: &Outcome<Box<RawValue>>| {
        let result = outcome.result.as_ref().ok()?;
        serde_json::from_str::<Value>(result.get()).ok()
    };
    one.class() == other.class() && value(one) == value(other)
}

/// An outcome as operators may read it: without secrets.
fn shown(outcome: &Outcome<Box<RawValue>>, environment: &Environment) -> String {
    match &outcome.result {
        Ok(result) => match environment.masked(result) {
            Some(masked) => cut(masked.get()),
            None => "a result that cannot be shown without a secret".to_owned(),
        },
        Err(failure) => cut(&format!("{} ({})", failure.class, failure.error)),
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
