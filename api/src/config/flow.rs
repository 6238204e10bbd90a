//! What functions may return.

use std::path::PathBuf;

use serde::Deserialize;

/// Where it is written what a flow may consist of.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Flow {
    /// A folder of KAZOO's JSON schemas, to be used instead of the built-in table.
    pub(crate) schemas: Option<PathBuf>,
}
