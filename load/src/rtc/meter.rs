//! How late the endpoints of this program are with what they send.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The worst delay of a packet that was due, over all endpoints that share it. Timers fire at whole milliseconds, so
/// one or two are always there; more shows that the program, not the server, is at its limit.
#[derive(Debug, Clone, Default)]
pub struct Meter(Arc<AtomicU64>);

impl Meter {
    /// Takes in a delay.
    pub(super) fn note(&self, delay: Duration) {
        let micros = u64::try_from(delay.as_micros()).unwrap_or(u64::MAX);
        // Most are not the worst: reading is cheaper than an exchange, with many threads.
        if micros > self.0.load(Ordering::Relaxed) {
            self.0.fetch_max(micros, Ordering::Relaxed);
        }
    }

    /// The worst since the last call.
    pub fn take_worst(&self) -> Duration {
        Duration::from_micros(self.0.swap(0, Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_each_time_is_told_once() {
        let meter = Meter::default();
        [3, 7, 5].into_iter().for_each(|millis| meter.clone().note(Duration::from_millis(millis)));
        assert_eq!(meter.take_worst(), Duration::from_millis(7));
        meter.note(Duration::from_millis(2));
        assert_eq!(meter.take_worst(), Duration::from_millis(2));
    }
}
