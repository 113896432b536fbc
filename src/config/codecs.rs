//! `[codecs]`: what rooms can carry, in order of preference.

use serde::{Deserialize, Serialize};

use super::schema::{Key, Kind};

/// The codecs of every room, preferred first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CodecsConfig {
    /// Never empty.
    pub audio: Vec<AudioCodec>,
    /// Never empty.
    pub video: Vec<VideoCodec>,
}

/// An audio codec that can be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AudioCodec {
    /// 48 kHz stereo.
    Opus,
}

/// A video codec that can be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "codecs are known by their names")]
pub enum VideoCodec {
    Vp8,
    Vp9,
    H264,
    Av1,
}

pub(super) const KEYS: &[Key] = &[
    Key::new("audio", Kind::List { item: &Kind::Choice(&["opus"]), at_least: 1 }),
    Key::new("video", Kind::List { item: &Kind::Choice(&["vp8", "vp9", "h264", "av1"]), at_least: 1 }),
];
