//! The codecs that routers offer.

use super::protocol::RtpCodecCapability;
use mediasoup::prelude::{MimeTypeAudio, MimeTypeVideo, RtcpFeedback, RtpCodecParametersParameters};
use serde::{Deserialize, Serialize};
use std::num::{NonZeroU8, NonZeroU32};

const OPUS_CLOCK_HZ: NonZeroU32 = NonZeroU32::new(48_000).expect("not zero");
const VIDEO_CLOCK_HZ: NonZeroU32 = NonZeroU32::new(90_000).expect("not zero");
const STEREO: NonZeroU8 = NonZeroU8::new(2).expect("not zero");

/// A codec that a router can offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "codecs are known by their names")]
pub enum Codec {
    Opus,
    Vp8,
    Vp9,
    H264,
    Av1,
}

impl Codec {
    /// What a router is told to offer.
    pub(super) fn capability(self) -> RtpCodecCapability {
        match self {
            Self::Opus => RtpCodecCapability::Audio {
                mime_type: MimeTypeAudio::Opus,
                preferred_payload_type: None,
                clock_rate: OPUS_CLOCK_HZ,
                channels: STEREO,
                parameters: RtpCodecParametersParameters::from([("useinbandfec", 1_u32.into())]),
                rtcp_feedback: vec![RtcpFeedback::TransportCc],
            },
            Self::Vp8 => video(MimeTypeVideo::Vp8, RtpCodecParametersParameters::default()),
            Self::Vp9 => video(MimeTypeVideo::Vp9, RtpCodecParametersParameters::from([("profile-id", 0_u32.into())])),
            // Constrained baseline (RFC 6184 §8.1): what every browser codes and decodes.
            Self::H264 => video(
                MimeTypeVideo::H264,
                RtpCodecParametersParameters::from([
                    ("packetization-mode", 1_u32.into()),
                    ("profile-level-id", "42e01f".into()),
                    ("level-asymmetry-allowed", 1_u32.into()),
                ]),
            ),
            Self::Av1 => video(MimeTypeVideo::AV1, RtpCodecParametersParameters::default()),
        }
    }
}

fn video(mime_type: MimeTypeVideo, parameters: RtpCodecParametersParameters) -> RtpCodecCapability {
    RtpCodecCapability::Video {
        mime_type,
        preferred_payload_type: None,
        clock_rate: VIDEO_CLOCK_HZ,
        parameters,
        rtcp_feedback: vec![
            RtcpFeedback::Nack,
            RtcpFeedback::NackPli,
            RtcpFeedback::CcmFir,
            RtcpFeedback::GoogRemb,
            RtcpFeedback::TransportCc,
        ],
    }
}
