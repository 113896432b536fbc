//! Ctrl-C, once and twice.

use std::io;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The first SIGINT or SIGTERM cancels the token; returns at the second.
///
/// # Errors
/// When the system lets nobody listen.
pub async fn twice(first: CancellationToken) -> io::Result<()> {
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let mut next = async || {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    next().await;
    eprintln!("\neverybody leaves; once more ends it at once");
    first.cancel();
    next().await;
    Ok(())
}
