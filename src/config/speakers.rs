//! `[speakers]`: who speaks, and how loud everybody is.

use std::num::NonZeroU16;

use serde::{Deserialize, Serialize};

use super::schema::{Key, Kind};

/// How rooms listen to who speaks.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SpeakersConfig {
    /// Whether everybody is told who speaks.
    pub active_speaker: bool,
    /// Whether everybody is told who is how loud.
    pub audio_levels: bool,
    /// Milliseconds between two looks.
    pub interval_ms: u16,
    /// The average level from which on somebody is heard at all, in dBov.
    pub threshold_dbov: i8,
    /// Tracks whose level is told at once, the loudest.
    pub max_levels: NonZeroU16,
}

pub(super) const KEYS: &[Key] = &[
    Key::new("active_speaker", Kind::Bool),
    Key::new("audio_levels", Kind::Bool),
    // The range of mediasoup's observers.
    Key::int("interval_ms", 250, 5_000),
    Key::int("threshold_dbov", -127, 0),
    Key::int("max_levels", 1, 1_000),
];
