//! When the next of something regular is due.

use std::time::{Duration, Instant};

/// Due times that do not drift: the n-th is n intervals after the first, however late the others were taken.
#[derive(Debug, Clone)]
pub(super) struct Pace {
    interval: Duration,
    due: Instant,
}

/// Behind by more than that, what was missed is left out instead of being sent in one burst.
const MOST_BEHIND: Duration = Duration::from_millis(200);

impl Pace {
    /// So many in a second, from `now` on.
    pub fn new(interval: Duration, now: Instant) -> Self {
        Self { interval, due: now }
    }

    pub fn due(&self) -> Instant {
        self.due
    }

    /// Goes on to the next one; says by how much this one was late, and how many had to be left out.
    pub fn step(&mut self, now: Instant) -> (Duration, u32) {
        let late = now.saturating_duration_since(self.due);
        self.due += self.interval;
        let mut left_out = 0;
        if late > MOST_BEHIND {
            while self.due < now {
                self.due += self.interval;
                left_out += 1;
            }
        }
        (late, left_out)
    }

    /// Begins anew.
    pub fn restart(&mut self, now: Instant) {
        self.due = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TWENTY: Duration = Duration::from_millis(20);

    #[test]
    fn lateness_does_not_add_up() {
        let start = Instant::now();
        let mut pace = Pace::new(TWENTY, start);
        for n in 0..1000 {
            let late = Duration::from_millis(u64::from(n % 3));
            assert_eq!(pace.step(start + TWENTY * n + late), (late, 0));
        }
        assert_eq!(pace.due(), start + TWENTY * 1000);
    }

    #[test]
    fn after_a_long_stop_what_was_missed_is_left_out_but_the_beat_is_kept() {
        let start = Instant::now();
        let mut pace = Pace::new(TWENTY, start);
        let late = Duration::from_millis(1005);
        assert_eq!(pace.step(start + late), (late, 50));
        assert_eq!(pace.due(), start + TWENTY * 51);
    }

    #[test]
    fn after_a_short_one_it_is_made_up_for() {
        let start = Instant::now();
        let mut pace = Pace::new(TWENTY, start);
        let now = start + TWENTY * 5;
        assert_eq!((0..5).map(|_| pace.step(now).1).sum::<u32>(), 0);
        assert_eq!(pace.due(), now);
    }
}
