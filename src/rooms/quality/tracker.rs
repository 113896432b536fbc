//! When a warning begins, changes and ends. It takes several looks in a row to begin one or to make it worse, and
//! several beyond a better mark to end it or to make it less: what goes up and down around a threshold changes nothing.

use super::{Evidence, QualitySettings};
use crate::protocol::{Severity, Symptom};

/// From where on it is how bad: for [`Severity::Low`], medium and high. Values that fall as things get worse (bitrates
/// and scores) have falling thresholds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds(pub [f64; 3]);

impl Thresholds {
    /// The threshold of a severity.
    pub fn of(&self, severity: Severity) -> f64 {
        self.0[severity as usize]
    }

    /// The worst severity whose mark a value reaches; `ease` moves the marks to the better side by that factor.
    fn reached(&self, symptom: Symptom, value: f64, ease: f64) -> Option<Severity> {
        let reaches = |severity: &Severity| match symptom {
            Symptom::PacketLoss | Symptom::Jitter | Symptom::Rtt => value >= self.of(*severity) * ease,
            Symptom::Bitrate | Symptom::Score => value <= self.of(*severity) / ease,
        };
        Severity::ALL.into_iter().rev().find(reaches)
    }
}

/// What a look changed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::rooms) enum Change {
    /// A warning begins or is as bad as this now.
    Warning {
        severity: Severity,
        threshold: f64,
    },
    Recovered,
}

/// Looks in a row on one side of what holds.
#[derive(Debug, Clone, Copy, Default)]
struct Streak {
    length: u32,
    /// The best of them for a streak of worse ones, the worst for one of better ones: what all of them justify.
    justified: Option<Severity>,
}

/// One symptom of one peer.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::rooms) struct Tracker {
    holds: Option<Severity>,
    worse: Streak,
    better: Streak,
}

impl Tracker {
    /// Takes one look in.
    pub fn look(&mut self, symptom: Symptom, evidence: Evidence, settings: &QualitySettings) -> Option<Change> {
        let thresholds = settings.thresholds(symptom)?;
        let (reached, not_yet_left) = match evidence {
            Evidence::Unknown => return None,
            Evidence::Nothing => (None, None),
            Evidence::Value(value) => {
                (thresholds.reached(symptom, value, 1.0), thresholds.reached(symptom, value, settings.recovery))
            }
        };
        if reached > self.holds {
            self.worse = Streak {
                length: self.worse.length + 1,
                justified: if self.worse.length == 0 { reached } else { self.worse.justified.min(reached) },
            };
        } else {
            self.worse = Streak::default();
        }
        if not_yet_left < self.holds {
            self.better = Streak { length: self.better.length + 1, justified: self.better.justified.max(not_yet_left) };
        } else {
            self.better = Streak::default();
        }
        let now = if self.worse.length >= settings.bad_samples {
            self.worse.justified
        } else if self.better.length >= settings.good_samples {
            self.better.justified
        } else {
            return None;
        };
        *self = Self { holds: now, ..Self::default() };
        Some(match now {
            Some(severity) => Change::Warning { severity, threshold: thresholds.of(severity) },
            None => Change::Recovered,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn settings(bad_samples: u32, good_samples: u32) -> QualitySettings {
        let falling = Some(Thresholds([6.0, 4.0, 2.0]));
        let rising = Some(Thresholds([10.0, 20.0, 40.0]));
        let thresholds = [rising, rising, rising, falling, falling];
        QualitySettings { interval: Duration::ZERO, bad_samples, good_samples, recovery: 0.8, thresholds }
    }

    /// What values in a row change, by the number of the value.
    fn told(symptom: Symptom, values: &[f64], settings: &QualitySettings) -> Vec<(usize, Option<Severity>)> {
        let mut tracker = Tracker::default();
        let told = values.iter().enumerate().filter_map(|(number, value)| {
            let change = tracker.look(symptom, Evidence::Value(*value), settings)?;
            Some(match change {
                Change::Warning { severity, threshold } => {
                    assert_eq!(threshold, settings.thresholds(symptom).expect("is watched").of(severity));
                    (number, Some(severity))
                }
                Change::Recovered => (number, None),
            })
        });
        told.collect()
    }

    #[test]
    fn a_warning_takes_some_bad_looks_in_a_row_and_its_end_more_good_ones() {
        let values = [10.0, 9.9, 10.0, 10.0, 7.9, 7.9, 8.0, 7.9, 7.9, 7.9, 0.0];
        assert_eq!(told(Symptom::Rtt, &values, &settings(2, 3)), [(3, Some(Severity::Low)), (9, None)]);
    }

    #[test]
    fn what_is_as_bad_for_all_of_them_counts_whichever_way() {
        let settings = settings(2, 2);
        let rises = [25.0, 50.0, 50.0, 45.0];
        assert_eq!(told(Symptom::Jitter, &rises, &settings), [(1, Some(Severity::Medium)), (3, Some(Severity::High))]);
        let falls = [50.0, 50.0, 0.0, 17.0, 0.0, 0.0];
        let expected = [(1, Some(Severity::High)), (3, Some(Severity::Medium)), (5, None)];
        assert_eq!(told(Symptom::Jitter, &falls, &settings), expected);
    }

    #[test]
    fn scores_and_bitrates_are_bad_when_they_are_low() {
        let values = [7.0, 6.0, 4.0, 2.0, 3.0, 7.0, 8.0];
        let expected = [
            (1, Some(Severity::Low)),
            (2, Some(Severity::Medium)),
            (3, Some(Severity::High)),
            (4, Some(Severity::Medium)),
            (5, Some(Severity::Low)),
            (6, None),
        ];
        assert_eq!(told(Symptom::Score, &values, &settings(1, 1)), expected);
    }

    #[test]
    fn what_is_not_known_changes_nothing_and_nothing_to_see_is_good() {
        let settings = settings(2, 2);
        let mut tracker = Tracker::default();
        let mut look = |evidence| tracker.look(Symptom::PacketLoss, evidence, &settings);
        let bad = Evidence::Value(30.0);
        assert_eq!([look(bad), look(Evidence::Unknown)], [None, None]);
        assert!(matches!(look(bad), Some(Change::Warning { severity: Severity::Medium, .. })));
        assert_eq!([look(Evidence::Nothing), look(Evidence::Unknown)], [None, None]);
        assert_eq!(look(Evidence::Nothing), Some(Change::Recovered));
    }

    #[test]
    fn what_is_not_watched_is_never_told() {
        let settings = QualitySettings { thresholds: [None; 5], ..settings(1, 1) };
        assert_eq!(Tracker::default().look(Symptom::Score, Evidence::Value(0.0), &settings), None);
    }

    proptest! {
        #[test]
        fn it_never_flaps(
            symptom in prop::sample::select(Symptom::ALL.to_vec()),
            values in prop::collection::vec(0.0..50.0_f64, 0..200),
            bad in 1..5_u32,
            good in 1..5_u32,
        ) {
            let settings = settings(bad, good);
            let told = told(symptom, &values, &settings);
            let (mut holds, mut since) = (None, 0);
            for (number, severity) in told {
                prop_assert!(severity != holds, "told what was told");
                let needed = if severity > holds { bad } else { good } as usize;
                prop_assert!(number + 1 >= since + needed, "after too few looks");
                // All of those looks say so.
                for value in &values[number + 1 - needed..=number] {
                    let thresholds = settings.thresholds(symptom).expect("is watched");
                    if severity > holds {
                        prop_assert!(thresholds.reached(symptom, *value, 1.0) >= severity);
                    } else {
                        prop_assert!(thresholds.reached(symptom, *value, settings.recovery) <= severity);
                    }
                }
                (holds, since) = (severity, number + 1);
            }
        }

        #[test]
        fn around_a_threshold_it_changes_once_at_most(
            values in prop::collection::vec(8.0..19.9_f64, 0..200),
            bad in 1..5_u32,
            good in 1..5_u32,
        ) {
            prop_assert!(told(Symptom::PacketLoss, &values, &settings(bad, good)).len() <= 1);
        }

        #[test]
        fn what_lasts_is_told(value in 0.0..50.0_f64, before in prop::collection::vec(0.0..50.0_f64, 0..20)) {
            let settings = settings(3, 3);
            let values: Vec<_> = before.iter().copied().chain([value; 6]).collect();
            let last = told(Symptom::Rtt, &values, &settings).last().and_then(|(_, severity)| *severity);
            let thresholds = settings.thresholds(Symptom::Rtt).expect("is watched");
            prop_assert!(last >= thresholds.reached(Symptom::Rtt, value, 1.0));
            prop_assert!(last <= thresholds.reached(Symptom::Rtt, value, settings.recovery));
        }
    }
}
