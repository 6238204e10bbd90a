//! Reads the folder of language packs while functions are called.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, PoisonError},
};

use switchhook_compiler::{Languages, Refused};
use tokio::sync::{Notify, mpsc, oneshot};

use super::{Functions, FunctionsError, Upgrade};

/// Requests that can wait in the channel. Requests during a reading wait for the next one.
const ASKED: usize = 1;

/// The changes of a reading. Packs are named `id@version`.
pub(crate) struct Reloaded {
    pub(crate) added: Vec<String>,
    /// Packs with the same version and different contents.
    pub(crate) changed: Vec<String>,
    pub(crate) removed: Vec<String>,
    pub(crate) refused: Vec<Refused>,
}

impl Reloaded {
    fn between(before: &Languages, after: &Languages, refused: Vec<Refused>) -> Self {
        let mut reloaded = Self {
            added: Vec::new(),
            changed: Vec::new(),
            removed: Vec::new(),
            refused,
        };
        for language in after.iter() {
            let pack = language.pack();
            match before.exact(pack.id(), pack.version()) {
                None => reloaded.added.push(pack.to_string()),
                Some(known) if !Arc::ptr_eq(known, language) => {
                    reloaded.changed.push(pack.to_string());
                }
                Some(_) => {}
            }
        }
        let gone = before.iter().map(|language| language.pack());
        let gone = gone.filter(|pack| after.exact(pack.id(), pack.version()).is_none());
        reloaded.removed = gone.map(ToString::to_string).collect();
        reloaded
    }
}

/// Asks for the folder of packs to be read. Clones share a channel.
#[derive(Clone)]
pub(crate) struct Reloads(mpsc::Sender<oneshot::Sender<Result<Reloaded, FunctionsError>>>);

impl Reloads {
    /// Starts two tasks. One reads the folder of packs; `folder` returns the path anew each time. The other loads
    /// languages and upgrades functions, now and after each reading. Both run on the calling thread, which must not
    /// answer calls.
    pub(crate) fn start(
        functions: Arc<Functions>,
        upgrade: Upgrade,
        folder: impl Fn() -> Option<PathBuf> + Send + 'static,
    ) -> Self {
        let (asking, asked) = mpsc::channel(ASKED);
        let changed = Arc::new(Notify::new());
        let upgrading = prepare(Arc::clone(&functions), upgrade, Arc::clone(&changed));
        tokio::spawn(upgrading);
        tokio::spawn(answer(asked, functions, folder, changed));
        Self(asking)
    }

    /// Requests a reading and waits for its changes. The reading finishes even if nobody waits.
    pub(crate) async fn ask(&self) -> Result<Reloaded, FunctionsError> {
        let (answer, answered) = oneshot::channel();
        self.0
            .send(answer)
            .await
            .map_err(|_| FunctionsError::Ending)?;
        answered.await.map_err(|_| FunctionsError::Ending)?
    }
}

async fn answer(
    mut asked: mpsc::Receiver<oneshot::Sender<Result<Reloaded, FunctionsError>>>,
    functions: Arc<Functions>,
    folder: impl Fn() -> Option<PathBuf>,
    changed: Arc<Notify>,
) {
    while let Some(answer) = asked.recv().await {
        let reloaded = functions.reload(folder().as_deref()).await;
        changed.notify_one();
        // The requester may have stopped waiting.
        drop(answer.send(reloaded));
    }
}

/// Loads languages and upgrades functions while requests are answered.
async fn prepare(functions: Arc<Functions>, upgrade: Upgrade, changed: Arc<Notify>) {
    loop {
        if let Err(error) = functions.load_languages().await {
            tracing::error!("a language pack cannot be loaded: {error}");
        }
        if let Err(error) = functions.upgrade(upgrade).await {
            tracing::error!("functions stay with older versions of their language packs: {error}");
        }
        changed.notified().await;
    }
}

impl Functions {
    /// Reads the folder of packs. All usable packs are installed in one step. A running call ends with the pack it
    /// began with.
    async fn reload(&self, folder: Option<&Path>) -> Result<Reloaded, FunctionsError> {
        let before = self.languages();
        let Some(folder) = folder else {
            return Ok(Reloaded::between(&before, &before, Vec::new()));
        };
        let passed = self.store.passed_tests().await?;
        let read = before.with_folder(folder, &passed).await?;
        self.store.add_passed_tests(read.passed).await?;
        let reloaded = Reloaded::between(&before, &read.languages, read.refused);
        let offered = Arc::new(read.languages);
        *self
            .languages
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::clone(&offered);
        self.ready.languages_changed(&offered);
        for refused in &reloaded.refused {
            tracing::error!("{refused}");
        }
        tracing::info!(
            added = reloaded.added.join(", "),
            changed = reloaded.changed.join(", "),
            removed = reloaded.removed.join(", "),
            "the language packs were read again"
        );
        Ok(reloaded)
    }
}
