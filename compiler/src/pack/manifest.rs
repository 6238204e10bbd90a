//! `pack.toml`: what a pack says of itself.

use std::collections::BTreeMap;

use serde::Deserialize;
use switchhook_runtime::Digest;

use super::Version;

/// The whole of it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Manifest {
    pub(crate) id: String,
    pub(crate) version: Version,
    pub(crate) title: String,
    pub(crate) abi: u32,
    pub(crate) extensions: Vec<String>,
    #[serde(default)]
    pub(crate) editor: Option<String>,
    #[serde(default)]
    pub(crate) data: Vec<String>,
    pub(crate) guest: GuestOf,
    #[serde(default)]
    pub(crate) transform: Option<ModuleFile>,
    #[serde(default)]
    pub(crate) samples: Vec<SampleFile>,
    #[serde(default)]
    pub(crate) licences: Vec<Licence>,
    #[serde(default)]
    pub(crate) conformance: Conformance,
}

/// Where the guest comes from.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum GuestOf {
    /// The pack has its own.
    Own(ModuleFile),
    /// It is another pack's, which is written as functions write it: `javascript@1`. For packs that have a transform.
    Pack { pack: String },
}

/// A module in the pack's folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModuleFile {
    /// `.wasm`, or `.wasm.zst` for one that is compressed.
    pub(crate) file: String,
    /// Of the module as it is run.
    #[serde(deserialize_with = "digest")]
    pub(crate) sha256: Digest,
}

/// A function to start from.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SampleFile {
    pub(crate) title: String,
    pub(crate) file: String,
}

/// Whose work is in the guest, and on which terms.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// What it is the licence of.
    pub name: String,
    /// An SPDX expression.
    pub licence: String,
}

/// What the conformance kit must know about the language.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conformance {
    /// What the language has no notion of, and why, by the name of the case.
    #[serde(default)]
    pub(crate) lacks: BTreeMap<String, String>,
}

/// Letters, digits and `_`: an id is part of file names and of `id@version`.
pub(crate) fn is_id(text: &str) -> bool {
    let fits = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    (1..=MAX_ID_BYTES).contains(&text.len()) && text.chars().all(fits)
}

/// Longer than any language's name.
const MAX_ID_BYTES: usize = 40;

fn digest<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}
