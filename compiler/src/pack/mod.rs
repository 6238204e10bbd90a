//! Language packs and their contents.

mod files;
mod manifest;
mod version;

use std::{borrow::Cow, path::Path};

use switchhook_runtime::Digest;

pub use self::{
    files::FilesError,
    manifest::Licence,
    version::{NoVersion, Version},
};
use self::{
    files::{Files, MAX_BYTES},
    manifest::{GuestOf, Manifest, ModuleFile, is_id},
};

/// The version of the guest ABI this host speaks (`docs/guest-abi.md`).
const GUEST_ABI: u32 = 1;

/// Most bytes of `pack.toml`. The built-in ones have two thousand.
const MAX_MANIFEST_BYTES: usize = 64 * 1024;

/// An id that no pack can have: functions that are Wasm modules have it in place of a language.
const NO_LANGUAGE: &str = "wasm";

/// The built-in packs: `pack.toml` and the files that it names. Written by `build.rs`.
static BUILT_IN: &[&[(&str, &[u8])]] = include!(concat!(env!("OUT_DIR"), "/packs.rs"));

/// A language: its manifest, its guest, its samples.
#[derive(Clone, Debug)]
pub struct LanguagePack {
    manifest: Manifest,
    files: Files,
}

/// A function to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sample<'a> {
    /// The title for people: `Say hi`.
    pub title: &'a str,
    /// Its source.
    pub source: &'a str,
}

/// The guest of a pack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GuestSource<'a> {
    /// The pack's own guest, by its SHA-256.
    Own(Digest),
    /// Another pack's guest, named as functions name it.
    Pack(&'a str),
}

/// Why a pack cannot be used. Every error except [`PackError::Files`] names the pack.
#[derive(Debug, thiserror::Error)]
pub enum PackError {
    /// Its files cannot be read.
    #[error("{path} is no language pack")]
    Files {
        /// The pack's path.
        path: String,
        /// What is wrong.
        #[source]
        source: FilesError,
    },
    /// `pack.toml` is not valid.
    #[error("the language pack's pack.toml cannot be read: {0}")]
    Manifest(String),
    /// `pack.toml` is not UTF-8.
    #[error("the language pack's pack.toml is not UTF-8")]
    NotText,
    /// `pack.toml` is larger than any needs to be.
    #[error("the language pack's pack.toml has more than {MAX_MANIFEST_BYTES} bytes")]
    LargeManifest,
    /// The id contains something else than lower-case letters, digits and `_`.
    #[error("`{id}` cannot be the id of a language pack: it has 1 to 40 of a-z, 0-9 and _")]
    Id {
        /// The id.
        id: String,
    },
    /// The guest has another version of the guest ABI.
    #[error("language pack {pack} speaks guest ABI {abi}, this host speaks {GUEST_ABI}")]
    Abi {
        /// `id@version`.
        pack: String,
        /// The version in the manifest.
        abi: u32,
    },
    /// A file that the manifest names is missing, or should be text and is not UTF-8.
    #[error("language pack {pack} has no {file}, which its pack.toml names, or it is not UTF-8")]
    MissingFile {
        /// `id@version`.
        pack: String,
        /// The file's name in the manifest.
        file: String,
    },
    /// A compressed module cannot be decompressed.
    #[error("{file} of language pack {pack} cannot be decompressed, or is too large")]
    Compressed {
        /// `id@version`.
        pack: String,
        /// The file's name in the manifest.
        file: String,
    },
    /// The module has another SHA-256 than the manifest says.
    #[error("{file} of language pack {pack} has SHA-256 {found}, its pack.toml says {expected}")]
    Digest {
        /// `id@version`.
        pack: String,
        /// The file's name in the manifest.
        file: String,
        /// The module's SHA-256.
        found: Digest,
        /// The SHA-256 in the manifest.
        expected: Digest,
    },
}

impl LanguagePack {
    /// The built-in packs.
    ///
    /// # Errors
    /// [`PackError`] if the program contains a faulty pack.
    pub fn built_in() -> Result<Vec<Self>, PackError> {
        let packs = BUILT_IN.iter();
        packs
            .map(|files| Self::new(Files::built_in(files)))
            .collect()
    }

    /// Reads a pack from its folder or from a `.zip` or `.tar.zst` of the folder, and checks the files against the
    /// manifest.
    ///
    /// # Errors
    /// [`PackError`] if the files do not agree with the manifest or this host cannot run the pack.
    pub fn read(path: &Path) -> Result<Self, PackError> {
        let files = Files::read(path).map_err(|source| PackError::Files {
            path: path.display().to_string(),
            source,
        })?;
        let pack = Self::new(files)?;
        for module in pack.modules() {
            pack.module(module)?;
        }
        Ok(pack)
    }

    /// Checks that a pack may have this id.
    ///
    /// # Errors
    /// [`PackError::Id`] if it may not.
    pub fn check_id(id: &str) -> Result<(), PackError> {
        if is_id(id) && id != NO_LANGUAGE {
            return Ok(());
        }
        Err(PackError::Id { id: id.to_owned() })
    }

    fn new(files: Files) -> Result<Self, PackError> {
        let manifest = files.get("pack.toml").unwrap_or_default();
        if manifest.len() > MAX_MANIFEST_BYTES {
            return Err(PackError::LargeManifest);
        }
        let manifest = str::from_utf8(manifest).map_err(|_| PackError::NotText)?;
        let manifest: Manifest = toml::from_str(manifest)
            .map_err(|error| PackError::Manifest(sentence(manifest, &error)))?;
        Self::check_id(&manifest.id)?;
        let pack = Self { manifest, files };
        if pack.manifest.abi != GUEST_ABI {
            return Err(PackError::Abi {
                pack: pack.to_string(),
                abi: pack.manifest.abi,
            });
        }
        for sample in &pack.manifest.samples {
            pack.text(&sample.file)
                .ok_or_else(|| pack.missing(&sample.file))?;
        }
        Ok(pack)
    }

    /// The language's name in `language_pack`: `javascript`.
    pub fn id(&self) -> &str {
        &self.manifest.id
    }

    /// The pack's version.
    pub fn version(&self) -> &Version {
        &self.manifest.version
    }

    /// The title for people: `JavaScript (QuickJS)`.
    pub fn title(&self) -> &str {
        &self.manifest.title
    }

    /// The extensions of source files, without the dot.
    pub fn extensions(&self) -> &[String] {
        &self.manifest.extensions
    }

    /// The language's name in editors, if they know it.
    pub fn editor(&self) -> Option<&str> {
        self.manifest.editor.as_deref()
    }

    /// Functions to start from.
    pub fn samples(&self) -> impl Iterator<Item = Sample<'_>> {
        self.manifest.samples.iter().filter_map(|sample| {
            Some(Sample {
                title: &sample.title,
                source: self.text(&sample.file)?,
            })
        })
    }

    /// Data about the world in the guest, each with its version: time zones, locales.
    pub fn data(&self) -> &[String] {
        &self.manifest.data
    }

    /// The licences of the software in the guest.
    pub fn licences(&self) -> &[Licence] {
        &self.manifest.licences
    }

    /// The guest that the pack runs on.
    pub fn guest(&self) -> GuestSource<'_> {
        match &self.manifest.guest {
            GuestOf::Own(module) => GuestSource::Own(module.sha256),
            GuestOf::Pack { pack } => GuestSource::Pack(pack),
        }
    }

    /// The SHA-256 of the transform, if the pack has one.
    pub fn transform(&self) -> Option<Digest> {
        Some(self.manifest.transform.as_ref()?.sha256)
    }

    /// The pack's own guest. `None` if it runs on another pack's.
    ///
    /// # Errors
    /// [`PackError`] if the module differs from what the manifest says.
    pub fn guest_module(&self) -> Result<Option<Cow<'_, [u8]>>, PackError> {
        match &self.manifest.guest {
            GuestOf::Own(module) => self.module(module).map(Some),
            GuestOf::Pack { .. } => Ok(None),
        }
    }

    /// The transform. `None` if the pack has none.
    ///
    /// # Errors
    /// [`PackError`] if the module differs from what the manifest says.
    pub(crate) fn transform_module(&self) -> Result<Option<Cow<'_, [u8]>>, PackError> {
        let module = self.manifest.transform.as_ref();
        module.map(|module| self.module(module)).transpose()
    }

    /// The source for a case of the conformance test.
    pub(crate) fn conformance_source(&self, case: &str) -> Option<&str> {
        let extensions = self.manifest.extensions.iter();
        let mut files = extensions.map(|extension| format!("conformance/{case}.{extension}"));
        files.find_map(|file| self.text(&file))
    }

    /// The reason why the language cannot express a case. `None` if it can.
    pub(crate) fn lacks(&self, case: &str) -> Option<&str> {
        self.manifest
            .conformance
            .lacks
            .get(case)
            .map(String::as_str)
    }

    /// The names of all cases that the language cannot express.
    pub(crate) fn all_it_lacks(&self) -> impl Iterator<Item = &str> {
        self.manifest.conformance.lacks.keys().map(String::as_str)
    }

    /// All files with their paths in the pack's folder.
    pub fn files(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.files.iter()
    }

    /// The digest of all files and their names.
    pub(crate) fn digest(&self) -> Digest {
        let files = self.files();
        let digests: Vec<_> = files
            .flat_map(|(name, content)| [Digest::of(name.as_bytes()), Digest::of(content)])
            .map(|digest| *digest.as_bytes())
            .collect();
        Digest::of(digests.as_flattened())
    }

    /// A `.tar.zst` of the pack's folder. The same pack always gives the same bytes.
    ///
    /// # Errors
    /// An error of zstd.
    pub fn to_archive(&self) -> std::io::Result<Vec<u8>> {
        let compressed = zstd::Encoder::new(Vec::new(), zstd::DEFAULT_COMPRESSION_LEVEL)?;
        let mut archive = tar::Builder::new(compressed);
        for (name, content) in self.files() {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            header.set_size(content.len() as u64);
            archive.append_data(&mut header, format!("{self}/{name}"), content)?;
        }
        archive.into_inner()?.finish()
    }

    fn modules(&self) -> impl Iterator<Item = &ModuleFile> {
        let guest = match &self.manifest.guest {
            GuestOf::Own(module) => Some(module),
            GuestOf::Pack { .. } => None,
        };
        guest.into_iter().chain(&self.manifest.transform)
    }

    fn module(&self, module: &ModuleFile) -> Result<Cow<'_, [u8]>, PackError> {
        let file = &module.file;
        let stored = self.files.get(file).ok_or_else(|| self.missing(file))?;
        let wasm = if file.ends_with(".zst") {
            let wasm = decompressed(stored).ok_or_else(|| PackError::Compressed {
                pack: self.to_string(),
                file: file.clone(),
            })?;
            Cow::Owned(wasm)
        } else {
            Cow::Borrowed(stored)
        };
        let found = Digest::of(&wasm);
        if found != module.sha256 {
            return Err(PackError::Digest {
                pack: self.to_string(),
                file: file.clone(),
                found,
                expected: module.sha256,
            });
        }
        Ok(wasm)
    }

    fn text(&self, file: &str) -> Option<&str> {
        str::from_utf8(self.files.get(file)?).ok()
    }

    fn missing(&self, file: &str) -> PackError {
        PackError::MissingFile {
            pack: self.to_string(),
            file: file.to_owned(),
        }
    }
}

/// Such as `python@1.2`, by which functions ask for exactly this pack.
impl std::fmt::Display for LanguagePack {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}@{}", self.id(), self.version())
    }
}

/// A mistake in a manifest, in one line.
fn sentence(manifest: &str, error: &toml::de::Error) -> String {
    let message = error.message();
    let before = error.span().and_then(|span| manifest.get(..span.start));
    match before {
        Some(before) => format!("line {}: {message}", before.matches('\n').count() + 1),
        None => message.to_owned(),
    }
}

fn decompressed(stored: &[u8]) -> Option<Vec<u8>> {
    use std::io::Read;

    let mut wasm = Vec::new();
    let decoder = zstd::Decoder::new(stored).ok()?;
    decoder.take(MAX_BYTES + 1).read_to_end(&mut wasm).ok()?;
    (wasm.len() as u64 <= MAX_BYTES).then_some(wasm)
}

#[cfg(test)]
mod tests;
