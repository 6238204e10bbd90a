//! Functions as their owners see them: documents that are checked, compiled, kept and run. Knows no HTTP.

mod admission;
mod attempts;
mod call_keys;
mod document;
mod documents;
mod enabling;
mod environment;
mod execution;
mod expected;
mod failures;
mod flow;
mod history;
mod loads;
mod masks;
mod modules;
mod program;
mod ready;
mod reloading;
mod samples;
mod sandboxes;
mod service;
mod settings;
mod shown;
mod tenants;
mod types;
mod upgrade;
mod validation;
mod writes;

#[cfg(test)]
pub(crate) mod tests;

pub(crate) use admission::{Bounds, Load};
pub(crate) use attempts::Recorder;
pub(crate) use document::{deleted, public, summary};
pub(crate) use environment::{Environment, TIME_ZONE};
pub(crate) use execution::{Ran, Trial, recapture};
pub(crate) use expected::{Expected, Revisions};
pub(crate) use flow::Modules;
pub(crate) use reloading::{Reloaded, Reloads};
pub(crate) use sandboxes::{Question, Sandboxes};
pub(crate) use service::{Change, Functions, FunctionsError};
pub(crate) use settings::Settings;
pub(crate) use types::declarations;
pub(crate) use validation::schema;
