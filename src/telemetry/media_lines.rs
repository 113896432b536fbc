//! How much mediasoup may write into the log: some of its lines are about a single packet, and anybody can send those.

use crate::limits::{Pace, Rate};
use std::sync::atomic::{AtomicU64, Ordering};
use tracing::{Event, Subscriber};
use tracing_log::NormalizeEvent as _;
use tracing_subscriber::layer::{Context, Layer};

/// With what the targets of its lines begin.
const TARGET: &str = "mediasoup::";

static LEFT_OUT: AtomicU64 = AtomicU64::new(0);

/// How many of its lines this process has left out so far.
pub fn left_out() -> u64 {
    LEFT_OUT.load(Ordering::Relaxed)
}

/// Lets its lines through at a pace, and those of all others.
#[derive(Debug)]
pub(super) struct MediaLines(Pace);

impl MediaLines {
    /// So many a second, also at once.
    pub fn at_most(per_second: u32) -> Self {
        Self(Pace::new(Rate::per_second(per_second, per_second)))
    }
}

impl<S: Subscriber> Layer<S> for MediaLines {
    fn event_enabled(&self, event: &Event<'_>, _: Context<'_, S>) -> bool {
        // Lines that come by way of the `log` crate have their target among their fields.
        let normalized = event.normalized_metadata();
        let target = normalized.as_ref().unwrap_or_else(|| event.metadata()).target();
        let passes = !target.starts_with(TARGET) || self.0.step().is_ok();
        if !passes {
            LEFT_OUT.fetch_add(1, Ordering::Relaxed);
        }
        passes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::{Arc, Mutex};
    use tracing_subscriber::layer::SubscriberExt as _;

    /// Writes down the targets of all lines that come.
    struct Heard(Arc<Mutex<Vec<String>>>);

    impl<S: Subscriber> Layer<S> for Heard {
        fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
            self.0.lock().expect("never poisoned").push(event.metadata().target().to_owned());
        }
    }

    #[test]
    fn beyond_the_pace_its_lines_are_counted_and_no_others_are_left_out() {
        let heard = Arc::default();
        let subscriber = tracing_subscriber::registry().with(Heard(Arc::clone(&heard))).with(MediaLines::at_most(2));
        let before = left_out();
        tracing::subscriber::with_default(subscriber, || {
            for _ in 0..5 {
                tracing::warn!(target: "mediasoup::worker", "of a packet");
                tracing::warn!(target: "colloquy::media", "of something else");
            }
        });
        let heard = heard.lock().expect("never poisoned");
        let of = |target: &str| heard.iter().filter(|heard| *heard == target).count();
        assert_eq!((of("mediasoup::worker"), of("colloquy::media")), (2, 5));
        assert_eq!(left_out() - before, 3);
    }
}
