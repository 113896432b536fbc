//! How often something may be done, where time is told: the same rule as in `rate`, for who has no clock of its own.

use super::Rate;
use std::time::{Duration, Instant};

/// The pace of one, by a rate and a moment that are given with every step.
#[derive(Debug, Clone, Copy, Default)]
pub struct Meter {
    /// When all that was done would be done at an even pace.
    even: Option<Instant>,
}

impl Meter {
    /// Does it once more.
    ///
    /// # Errors
    /// Too early: the time until it may be done.
    pub fn step(&mut self, rate: Rate, now: Instant) -> Result<(), Duration> {
        let even = self.even.map_or(now, |even| even.max(now));
        let wait = even.duration_since(now).saturating_sub(rate.interval() * (rate.burst() - 1));
        if !wait.is_zero() {
            return Err(wait);
        }
        self.even = Some(even + rate.interval());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_burst_the_pace_counts() {
        let (mut meter, rate, start) = (Meter::default(), Rate::per_second(2, 3), Instant::now());
        assert_eq!([(); 3].map(|()| meter.step(rate, start)), [Ok(()); 3]);
        assert_eq!(meter.step(rate, start), Err(Duration::from_millis(500)));
        let later = start + Duration::from_millis(499);
        assert_eq!(meter.step(rate, later), Err(Duration::from_millis(1)));
        let later = start + Duration::from_millis(500);
        assert_eq!(meter.step(rate, later), Ok(()));
        assert_eq!(meter.step(rate, later), Err(Duration::from_millis(500)));
    }

    #[test]
    fn after_a_pause_there_is_a_burst_again_and_no_more() {
        let (mut meter, rate, start) = (Meter::default(), Rate::per_second(2, 3), Instant::now());
        for pause in 0..3 {
            let now = start + Duration::from_secs(3600 * pause);
            assert_eq!([(); 3].map(|()| meter.step(rate, now)), [Ok(()); 3]);
            assert!(meter.step(rate, now).is_err());
        }
    }
}
