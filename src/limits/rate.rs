//! How often something may be done: GCRA, which allows a burst and then an even pace.

use super::ClientAddress;
use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, DefaultKeyedRateLimiter, Quota, RateLimiter};
use std::hash::Hash;
use std::num::NonZeroU32;
use std::time::Duration;

/// A pace, and how much may be done at once after a pause.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    quota: Quota,
}

impl Rate {
    /// So many a second; at least one, as is the burst.
    pub fn per_second(count: u32, burst: u32) -> Self {
        Self { quota: Quota::per_second(at_least_one(count)).allow_burst(at_least_one(burst)) }
    }

    /// So many a minute, also at once; at least one.
    pub fn per_minute(count: u32) -> Self {
        Self { quota: Quota::per_minute(at_least_one(count)) }
    }

    /// Between two at an even pace.
    pub(super) fn interval(&self) -> Duration {
        self.quota.replenish_interval()
    }

    /// How many at once; at least one.
    pub(super) fn burst(&self) -> u32 {
        self.quota.burst_size().get()
    }
}

fn at_least_one(count: u32) -> NonZeroU32 {
    NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN)
}

/// The pace of one.
#[derive(Debug)]
pub struct Pace(DefaultDirectRateLimiter);

impl Pace {
    /// Nothing done yet.
    pub fn new(rate: Rate) -> Self {
        Self(RateLimiter::direct(rate.quota))
    }

    /// Does it once more.
    ///
    /// # Errors
    /// Too early: the time until it may be done.
    pub fn step(&self) -> Result<(), Duration> {
        self.0.check().map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }
}

/// The pace of each address, or of each of whatever else requests are counted by.
#[derive(Debug)]
pub struct Paces<K: Hash + Eq + Clone = ClientAddress>(DefaultKeyedRateLimiter<K>);

impl<K: Hash + Eq + Clone> Paces<K> {
    /// None known yet.
    pub fn new(rate: Rate) -> Self {
        Self(RateLimiter::keyed(rate.quota))
    }

    /// That one does it once more.
    ///
    /// # Errors
    /// Too early: the time until it may be done.
    pub fn step(&self, who: K) -> Result<(), Duration> {
        self.0.check_key(&who).map_err(|until| until.wait_time_from(DefaultClock::default().now()))
    }

    /// Forgets those that have the whole burst again. To be called now and then: each is remembered until then.
    pub fn forget(&self) {
        self.0.retain_recent();
        self.0.shrink_to_fit();
    }

    /// How many are remembered.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::IpAddr;

    #[test]
    fn after_the_burst_the_pace_counts() {
        let pace = Pace::new(Rate::per_second(1, 3));
        assert_eq!([(); 3].map(|()| pace.step()), [Ok(()); 3]);
        let wait = pace.step().expect_err("the fourth at once");
        assert!(wait > Duration::from_millis(900) && wait <= Duration::from_secs(1), "{wait:?}");
    }

    #[test]
    fn an_address_that_has_its_burst_again_is_forgotten() {
        let (slow, quick) = (Paces::new(Rate::per_second(1, 1)), Paces::new(Rate::per_second(u32::MAX, 1)));
        let [one, other] = [1, 2].map(|last| ClientAddress::from(IpAddr::from([192, 0, 2, last])));
        for paces in [&slow, &quick] {
            assert_eq!((paces.step(one), paces.step(other)), (Ok(()), Ok(())));
            assert_eq!(paces.len(), 2);
            paces.forget();
        }
        assert!(slow.step(one).is_err() && slow.len() == 2);
        assert!(quick.is_empty());
    }
}
