//! A language pack whose guest is loaded when it is first needed.

use std::{borrow::Cow, sync::Arc};

use serde_json::value::RawValue;
use switchhook_runtime::{
    Call, Digest, Engine, Failure, Guest, GuestError, Limit, Limits, Outcome, Snapshot,
    SnapshotError, Usage,
};
use tokio::{runtime::Handle, sync::OnceCell, task};

use crate::{
    pack::{LanguagePack, PackError},
    transform::Transform,
};

/// A language for functions. Its guest becomes machine code once, at the first use: some guests take seconds, and not
/// everybody uses every language.
pub struct Language {
    pack: LanguagePack,
    engine: Engine,
    guest: RunsOn,
    transform: OnceCell<Transform>,
}

/// The guest that a language runs on.
pub(crate) enum RunsOn {
    /// The pack's own, by its SHA-256.
    Own(Digest, OnceCell<Guest>),
    /// Another pack's guest.
    Of(Arc<Language>),
}

/// Why a language cannot be offered.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// The pack itself is broken.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// Its guest or its transform is unusable.
    #[error("cannot load language pack {pack}")]
    Guest {
        /// `id@version`.
        pack: String,
        /// Why the guest is unusable.
        #[source]
        source: GuestError,
    },
    /// Its transform cannot be used.
    #[error("the transform of language pack {pack} does not start: {}", failure.error)]
    Transform {
        /// `id@version`.
        pack: String,
        /// The failure of the transform.
        failure: Box<Failure>,
    },
    /// The pack runs on another pack's guest, and that pack is not installed.
    #[error("language pack {pack} runs on the guest of {wanted}, which is not installed")]
    NoGuest {
        /// `id@version`.
        pack: String,
        /// The other pack.
        wanted: String,
    },
    /// A pack with the same id and version is installed already.
    #[error("there are two different language packs {pack}")]
    Twice {
        /// `id@version`.
        pack: String,
    },
    /// The thread that loaded the guest ended early.
    #[error("loading language pack {pack} was broken off")]
    BrokenOff {
        /// `id@version`.
        pack: String,
    },
}

impl Language {
    pub(crate) fn new(engine: &Engine, pack: LanguagePack, guest: RunsOn) -> Self {
        Self {
            pack,
            engine: engine.clone(),
            guest,
            transform: OnceCell::new(),
        }
    }

    /// The pack of the language.
    pub fn pack(&self) -> &LanguagePack {
        &self.pack
    }

    /// The language whose guest it runs on, if it has no guest of its own.
    pub fn runs_on(&self) -> Option<&Arc<Self>> {
        match &self.guest {
            RunsOn::Own(..) => None,
            RunsOn::Of(language) => Some(language),
        }
    }

    /// The digest of the guest, loaded or not. Snapshots belong to this digest.
    pub fn guest_digest(&self) -> Digest {
        match &self.guest {
            RunsOn::Own(digest, _) => *digest,
            RunsOn::Of(language) => language.guest_digest(),
        }
    }

    /// The module of the guest that it runs on. A loaded guest no longer has it.
    ///
    /// # Errors
    /// [`LoadError::Pack`] if the module differs from what the pack's manifest says.
    pub fn guest_module(&self) -> Result<Cow<'_, [u8]>, LoadError> {
        match &self.guest {
            RunsOn::Own(..) => Ok(self.pack.guest_module()?.unwrap_or_default()),
            RunsOn::Of(language) => language.guest_module(),
        }
    }

    /// The digest of all that compiling depends on beside the source: the guest and the transform, if there is one.
    pub fn engine_digest(&self) -> Digest {
        let guest = self.guest_digest();
        match self.pack.transform() {
            None => guest,
            Some(transform) => Digest::of(&[*transform.as_bytes(), *guest.as_bytes()].concat()),
        }
    }

    /// The digest of all that the [conformance test](crate::conformance::check) depends on: the pack's files, the
    /// guest, and this version of the program. A passed test need not be repeated while the digest stays the same.
    pub fn test_digest(&self) -> Digest {
        let program = Digest::of(env!("CARGO_PKG_VERSION").as_bytes());
        let parts = [self.pack.digest(), self.engine_digest(), program];
        Digest::of(parts.map(|part| *part.as_bytes()).as_flattened())
    }

    /// The guest, loaded at the first use. Loading continues if the caller stops waiting.
    ///
    /// Must run inside a Tokio runtime with its timer on.
    ///
    /// # Errors
    /// [`LoadError`] if the guest is unusable.
    pub async fn guest(self: &Arc<Self>) -> Result<&Guest, LoadError> {
        let mut language = self;
        while let RunsOn::Of(other) = &language.guest {
            language = other;
        }
        let RunsOn::Own(_, guest) = &language.guest else {
            return Err(language.broken_off());
        };
        if guest.get().is_none() {
            let loading = Arc::clone(language);
            let loaded = task::spawn(async move { loading.load_guest().await });
            loaded.await.map_err(|_| language.broken_off())??;
        }
        guest.get().ok_or_else(|| language.broken_off())
    }

    /// Loads the guest and the transform, so that the first function need not wait for them.
    ///
    /// Must run inside a Tokio runtime with its timer on.
    ///
    /// # Errors
    /// [`LoadError`] if the language is unusable.
    pub async fn ready(self: &Arc<Self>) -> Result<(), LoadError> {
        self.guest().await?;
        if self.pack.transform().is_some() {
            self.transform().await?;
        }
        Ok(())
    }

    async fn load_guest(self: Arc<Self>) -> Result<(), LoadError> {
        let RunsOn::Own(_, guest) = &self.guest else {
            return Ok(());
        };
        let loading = || {
            let language = Arc::clone(&self);
            blocking(&self, async move {
                let wasm = language.guest_module()?;
                let loaded = Guest::load(&language.engine, &wasm).await;
                loaded.map_err(|source| language.unusable(source))
            })
        };
        guest.get_or_try_init(loading).await.map(drop)
    }

    async fn transform(self: &Arc<Self>) -> Result<&Transform, LoadError> {
        if self.transform.get().is_none() {
            let language = Arc::clone(self);
            let loaded = task::spawn(async move {
                let loading = || {
                    let inner = Arc::clone(&language);
                    blocking(&language, async move { inner.load_transform().await })
                };
                language.transform.get_or_try_init(loading).await.map(drop)
            });
            loaded.await.map_err(|_| self.broken_off())??;
        }
        self.transform.get().ok_or_else(|| self.broken_off())
    }

    async fn load_transform(&self) -> Result<Transform, LoadError> {
        let wasm = self.pack.transform_module()?.unwrap_or_default();
        let loaded = Transform::load(&self.engine, &wasm).await;
        let loaded = loaded.map_err(|source| self.unusable(source))?;
        loaded.map_err(|failure| LoadError::Transform {
            pack: self.pack.to_string(),
            failure: Box::new(failure),
        })
    }

    /// Compiles a function. An error names its place in `source`.
    ///
    /// Must run inside a Tokio runtime with its timer on.
    ///
    /// # Errors
    /// [`LoadError`] if the language is unusable.
    pub async fn compile(
        self: &Arc<Self>,
        source: &str,
        limits: &Limits,
    ) -> Result<Outcome<Snapshot>, LoadError> {
        let guest = self.guest().await?;
        if self.pack.transform().is_none() {
            return Ok(guest.compile(source, limits).await);
        }
        if source.len() > limits.input_bytes {
            let (value, used) = (limits.input_bytes as u64, source.len() as u64);
            let limit = Limit::SourceBytes;
            let too_large = Failure::limit(Usage { limit, value, used });
            return Ok(Outcome::not_run(too_large));
        }
        let transformed = self.transform().await?.apply(source, limits).await;
        let before = transformed.metrics;
        let text = match transformed.into_result() {
            Ok(text) => text,
            Err(ended) => return Ok(ended),
        };
        let limits = Transform::limits_after(limits, before.fuel);
        let mut compiled = guest.compile(&text, &limits).await;
        compiled.metrics.fuel += before.fuel;
        compiled.metrics.duration += before.duration;
        Ok(compiled)
    }

    /// Compiles a function and runs it once. A failed compilation is an outcome, too.
    ///
    /// Must run inside a Tokio runtime with its timer on.
    ///
    /// # Errors
    /// [`RunError`], which is not the function's fault.
    pub async fn run(
        self: &Arc<Self>,
        source: &str,
        compile_limits: &Limits,
        call: Call<'_>,
        call_limits: &Limits,
    ) -> Result<Outcome<Box<RawValue>>, RunError> {
        let compiled = self.compile(source, compile_limits).await?;
        match compiled.into_result() {
            Ok(snapshot) => {
                let guest = self.guest().await?;
                Ok(guest.call(&snapshot, call, call_limits).await?)
            }
            Err(ended) => Ok(ended),
        }
    }

    fn unusable(&self, source: GuestError) -> LoadError {
        LoadError::Guest {
            pack: self.pack.to_string(),
            source,
        }
    }

    fn broken_off(&self) -> LoadError {
        LoadError::BrokenOff {
            pack: self.pack.to_string(),
        }
    }
}

/// Why a function could not run, for reasons of its own surroundings.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Its language is unusable.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// A fault of this crate.
    #[error(transparent)]
    Snapshot(#[from] SnapshotError),
}

/// Runs `work` on a thread that answers no requests: making machine code takes seconds.
async fn blocking<T: Send + 'static>(
    language: &Language,
    work: impl Future<Output = Result<T, LoadError>> + Send + 'static,
) -> Result<T, LoadError> {
    let handle = Handle::current();
    let loaded = task::spawn_blocking(move || handle.block_on(work)).await;
    loaded.map_err(|_| language.broken_off())?
}
