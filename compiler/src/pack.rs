//! What a language pack consists of.

use std::borrow::Cow;

use serde::Deserialize;
use switchhook_runtime::Digest;

/// The version of the guest ABI this host speaks (`docs/guest-abi.md`).
const GUEST_ABI: u32 = 1;

/// A language: its manifest and its guest.
#[derive(Clone, Debug)]
pub struct LanguagePack {
    manifest: Manifest,
    wasm: Cow<'static, [u8]>,
}

/// `pack.toml`
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    name: String,
    title: String,
    abi: u32,
    extensions: Vec<String>,
}

/// `build.toml`, as far as it matters here.
#[derive(Deserialize)]
struct Build {
    sha256: String,
}

/// Why a folder is no language pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// `pack.toml` or `build.toml` does not say what it should.
    #[error("the language pack's {file} cannot be read")]
    Manifest {
        /// Which file.
        file: &'static str,
        /// The parser's words.
        #[source]
        source: toml::de::Error,
    },
    /// The guest is for another host.
    #[error("language pack {name} speaks guest ABI {abi}, this host speaks {GUEST_ABI}")]
    Abi {
        /// The pack.
        name: String,
        /// What its manifest says.
        abi: u32,
    },
    /// The module is not the one that was built.
    #[error(
        "the guest of language pack {name} has SHA-256 {found}, its build.toml says {expected}"
    )]
    Digest {
        /// The pack.
        name: String,
        /// Of the module.
        found: Digest,
        /// From `build.toml`.
        expected: String,
    },
}

impl LanguagePack {
    /// The packs that travel inside the program.
    ///
    /// # Errors
    /// [`PackError`] if one was built into it wrongly.
    pub fn built_in() -> Result<Vec<Self>, PackError> {
        macro_rules! built_in {
            ($($folder:literal),*) => {
                vec![$(Self::new(
                    include_str!(concat!("../../wasm-guests/", $folder, "/pack.toml")),
                    include_str!(concat!("../../wasm-guests/", $folder, "/build.toml")),
                    include_bytes!(concat!("../../wasm-guests/", $folder, "/guest.wasm")).as_slice(),
                )?),*]
            };
        }
        Ok(built_in!("javascript"))
    }

    /// Makes a pack of the texts of `pack.toml` and `build.toml` and the guest they describe.
    ///
    /// # Errors
    /// [`PackError`] if they do not fit together or this host cannot run them.
    pub fn new(
        pack: &str,
        build: &str,
        wasm: impl Into<Cow<'static, [u8]>>,
    ) -> Result<Self, PackError> {
        let in_file = |file| move |source| PackError::Manifest { file, source };
        let manifest: Manifest = toml::from_str(pack).map_err(in_file("pack.toml"))?;
        let build: Build = toml::from_str(build).map_err(in_file("build.toml"))?;
        let wasm = wasm.into();
        let (name, abi) = (manifest.name.clone(), manifest.abi);
        if abi != GUEST_ABI {
            return Err(PackError::Abi { name, abi });
        }
        let found = Digest::of(&wasm);
        if found.to_string() != build.sha256 {
            return Err(PackError::Digest {
                name,
                found,
                expected: build.sha256,
            });
        }
        Ok(Self { manifest, wasm })
    }

    /// What a function's `language_pack` says: `javascript`.
    pub fn name(&self) -> &str {
        &self.manifest.name
    }

    /// For people: `JavaScript (QuickJS)`.
    pub fn title(&self) -> &str {
        &self.manifest.title
    }

    /// Of source files, without the dot.
    pub fn extensions(&self) -> &[String] {
        &self.manifest.extensions
    }

    /// The guest module.
    pub fn wasm(&self) -> &[u8] {
        &self.wasm
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACK: &str = "name = 'x'\ntitle = 'X'\nabi = 1\nextensions = []";

    fn build(wasm: &[u8]) -> String {
        format!("sha256 = '{}'", Digest::of(wasm))
    }

    #[test]
    fn the_built_in_packs_are_whole() {
        let packs = LanguagePack::built_in().unwrap();
        assert_eq!(packs[0].name(), "javascript");
    }

    #[test]
    fn a_changed_guest_is_refused() {
        let error = LanguagePack::new(PACK, &build(b"wasm"), b"other".as_slice()).unwrap_err();
        assert!(matches!(error, PackError::Digest { .. }), "{error}");
    }

    #[test]
    fn another_abi_is_refused() {
        let pack = PACK.replace("abi = 1", "abi = 2");
        let error = LanguagePack::new(&pack, &build(b"wasm"), b"wasm".as_slice()).unwrap_err();
        assert!(matches!(error, PackError::Abi { abi: 2, .. }), "{error}");
    }

    #[test]
    fn an_unknown_field_is_refused() {
        let pack = format!("{PACK}\ntypo = 1");
        let error = LanguagePack::new(&pack, &build(b"wasm"), b"wasm".as_slice()).unwrap_err();
        assert!(
            matches!(
                error,
                PackError::Manifest {
                    file: "pack.toml",
                    ..
                }
            ),
            "{error}"
        );
    }
}
