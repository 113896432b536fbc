//! `[bitrates]`: what clients are told to send at most, by what they publish.

use serde::{Deserialize, Serialize};

use super::schema::Key;

/// Bits per second by kind and source of a track, and by whether it has several spatial layers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BitratesConfig {
    /// A microphone.
    pub microphone_bps: u32,
    /// The sound of a shared screen.
    pub screen_audio_bps: u32,
    /// A camera in one layer.
    pub camera_bps: u32,
    /// A camera in several layers, together.
    pub camera_layers_bps: u32,
    /// A screen in one layer.
    pub screen_bps: u32,
    /// A screen in several layers, together.
    pub screen_layers_bps: u32,
}

const fn bps(name: &'static str) -> Key {
    Key::int(name, 10_000, 1_000_000_000)
}

pub(super) const KEYS: &[Key] = &[
    bps("microphone_bps"),
    bps("screen_audio_bps"),
    bps("camera_bps"),
    bps("camera_layers_bps"),
    bps("screen_bps"),
    bps("screen_layers_bps"),
];
