//! When a received picture stands still.

use std::time::{Duration, Instant};

/// Ticks by which a late packet may be older than the newest frame; beyond, the clock began anew.
const MOST_OLDER: u32 = 10 * 90_000;

/// Watches for new frames.
#[derive(Debug)]
pub(super) struct Freeze {
    limit: Duration,
    /// When the last new frame came, and its timestamp; nothing before the first, or while nothing is to come.
    last: Option<(Instant, u32)>,
    /// How much of the time since then was told already.
    told: Duration,
}

/// What is new.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Frozen {
    /// Freezes that began.
    pub freezes: u64,
    /// How much longer the picture stood still.
    pub time: Duration,
}

impl Freeze {
    /// No new frame for longer than `limit` is a freeze.
    pub fn new(limit: Duration) -> Self {
        Self { limit, last: None, told: Duration::ZERO }
    }

    /// Takes in a packet: with another timestamp than the last one's, of a new frame.
    pub fn note(&mut self, now: Instant, timestamp: u32) -> Frozen {
        let older = |last: u32| (0..MOST_OLDER).contains(&last.wrapping_sub(timestamp));
        if self.last.is_some_and(|(_, last)| older(last)) {
            return Frozen::default();
        }
        let frozen = self.look(now);
        (self.last, self.told) = (Some((now, timestamp)), Duration::ZERO);
        frozen
    }

    /// What can be told without a new frame.
    pub fn look(&mut self, now: Instant) -> Frozen {
        let still = self.last.map_or(Duration::ZERO, |(last, _)| now.saturating_duration_since(last));
        if still <= self.limit {
            return Frozen::default();
        }
        let frozen = Frozen { freezes: u64::from(self.told.is_zero()), time: still - self.told };
        self.told = still;
        frozen
    }

    /// Nothing is to come until the next frame.
    pub fn rest(&mut self) {
        (self.last, self.told) = (None, Duration::ZERO);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_millis(500);

    fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn a_steady_picture_does_not_freeze() {
        let (start, mut freeze) = (Instant::now(), Freeze::new(LIMIT));
        for at in 0..100 {
            assert_eq!(freeze.note(start + millis(33) * at, at * 3000), Frozen::default());
        }
    }

    #[test]
    fn a_gap_is_one_freeze_of_its_whole_length_however_often_one_looks() {
        let (start, mut freeze) = (Instant::now(), Freeze::new(LIMIT));
        freeze.note(start, 0);
        let seen = [400, 700, 1400].map(|at| freeze.look(start + millis(at)));
        assert_eq!(seen.map(|it| it.freezes), [0, 1, 0]);
        let last = freeze.note(start + millis(2000), 3000);
        assert_eq!(seen.iter().chain([&last]).map(|it| it.time).sum::<Duration>(), millis(2000));
    }

    #[test]
    fn packets_of_the_same_frame_do_not_end_it() {
        let (start, mut freeze) = (Instant::now(), Freeze::new(LIMIT));
        freeze.note(start, 3000);
        freeze.note(start + millis(400), 3000);
        assert_eq!(freeze.note(start + millis(600), 6000), Frozen { freezes: 1, time: millis(600) });
    }

    #[test]
    fn what_is_not_to_come_is_not_missed() {
        let (start, mut freeze) = (Instant::now(), Freeze::new(LIMIT));
        freeze.note(start, 0);
        freeze.rest();
        assert_eq!(freeze.look(start + millis(5000)), Frozen::default());
        assert_eq!(freeze.note(start + millis(9000), 9), Frozen::default());
    }
}
