//! The seconds of a run with their lengths: where its phase changed they are shorter.

use crate::measure::{Phase, Report, Second};

/// A second, and how long it was.
#[derive(Clone, Copy)]
pub struct Span<'a> {
    pub seconds: f64,
    pub of: &'a Second,
}

impl Span<'_> {
    /// As many a second.
    pub fn rate(&self, count: u64) -> f64 {
        count as f64 / self.seconds
    }
}

/// All that took any time.
pub fn spans(series: &[Second]) -> impl Iterator<Item = Span<'_>> {
    let begins = std::iter::once(0.0).chain(series.iter().map(|second| second.at));
    let spans = series.iter().zip(begins).map(|(of, begin)| Span { seconds: of.at - begin, of });
    spans.filter(|span| span.seconds > 0.0)
}

/// Those in which all were there; all, if that never was.
pub fn calm(report: &Report) -> Vec<Span<'_>> {
    let (steady, other): (Vec<_>, Vec<_>) = spans(&report.series).partition(|span| span.of.phase == Phase::Steady);
    if steady.is_empty() { other } else { steady }
}

/// The mean of a rate, each second counting by its length; nothing of nothing.
pub fn mean(spans: &[Span], rate: impl Fn(&Second) -> Option<f64>) -> Option<f64> {
    let rates = spans.iter().filter_map(|span| Some((span.seconds, rate(span.of)?)));
    let (seconds, sum) = rates.fold((0.0, 0.0), |(all, sum), (seconds, rate)| (all + seconds, sum + rate * seconds));
    (seconds > 0.0).then(|| sum / seconds)
}

/// The greatest of a rate; nothing of nothing.
pub fn greatest(spans: &[Span], rate: impl Fn(&Second) -> Option<f64>) -> Option<f64> {
    spans.iter().filter_map(|span| rate(span.of)).max_by(f64::total_cmp)
}
