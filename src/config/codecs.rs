//! `[codecs]`: what rooms can carry, in order of preference, and what Opus is asked for.

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
    /// Nearly no packets while nobody speaks.
    pub opus_dtx: bool,
    /// Each packet carries a coarse copy of the one before it while packets are lost.
    pub opus_fec: bool,
    /// Two channels where a track has two.
    pub opus_stereo: bool,
}

/// An audio codec that can be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AudioCodec {
    /// 48 kHz.
    Opus,
}

/// A video codec that can be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "codecs are known by their names")]
pub enum VideoCodec {
    Vp8,
    Vp9,
    /// Constrained baseline, which every browser has.
    H264,
    /// High and constrained high: better pictures for the same bits, where there is hardware for them.
    #[serde(rename = "h264-high")]
    H264High,
    Av1,
}

pub(super) const KEYS: &[Key] = &[
    Key::new("audio", Kind::List { item: &Kind::Choice(&["opus"]), at_least: 1 }),
    Key::new("video", Kind::List { item: &Kind::Choice(&["vp8", "vp9", "h264", "h264-high", "av1"]), at_least: 1 }),
    Key::new("opus_dtx", Kind::Bool),
    Key::new("opus_fec", Kind::Bool),
    Key::new("opus_stereo", Kind::Bool),
];
