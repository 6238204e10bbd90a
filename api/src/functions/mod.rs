//! Functions as their owners see them: documents that are checked, compiled, kept and run. Knows no HTTP.

mod admission;
mod document;
mod ready;
mod sandboxes;
mod service;
mod validation;

pub(crate) use admission::{Bounds, Load};
pub(crate) use document::{deleted, public, summary};
pub(crate) use sandboxes::Sandboxes;
pub(crate) use service::{Change, Functions, FunctionsError, Trial};
pub(crate) use validation::{Invalid, Problem};
