//! How busy the machine is, with whatever.

use super::process::{Cores, TICKS_PER_SECOND};
use std::fs;
use std::thread::available_parallelism;
use std::time::Duration;

/// All of the machine's cores, watched.
pub struct Busy(Cores);

impl Busy {
    /// Looks from now on.
    pub fn watch() -> Self {
        Self(Cores::new(cpu().unwrap_or_default()))
    }

    /// Cores in use since the last look; nothing if they are not all there for this program.
    pub fn look(&mut self) -> Option<f64> {
        cpu().map(|cpu| self.0.look(cpu))
    }
}

fn cpu() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let (cores, cpu) = of(&stat)?;
    (available_parallelism().ok()?.get() == cores).then_some(cpu)
}

/// How many cores there are, and how long they were in use: what other machines took of them, too.
fn of(stat: &str) -> Option<(usize, Duration)> {
    let cores = stat.lines().filter(|line| line.starts_with("cpu") && !line.starts_with("cpu ")).count();
    let times: Vec<u64> = stat.lines().next()?.split_whitespace().skip(1).map_while(|time| time.parse().ok()).collect();
    // Idle, and idle until a disk answers, are in between; time of guests is in the first two already.
    let [user, nice, system, _, _, interrupts, soft_interrupts, stolen, ..] = times[..] else { return None };
    let ticks = user + nice + system + interrupts + soft_interrupts + stolen;
    Some((cores, Duration::from_millis(ticks * 1000 / TICKS_PER_SECOND)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_but_idle_time_counts() {
        let stat = "cpu  100 20 30 9000 800 4 5 1 70 7\ncpu0 1 1 1 1 1 1 1 1 1 1\ncpu1 1 1 1 1 1 1 1 1 1 1\nintr 1\n";
        assert_eq!(of(stat), Some((2, Duration::from_millis(1600))));
        assert_eq!(of("cpu  1 2 3\n"), None);
    }
}
