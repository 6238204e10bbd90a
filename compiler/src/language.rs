//! The languages a running Switchhook offers.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use switchhook_runtime::{
    Call, Engine, Guest, GuestError, Limits, Outcome, Snapshot, SnapshotError,
};

use crate::pack::{LanguagePack, PackError};

/// A language pack whose guest is loaded.
pub struct Language {
    pack: LanguagePack,
    guest: Guest,
}

/// All languages, by the name that functions give in `language_pack`.
#[derive(Default)]
pub struct Languages(BTreeMap<String, Language>);

/// Why a language cannot be offered.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The pack itself is broken.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Its guest is.
    #[error("cannot load language pack {name}")]
    Guest {
        /// The pack.
        name: String,
        /// What is wrong with its guest.
        #[source]
        source: GuestError,
    },
}

impl Language {
    /// Loads a pack's guest into an engine.
    ///
    /// # Errors
    /// [`LoadError::Guest`].
    pub async fn load(engine: &Engine, pack: LanguagePack) -> Result<Self, LoadError> {
        match Guest::load(engine, pack.wasm()).await {
            Ok(guest) => Ok(Self { pack, guest }),
            Err(source) => Err(LoadError::Guest {
                name: pack.name().to_owned(),
                source,
            }),
        }
    }

    /// Where it comes from.
    pub fn pack(&self) -> &LanguagePack {
        &self.pack
    }

    /// What runs its functions.
    pub fn guest(&self) -> &Guest {
        &self.guest
    }

    /// Compiles a function. A failure's error carries the place in `source`.
    ///
    /// Must run inside a Tokio runtime with its timer on.
    pub async fn compile(&self, source: &str, limits: &Limits) -> Outcome<Snapshot> {
        self.guest.compile(source, limits).await
    }

    /// Compiles a function and runs it once. What does not compile is an outcome like others.
    ///
    /// Must run inside a Tokio runtime with its timer on.
    ///
    /// # Errors
    /// [`SnapshotError`], which would be this crate's own fault.
    pub async fn run(
        &self,
        source: &str,
        compile_limits: &Limits,
        call: Call<'_>,
        call_limits: &Limits,
    ) -> Result<Outcome<Box<RawValue>>, SnapshotError> {
        let compiled = self.compile(source, compile_limits).await;
        match compiled.into_result() {
            Ok(snapshot) => self.guest.call(&snapshot, call, call_limits).await,
            Err(ended) => Ok(ended),
        }
    }
}

impl Languages {
    /// Loads the packs that travel inside the program.
    ///
    /// # Errors
    /// [`LoadError`] if one of them is unusable.
    pub async fn built_in(engine: &Engine) -> Result<Self, LoadError> {
        let mut languages = BTreeMap::new();
        for pack in LanguagePack::built_in()? {
            languages.insert(pack.name().to_owned(), Language::load(engine, pack).await?);
        }
        Ok(Self(languages))
    }

    /// The language of that name.
    pub fn get(&self, name: &str) -> Option<&Language> {
        self.0.get(name)
    }

    /// The language of source files with that extension.
    pub fn of_extension(&self, extension: &str) -> Option<&Language> {
        self.iter().find(|language| {
            language
                .pack
                .extensions()
                .iter()
                .any(|known| known == extension)
        })
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Language> {
        self.0.values()
    }
}
