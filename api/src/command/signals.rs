//! What a running server is told by signals.

use actix_web::rt::signal::unix::{SignalKind, signal};

use crate::functions::Reloads;

/// Waits until the process is told to end, and says whether it is to finish what is under way (SIGTERM) or not (SIGINT, SIGQUIT).
/// As actix-web does it for one listener; with several, each would end the others.
pub(super) async fn told_to_stop() -> std::io::Result<bool> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut quit = signal(SignalKind::quit())?;
    Ok(tokio::select! {
        _ = terminate.recv() => true,
        _ = interrupt.recv() => false,
        _ = quit.recv() => false,
    })
}

/// Has the language packs read again whenever the process is told to (SIGHUP). What came of it is in the log.
/// From then on it does not end the process any more.
pub(super) fn reload_on_hangup(reloads: Reloads) -> std::io::Result<()> {
    let mut hangup = signal(SignalKind::hangup())?;
    tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            if let Err(error) = reloads.ask().await {
                tracing::error!("{:#}", anyhow::Error::from(error));
            }
        }
    });
    Ok(())
}
