//! The folder of packs that an operator adds to the built-in ones.

use std::{
    borrow::Cow,
    collections::HashSet,
    error::Error,
    fmt, fs, iter,
    path::{Path, PathBuf},
    sync::Arc,
};

use switchhook_runtime::Digest;
use tokio::task;

use crate::{
    language::Language,
    languages::{InstallError, Languages, put_to_the_test},
    pack::{GuestSource, LanguagePack, PackError},
};

/// The packs of a folder after reading it.
pub struct FolderRead {
    /// The built-in packs, and the usable packs of the folder.
    pub languages: Languages,
    /// [Digests of the tests](Language::test_digest) that the folder's packs have passed, now or before.
    pub passed: HashSet<Digest>,
    /// Packs that cannot be used. If the last reading of such a pack was good, its earlier contents stay in use.
    pub refused: Vec<Refused>,
}

/// A pack that cannot be used.
#[derive(Debug)]
pub struct Refused {
    /// The pack's path.
    pub place: PathBuf,
    /// Why the pack cannot be used.
    pub error: InstallError,
}

impl Refused {
    /// The whole reason in one line. Some causes have further lines, which locate the error in the module.
    pub fn reason(&self) -> String {
        let causes = iter::successors(Some(&self.error as &(dyn Error + 'static)), |&error| {
            error.source()
        });
        let lines = causes.filter_map(|cause| Some(cause.to_string().lines().next()?.to_owned()));
        lines.collect::<Vec<_>>().join(": ")
    }

    /// The name of the pack's file or folder.
    pub fn name(&self) -> Cow<'_, str> {
        self.place.file_name().unwrap_or_default().to_string_lossy()
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} cannot be used: {}", self.name(), self.reason())
    }
}

/// An entry of the folder.
type Found = (PathBuf, Result<LanguagePack, PackError>);

impl Languages {
    /// Reads a folder of packs, which can be folders and archives, and returns the built-in packs with those of the
    /// folder. Unchanged packs keep their loaded guests. Other packs take the [conformance
    /// test](crate::conformance::check), unless `passed` contains their test.
    ///
    /// Must run inside a Tokio runtime with its timer on.
    ///
    /// # Errors
    /// [`InstallError::Folder`] if the folder cannot be read. A faulty pack is no error, but is among the refused ones.
    pub async fn with_folder(
        &self,
        folder: &Path,
        passed: &HashSet<Digest>,
    ) -> Result<FolderRead, InstallError> {
        let path = folder.to_owned();
        let found = task::spawn_blocking(move || found_in(&path)).await;
        let found = found.map_err(|_| InstallError::BrokenOff {
            path: folder.display().to_string(),
        })??;
        let mut read = FolderRead {
            languages: self.without_added(),
            passed: HashSet::new(),
            refused: Vec::new(),
        };
        for (place, pack) in found {
            match read.language(self, pack, passed).await {
                Ok(None) => {}
                Ok(Some(language)) => {
                    read.passed.insert(language.test_digest());
                    read.languages.add(place, language);
                }
                Err(error) => {
                    read.languages.go_on(self, &place);
                    read.refused.push(Refused { place, error });
                }
            }
        }
        Ok(read)
    }

    /// Adds the packs of a folder without testing them: they were tested when they were added to the folder. Returns
    /// those that cannot be used.
    ///
    /// # Errors
    /// [`InstallError::Folder`] if the folder cannot be read.
    pub fn add_folder(&mut self, folder: &Path) -> Result<Vec<Refused>, InstallError> {
        let mut refused = Vec::new();
        for (place, pack) in found_in(folder)? {
            let language = pack.map_err(InstallError::from);
            match language.and_then(|pack| Ok(self.prepare(pack)?)) {
                Ok(None) => {}
                Ok(Some(language)) => self.add(place, language),
                Err(error) => refused.push(Refused { place, error }),
            }
        }
        Ok(refused)
    }

    fn add(&mut self, place: PathBuf, language: Arc<Language>) {
        self.offer(Arc::clone(&language));
        self.added.insert(place, language);
    }

    /// Keeps the pack that was read from this place before, unless the folder now has the same pack elsewhere.
    fn go_on(&mut self, before: &Self, place: &Path) {
        let Some(language) = before.added.get(place) else {
            return;
        };
        let pack = language.pack();
        if self.exact(pack.id(), pack.version()).is_none() {
            self.add(place.to_owned(), Arc::clone(language));
        }
    }
}

impl FolderRead {
    /// Makes a tested language of a pack. `None` if the language is there already.
    async fn language(
        &self,
        before: &Languages,
        pack: Result<LanguagePack, PackError>,
        passed: &HashSet<Digest>,
    ) -> Result<Option<Arc<Language>>, InstallError> {
        let Some(language) = self.languages.prepare(pack?)? else {
            return Ok(None);
        };
        let test = language.test_digest();
        let mut known = before.added.values();
        if let Some(same) = known.find(|known| known.test_digest() == test) {
            return Ok(Some(Arc::clone(same)));
        }
        if !passed.contains(&test) {
            put_to_the_test(&language).await?;
        }
        Ok(Some(language))
    }
}

fn found_in(folder: &Path) -> Result<Vec<Found>, InstallError> {
    let unreadable = |source| InstallError::Folder {
        path: folder.display().to_string(),
        source,
    };
    let entries = fs::read_dir(folder).map_err(unreadable)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<_> = paths.collect::<Result<_, _>>().map_err(unreadable)?;
    paths.retain(|path| !is_hidden(path));
    paths.sort();
    let found = paths.into_iter().map(|path| {
        let pack = LanguagePack::read(&path);
        (path, pack)
    });
    Ok(in_order(found.collect()))
}

/// Sorts the entries. Unreadable ones come first, because other packs may run on the guest that was read before. Each
/// pack comes after the pack whose guest it runs on.
fn in_order(found: Vec<Found>) -> Vec<Found> {
    let (mut ordered, mut rest): (Vec<_>, Vec<_>) =
        found.into_iter().partition(|(_, pack)| pack.is_err());
    while !rest.is_empty() {
        let waits = |(place, pack): &Found| {
            let Ok(GuestSource::Pack(wanted)) = pack.as_ref().map(LanguagePack::guest) else {
                return false;
            };
            let id = wanted.split('@').next();
            let mut others = rest.iter().filter(|(other, _)| other != place);
            others.any(|(_, other)| other.as_ref().ok().map(LanguagePack::id) == id)
        };
        // Packs that wait for each other are refused in any order.
        let next = rest.iter().position(|found| !waits(found)).unwrap_or(0);
        ordered.push(rest.remove(next));
    }
    ordered
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b".")
}
