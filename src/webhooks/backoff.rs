//! How long to wait before something is tried again.

use std::time::Duration;

/// An endpoint may ask for no longer a pause than this: a day.
const LONGEST_ASKED: Duration = Duration::from_secs(86_400);

/// Twice as long after every failure, up to a bound, and by chance up to half shorter: what failed at the same moment
/// is not tried again at the same moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure.
    pub first: Duration,
    /// At most.
    pub most: Duration,
}

impl Backoff {
    /// The pause after so many failures in a row (at least one). `chance` is from 0 to 1; `asked` is what the endpoint
    /// asked for (`Retry-After`), which counts if it is longer.
    pub fn pause(&self, failures: u32, chance: f64, asked: Option<Duration>) -> Duration {
        let doubled = 2_u32.checked_pow(failures.saturating_sub(1)).and_then(|times| self.first.checked_mul(times));
        let full = doubled.unwrap_or(self.most).min(self.most);
        let own = full.mul_f64(1.0 - chance.clamp(0.0, 1.0) / 2.0);
        own.max(asked.unwrap_or_default().min(LONGEST_ASKED))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BACKOFF: Backoff = Backoff { first: Duration::from_secs(1), most: Duration::from_secs(60) };

    #[test]
    fn it_doubles_up_to_the_bound() {
        let pauses = [1, 2, 3, 6, 7, 33, u32::MAX].map(|failures| BACKOFF.pause(failures, 0.0, None).as_secs());
        assert_eq!(pauses, [1, 2, 4, 32, 60, 60, 60]);
    }

    #[test]
    fn what_the_endpoint_asks_for_counts_if_it_is_longer() {
        let pause = |asked| BACKOFF.pause(3, 0.0, Some(Duration::from_secs(asked))).as_secs();
        assert_eq!([0, 3, 5, 86_400, u64::MAX].map(pause), [4, 4, 5, 86_400, 86_400]);
    }

    proptest::proptest! {
        #[test]
        fn chance_makes_it_up_to_half_shorter(failures in 1_u32.., chance in 0.0_f64..=1.0) {
            let (full, pause) = (BACKOFF.pause(failures, 0.0, None), BACKOFF.pause(failures, chance, None));
            proptest::prop_assert!(pause <= full && pause >= full / 2);
        }
    }
}
