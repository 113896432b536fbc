//! What is sent and received.

use serde::{Deserialize, Serialize};

/// What a publisher sends.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Publish {
    /// A microphone.
    pub audio: Option<Audio>,
    /// A camera.
    pub video: Option<Video>,
}

/// A microphone: Opus.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Audio {
    /// Bits a second, of payload.
    pub bitrate: u32,
    /// Milliseconds of sound in a packet: 10, 20, 40 or 60.
    pub frame_ms: u32,
    /// How many of a room's publishers speak at a time, one after another; nothing: all, always.
    pub speakers: Option<u32>,
}

impl Default for Audio {
    fn default() -> Self {
        Self { bitrate: 32_000, frame_ms: 20, speakers: None }
    }
}

/// A camera.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Video {
    /// How it is coded.
    pub codec: VideoCodec,
    /// Bits a second of each spatial layer, of payload, the smallest first: one to three. With SVC, of the layer alone.
    pub bitrates: Vec<u32>,
    /// Frames a second.
    pub frame_rate: u32,
    /// Temporal layers: one to three.
    pub temporal_layers: u8,
    /// Seconds between key frames that nobody asked for; nothing: only asked-for ones and the first.
    pub key_frame_interval: Option<f64>,
}

impl Default for Video {
    fn default() -> Self {
        Self {
            codec: VideoCodec::Vp8,
            bitrates: vec![150_000, 500_000, 1_500_000],
            frame_rate: 30,
            temporal_layers: 1,
            key_frame_interval: None,
        }
    }
}

/// How video is coded, and so how its layers go: simulcast (VP8, each a stream of its own) or SVC (VP9, all in one).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VideoCodec {
    /// RFC 7741.
    #[default]
    Vp8,
    /// RFC 9628.
    Vp9,
}

/// What a participant receives of the others in its room.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields, default)]
pub struct Subscribe {
    /// Of how many others at most, drawn by lot; nothing: of all.
    pub limit: Option<u32>,
    /// Only of who speaks, by the server's word: the last so many speakers' video, and all audio.
    pub active_speakers: Option<u32>,
    /// Which layers are asked for; nothing: what the server gives.
    pub preferred_layers: Option<(u8, u8)>,
    /// Packets are counted and answered but not decrypted, so that many can be received. Estimation of bandwidth at
    /// the server then has nothing to go by: for streams of one layer.
    pub light: bool,
    /// Milliseconds without a new frame that count as a freeze.
    pub freeze_ms: u64,
}

impl Default for Subscribe {
    fn default() -> Self {
        Self { limit: None, active_speakers: None, preferred_layers: None, light: false, freeze_ms: 500 }
    }
}
