//! Making a language ready, for people who wait.

use std::{
    io::{IsTerminal, stderr},
    sync::Arc,
    time::Duration,
};

use switchhook_compiler::{Language, LoadError};
use tokio::time::timeout;

use super::terminal::complain;

/// Nobody wonders about less. A guest whose machine code is on the disk is ready sooner.
const UNNOTICED: Duration = Duration::from_millis(150);

/// Makes a language ready. Where that takes long, a terminal is told why.
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
