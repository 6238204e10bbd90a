//! What functions may return.

use std::path::PathBuf;

use serde::Deserialize;

use crate::functions::Kazoo;

/// The modules that a flow may consist of.
#[derive(Debug, Default, Deserialize)]
#[cfg_attr(test, derive(serde::Serialize))]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Flow {
    /// The KAZOO version whose built-in table applies: `"4.3"`, `"5.0"` or `"5"`.
    pub(crate) kazoo: Kazoo,
    /// A folder of KAZOO's JSON schemas, which replaces the built-in table.
    pub(crate) schemas: Option<PathBuf>,
}
