//! Where values lie on an axis, and which of them are written beside it.

use plotters::coord::ranged1d::{KeyPointHint, NoDefaultFormatting, Ranged, ValueFormatter};
use std::ops::Range;

/// A part of an axis, with its ticks at round values.
#[derive(Debug, Clone, PartialEq)]
pub struct Scale {
    from: f64,
    to: f64,
    log: bool,
    ticks: Vec<f64>,
}

impl Scale {
    /// Equal distances, with at most `most` ticks and ends where the values end.
    pub fn linear(from: f64, to: f64, most: u32) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        let step = round_step((to - from) / f64::from(most));
        // Counting in steps, so that no error adds up.
        let (first, last) = ((from / step - 1e-9).ceil() as i64, (to / step + 1e-9).floor() as i64);
        Self { from, to, log: false, ticks: (first..=last).map(|tick| tick as f64 * step).collect() }
    }

    /// The same, and up to a round value that no value exceeds.
    pub fn linear_rounded(from: f64, to: f64, most: u32) -> Self {
        let to = if to > from { to } else { from + 1.0 };
        let step = round_step((to - from) / f64::from(most));
        Self::linear(from, (to / step - 1e-9).ceil() * step, most)
    }

    /// Equal ratios, between round values. Both ends are above zero.
    pub fn log(from: f64, to: f64) -> Self {
        let within = (from.log10().floor() as i32..=to.log10().floor() as i32 + 1)
            .flat_map(|decade| [1.0, 2.0, 5.0].map(|digit| digit * 10f64.powi(decade)))
            .collect::<Vec<_>>();
        let (slack_from, slack_to) = (from * (1.0 + 1e-9), to * (1.0 - 1e-9));
        let low = within.iter().copied().rfind(|tick| *tick <= slack_from).unwrap_or(from);
        let high = within.iter().copied().find(|tick| *tick >= slack_to && *tick > low).unwrap_or(to);
        // Beyond three decades the whole ones suffice.
        let decades_only = high / low > 1000.0;
        let is_decade = |tick: f64| (tick.log10() - tick.log10().round()).abs() < 1e-9;
        let ticks = within.into_iter().filter(|tick| (low..=high).contains(tick));
        Self { from: low, to: high, log: true, ticks: ticks.filter(|tick| !decades_only || is_decade(*tick)).collect() }
    }
}

/// Whether a value has a place on such an axis at all.
pub fn has_place(value: f64, log: bool) -> bool {
    value.is_finite() && (!log || value > 0.0)
}

impl Ranged for Scale {
    type FormatOption = NoDefaultFormatting;
    type ValueType = f64;

    fn map(&self, value: &f64, (begin, end): (i32, i32)) -> i32 {
        let share = match self.log {
            true => (value / self.from).ln() / (self.to / self.from).ln(),
            false => (value - self.from) / (self.to - self.from),
        };
        begin + (share.clamp(-0.05, 1.05) * f64::from(end - begin)).round() as i32
    }

    fn key_points<Hint: KeyPointHint>(&self, _hint: Hint) -> Vec<f64> {
        self.ticks.clone()
    }

    fn range(&self) -> Range<f64> {
        self.from..self.to
    }
}

impl ValueFormatter<f64> for Scale {
    fn format_ext(&self, value: &f64) -> String {
        // One unit for the whole of a linear axis, so that its values compare at a glance.
        let (divisor, unit) = match if self.log { *value } else { self.to.abs().max(self.from.abs()) } {
            size if size >= 1e9 => (1e9, "G"),
            size if size >= 1e6 => (1e6, "M"),
            size if size >= 1e4 => (1e3, "k"),
            _ => (1.0, ""),
        };
        let step = match self.ticks.as_slice() {
            [first, second, ..] if !self.log => second - first,
            _ => *value,
        };
        let decimals = (0..6).find(|digits| is_whole(step / divisor * 10f64.powi(*digits))).unwrap_or(6);
        if *value == 0.0 { "0".to_owned() } else { format!("{:.*}{unit}", decimals as usize, value / divisor) }
    }
}

/// The least of 1, 2 and 5 times a power of ten that is not below.
fn round_step(least: f64) -> f64 {
    let power = 10f64.powf(least.log10().floor());
    [1.0, 2.0, 5.0]
        .map(|digit| digit * power)
        .into_iter()
        .find(|step| *step >= least * (1.0 - 1e-9))
        .unwrap_or(10.0 * power)
}

fn is_whole(value: f64) -> bool {
    (value - value.round()).abs() < 1e-6 * value.abs().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(scale: &Scale) -> Vec<String> {
        scale.ticks.iter().map(|tick| scale.format_ext(tick)).collect()
    }

    #[test]
    fn ticks_are_round() {
        assert_eq!(labels(&Scale::linear(0.0, 61.0, 8)), ["0", "10", "20", "30", "40", "50", "60"]);
        assert_eq!(labels(&Scale::linear_rounded(0.0, 0.83, 5)), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(labels(&Scale::linear_rounded(0.0, 123_456.0, 5)), ["0", "50k", "100k", "150k"]);
        assert_eq!(labels(&Scale::linear_rounded(0.0, 0.0, 5)), ["0", "0.2", "0.4", "0.6", "0.8", "1.0"], "of nothing");
    }

    #[test]
    fn a_log_axis_goes_from_round_to_round() {
        assert_eq!(labels(&Scale::log(3.0, 180.0)), ["2", "5", "10", "20", "50", "100", "200"]);
        assert_eq!(labels(&Scale::log(1.0, 100_000.0)), ["1", "10", "100", "1000", "10k", "100k"]);
        assert_eq!(labels(&Scale::log(10.0, 10.0)), ["10", "20"], "one value");
    }

    #[test]
    fn values_lie_between_the_ends() {
        assert_eq!(Scale::linear(0.0, 10.0, 5).map(&5.0, (0, 100)), 50);
        assert_eq!(Scale::log(1.0, 100.0).map(&10.0, (100, 0)), 50);
        assert!(has_place(0.0, false) && !has_place(0.0, true) && !has_place(f64::NAN, false));
    }
}
