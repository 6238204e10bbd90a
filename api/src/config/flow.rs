//! What functions may return.

use std::path::PathBuf;

use serde::Deserialize;

use crate::functions::Kazoo;

/// Where it is written what a flow may consist of.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Flow {
    /// Whose built-in table it is.
    pub(crate) kazoo: Kazoo,
    /// A folder of KAZOO's JSON schemas, to be used instead of the built-in table.
    pub(crate) schemas: Option<PathBuf>,
}
