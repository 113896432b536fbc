//! What a worker's thread costs, from Linux's `/proc`; elsewhere the figures are zero.

use std::fs;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Shortest time over which a share of a CPU is measured.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// The CPU time of one thread, as a share over the time since it was last asked for.
pub(super) struct ThreadUsage {
    thread: OnceLock<String>,
    last: Mutex<Sample>,
}

struct Sample {
    at: Instant,
    cpu: Duration,
    percent: f64,
}

impl ThreadUsage {
    pub fn new() -> Self {
        let last = Sample { at: Instant::now(), cpu: Duration::ZERO, percent: 0.0 };
        Self { thread: OnceLock::new(), last: Mutex::new(last) }
    }

    /// Remembers the thread that calls this as the one to watch.
    pub fn watch_this_thread(&self) {
        // `/proc/thread-self` links to `<process>/task/<thread>`.
        if let Ok(link) = fs::read_link("/proc/thread-self") {
            drop(self.thread.set(format!("/proc/{}/schedstat", link.display())));
        }
    }

    /// Percent of one CPU, over at least a second.
    pub fn cpu_percent(&self) -> f64 {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let elapsed = last.at.elapsed();
        if elapsed >= MIN_INTERVAL
            && let Some(cpu) = self.cpu_time()
        {
            let percent = 100.0 * cpu.saturating_sub(last.cpu).as_secs_f64() / elapsed.as_secs_f64();
            *last = Sample { at: Instant::now(), cpu, percent };
        }
        last.percent
    }

    fn cpu_time(&self) -> Option<Duration> {
        // The first figure of schedstat is the time on a CPU, in nanoseconds.
        let text = fs::read_to_string(self.thread.get()?).ok()?;
        text.split_whitespace().next()?.parse().ok().map(Duration::from_nanos)
    }
}

/// Resident memory of this process in bytes.
pub(super) fn resident_bytes() -> u64 {
    let kib = fs::read_to_string("/proc/self/status").ok().and_then(|status| {
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok()
    });
    kib.unwrap_or(0) * 1024
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn memory_is_measured() {
        assert!(resident_bytes() > 1_000_000);
    }

    #[test]
    fn a_busy_thread_shows() {
        let usage = ThreadUsage::new();
        usage.watch_this_thread();
        let start = Instant::now();
        while start.elapsed() < MIN_INTERVAL {
            std::hint::black_box(start);
        }
        assert!(usage.cpu_percent() > 1.0);
    }
}
