//! New calls as routers send them. The examples of the documentation are run with the same requests.

use serde_json::value::RawValue;

use super::CallError;
use crate::http::call_parameters;

/// The request that a router sends for a new call.
pub(super) enum Sample {
    /// A form, or the query of a GET.
    Form(&'static str),
    Json(&'static str),
}

impl Sample {
    /// The call, as functions see it.
    pub(super) fn call(&self) -> Result<Box<RawValue>, CallError> {
        match self {
            Self::Form(form) => call_parameters::of_query(form.trim_end()),
            Self::Json(json) => serde_json::from_str(json).map_err(CallError::NotJson),
        }
    }
}
