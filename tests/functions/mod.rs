//! Functions over the API: stored, listed, changed, limited, run.

mod attempts;
mod auto_disable;
mod flow_validation;
mod following;
mod history;
mod initialized_modules;
mod languages;
mod lifecycle;
mod listing;
pub(crate) mod modules;
mod quotas;
mod settings;
mod statistics;
mod stored_snapshots;
mod trials;
mod workloads;
