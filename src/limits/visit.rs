//! A client between its handshake and the end of its connection.

use super::{Limit, OnLimit, Place};
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Kept by the connection for as long as it lives. One that ends without having entered, and not early, ran into the
/// time that it had to enter.
pub struct Visit {
    started: Instant,
    timeout: Duration,
    entered: AtomicBool,
    on_limit: OnLimit,
    _place: Place,
}

impl Visit {
    /// Begins; whoever enforces `timeout` ends the connection.
    pub fn begin(place: Place, timeout: Duration, on_limit: OnLimit) -> Self {
        Self { started: Instant::now(), timeout, entered: AtomicBool::new(false), on_limit, _place: place }
    }

    /// It asked to enter, whatever it was told.
    pub fn entered(&self) {
        self.entered.store(true, Ordering::Relaxed);
    }
}

impl Drop for Visit {
    fn drop(&mut self) {
        if !*self.entered.get_mut() && self.started.elapsed() >= self.timeout {
            (self.on_limit)(Limit::ConnectTimeout);
        }
    }
}

impl fmt::Debug for Visit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visit").field("started", &self.started).finish_non_exhaustive()
    }
}
