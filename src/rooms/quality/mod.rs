//! How well media gets through, from what workers count: pure, numbers and time in, warnings out.
//!
//! Counters become figures of one direction (`counters`), those of both directions become one evidence for each symptom
//! (`evidence`), and that begins and ends warnings (`tracker`); all of one peer is its `health`.

mod counters;
mod evidence;
mod health;
#[cfg(test)]
mod tests;
mod tracker;

pub(super) use counters::SeenStream;
pub use evidence::Figures;
use evidence::{Evidence, evidence};
pub(super) use health::{Health, Told};
pub use tracker::Thresholds;
use tracker::{Change, Tracker};

use crate::protocol::{Direction, Severity, Symptom};
use std::sync::Arc;
use std::time::Duration;

/// When a room warns of bad connections.
#[derive(Debug, Clone)]
pub struct QualitySettings {
    /// Between two looks; zero: none.
    pub interval: Duration,
    /// Looks in a row that a warning takes to begin, or to become worse; at least 1.
    pub bad_samples: u32,
    /// Looks in a row that it takes to end, or to become less; at least 1.
    pub good_samples: u32,
    /// What a threshold is multiplied by to tell when it is good again; above 0, at most 1.
    pub recovery: f64,
    /// For each symptom in its order; none: never.
    pub thresholds: [Option<Thresholds>; 5],
}

impl QualitySettings {
    /// Of one symptom.
    pub fn thresholds(&self, symptom: Symptom) -> Option<Thresholds> {
        self.thresholds[symptom as usize]
    }
}

/// What is worth counting.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum QualityNote {
    /// The figures of one peer's look, in one direction.
    Figures(Direction, Figures),
    /// A warning began or changed.
    Warned(Symptom, Severity),
}

/// Hears of what is worth counting.
pub type OnQuality = Arc<dyn Fn(&QualityNote) + Send + Sync>;
