//! What functions may return.

use std::path::PathBuf;

use serde::Deserialize;

/// Where it is written what a flow may consist of.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Flow {
    /// Whose built-in table it is.
    pub(crate) kazoo: Kazoo,
    /// A folder of KAZOO's JSON schemas, to be used instead of the built-in table.
    pub(crate) schemas: Option<PathBuf>,
}

/// KAZOOs whose modules are known.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub(crate) enum Kazoo {
    /// 2600hz/kazoo, branch 4.3, December 2023.
    #[serde(rename = "4.3")]
    V4_3,
    /// 2600hz/kazoo, March 2024.
    #[default]
    #[serde(rename = "5.0")]
    V5_0,
    /// openkazoo/kazoo5-dev, May 2026.
    #[serde(rename = "5")]
    V5,
}
