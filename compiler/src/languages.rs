//! The languages a running Switchhook offers, in all their versions.

use std::{
    collections::{BTreeMap, HashSet},
    path::Path,
    sync::Arc,
};

use switchhook_runtime::{Digest, Engine};
use tokio::sync::OnceCell;

use crate::{
    conformance,
    language::{Language, LoadError, RunsOn},
    pack::{GuestSource, LanguagePack, PackError, Version},
};

/// All languages, by what functions give in `language_pack`.
pub struct Languages {
    engine: Engine,
    /// The versions of each, the newest first.
    by_id: BTreeMap<String, Vec<Arc<Language>>>,
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
        /// The folder.
        path: String,
        /// The system's words.
        #[source]
        source: std::io::Error,
    },
    /// It does not do what every language must.
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
    /// No language, yet.
    pub fn none(engine: &Engine) -> Self {
        Self {
            engine: engine.clone(),
            by_id: BTreeMap::new(),
        }
    }

    /// The packs that travel inside the program.
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

    /// [Installs](Self::install) all packs of a folder: folders and archives, by name. Those of `passed` are not tested
    /// again; gives what [names the tests](Language::test_digest) of all of them, now passed.
    ///
    /// Must run inside a Tokio runtime with its timer on.
    ///
    /// # Errors
    /// [`InstallError`] of the first that cannot be used.
    pub async fn install_all(
        &mut self,
        folder: &Path,
        passed: &HashSet<Digest>,
    ) -> Result<HashSet<Digest>, InstallError> {
        let mut all = HashSet::new();
        for pack in packs_of(folder)? {
            if let Some(language) = self.prepare(pack)? {
                let test = language.test_digest();
                if !passed.contains(&test) {
                    put_to_the_test(&language).await?;
                }
                all.insert(test);
                self.offer(language);
            }
        }
        Ok(all)
    }

    /// The same for packs that have been tested before.
    ///
    /// # Errors
    /// [`InstallError`] of the first that cannot be used.
    pub fn offer_all(&mut self, folder: &Path) -> Result<(), InstallError> {
        for pack in packs_of(folder)? {
            if let Some(language) = self.prepare(pack)? {
                self.offer(language);
            }
        }
        Ok(())
    }

    /// Loads a pack, puts it to the [conformance test](conformance::check) and offers it. One that is there already
    /// stays.
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

    /// A pack as a language of this program, whether it is installed or not; none if it is.
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

    fn offer(&mut self, language: Arc<Language>) {
        let id = language.pack().id().to_owned();
        let versions = self.by_id.entry(id).or_default();
        versions.push(language);
        versions.sort_by(|one, other| other.pack().version().cmp(one.pack().version()));
    }

    /// The language that a function asks for: `python` is the newest, `python@1` the newest whose version is 1 or begins
    /// with `1.`.
    pub fn get(&self, wanted: &str) -> Option<&Arc<Language>> {
        let Some((id, version)) = wanted.split_once('@') else {
            return self.by_id.get(wanted)?.first();
        };
        let version: Version = version.parse().ok()?;
        let mut versions = self.by_id.get(id)?.iter();
        versions.find(|language| language.pack().version().is_of(&version))
    }

    /// Whether a language is what `wanted` asks for, if not the newest of it.
    pub fn fits(&self, language: &Language, wanted: &str) -> bool {
        let (id, version) = wanted.split_once('@').unzip();
        let is_of_line = version.is_none_or(|version: &str| {
            let version: Result<Version, _> = version.parse();
            version.is_ok_and(|version| language.pack().version().is_of(&version))
        });
        language.pack().id() == id.unwrap_or(wanted) && is_of_line
    }

    /// What functions can ask for: each id and, where there are several versions, each of them.
    pub fn names(&self) -> impl Iterator<Item = String> {
        self.by_id.iter().flat_map(|(id, versions)| {
            let several = versions.iter().filter(|_| versions.len() > 1);
            let pinned = several.map(|language| language.pack().to_string());
            std::iter::once(id.clone()).chain(pinned)
        })
    }

    /// This version and no other.
    pub fn exact(&self, id: &str, version: &Version) -> Option<&Arc<Language>> {
        let mut versions = self.by_id.get(id)?.iter();
        versions.find(|language| language.pack().version() == version)
    }

    /// The newest language of source files with that extension.
    pub fn of_extension(&self, extension: &str) -> Option<&Arc<Language>> {
        self.newest().find(|language| {
            let mut extensions = language.pack().extensions().iter();
            extensions.any(|known| known == extension)
        })
    }

    /// The newest version of each, by id.
    pub fn newest(&self) -> impl Iterator<Item = &Arc<Language>> {
        self.by_id.values().filter_map(|versions| versions.first())
    }

    /// All of them, by id, the newest first.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Language>> {
        self.by_id.values().flatten()
    }
}

async fn put_to_the_test(language: &Arc<Language>) -> Result<(), InstallError> {
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

/// Those that have guests of their own first: others run on them.
fn packs_of(folder: &Path) -> Result<Vec<LanguagePack>, InstallError> {
    let unreadable = |source| InstallError::Folder {
        path: folder.display().to_string(),
        source,
    };
    let entries = std::fs::read_dir(folder).map_err(unreadable)?;
    let paths = entries.map(|entry| entry.map(|entry| entry.path()));
    let mut paths: Vec<_> = paths.collect::<Result<_, _>>().map_err(unreadable)?;
    paths.retain(|path| !is_hidden(path));
    paths.sort();
    let packs = paths.iter().map(|path| LanguagePack::read(path));
    Ok(own_guests_first(packs.collect::<Result<_, _>>()?))
}

fn own_guests_first(mut packs: Vec<LanguagePack>) -> Vec<LanguagePack> {
    packs.sort_by_key(|pack| matches!(pack.guest(), GuestSource::Pack(_)));
    packs
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default();
    name.as_encoded_bytes().starts_with(b".")
}
