//! A track to be published: what it is like, and how it is named in signaling.

use super::capabilities::{Capabilities, PayloadTypes};
use super::error::RtcError;
use crate::scenario::{Audio, Video, VideoCodec};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicU32, Ordering};
use str0m::format::Codec;
use str0m::media::Rid;

/// Audio or video.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Opus.
    Audio,
    /// VP8 or VP9.
    Video,
}

impl Kind {
    /// As in `produce` and `consume`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Audio => "audio",
            Self::Video => "video",
        }
    }
}

/// Names a track on its link.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TrackId(pub(super) u32);

/// The numbers of an encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Ssrcs {
    pub media: u32,
    pub rtx: Option<u32>,
}

/// What a track holds.
#[derive(Debug, Clone)]
pub(super) enum Media {
    Audio(Audio),
    Video(Video),
}

/// A track that can be sent, once, over one link.
#[derive(Debug, Clone)]
pub struct Track {
    pub(super) media: Media,
    /// One for each stream: of video with simulcast the smallest first.
    pub(super) encodings: Vec<Ssrcs>,
}

impl Track {
    /// A microphone.
    pub fn audio(audio: &Audio) -> Self {
        Self { media: Media::Audio(audio.clone()), encodings: vec![Ssrcs { media: fresh_ssrc(), rtx: None }] }
    }

    /// A camera: with VP8 a stream for each bit rate, with VP9 all in one.
    pub fn video(video: &Video) -> Self {
        let streams = match video.codec {
            VideoCodec::Vp8 => video.bitrates.len(),
            VideoCodec::Vp9 => 1,
        };
        let encoding = |_| Ssrcs { media: fresh_ssrc(), rtx: Some(fresh_ssrc()) };
        Self { media: Media::Video(video.clone()), encodings: (0..streams).map(encoding).collect() }
    }

    /// By what the link knows it.
    pub fn id(&self) -> TrackId {
        TrackId(self.encodings.first().map_or(0, |encoding| encoding.media))
    }

    /// Audio or video.
    pub fn kind(&self) -> Kind {
        match self.media {
            Media::Audio(_) => Kind::Audio,
            Media::Video(_) => Kind::Video,
        }
    }

    /// As str0m names its codec, and as people do.
    pub(super) fn codec(&self) -> (Codec, &'static str) {
        match &self.media {
            Media::Audio(_) => (Codec::Opus, "Opus"),
            Media::Video(Video { codec: VideoCodec::Vp8, .. }) => (Codec::Vp8, "VP8"),
            Media::Video(Video { codec: VideoCodec::Vp9, .. }) => (Codec::Vp9, "VP9"),
        }
    }

    /// By which str0m tells the streams of one track apart, if there are several. With signaling that names SSRCs they
    /// stay within this program.
    pub(super) fn rids(&self) -> Vec<Option<Rid>> {
        let several = self.encodings.len() > 1;
        (0..self.encodings.len()).map(|at| several.then(|| Rid::from(format!("r{at}").as_str()))).collect()
    }

    /// The media section that it stands for.
    pub(super) fn mid(&self) -> String {
        format!("t{:x}", self.id().0)
    }

    /// The `rtpParameters` with which to `produce` it.
    ///
    /// # Errors
    /// [`RtcError::NoCodec`] when the router does not have its codec.
    pub fn rtp_parameters(&self, capabilities: &Capabilities) -> Result<Value, RtcError> {
        let (codecs, encodings): (Value, Value) = match &self.media {
            Media::Audio(_) => {
                let PayloadTypes { media, .. } = capabilities.opus.ok_or(RtcError::NoCodec("Opus"))?;
                let codec = json!({
                    "mimeType": "audio/opus", "payloadType": media, "clockRate": 48_000, "channels": 2,
                    "parameters": { "useinbandfec": 1 }, "rtcpFeedback": [{ "type": "transport-cc" }],
                });
                (json!([codec]), self.encodings.iter().map(|it| json!({ "ssrc": it.media })).collect())
            }
            Media::Video(video) => {
                let (codecs, modes) = video_codecs(video, capabilities)?;
                let encoding = |it: &Ssrcs| {
                    let mut encoding = json!({ "ssrc": it.media, "scalabilityMode": modes });
                    if let Some(rtx) = it.rtx {
                        encoding["rtx"] = json!({ "ssrc": rtx });
                    }
                    encoding
                };
                (codecs, self.encodings.iter().map(encoding).collect())
            }
        };
        Ok(json!({
            "mid": self.mid(),
            "codecs": codecs,
            "headerExtensions": capabilities.header_extensions(self.kind() == Kind::Audio),
            "encodings": encodings,
            "rtcp": { "cname": format!("c{:x}", self.id().0), "reducedSize": true },
        }))
    }
}

/// A video track's `codecs`, and the `scalabilityMode` of each of its encodings.
fn video_codecs(video: &Video, capabilities: &Capabilities) -> Result<(Value, String), RtcError> {
    let temporal = video.temporal_layers;
    let (name, payload_types, parameters, mode) = match video.codec {
        VideoCodec::Vp8 => ("VP8", capabilities.vp8, json!({}), format!("L1T{temporal}")),
        VideoCodec::Vp9 => {
            ("VP9", capabilities.vp9, json!({ "profile-id": 0 }), format!("L{}T{temporal}", video.bitrates.len()))
        }
    };
    let PayloadTypes { media, rtx } = payload_types.ok_or(RtcError::NoCodec(name))?;
    let rtx = rtx.ok_or(RtcError::NoCodec("RTX"))?;
    let codecs = json!([{
        "mimeType": format!("video/{name}"), "payloadType": media, "clockRate": 90_000, "parameters": parameters,
        "rtcpFeedback": [
            { "type": "nack" }, { "type": "nack", "parameter": "pli" },
            { "type": "ccm", "parameter": "fir" }, { "type": "transport-cc" },
        ],
    }, {
        "mimeType": "video/rtx", "payloadType": rtx, "clockRate": 90_000,
        "parameters": { "apt": media }, "rtcpFeedback": [],
    }]);
    Ok((codecs, mode))
}

/// An SSRC that no other track of this process has.
fn fresh_ssrc() -> u32 {
    // Counted rather than drawn: among ten thousands of drawn ones two of a link would be the same one day. An odd
    // factor makes of different numbers different ones.
    static NEXT: AtomicU32 = AtomicU32::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9e37_79b1).max(1)
}

#[cfg(test)]
mod tests {
    use super::super::capabilities::tests::of_a_router;
    use super::*;

    fn capabilities() -> Capabilities {
        Capabilities::of_router(&of_a_router()).expect("is in order")
    }

    #[test]
    fn simulcast_is_an_encoding_for_each_bit_rate() {
        let parameters = Track::video(&Video::default()).rtp_parameters(&capabilities()).expect("VP8 is there");
        let encodings = parameters["encodings"].as_array().expect("is a list");
        let mut ssrcs: Vec<_> =
            encodings.iter().flat_map(|it| [it["ssrc"].as_u64(), it["rtx"]["ssrc"].as_u64()]).collect();
        ssrcs.sort_unstable();
        ssrcs.dedup();
        assert_eq!((encodings.len(), ssrcs.len()), (3, 6));
        assert_eq!(parameters["codecs"][1]["parameters"]["apt"], parameters["codecs"][0]["payloadType"]);
    }

    #[test]
    fn a_codec_that_the_router_lacks_cannot_be_sent() {
        let video = Video { codec: VideoCodec::Vp9, ..Video::default() };
        let refused = Track::video(&video).rtp_parameters(&capabilities());
        assert!(matches!(refused, Err(RtcError::NoCodec("RTX"))), "its VP9 has none: {refused:?}");
    }

    #[test]
    fn audio_alone_tells_its_level() {
        let extensions = |track: Track| {
            let parameters = track.rtp_parameters(&capabilities()).expect("its codec is there");
            parameters["headerExtensions"].as_array().map(Vec::len)
        };
        assert_eq!(extensions(Track::audio(&Audio::default())), Some(3));
        assert_eq!(extensions(Track::video(&Video::default())), Some(2));
    }
}
