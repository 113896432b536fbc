//! When to start a worker again that has died, and when to give it up.

use std::time::Duration;

/// The delay before the second start in a row; it doubles with each further one.
const FIRST_DELAY: Duration = Duration::from_millis(100);
/// The longest delay.
const MAX_DELAY: Duration = Duration::from_secs(10);

/// Counts the deaths of one worker that come too soon.
#[derive(Debug)]
pub(super) struct Restarts {
    /// Deaths in a row at which the worker is given up.
    max_failures: u32,
    /// Who has lived this long has not died too soon.
    min_uptime: Duration,
    in_a_row: u32,
}

impl Restarts {
    pub fn new(max_failures: u32, min_uptime: Duration) -> Self {
        Self { max_failures, min_uptime, in_a_row: 0 }
    }

    /// The worker has died (or did not come to life: then it has lived for no time). How long to wait before it is
    /// started again, or nothing if it is given up.
    pub fn after(&mut self, lived: Duration) -> Option<Duration> {
        if lived >= self.min_uptime {
            self.in_a_row = 0;
            return Some(Duration::ZERO);
        }
        self.in_a_row += 1;
        if self.in_a_row >= self.max_failures {
            return None;
        }
        // At once the first time: it may have been an accident.
        Some(match self.in_a_row.checked_sub(2) {
            None => Duration::ZERO,
            Some(doublings) => FIRST_DELAY.saturating_mul(1 << doublings.min(16)).min(MAX_DELAY),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_millis(4_999);
    const LATE: Duration = Duration::from_secs(5);

    fn restarts(max_failures: u32) -> Restarts {
        Restarts::new(max_failures, LATE)
    }

    #[test]
    fn delays_grow_up_to_ten_seconds() {
        let mut restarts = restarts(u32::MAX);
        let delays = std::array::from_fn(|_| restarts.after(SOON).map(|delay| delay.as_millis()));
        assert_eq!(delays, [0, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000].map(Some));
    }

    #[test]
    fn a_worker_that_keeps_dying_too_soon_is_given_up() {
        let mut restarts = restarts(3);
        assert!(restarts.after(SOON).is_some() && restarts.after(Duration::ZERO).is_some());
        assert_eq!(restarts.after(SOON), None);
    }

    #[test]
    fn who_has_lived_long_enough_begins_anew() {
        let mut restarts = restarts(3);
        for _ in 0..10 {
            assert!(restarts.after(SOON).is_some() && restarts.after(SOON).is_some());
            assert_eq!(restarts.after(LATE), Some(Duration::ZERO));
        }
    }

    #[test]
    fn the_first_death_may_be_the_last() {
        assert_eq!(restarts(1).after(SOON), None);
    }
}
