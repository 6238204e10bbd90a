//! The files of a pack, wherever they lie: in a folder, in an archive, in the program.

use std::{
    borrow::Cow,
    collections::BTreeMap,
    fs::{self, File},
    io::{self, Read},
    path::{Component, Path, PathBuf},
};

/// Most bytes of all files of a pack: guests have 0.3 to 20 MB.
pub(crate) const MAX_BYTES: u64 = 128 * 1024 * 1024;

/// Most bytes of an archive, with its headers: a header can contain a name of any length.
const MAX_TAR_BYTES: u64 = MAX_BYTES + 16 * 1024 * 1024;

/// Most files: a pack has some twenty, and its sources may lie beside them.
const MAX_FILES: usize = 2_000;

/// Subfolders that are read. A pack under development also contains sources and builds.
const FOLDERS: [&str; 3] = ["", "samples", "conformance"];

/// Contents of files by their paths in the pack, with `/` between the parts.
#[derive(Clone, Debug, Default)]
pub(crate) struct Files(BTreeMap<String, Cow<'static, [u8]>>);

/// Why a pack's files cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum FilesError {
    /// Reading failed.
    #[error("it cannot be read")]
    Read(#[from] io::Error),
    /// The file is not a valid zip archive.
    #[error("it is no zip archive that can be read")]
    Zip(#[from] zip::result::ZipError),
    /// The file is of another kind.
    #[error("it is neither a folder nor a .zip nor a .tar.zst file")]
    UnknownKind,
    /// The pack is larger than any pack needs to be.
    #[error("it has more than {MAX_FILES} files or {MAX_BYTES} bytes")]
    TooLarge,
    /// An entry is a link, a device or the like, which could lead out of the pack.
    #[error("`{name}` is neither a file nor a folder")]
    NoFile {
        /// Its path in the pack.
        name: String,
    },
    /// A path contains `..` or begins at the root.
    #[error("`{name}` leads out of the pack, or is not UTF-8")]
    Outside {
        /// The path.
        name: String,
    },
    /// The manifest is missing.
    #[error("it has no pack.toml, neither at its top nor in its only folder")]
    NoManifest,
}

impl Files {
    /// The files of a built-in pack.
    pub(crate) fn built_in(files: &[(&'static str, &'static [u8])]) -> Self {
        let files = files
            .iter()
            .map(|(name, content)| ((*name).to_owned(), Cow::Borrowed(*content)));
        Self(files.collect())
    }

    /// A pack's folder, or an archive of one.
    ///
    /// # Errors
    /// [`FilesError`].
    pub(crate) fn read(path: &Path) -> Result<Self, FilesError> {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut taking = Taking::default();
        if path.is_dir() {
            taking.folder(path)?;
        } else if name.ends_with(".zip") {
            taking.zip(File::open(path)?)?;
        } else if name.ends_with(".tar.zst") {
            taking.tar(zstd::Decoder::new(File::open(path)?)?)?;
        } else {
            // For a missing path, the system's error says more.
            fs::metadata(path)?;
            return Err(FilesError::UnknownKind);
        }
        taking.finish()
    }

    pub(crate) fn get(&self, name: &str) -> Option<&[u8]> {
        self.0.get(name).map(AsRef::as_ref)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0
            .iter()
            .map(|(name, content)| (name.as_str(), content.as_ref()))
    }
}

/// Files that are being read, within the limits.
#[derive(Default)]
struct Taking {
    files: BTreeMap<String, Cow<'static, [u8]>>,
    bytes: u64,
    seen: usize,
}

impl Taking {
    fn folder(&mut self, path: &Path) -> Result<(), FilesError> {
        for folder in FOLDERS {
            let inner = path.join(folder);
            // The path to the pack itself may be a link, since the operator chose it.
            match inner.symlink_metadata() {
                Ok(kind) if folder.is_empty() || kind.is_dir() => {}
                Ok(_) => return Err(no_file(Path::new(folder))),
                Err(_) => continue,
            }
            for entry in fs::read_dir(inner)? {
                let entry = entry?;
                let file = entry.path();
                let of_pack = file.strip_prefix(path).map_err(io::Error::other)?;
                let kind = entry.file_type()?;
                if kind.is_dir() || !is_of_pack(of_pack) {
                    continue;
                }
                if !kind.is_file() {
                    return Err(no_file(of_pack));
                }
                self.take(of_pack, entry.metadata()?.len(), File::open(&file)?)?;
            }
        }
        Ok(())
    }

    fn zip(&mut self, file: File) -> Result<(), FilesError> {
        let mut archive = zip::ZipArchive::new(file)?;
        for index in 0..archive.len() {
            let file = archive.by_index(index)?;
            let path = PathBuf::from(file.name()?.as_ref());
            if file.is_symlink() {
                return Err(no_file(&path));
            }
            if file.is_dir() {
                self.count(0)?;
            } else {
                self.take(&path, file.size(), file)?;
            }
        }
        Ok(())
    }

    fn tar(&mut self, archive: impl Read) -> Result<(), FilesError> {
        let mut archive = tar::Archive::new(archive.take(MAX_TAR_BYTES));
        for entry in archive.entries()? {
            let entry = entry?;
            let path = entry.path()?.into_owned();
            let kind = entry.header().entry_type();
            if kind.is_file() {
                self.take(&path, entry.size(), entry)?;
            } else if kind.is_dir() || kind.is_pax_global_extensions() {
                // Skipped entries count too, because they are decompressed.
                self.count(entry.size())?;
            } else {
                return Err(no_file(&path));
            }
        }
        Ok(())
    }

    /// Reads one file. `bytes` is its declared size.
    fn take(&mut self, path: &Path, bytes: u64, content: impl Read) -> Result<(), FilesError> {
        self.count(bytes)?;
        let name = name_of(path).ok_or_else(|| FilesError::Outside {
            name: path.display().to_string(),
        })?;
        let mut text = Vec::new();
        content.take(bytes + 1).read_to_end(&mut text)?;
        if text.len() as u64 > bytes {
            return Err(FilesError::TooLarge);
        }
        self.files.insert(name, text.into());
        Ok(())
    }

    fn count(&mut self, bytes: u64) -> Result<(), FilesError> {
        self.seen += 1;
        self.bytes = self.bytes.saturating_add(bytes);
        if self.bytes > MAX_BYTES || self.seen > MAX_FILES {
            return Err(FilesError::TooLarge);
        }
        Ok(())
    }

    /// The files of the pack. If the archive contains the pack's folder, its name is removed from the paths.
    fn finish(self) -> Result<Files, FilesError> {
        const MANIFEST: &str = "pack.toml";
        if self.files.contains_key(MANIFEST) {
            return Ok(Files(self.files));
        }
        let manifest = self.files.keys().find(|name| {
            let folder = name.strip_suffix(MANIFEST);
            folder.is_some_and(|folder| folder.find('/') == Some(folder.len().wrapping_sub(1)))
        });
        let manifest = manifest.ok_or(FilesError::NoManifest)?;
        let folder = manifest[..manifest.len() - MANIFEST.len()].to_owned();
        let inside = self.files.into_iter().filter_map(|(name, content)| {
            let name = name.strip_prefix(&folder)?.to_owned();
            Some((name, content))
        });
        Ok(Files(inside.collect()))
    }
}

/// Whether a file belongs to the pack: at the top, only the manifest and modules do.
fn is_of_pack(path: &Path) -> bool {
    let name = path.to_string_lossy();
    path.components().count() > 1
        || name == "pack.toml"
        || name.ends_with(".wasm")
        || name.ends_with(".wasm.zst")
}

fn no_file(path: &Path) -> FilesError {
    FilesError::NoFile {
        name: path.display().to_string(),
    }
}

/// The path inside the pack. `None` if it leads out of the pack.
fn name_of(path: &Path) -> Option<String> {
    let mut parts = Vec::new();
    for component in path.components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::CurDir => {}
            _ => return None,
        }
    }
    (!parts.is_empty()).then(|| parts.join("/"))
}
