//! Loads a language for people who wait for it.

use std::{
    io::{IsTerminal, stderr},
    sync::Arc,
    time::Duration,
};

use switchhook_compiler::{Language, LoadError};
use tokio::time::timeout;

use super::terminal::complain;

/// Loading that takes no longer than this needs no message. A guest with kept machine code is ready sooner.
const UNNOTICED: Duration = Duration::from_millis(150);

/// Loads a language. If this takes long, a message on the terminal says why.
///
/// # Errors
/// [`LoadError`] if the language is unusable.
pub(super) async fn load(language: &Arc<Language>) -> Result<(), LoadError> {
    let mut ready = Box::pin(language.ready());
    if let Ok(ready) = timeout(UNNOTICED, &mut ready).await {
        return ready;
    }
    if stderr().is_terminal() {
        let title = language.pack().title();
        complain(format_args!(
            "making {title} ready: the first time takes some seconds …"
        ));
    }
    ready.await
}
