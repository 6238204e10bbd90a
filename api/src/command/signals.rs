//! Signals to a running server.

use actix_web::rt::signal::unix::{SignalKind, signal};
use rustix::process::Signal;

use crate::functions::Reloads;

/// Waits for a signal to end. Returns whether requests in progress are to be answered (SIGTERM) or not (SIGINT,
/// SIGQUIT). actix-web handles these signals for one listener, and with several listeners each would stop the others.
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

/// Lets a write beyond the largest file size (`RLIMIT_FSIZE`, systemd's `LimitFSIZE=`) fail. Otherwise the signal
/// SIGXFSZ would end the process.
pub(super) fn outlive_full_files() -> std::io::Result<()> {
    // A handled signal has no other effect, even if nobody waits for it.
    signal(SignalKind::from_raw(Signal::XFSZ.as_raw())).map(drop)
}

/// Reads the language packs again at each SIGHUP, and logs the result. From now on, SIGHUP does not end the process.
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
