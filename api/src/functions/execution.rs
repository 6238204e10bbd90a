//! Running functions, and recording what repeats a call.

use std::sync::Arc;

use serde_json::value::RawValue;
use switchhook_runtime::{Class, Failure, FunctionError, Limits, Moment, Outcome, Snapshot};
use switchhook_store::{
    Callable, FunctionKey, NewSnapshot, Past, Revision, Store, StoreError, Stored,
    document::{self, MODULE, PublicDocument, SOURCE},
};

use super::{
    Capture, Functions, FunctionsError, Ran, Record,
    attempts::{Caller, Ended},
    environment::{self, Environment, Secrets},
    program,
    ready::{Origin, Ready},
    sandboxes::Question,
    settings::Settings,
    validation,
};

/// A function to run without storing it.
pub(crate) struct Trial<'a> {
    /// A document as for storing, but without a name.
    pub(crate) document: PublicDocument,
    pub(crate) question: Question<'a>,
    /// The stored function whose secrets the document may name.
    pub(crate) secrets_of: Option<String>,
}

impl Functions {
    /// Runs a function, counts how the call ended, and records an attempt. With `capture`, the record contains
    /// everything that the call depends on.
    pub(crate) async fn run(
        &self,
        account_id: &str,
        id: &str,
        question: &Question<'_>,
        capture: bool,
        request_id: &str,
    ) -> Result<Ran, FunctionsError> {
        let ready = self.ready(account_id, id).await?;
        let caller = Caller {
            request_id,
            router: None,
        };
        let mut ran = self
            .run_ready(&ready, (account_id, id), question, caller)
            .await?;
        if capture {
            let revision = ready.revision.clone();
            let stored = self.store.function_at(id.into(), revision).await;
            // The call has ended. If the database fails now, only the capture is missing from the answer.
            let stored = stored.unwrap_or_else(|error| {
                tracing::error!(
                    request_id,
                    "a call is answered without its capture: {error}"
                );
                None
            });
            ran.record.capture = stored.map(|stored| {
                let document = &stored.stored.document;
                let limits = ready.limits.clone();
                capture_of(document, &ready.environment, limits, question.call)
            });
        }
        Ok(ran)
    }

    /// Runs a function from memory, counts how the call ended, and records an attempt.
    pub(super) async fn run_ready(
        &self,
        ready: &Ready,
        (account_id, id): (&str, &str),
        question: &Question<'_>,
        caller: Caller<'_>,
    ) -> Result<Ran, FunctionsError> {
        let (outcome, moment) = self
            .run_snapshot(ready, ready.snapshot.as_ref(), question)
            .await?;
        let record = Record::of_stored(id, ready, &moment);
        let ran = Ran::new(outcome, record, &self.settings.modules);
        self.ended(
            ready,
            &Ended {
                account_id,
                function_id: id,
                revision: &ready.revision,
                call: question.call,
                caller,
                outcome: &ran.outcome,
                valid: ran.flow.as_ref().map(Result::is_ok),
                record: &ran.record,
                environment: &ready.environment,
            },
        );
        Ok(ran)
    }

    /// Ends a call of any client: logs the details that only the operator may read, counts the call and records an
    /// attempt. A failure may switch the function off.
    pub(super) fn ended(&self, ready: &Ready, ended: &Ended<'_>) {
        tell_operator(ended.outcome, ended.caller.request_id);
        ready
            .counts
            .count(ended.outcome, ended.record.moment().clock);
        self.recorder.ended(ended);
        let class = ended.outcome.class();
        if class != Class::Ok {
            let key = (ended.account_id.to_owned(), ended.function_id.to_owned());
            self.disabler
                .ended(&key, ended.revision, class, &self.settings);
        }
    }

    /// Runs one snapshot of a function: its usual one, or one that was compiled with helpers.
    pub(super) async fn run_snapshot(
        &self,
        ready: &Ready,
        snapshot: Result<&Arc<Snapshot>, &Failure>,
        question: &Question<'_>,
    ) -> Result<(Outcome<Box<RawValue>>, Moment), FunctionsError> {
        if !ready.enabled {
            let error = FunctionError::new("Disabled", "the function is switched off");
            let refused = self.sandboxes.refused(Failure::new(Class::Disabled, error));
            return Ok((refused, Moment::now()));
        }
        let Ready {
            gate,
            guest,
            limits,
            environment,
            ..
        } = ready;
        let snapshot = match snapshot {
            Ok(snapshot) => snapshot,
            Err(failure) => return Ok((self.sandboxes.refused(failure.clone()), Moment::now())),
        };
        Ok(self
            .sandboxes
            .call(gate, guest, snapshot, question, environment, limits)
            .await?)
    }

    /// Compiles and runs a function that is not stored. A source that does not compile is an outcome like others.
    pub(crate) async fn try_out(
        &self,
        account_id: &str,
        trial: Trial<'_>,
        capture: bool,
        request_id: &str,
    ) -> Result<Ran, FunctionsError> {
        let Trial {
            document,
            question,
            secrets_of,
        } = trial;
        let (document, environment) = self.tried(account_id, document, secrets_of).await?;
        let limits = self.settings.call_limits(account_id, &document);
        let source = self.source(account_id, &document)?;
        let guest = self.guest_of(account_id, &source).await?;
        let compiled = self.compile_anew(account_id, &source, &guest, &limits);
        let compiled = compiled.await?;
        let (outcome, moment) = match compiled.into_result() {
            Ok(snapshot) => {
                let gate = self.call_gate(account_id).await?;
                let call =
                    self.sandboxes
                        .call(&gate, &guest, &snapshot, &question, &environment, &limits);
                call.await?
            }
            Err(ended) => (ended, Moment::now()),
        };
        tell_operator(&outcome, request_id);
        let mut record = Record::new(guest.digest(), &moment);
        if capture {
            let capture = capture_of(&document, &environment, limits, question.call);
            record.capture = Some(capture);
        }
        Ok(Ran::new(outcome, record, &self.settings.modules))
    }

    /// Compiles a function that is neither stored nor called.
    pub(crate) async fn try_compile(
        &self,
        account_id: &str,
        document: PublicDocument,
        secrets_of: Option<String>,
        request_id: &str,
    ) -> Result<Outcome<Snapshot>, FunctionsError> {
        let (document, environment) = self.tried(account_id, document, secrets_of).await?;
        let limits = self.settings.call_limits(account_id, &document);
        let source = self.source(account_id, &document)?;
        let guest = self.guest_of(account_id, &source).await?;
        let compiled = self.compile_anew(account_id, &source, &guest, &limits);
        let mut outcome = compiled.await?;
        environment.mask(&mut outcome);
        tell_operator(&outcome, request_id);
        Ok(outcome)
    }

    /// The checked document of a trial, and the environment of its calls.
    async fn tried(
        &self,
        account_id: &str,
        mut document: PublicDocument,
        secrets_of: Option<String>,
    ) -> Result<(PublicDocument, Environment), FunctionsError> {
        let kept = match secrets_of {
            Some(id) => {
                let stored = self.get(account_id, &id).await?;
                self.unseal(&id, stored.secrets.as_deref())?
            }
            None => Secrets::new(),
        };
        validation::validate(&mut document)?;
        let secrets = environment::take_secrets(&mut document, kept)?;
        let zone = time_zone(&self.store, account_id, &document).await?;
        let environment = Environment::new(&document, secrets, zone.as_deref());
        Ok((document, environment))
    }

    /// The function as one self-contained Wasm module. The module contains no `env`, because each call gets its own.
    pub(crate) async fn module(
        &self,
        account_id: &str,
        id: &str,
    ) -> Result<Vec<u8>, FunctionsError> {
        let ready = self.ready(account_id, id).await?;
        let snapshot = match &ready.snapshot {
            Ok(snapshot) => Arc::clone(snapshot),
            Err(failure) => {
                let field = match ready.origin {
                    Origin::Language(_) => SOURCE,
                    Origin::Module(_) => MODULE,
                };
                let problem = program::compile_error(failure.clone(), field);
                return Err(FunctionsError::Invalid(problem.into()));
            }
        };
        let gate = self.compilation_gate(account_id).await?;
        // A thread cannot be stopped. So the task keeps its place until the thread ends, even if the request is
        // dropped.
        let linked = tokio::spawn(async move {
            let place = gate.enter().await;
            let _place = place.map_err(|_| FunctionsError::NotCompiled(Failure::overloaded()))?;
            let link = move || -> Result<_, FunctionsError> {
                let wasm = ready.origin.module()?;
                Ok(ready.guest.link(&wasm, &snapshot)?)
            };
            let linked = tokio::task::spawn_blocking(link).await;
            linked.map_err(StoreError::Thread)?
        });
        linked.await.map_err(StoreError::Thread)?
    }

    /// The function from memory, else from the database. If its snapshot is missing, unreadable or of another guest,
    /// the function is compiled anew.
    pub(super) async fn ready(
        &self,
        account_id: &str,
        id: &str,
    ) -> Result<Arc<Ready>, FunctionsError> {
        let key = &(account_id.to_owned(), id.to_owned());
        let functions = &self.ready.functions;
        let reading = |store: Store, as_of| async move {
            let asked = store.asked();
            let load = self.load(&store, key);
            match self.loads.once(key.clone(), asked, as_of, load).await {
                Err(FunctionsError::NotFound { .. }) => Ok(None),
                loaded => loaded.map(Some),
            }
        };
        let found = functions.read(&self.store, key, reading).await?;
        let ready = found.ok_or_else(|| FunctionsError::NotFound { id: id.into() })?;
        // A compilation may time out because the machine is busy. So the next call compiles again.
        let timed_out = |failure: &Failure| failure.class == Class::Timeout;
        if ready.snapshot.as_ref().is_err_and(timed_out) {
            functions.written(key);
        }
        Ok(ready)
    }

    async fn load(&self, store: &Store, key: &FunctionKey) -> Result<Arc<Ready>, FunctionsError> {
        let (account_id, id) = (key.0.as_str(), key.1.as_str());
        let Some(found) = store.callable(key.clone()).await? else {
            return Err(FunctionsError::NotFound { id: id.into() });
        };
        if let Some(known) = self.ready.functions.last_known(key)
            && known.is_of(&found)
        {
            return Ok(known);
        }
        let Callable {
            stored,
            account_time_zone,
            engine,
            call_key,
        } = found;
        let Stored {
            document,
            secrets,
            revision,
            ..
        } = stored;
        if let Some(failure) = self.without_language(&document) {
            return Err(FunctionsError::NotCompiled(failure));
        }
        let source = self.source_on(account_id, &document, engine.as_deref())?;
        let limits = self.settings.call_limits(account_id, &document);
        let program = self.compiled(store, account_id, &source, &limits).await?;
        let new = program.new_snapshot().await?;
        if !store.is_copy()
            && program.snapshot.is_ok()
            && (new.is_some() || engine.as_ref() != Some(&program.engine))
        {
            self.keep_compiled(key.clone(), revision.clone(), new, program.engine);
        }
        let secrets = self.unseal(id, secrets.as_deref())?;
        let zone = own_time_zone(&document).or(account_time_zone.as_deref());
        Ok(Arc::new(Ready {
            enabled: document::is_enabled(&document),
            guest: program.guest,
            origin: source.origin(),
            snapshot: program.snapshot,
            gate: self.call_gate(account_id).await?,
            limits,
            environment: Environment::new(&document, secrets, zone),
            revision: revision.as_str().to_owned(),
            call_key,
            account_time_zone,
            counts: self.stats.of_function(key),
        }))
    }
}

impl Functions {
    /// Stores the snapshot of a function. Snapshots are a cache: no call waits for this write or fails because of it.
    fn keep_compiled(
        &self,
        (account_id, id): FunctionKey,
        revision: Revision,
        new: Option<NewSnapshot>,
        engine: String,
    ) {
        let store = self.store.clone();
        let quota = self.settings.quota(&account_id);
        tokio::spawn(async move {
            let kept = store.compiled(id.clone(), revision, new, engine, quota);
            if let Err(error) = kept.await {
                tracing::warn!(
                    account = account_id,
                    function = id,
                    "compiled, but not stored: {error}"
                );
            }
        });
    }
}

/// Logs the details of a failure. The line contains the request's id itself, because the request's span may be filtered
/// out.
fn tell_operator<T>(outcome: &Outcome<T>, request_id: &str) {
    if let Err(Failure {
        detail: Some(detail),
        ..
    }) = &outcome.result
    {
        tracing::error!(request_id, "a call failed: {detail}");
    }
}

fn capture_of(
    document: &PublicDocument,
    environment: &Environment,
    limits: Limits,
    call: &RawValue,
) -> Capture {
    Capture {
        language_pack: document::language_pack(document).to_owned(),
        source: document::source(document).to_owned(),
        call: call.to_owned(),
        env: environment.public().collect(),
        timezone: environment.time_zone().map(str::to_owned),
        limits,
    }
}

/// A capture of a call of a stored function, made from the database, and the values of the function's secrets. The
/// account's time zone and the limits are the current ones.
pub(crate) async fn recapture(
    store: &Store,
    settings: &Settings,
    record: &Record,
    call: &RawValue,
) -> Result<Option<(Capture, Secrets)>, FunctionsError> {
    let (Some(id), Some(revision)) = (&record.function, &record.revision) else {
        return Ok(None);
    };
    let past = store.function_at(id.clone(), revision.clone()).await?;
    let Some(Past { stored, .. }) = past else {
        return Ok(None);
    };
    let secrets = settings.unseal(id, stored.secrets.as_deref())?;
    let account_id = store
        .account_of_function(id.clone())
        .await?
        .unwrap_or_default();
    let document = &stored.document;
    let zone = time_zone(store, &account_id, document).await?;
    let environment = Environment::new(document, secrets.clone(), zone.as_deref());
    let limits = settings.call_limits(&account_id, document);
    let capture = capture_of(document, &environment, limits, call);
    Ok(Some((capture, secrets)))
}

/// The function's own time zone, else its account's.
pub(super) async fn time_zone(
    store: &Store,
    account_id: &str,
    document: &PublicDocument,
) -> Result<Option<String>, StoreError> {
    if let Some(own) = own_time_zone(document) {
        return Ok(Some(own.to_owned()));
    }
    let account = store.account(account_id.to_owned()).await?;
    Ok(account.and_then(|account| account.time_zone().map(str::to_owned)))
}

fn own_time_zone(document: &PublicDocument) -> Option<&str> {
    document.get("timezone")?.as_str()
}
