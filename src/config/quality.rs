//! `[quality]`: when everybody in a room is told of a bad connection.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::schema::{Key, Kind};

/// How often rooms look how well media gets through, and when they warn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QualityConfig {
    /// Milliseconds between two looks; 0: none.
    pub interval_ms: u64,
    /// Looks in a row until a warning begins or becomes worse.
    pub bad_samples: u32,
    /// Looks in a row until it ends or becomes less.
    pub good_samples: u32,
    /// Percent of a threshold at which it is good again.
    pub recovery_percent: u32,
    /// Percent of the packets that don't arrive: low, medium, high; none: no warnings. So are those below.
    pub packet_loss_percent: Vec<u32>,
    /// Interarrival jitter.
    pub jitter_ms: Vec<u32>,
    /// Round trip time.
    pub rtt_ms: Vec<u32>,
    /// What the path to a receiver carries; falling.
    pub bitrate_bps: Vec<u32>,
    /// mediasoup's score; falling.
    pub score: Vec<u32>,
}

impl QualityConfig {
    /// [`Self::interval_ms`] as a duration.
    pub fn interval(&self) -> Duration {
        Duration::from_millis(self.interval_ms)
    }
}

/// The lists of thresholds, by their keys, with whether they fall as it gets worse.
pub(super) fn thresholds(quality: &QualityConfig) -> [(&'static str, &[u32], bool); 5] {
    [
        ("quality.packet_loss_percent", &quality.packet_loss_percent, false),
        ("quality.jitter_ms", &quality.jitter_ms, false),
        ("quality.rtt_ms", &quality.rtt_ms, false),
        ("quality.bitrate_bps", &quality.bitrate_bps, true),
        ("quality.score", &quality.score, true),
    ]
}

const PERCENT: Kind = Kind::Int { min: 1, max: 100 };
const MILLISECONDS: Kind = Kind::Int { min: 1, max: 60_000 };
const BITRATE: Kind = Kind::Int { min: 1_000, max: 1_000_000_000 };
const SCORE: Kind = Kind::Int { min: 0, max: 10 };

pub(super) const KEYS: &[Key] = &[
    Key::int("interval_ms", 0, 600_000),
    Key::int("bad_samples", 1, 1_000),
    Key::int("good_samples", 1, 1_000),
    Key::int("recovery_percent", 1, 100),
    Key::new("packet_loss_percent", Kind::List { item: &PERCENT, at_least: 0 }),
    Key::new("jitter_ms", Kind::List { item: &MILLISECONDS, at_least: 0 }),
    Key::new("rtt_ms", Kind::List { item: &MILLISECONDS, at_least: 0 }),
    Key::new("bitrate_bps", Kind::List { item: &BITRATE, at_least: 0 }),
    Key::new("score", Kind::List { item: &SCORE, at_least: 0 }),
];
