//! Orderly ends: the first signal asks the server to stop, the second stops it.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The exit code after a second signal: that of a process ended by SIGINT, as shells count it.
const FORCED: i32 = 130;

/// SIGTERM and SIGINT (Ctrl-C), from the moment this is made.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Starts to catch them.
    ///
    /// # Errors
    /// The system refuses the handlers.
    pub fn catch() -> std::io::Result<Self> {
        Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
    }

    /// Waits for one.
    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }

    /// Ends the process at the next one, without ceremony.
    pub async fn next_ends_the_process(mut self) -> ! {
        self.next().await;
        tracing::warn!("second signal: ending at once");
        std::process::exit(FORCED)
    }
}
