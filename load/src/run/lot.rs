//! What is drawn by lot, so that the same seed draws the same.

use rand::rngs::ChaCha8Rng;
use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use std::time::Duration;

/// No stay is longer than so many times the average.
const LONGEST_STAY: f64 = 5.0;

/// The lots of one participant, which nobody else's draws disturb.
pub struct Lot(ChaCha8Rng);

impl Lot {
    /// Those of that participant in a run with that seed.
    pub fn new(seed: u64, seat: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream(seat);
        Self(rng)
    }

    /// Keeps so many of them at most.
    pub fn choose<T>(&mut self, of: &mut Vec<T>, count: u32) {
        of.shuffle(&mut self.0);
        of.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    }

    /// How long somebody stays: exponentially distributed, so that at any moment as many leave as at any other.
    pub fn stay(&mut self, average: f64) -> Duration {
        let drawn: f64 = self.0.random_range(0.0..1.0);
        Duration::from_secs_f64(average * (-(1.0 - drawn).ln()).min(LONGEST_STAY))
    }

    /// A time up to that.
    pub fn within(&mut self, time: Duration) -> Duration {
        time.mul_f64(self.0.random_range(0.0..1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stays_are_as_long_as_asked_for_on_average() {
        let mut lot = Lot::new(7, 0);
        let stays: f64 = (0..10_000).map(|_| lot.stay(10.0).as_secs_f64()).sum();
        assert!((9.5..10.5).contains(&(stays / 10_000.0)), "{stays}");
    }

    #[test]
    fn lots_follow_from_the_seed_and_the_seat() {
        let drawn = |seed, seat| Lot::new(seed, seat).stay(1.0);
        assert_eq!(drawn(1, 2), drawn(1, 2));
        assert_ne!(drawn(1, 2), drawn(1, 3));
        assert_ne!(drawn(1, 2), drawn(2, 2));
    }
}
