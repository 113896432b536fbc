//! How a quantity is distributed, in little memory and within a thousandth.

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Significant digits that are kept.
const DIGITS: u8 = 3;
/// What is greater counts as this: an hour in microseconds, so that a histogram stays below 200 KB.
const GREATEST: u64 = 3_600_000_000;

/// Times or other quantities, of which any share can be asked. Two can be added up. There is a histogram only once there
/// is something in it: of most quantities nothing happens to most participants in a second, and an empty one has 16 KB.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(from = "Vec<(u64, u64)>", into = "Vec<(u64, u64)>")]
pub struct Distribution(Option<Box<Histogram<u64>>>);

impl Distribution {
    /// Takes in a time, as microseconds.
    pub fn record(&mut self, time: Duration) {
        self.record_value(u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    }

    /// Takes in another quantity.
    pub fn record_value(&mut self, value: u64) {
        self.record_many(value, 1);
    }

    fn record_many(&mut self, value: u64, count: u64) {
        let histogram = self.0.get_or_insert_with(|| {
            Box::new(Histogram::new(DIGITS).unwrap_or_else(|_| unreachable!("three digits are allowed")))
        });
        // Not the saturating way, which takes the greatest that there is room for instead of making room.
        histogram.record_n(value.min(GREATEST), count).unwrap_or_else(|_| unreachable!("it grows as far as that"));
    }

    /// How many there are.
    pub fn count(&self) -> u64 {
        self.0.as_ref().map_or(0, |histogram| histogram.len())
    }

    /// What that share of them does not exceed, `0.0` to `1.0`; nothing if there are none.
    pub fn quantile(&self, share: f64) -> Option<u64> {
        self.0.as_ref().map(|histogram| histogram.value_at_quantile(share))
    }

    /// Their mean; nothing if there are none.
    pub fn mean(&self) -> Option<f64> {
        self.0.as_ref().map(|histogram| histogram.mean())
    }

    /// The greatest; nothing if there are none.
    pub fn max(&self) -> Option<u64> {
        self.0.as_ref().map(|histogram| histogram.max())
    }

    /// Takes in all of another.
    pub fn add(&mut self, other: &Self) {
        for (value, count) in other.recorded() {
            self.record_many(value, count);
        }
    }

    fn recorded(&self) -> impl Iterator<Item = (u64, u64)> {
        let values = self.0.iter().flat_map(|histogram| histogram.iter_recorded());
        values.map(|value| (value.value_iterated_to(), value.count_at_value()))
    }
}

impl From<Distribution> for Vec<(u64, u64)> {
    fn from(distribution: Distribution) -> Self {
        distribution.recorded().collect()
    }
}

impl From<Vec<(u64, u64)>> for Distribution {
    fn from(values: Vec<(u64, u64)>) -> Self {
        let mut all = Self::default();
        values.into_iter().for_each(|(value, count)| all.record_many(value, count));
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_survive_adding_up_and_writing_down() {
        let (mut low, mut high) = (Distribution::default(), Distribution::default());
        (1..=50).for_each(|value| low.record_value(value));
        (51..=100).for_each(|value| high.record_value(value));
        low.add(&high);
        let written = serde_json::to_string(&low).expect("is data");
        let read: Distribution = serde_json::from_str(&written).expect("is what was written");
        assert_eq!((read.count(), read.quantile(0.5), read.max()), (100, Some(50), Some(100)));
    }

    #[test]
    fn great_values_are_kept_within_a_thousandth_and_up_to_an_hour() {
        let mut times = Distribution::default();
        times.record(Duration::from_millis(42));
        times.record(Duration::from_secs(7_200));
        let (low, high) = (times.quantile(0.5).expect("is there"), times.max().expect("is there"));
        assert!((42_000..=42_042).contains(&low) && (3_600_000_000..3_604_000_000).contains(&high), "{low} {high}");
    }

    #[test]
    fn of_nothing_there_is_no_share() {
        assert_eq!(Distribution::default().quantile(0.5), None);
    }
}
