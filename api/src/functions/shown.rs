//! Runs functions as CouchDB runs show functions, with the helpers of its query server.
//!
//! Other callers give functions no such helpers, so their snapshots contain none. A function that misses a helper in a
//! show is compiled once more, with the helper declared after its last line. Other functions run on their usual
//! snapshots.

use std::{iter, sync::Arc};

use quick_cache::{
    DefaultHashBuilder, OptionsBuilder, Weighter,
    sync::{Cache, DefaultLifecycle},
};
use serde_json::value::RawValue;
use switchhook_runtime::{Class, Digest, Failure, Outcome, Snapshot};
use switchhook_store::document::{language_pack, source};

use super::{
    Caller, Functions, FunctionsError, Record, attempts::Ended, program::Source, ready::Ready,
    sandboxes::Question,
};

/// The language pack for CouchDB's functions.
const LANGUAGE: &str = "javascript";

/// Helpers that CouchDB declares for a show (`create_sandbox` in `share/server/loop.js`). Helpers that build a response
/// do nothing: the function's result is the response.
const HELPERS: [(&str, &str); 10] = [
    ("emit", "function emit() {}"),
    ("getRow", "function getRow() { return null; }"),
    (
        "isArray",
        "function isArray(value) { return Array.isArray(value); }",
    ),
    (
        "log",
        "function log(value) { console.log(typeof value === 'string' ? value : JSON.stringify(value)); }",
    ),
    ("provides", "function provides() {}"),
    ("registerType", "function registerType() {}"),
    ("send", "function send() {}"),
    ("start", "function start() {}"),
    (
        "sum",
        "function sum(values) { var total = 0; for (var index in values) total += values[index]; return total; }",
    ),
    (
        "toJSON",
        "function toJSON(value) { return JSON.stringify(value); }",
    ),
];

/// Most bytes of snapshots with helpers. Few functions were written for CouchDB. Without room, each call compiles anew.
const HELPED_BYTES: u64 = 32 * 1024 * 1024;

/// The functions that usually fit into these bytes.
const HELPED_FUNCTIONS: usize = 4_096;

/// Bytes of an entry beside its snapshot.
const ENTRY_OVERHEAD: usize = 512;

/// A revision of an account's function, on a guest.
#[derive(PartialEq, Eq, Hash)]
struct Key {
    account_id: String,
    id: String,
    revision: String,
    guest: Digest,
}

struct Helped {
    /// Indices in [`HELPERS`].
    helpers: Vec<usize>,
    snapshot: Arc<Snapshot>,
}

/// Snapshots of functions with the helpers that they missed.
pub(super) struct HelpedFunctions(Cache<Key, Arc<Helped>, Bytes>);

/// Counts the bytes of an entry.
#[derive(Clone)]
struct Bytes;

impl Weighter<Key, Arc<Helped>> for Bytes {
    fn weight(&self, _: &Key, helped: &Arc<Helped>) -> u64 {
        (helped.snapshot.resident_bytes() + ENTRY_OVERHEAD) as u64
    }
}

impl HelpedFunctions {
    pub(super) fn new() -> Self {
        let options = OptionsBuilder::new()
            // Each shard has room for a part of the bytes only.
            .shards(1)
            .estimated_items_capacity(HELPED_FUNCTIONS)
            .weight_capacity(HELPED_BYTES)
            .build()
            .expect("both capacities are given");
        Self(Cache::with_options(
            options,
            Bytes,
            DefaultHashBuilder::default(),
            DefaultLifecycle::default(),
        ))
    }
}

impl Functions {
    /// Runs a function with CouchDB's helpers, counts the outcome, and records an attempt.
    pub(crate) async fn show(
        &self,
        account_id: &str,
        id: &str,
        call: &RawValue,
        caller: Caller<'_>,
    ) -> Result<Outcome<Box<RawValue>>, FunctionsError> {
        let ready = self.ready(account_id, id).await?;
        let question = Question::new(call);
        let key = Key {
            account_id: account_id.to_owned(),
            id: id.to_owned(),
            revision: ready.revision.clone(),
            guest: ready.guest.digest(),
        };
        let mut helped = self.helped.0.get(&key);
        let mut is_new = false;
        let (outcome, moment) = loop {
            let snapshot = match &helped {
                Some(helped) => Ok(&helped.snapshot),
                None => ready.snapshot.as_ref(),
            };
            let (outcome, moment) = self.run_snapshot(&ready, snapshot, &question).await?;
            let known = helped
                .as_ref()
                .map_or(&[][..], |helped| helped.helpers.as_slice());
            let Some(missed) = missed(&outcome).filter(|missed| !known.contains(missed)) else {
                break (outcome, moment);
            };
            let helpers = known.iter().copied().chain(iter::once(missed)).collect();
            let Some(with) = self.with_helpers(account_id, id, &ready, helpers).await? else {
                break (outcome, moment);
            };
            helped = Some(Arc::new(with));
            is_new = true;
        };
        if let Some(helped) = helped.filter(|_| is_new) {
            self.helped.0.insert(key, helped);
        }
        self.ended(
            &ready,
            &Ended {
                account_id,
                function_id: id,
                revision: &ready.revision,
                call,
                caller,
                outcome: &outcome,
                valid: None,
                record: &Record::of_stored(id, &ready, &moment),
                environment: &ready.environment,
            },
        );
        Ok(outcome)
    }

    /// The function with helpers declared after its source, so that lines and columns stay the same. The helpers cannot
    /// hide its own names, because it has missed them.
    async fn with_helpers(
        &self,
        account_id: &str,
        id: &str,
        ready: &Ready,
        helpers: Vec<usize>,
    ) -> Result<Option<Helped>, FunctionsError> {
        let past = self.store.function_at(id.into(), ready.revision.clone());
        let Some(past) = past.await? else {
            return Ok(None);
        };
        let document = &past.stored.document;
        let asked_for = language_pack(document);
        let languages = self.languages();
        let Some(language) = languages.iter().find(|language| {
            language.pack().id() == LANGUAGE
                && language.guest_digest() == ready.guest.digest()
                && languages.fits(language, asked_for)
        }) else {
            return Ok(None);
        };
        let declarations = helpers.iter().map(|index| HELPERS[*index].1);
        let text: Vec<_> = iter::once(source(document)).chain(declarations).collect();
        let source = Source::Text {
            language: Arc::clone(language),
            text: &text.join("\n"),
        };
        let compiled = self
            .compile_anew(account_id, &source, &ready.guest, &ready.limits)
            .await?;
        Ok(compiled.result.ok().map(|snapshot| Helped {
            helpers,
            snapshot: Arc::new(snapshot),
        }))
    }
}

/// The helper whose absence made a function fail.
fn missed(outcome: &Outcome<Box<RawValue>>) -> Option<usize> {
    let Err(Failure {
        class: Class::Exception,
        error,
        ..
    }) = &outcome.result
    else {
        return None;
    };
    let name = error.message.strip_suffix(" is not defined")?;
    HELPERS
        .iter()
        .position(|(helper, _)| error.name == "ReferenceError" && *helper == name)
}
