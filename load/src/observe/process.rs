//! Processes as `/proc` shows them.

use std::fs;
use std::time::{Duration, Instant};

/// Linux counts CPU time in these for everybody, whatever the kernel's own clock.
pub const TICKS_PER_SECOND: u64 = 100;

/// A process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pid(pub u32);

impl Pid {
    /// This program's.
    pub fn own() -> Self {
        Self(std::process::id())
    }

    /// CPU time used so far, by all threads, in the kernel too; nothing if there is no such process.
    pub fn cpu(self) -> Option<Duration> {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.0)).ok()?;
        // The name in parentheses may hold anything; of what follows it, fields 12 and 13 are user and system time.
        let fields: Vec<_> = stat.rsplit(')').next()?.split_whitespace().collect();
        let ticks: u64 = fields.get(11..=12)?.iter().filter_map(|field| field.parse::<u64>().ok()).sum();
        Some(Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND))
    }

    /// Resident memory in bytes; nothing if there is no such process.
    pub fn rss_bytes(self) -> Option<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.0)).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
        line.split_whitespace().nth(1)?.parse::<u64>().ok().map(|kib| kib * 1024)
    }

    /// It and all that it has started, and those have.
    pub fn family(self) -> Vec<Self> {
        let mut family = vec![self];
        let mut next = 0;
        while let Some(parent) = family.get(next) {
            let children = parent.children();
            family.extend(children);
            next += 1;
        }
        family
    }

    fn children(self) -> Vec<Self> {
        let tasks = fs::read_dir(format!("/proc/{}/task", self.0)).into_iter().flatten().flatten();
        let children = tasks.filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
        children
            .flat_map(|pids| pids.split_whitespace().filter_map(|pid| pid.parse().ok()).map(Self).collect::<Vec<_>>())
            .collect()
    }
}

/// Turns CPU time so far into cores in use since the last look.
#[derive(Debug)]
pub struct Cores {
    at: Instant,
    cpu: Duration,
}

impl Cores {
    /// Looks from now on.
    pub fn new(cpu: Duration) -> Self {
        Self { at: Instant::now(), cpu }
    }

    /// Cores in use since the last look. Never below 0, though processes that end take their time along.
    pub fn look(&mut self, cpu: Duration) -> f64 {
        let now = Instant::now();
        let elapsed = (now - self.at).as_secs_f64();
        let used = cpu.saturating_sub(self.cpu).as_secs_f64();
        (self.at, self.cpu) = (now, cpu);
        if elapsed > 0.0 { used / elapsed } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::{Command, Stdio};

    #[test]
    fn this_process_takes_time_and_memory_and_has_children() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().expect("starts");
        let family = Pid::own().family();
        assert!(family.contains(&Pid(child.id())), "{family:?}");
        assert!(Pid::own().cpu().is_some() && Pid::own().rss_bytes().expect("runs") > 0);
        child.kill().expect("runs");
        child.wait().expect("has ended");
        assert_eq!(Pid(child.id()).rss_bytes(), None);
    }
}
