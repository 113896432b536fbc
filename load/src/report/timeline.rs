//! The seconds of a run with their lengths: where its phase changed they are shorter.

use crate::measure::Second;

/// A second, and how long it was.
#[derive(Clone, Copy)]
pub struct Span<'a> {
    pub seconds: f64,
    pub of: &'a Second,
}

/// All that took any time.
pub fn spans(series: &[Second]) -> impl Iterator<Item = Span<'_>> {
    let begins = std::iter::once(0.0).chain(series.iter().map(|second| second.at));
    let spans = series.iter().zip(begins).map(|(of, begin)| Span { seconds: of.at - begin, of });
    spans.filter(|span| span.seconds > 0.0)
}
