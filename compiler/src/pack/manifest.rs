//! `pack.toml`, the manifest of a pack.

use std::collections::BTreeMap;

use serde::Deserialize;
use switchhook_runtime::Digest;

use super::Version;

/// The whole manifest.
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

/// The guest of a pack.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum GuestOf {
    /// The pack contains its guest.
    Own(ModuleFile),
    /// The guest of another pack, named as functions name it: `javascript@1`. For packs with a transform.
    Pack { pack: String },
}

/// A module in the pack's folder.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ModuleFile {
    /// The file's name: `.wasm`, or `.wasm.zst` for a compressed module.
    pub(crate) file: String,
    /// SHA-256 of the uncompressed module.
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

/// A licence of software in the guest.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Licence {
    /// The software under this licence.
    pub name: String,
    /// An SPDX expression.
    pub licence: String,
}

/// What the conformance test must know about the language.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Conformance {
    /// Names of cases that the language cannot express, with the reasons.
    #[serde(default)]
    pub(crate) lacks: BTreeMap<String, String>,
}

/// Whether a text can be an id: letters, digits and `_`, because ids are part of file names and of `id@version`.
pub(crate) fn is_id(text: &str) -> bool {
    let fits = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '_';
    (1..=MAX_ID_BYTES).contains(&text.len()) && text.chars().all(fits)
}

/// Longest id: longer than any language's name.
const MAX_ID_BYTES: usize = 40;

fn digest<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Digest, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map_err(serde::de::Error::custom)
}
