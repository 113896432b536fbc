//! What the configuration says about bad connections, and where they are counted.

use crate::config::QualityConfig;
use crate::protocol::{Direction, Severity, Symptom};
use crate::rooms::{OnQuality, QualityNote, QualitySettings, Thresholds};
use crate::telemetry::metrics::Metrics;
use std::sync::Arc;

pub(super) fn settings(quality: &QualityConfig) -> QualitySettings {
    // The configuration has three of each, or none.
    let thresholds = |values: &[u32], units: f64| {
        let values: [u32; 3] = values.try_into().ok()?;
        Some(Thresholds(values.map(|value| f64::from(value) / units)))
    };
    QualitySettings {
        interval: quality.interval(),
        bad_samples: quality.bad_samples,
        good_samples: quality.good_samples,
        recovery: f64::from(quality.recovery_percent) / 100.0,
        thresholds: Symptom::ALL.map(|symptom| match symptom {
            Symptom::PacketLoss => thresholds(&quality.packet_loss_percent, 100.0),
            Symptom::Jitter => thresholds(&quality.jitter_ms, 1.0),
            Symptom::Rtt => thresholds(&quality.rtt_ms, 1.0),
            Symptom::Bitrate => thresholds(&quality.bitrate_bps, 1.0),
            Symptom::Score => thresholds(&quality.score, 1.0),
        }),
    }
}

pub(super) fn counting(metrics: &Metrics) -> OnQuality {
    let quality = metrics.quality.clone();
    for symptom in Symptom::ALL {
        for severity in Severity::ALL {
            quality.expect_warning(symptom.as_str(), severity.as_str());
        }
    }
    Arc::new(move |note| match note {
        QualityNote::Warned(symptom, severity) => quality.warning(symptom.as_str(), severity.as_str()),
        QualityNote::Figures(direction, figures) => {
            let direction = match direction {
                Direction::Send => "send",
                Direction::Recv => "recv",
            };
            quality.figures(direction, figures.packet_loss, figures.jitter_ms, figures.rtt_ms);
        }
    })
}
