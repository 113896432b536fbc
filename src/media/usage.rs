//! What a worker costs, from Linux's `/proc`; elsewhere the figures are zero.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

/// Shortest time over which a share of a CPU is measured.
const MIN_INTERVAL: Duration = Duration::from_secs(1);

/// A worker's process and its CPU time, as a share over the time since it was last asked for.
pub(super) struct Usage {
    pid: u32,
    tasks: Tasks,
    last: Mutex<Sample>,
}

/// Whose CPU time counts.
enum Tasks {
    /// One thread: its folder in `/proc`, once it runs.
    Thread(OnceLock<PathBuf>),
    /// All threads of the process.
    Process,
}

struct Sample {
    at: Instant,
    cpu: Duration,
    percent: f64,
}

impl Usage {
    /// Of a thread of this process, which has to call [`Self::watch_this_thread`].
    pub fn of_thread() -> Self {
        Self::new(std::process::id(), Tasks::Thread(OnceLock::new()))
    }

    /// Of another process.
    pub fn of_process(pid: u32) -> Self {
        Self::new(pid, Tasks::Process)
    }

    fn new(pid: u32, tasks: Tasks) -> Self {
        let last = Sample { at: Instant::now(), cpu: Duration::ZERO, percent: 0.0 };
        Self { pid, tasks, last: Mutex::new(last) }
    }

    /// The process.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Remembers the thread that calls this as the one to watch.
    pub fn watch_this_thread(&self) {
        // `/proc/thread-self` links to `<process>/task/<thread>`.
        if let (Tasks::Thread(thread), Ok(link)) = (&self.tasks, fs::read_link("/proc/thread-self")) {
            drop(thread.set(Path::new("/proc").join(link)));
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

    /// How long its threads were ready to run and had to wait for a CPU so far, together; nothing where that is not told.
    pub fn starved(&self) -> Option<Duration> {
        self.sum(Figure::Waited)
    }

    fn cpu_time(&self) -> Option<Duration> {
        self.sum(Figure::Ran)
    }

    fn sum(&self, figure: Figure) -> Option<Duration> {
        match &self.tasks {
            Tasks::Thread(thread) => scheduled(thread.get()?, figure),
            Tasks::Process => {
                let tasks = fs::read_dir(format!("/proc/{}/task", self.pid)).ok()?;
                Some(tasks.filter_map(|task| scheduled(&task.ok()?.path(), figure)).sum())
            }
        }
    }

    /// Resident memory of the process in bytes.
    pub fn resident_bytes(&self) -> u64 {
        let kib = fs::read_to_string(format!("/proc/{}/status", self.pid)).ok().and_then(|status| {
            let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
            line.split_whitespace().nth(1)?.parse::<u64>().ok()
        });
        kib.unwrap_or(0) * 1024
    }
}

/// A figure of schedstat, by its place in it.
#[derive(Clone, Copy)]
enum Figure {
    /// Time on a CPU.
    Ran = 0,
    /// Time ready to run, without a CPU.
    Waited = 1,
}

/// Of one task; schedstat counts nanoseconds.
fn scheduled(task: &Path, figure: Figure) -> Option<Duration> {
    let text = fs::read_to_string(task.join("schedstat")).ok()?;
    text.split_whitespace().nth(figure as usize)?.parse().ok().map(Duration::from_nanos)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn memory_is_measured() {
        assert!(Usage::of_thread().resident_bytes() > 1_000_000);
        assert_eq!(Usage::of_process(u32::MAX).resident_bytes(), 0);
    }

    #[test]
    fn a_busy_thread_shows_in_its_own_time_and_in_that_of_its_process() {
        let (thread, process) = (Usage::of_thread(), Usage::of_process(std::process::id()));
        thread.watch_this_thread();
        let start = Instant::now();
        while start.elapsed() < MIN_INTERVAL {
            std::hint::black_box(start);
        }
        assert!(thread.cpu_percent() > 1.0);
        assert!(process.cpu_percent() > 1.0);
        assert_eq!(Usage::of_process(u32::MAX).cpu_percent(), 0.0);
    }
}
