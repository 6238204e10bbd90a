//! The only way to a sandbox: a call is admitted before it runs and counted after it has run.
//!
//! The future of a call has 10 KB. It is boxed here, once, because the futures around it are moved several times before
//! their first poll.

use std::sync::Arc;

use serde_json::value::RawValue;
use switchhook_compiler::{Language, LoadError};
use switchhook_runtime::{Call, Failure, Guest, Limits, Moment, Outcome, Snapshot, SnapshotError};

use super::{
    admission::{Admission, Bounds, Gate, Load, Overloaded},
    environment::Environment,
    meters::Meters,
};

/// A call, and whether its caller needs an answer.
pub(crate) struct Question<'a> {
    /// The call, a JSON document.
    pub(crate) call: &'a RawValue,
    /// Whether the caller of a call needs no answer. If so, a function that returns nothing at all returns `null`.
    /// Otherwise the function has failed, because a `return` may be missing. Called only if the function returned
    /// nothing.
    pub(crate) takes_nothing: fn(&RawValue) -> bool,
    /// The moment of an earlier call, to repeat that call.
    pub(crate) moment: Option<Moment>,
}

impl<'a> Question<'a> {
    /// A question that requires an answer.
    pub(crate) fn new(call: &'a RawValue) -> Self {
        Self {
            call,
            takes_nothing: |_| false,
            moment: None,
        }
    }

    fn settle(&self, outcome: &mut Outcome<Box<RawValue>>) {
        let is_nothing = |failure: &Failure| failure.returned_nothing;
        if outcome.result.as_ref().is_err_and(is_nothing) && (self.takes_nothing)(self.call) {
            outcome.result = Ok(RawValue::NULL.to_owned());
        }
    }
}

/// Admission of calls and compilations. Each kind has its own places: compilations take longer and more memory, and
/// uploads must not delay calls.
pub(crate) struct Sandboxes {
    calls: Admission,
    compilations: Admission,
    meters: Meters,
}

impl Sandboxes {
    pub(crate) fn new(calls: Bounds, compilations: Bounds, meters: Meters) -> Self {
        Self {
            calls: Admission::new(calls),
            compilations: Admission::new(compilations),
            meters,
        }
    }

    /// The gate for the account's calls.
    pub(super) fn call_gate(&self, account_id: &str, tenant_id: &str) -> Arc<Gate> {
        self.calls.gate(account_id, tenant_id)
    }

    /// The gate for the account's compilations.
    pub(super) fn compilation_gate(&self, account_id: &str, tenant_id: &str) -> Arc<Gate> {
        self.compilations.gate(account_id, tenant_id)
    }

    /// Calls a function. The moment of the call is its admission, and not the beginning of its wait, unless the question
    /// names a moment.
    pub(super) async fn call(
        &self,
        gate: &Gate,
        guest: &Guest,
        snapshot: &Snapshot,
        question: &Question<'_>,
        environment: &Environment,
        limits: &Limits,
    ) -> Result<(Outcome<Box<RawValue>>, Moment), SnapshotError> {
        let entered = gate.enter().await;
        let moment = question.moment.unwrap_or_else(Moment::now);
        let mut outcome = match entered {
            Ok(_place) => {
                let call = Call {
                    input: question.call.get(),
                    moment,
                    environment: Arc::clone(&environment.variables),
                };
                Box::pin(guest.call(snapshot, call, limits)).await?
            }
            Err(Overloaded) => Outcome::not_run(Failure::overloaded()),
        };
        question.settle(&mut outcome);
        environment.mask(&mut outcome);
        self.meters.call(&outcome);
        Ok((outcome, moment))
    }

    pub(super) async fn compile(
        &self,
        gate: &Gate,
        language: &Arc<Language>,
        source: &str,
        limits: &Limits,
    ) -> Result<Outcome<Snapshot>, LoadError> {
        let outcome = match gate.enter().await {
            Ok(_place) => Box::pin(language.compile(source, limits)).await?,
            Err(Overloaded) => Outcome::not_run(Failure::overloaded()),
        };
        self.meters.compilation(&outcome);
        Ok(outcome)
    }

    /// Compiles a function that is its own guest and has no source.
    pub(super) async fn compile_own(
        &self,
        gate: &Gate,
        guest: &Guest,
        limits: &Limits,
    ) -> Outcome<Snapshot> {
        let outcome = match gate.enter().await {
            Ok(_place) => Box::pin(guest.compile("", limits)).await,
            Err(Overloaded) => Outcome::not_run(Failure::overloaded()),
        };
        self.meters.compilation(&outcome);
        outcome
    }

    /// The outcome of a call that never reached a sandbox.
    pub(super) fn refused(&self, failure: Failure) -> Outcome<Box<RawValue>> {
        let outcome = Outcome::not_run(failure);
        self.meters.call(&outcome);
        outcome
    }

    pub(super) fn call_load(&self) -> Load {
        self.calls.load()
    }

    pub(super) fn compilation_load(&self) -> Load {
        self.compilations.load()
    }
}
