//! How late this program's timers are: it sends as late as that.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::task::JoinHandle;
use tokio::time::{Instant, MissedTickBehavior, interval};

/// Between two looks.
const PERIOD: Duration = Duration::from_millis(10);

/// Watches a timer for as long as it is there.
pub struct Timers {
    worst_us: Arc<AtomicU64>,
    task: JoinHandle<()>,
}

impl Timers {
    pub fn watch() -> Self {
        let worst_us = Arc::new(AtomicU64::new(0));
        let task = tokio::spawn(watch(Arc::clone(&worst_us)));
        Self { worst_us, task }
    }

    /// The worst delay since the last look.
    pub fn look(&self) -> Duration {
        Duration::from_micros(self.worst_us.swap(0, Ordering::Relaxed))
    }
}

impl Drop for Timers {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn watch(worst_us: Arc<AtomicU64>) {
    let mut ticks = interval(PERIOD);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        let due = ticks.tick().await;
        let late = Instant::now().saturating_duration_since(due);
        worst_us.fetch_max(u64::try_from(late.as_micros()).unwrap_or(u64::MAX), Ordering::Relaxed);
    }
}
