//! Functions as their owners see them: documents that are checked, compiled, kept and run. Knows no HTTP.

mod document;
mod ready;
mod service;
mod validation;

pub(crate) use document::{PublicDocument, deleted, public, summary};
pub(crate) use service::{Functions, FunctionsError, Trial};
pub(crate) use validation::{Invalid, Problem};
