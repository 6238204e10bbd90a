//! The installed languages, in all their versions.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use switchhook_runtime::Engine;
use tokio::sync::OnceCell;

use crate::{
    conformance,
    language::{Language, LoadError, RunsOn},
    pack::{GuestSource, LanguagePack, PackError, Version},
};

/// All installed languages, by the names that functions use in `language_pack`.
pub struct Languages {
    engine: Engine,
    /// The versions of each language, newest first.
    by_id: BTreeMap<String, Vec<Arc<Language>>>,
    /// Languages that are not built in, by the paths of their packs.
    pub(crate) added: BTreeMap<PathBuf, Arc<Language>>,
}

/// Why a pack is not installed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// It cannot be loaded.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The folder of packs cannot be read.
    #[error("cannot read the language packs in {path}")]
    Folder {
        /// The folder's path.
        path: String,
        /// The system's error.
        #[source]
        source: std::io::Error,
    },
    /// Reading the folder was interrupted.
    #[error("reading the language packs in {path} was broken off")]
    BrokenOff {
        /// The folder's path.
        path: String,
    },
    /// The pack failed the conformance test.
    #[error("language pack {pack} fails the conformance test: {failures}")]
    Conformance {
        /// `id@version`.
        pack: String,
        /// A sentence for each case that failed.
        failures: String,
    },
}

impl From<PackError> for InstallError {
    fn from(error: PackError) -> Self {
        Self::Load(error.into())
    }
}

impl Languages {
    /// An empty set of languages.
    pub fn none(engine: &Engine) -> Self {
        Self {
            engine: engine.clone(),
            by_id: BTreeMap::new(),
            added: BTreeMap::new(),
        }
    }

    /// The built-in packs alone.
    pub(crate) fn without_added(&self) -> Self {
        let mut languages = Self::none(&self.engine);
        let is_added = |language: &Arc<Language>| self.place(language).is_some();
        for language in self.iter().filter(|language| !is_added(language)) {
            languages.offer(Arc::clone(language));
        }
        languages
    }

    /// The built-in packs.
    ///
    /// # Errors
    /// [`LoadError`] if one of them is unusable.
    pub fn built_in(engine: &Engine) -> Result<Self, LoadError> {
        let mut languages = Self::none(engine);
        for pack in own_guests_first(LanguagePack::built_in()?) {
            if let Some(language) = languages.prepare(pack)? {
                languages.offer(language);
            }
        }
        Ok(languages)
    }

    /// Loads a pack, runs the [conformance test](conformance::check) and adds the language. An installed pack with the
    /// same contents stays.
    ///
    /// Must run inside a Tokio runtime with its timer on.
    ///
    /// # Errors
    /// [`InstallError`]; then nothing has changed.
    pub async fn install(&mut self, pack: LanguagePack) -> Result<(), InstallError> {
        if let Some(language) = self.prepare(pack)? {
            put_to_the_test(&language).await?;
            self.offer(language);
        }
        Ok(())
    }

    /// Makes a language of a pack without installing it. `None` if the pack is installed.
    ///
    /// # Errors
    /// [`LoadError::NoGuest`] or [`LoadError::Twice`].
    pub fn prepare(&self, pack: LanguagePack) -> Result<Option<Arc<Language>>, LoadError> {
        let guest = match pack.guest() {
            GuestSource::Own(digest) => RunsOn::Own(digest, OnceCell::new()),
            GuestSource::Pack(wanted) => {
                let on = self.get(wanted).ok_or_else(|| LoadError::NoGuest {
                    pack: pack.to_string(),
                    wanted: wanted.to_owned(),
                })?;
                RunsOn::Of(Arc::clone(on))
            }
        };
        let language = Arc::new(Language::new(&self.engine, pack, guest));
        let pack = language.pack();
        let Some(installed) = self.exact(pack.id(), pack.version()) else {
            return Ok(Some(language));
        };
        let is_same = installed.guest_digest() == language.guest_digest()
            && installed.pack().transform() == pack.transform();
        if is_same {
            return Ok(None);
        }
        Err(LoadError::Twice {
            pack: pack.to_string(),
        })
    }

    /// The path of the language's pack; `None` if the pack is built in.
    pub fn place(&self, language: &Arc<Language>) -> Option<&Path> {
        let mut added = self.added.iter();
        let (place, _) = added.find(|(_, added)| Arc::ptr_eq(added, language))?;
        Some(place)
    }

    pub(crate) fn offer(&mut self, language: Arc<Language>) {
        let id = language.pack().id().to_owned();
        let versions = self.by_id.entry(id).or_default();
        versions.push(language);
        versions.sort_by(|one, other| other.pack().version().cmp(one.pack().version()));
    }

    /// The language that a function asks for: `python` is the newest version, `python@1` the newest version that is 1
    /// or begins with `1.`.
    pub fn get(&self, wanted: &str) -> Option<&Arc<Language>> {
        let Some((id, version)) = wanted.split_once('@') else {
            return self.by_id.get(wanted)?.first();
        };
        let version: Version = version.parse().ok()?;
        let mut versions = self.by_id.get(id)?.iter();
        versions.find(|language| language.pack().version().is_of(&version))
    }

    /// Whether the language is one that `wanted` asks for, even if it is not the newest of them.
    pub fn fits(&self, language: &Language, wanted: &str) -> bool {
        let (id, version) = wanted.split_once('@').unzip();
        let is_of_line = version.is_none_or(|version: &str| {
            let version: Result<Version, _> = version.parse();
            version.is_ok_and(|version| language.pack().version().is_of(&version))
        });
        language.pack().id() == id.unwrap_or(wanted) && is_of_line
    }

    /// The language for a function that asks for `wanted`. It is the version that compiled the function (`python@1.2`),
    /// if that version is installed and still asked for, or else the newest.
    pub fn of_function(&self, wanted: &str, compiled_with: Option<&str>) -> Option<&Arc<Language>> {
        let compiled_with = compiled_with.and_then(|engine| {
            let (id, version) = engine.split_once('@')?;
            let language = self.exact(id, &version.parse().ok()?)?;
            self.fits(language, wanted).then_some(language)
        });
        compiled_with.or_else(|| self.get(wanted))
    }

    /// All names that functions can ask for: each id, and each version.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.by_id.iter().flat_map(|(id, versions)| {
            let versions = versions.iter().map(|language| language.pack().to_string());
            std::iter::once(id.clone()).chain(versions)
        })
    }

    /// The language with exactly this version.
    pub fn exact(&self, id: &str, version: &Version) -> Option<&Arc<Language>> {
        let mut versions = self.by_id.get(id)?.iter();
        versions.find(|language| language.pack().version() == version)
    }

    /// The newest language whose source files have this extension.
    pub fn of_extension(&self, extension: &str) -> Option<&Arc<Language>> {
        self.newest().find(|language| {
            let mut extensions = language.pack().extensions().iter();
            extensions.any(|known| known == extension)
        })
    }

    /// The newest version of each language, by id.
    pub fn newest(&self) -> impl Iterator<Item = &Arc<Language>> {
        self.by_id.values().filter_map(|versions| versions.first())
    }

    /// All languages, by id, newest version first.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Language>> {
        self.by_id.values().flatten()
    }
}

pub(crate) async fn put_to_the_test(language: &Arc<Language>) -> Result<(), InstallError> {
    let report = conformance::check(language).await?;
    let failures: Vec<_> = report.failures().map(ToString::to_string).collect();
    if failures.is_empty() {
        return Ok(());
    }
    Err(InstallError::Conformance {
        pack: language.pack().to_string(),
        failures: failures.join("; "),
    })
}

fn own_guests_first(mut packs: Vec<LanguagePack>) -> Vec<LanguagePack> {
    packs.sort_by_key(|pack| matches!(pack.guest(), GuestSource::Pack(_)));
    packs
}
