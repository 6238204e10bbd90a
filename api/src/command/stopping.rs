//! Asking the server to stop.

use actix_web::rt::signal::unix::{SignalKind, signal};

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
