//! The only way to a sandbox: a call is admitted before and counted after.
//!
//! The future of a call has 10 KB. It is boxed here, once, because the futures around it are moved several times before their first poll.

use std::sync::Arc;

use serde_json::value::RawValue;
use switchhook_compiler::{Language, LoadError};
use switchhook_runtime::{Call, Failure, Guest, Limits, Moment, Outcome, Snapshot, SnapshotError};

use super::{
    admission::{Admission, Bounds, Gate, Load, Overloaded},
    environment::Environment,
    meters::Meters,
};

/// A call, and the kind of answer that is wanted.
pub(crate) struct Question<'a> {
    /// A JSON document.
    pub(crate) call: &'a RawValue,
    /// Says of a call whether whoever asks goes on well without an answer. Then a function that returns nothing at all has returned
    /// `null`; else it has failed: it may have forgotten to. Asked only about calls without an answer.
    pub(crate) takes_nothing: fn(&RawValue) -> bool,
    /// The moment of an earlier call, to repeat that call.
    pub(crate) moment: Option<Moment>,
}

impl<'a> Question<'a> {
    /// One that wants an answer.
    pub(crate) fn new(call: &'a RawValue) -> Self {
        Self {
            call,
            takes_nothing: |_| false,
            moment: None,
        }
    }

    fn settle(&self, outcome: &mut Outcome<Box<RawValue>>) {
        let is_nothing = |failure: &Failure| failure.returned_nothing();
        if outcome.result.as_ref().is_err_and(is_nothing) && (self.takes_nothing)(self.call) {
            outcome.result = Ok(RawValue::NULL.to_owned());
        }
    }
}

/// Where calls and compilations are let in. They have places of their own: a compilation takes longer and more
/// memory, and no number of uploads may keep calls waiting.
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

    /// Through which the account's calls go.
    pub(super) fn call_gate(&self, account_id: &str, tenant_id: &str) -> Arc<Gate> {
        self.calls.gate(account_id, tenant_id)
    }

    /// Through which its compilations go.
    pub(super) fn compilation_gate(&self, account_id: &str, tenant_id: &str) -> Arc<Gate> {
        self.compilations.gate(account_id, tenant_id)
    }

    /// Calls a function. Unless the question says otherwise, the moment of the call is when it is let in, not when it began to wait.
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

    /// Compiles a function that is its own guest: there is no source.
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

    /// A call that ended before it came to a sandbox.
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
