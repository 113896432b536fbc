//! How well media gets through, over all rooms.

use prometheus::{HistogramOpts, HistogramVec, IntCounterVec, Opts, Registry};

/// Upper bounds of the loss' buckets, as shares.
const LOSS_BUCKETS: [f64; 9] = [0.0, 0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5];
/// The same of jitter, in seconds.
const JITTER_BUCKETS: [f64; 8] = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5];
/// The same of the round trip, in seconds.
const ROUND_TRIP_BUCKETS: [f64; 9] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.4, 0.8, 2.0];

/// One value for each peer, direction and look that has one.
#[derive(Clone)]
pub struct QualityMetrics {
    warnings: IntCounterVec,
    loss: HistogramVec,
    jitter: HistogramVec,
    round_trip: HistogramVec,
}

impl QualityMetrics {
    pub(super) fn register(registry: &Registry) -> prometheus::Result<Self> {
        let warnings = IntCounterVec::new(
            Opts::new("colloquy_quality_warnings_total", "Warnings of a bad connection that began or changed"),
            &["type", "severity"],
        )?;
        registry.register(Box::new(warnings.clone()))?;
        let histogram = |name: &str, help: &str, buckets: &[f64]| {
            let histogram =
                HistogramVec::new(HistogramOpts::new(name, help).buckets(buckets.to_vec()), &["direction"])?;
            registry.register(Box::new(histogram.clone()))?;
            prometheus::Result::Ok(histogram)
        };
        Ok(Self {
            warnings,
            loss: histogram(
                "colloquy_packet_loss_ratio",
                "Packets that did not arrive, repaired or not",
                &LOSS_BUCKETS,
            )?,
            jitter: histogram("colloquy_jitter_seconds", "Interarrival jitter", &JITTER_BUCKETS)?,
            round_trip: histogram("colloquy_round_trip_seconds", "To clients and back", &ROUND_TRIP_BUCKETS)?,
        })
    }

    /// Lets a kind of warning show as zero until it comes.
    pub fn expect_warning(&self, kind: &str, severity: &str) {
        self.warnings.with_label_values(&[kind, severity]);
    }

    /// Counts a warning.
    pub fn warning(&self, kind: &str, severity: &str) {
        self.warnings.with_label_values(&[kind, severity]).inc();
    }

    /// Counts what was seen of a peer in one direction: loss as a share, times in milliseconds.
    pub fn figures(&self, direction: &str, loss: Option<f64>, jitter_ms: Option<f64>, round_trip_ms: Option<f64>) {
        let seconds = |ms: Option<f64>| ms.map(|ms| ms / 1000.0);
        let all = [(&self.loss, loss), (&self.jitter, seconds(jitter_ms)), (&self.round_trip, seconds(round_trip_ms))];
        for (histogram, value) in all {
            if let Some(value) = value {
                histogram.with_label_values(&[direction]).observe(value);
            }
        }
    }
}
