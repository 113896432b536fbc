//! Signals: to stop, of which the first asks the server and the second does it, and to drain and not to.

use tokio::signal::unix::{Signal, SignalKind, signal};

/// The exit code after a second signal: that of a process ended by SIGINT, as shells count it.
const FORCED: i32 = 130;

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// SIGTERM or SIGINT (Ctrl-C).
    Stop,
    /// SIGUSR1.
    Drain,
    /// SIGUSR2.
    CancelDrain,
}

/// The signals that are understood, from the moment this is made.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    drain: Signal,
    cancel_drain: Signal,
}

impl Signals {
    /// Starts to catch them.
    ///
    /// # Errors
    /// The system refuses the handlers.
    pub fn catch() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            drain: signal(SignalKind::user_defined1())?,
            cancel_drain: signal(SignalKind::user_defined2())?,
        })
    }

    /// Waits for one.
    pub async fn next(&mut self) -> Wanted {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => Wanted::Stop,
            _ = self.interrupt.recv() => Wanted::Stop,
            _ = self.drain.recv() => Wanted::Drain,
            _ = self.cancel_drain.recv() => Wanted::CancelDrain,
        }
    }

    /// Ends the process at the next one to stop, without ceremony.
    pub async fn next_ends_the_process(mut self) -> ! {
        while self.next().await != Wanted::Stop {}
        tracing::warn!("second signal: ending at once");
        std::process::exit(FORCED)
    }
}
