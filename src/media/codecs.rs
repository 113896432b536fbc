//! The codecs that routers offer.

use super::protocol::{RtpCodecCapability, RtpParameters};
use mediasoup::prelude::{
    MimeTypeAudio, MimeTypeVideo, RtcpFeedback, RtpCodecParameters, RtpCodecParametersParameters,
};
use serde::{Deserialize, Serialize};
use std::num::{NonZeroU8, NonZeroU32};

const OPUS_CLOCK_HZ: NonZeroU32 = NonZeroU32::new(48_000).expect("not zero");
const VIDEO_CLOCK_HZ: NonZeroU32 = NonZeroU32::new(90_000).expect("not zero");
/// Opus always says two, whatever it carries (RFC 7587 §7).
const TWO_CHANNELS: NonZeroU8 = NonZeroU8::new(2).expect("not zero");

/// Constrained baseline (RFC 6184 §8.1) at level 3.1: what every browser codes and decodes.
const BASELINE: &str = "42e01f";
/// Constrained high and high at level 4.2, which 1080p at 60 frames a second fits in. To decoders the first is a case of
/// the second, but browsers have one or the other, and only equal profiles match.
const HIGH: [&str; 2] = ["640c2a", "64002a"];

/// A codec that a router can offer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "codecs are known by their names")]
pub enum Codec {
    Opus(OpusSettings),
    Vp8,
    Vp9,
    H264,
    H264High,
    Av1,
}

/// What those who send Opus are asked for (RFC 7587 §6.1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpusSettings {
    /// Nearly no packets while there is nothing to be heard.
    pub dtx: bool,
    /// Forward error correction within the stream.
    pub fec: bool,
    /// Two channels where a track has two.
    pub stereo: bool,
}

impl Codec {
    /// What a router is told to offer.
    pub(super) fn capabilities(self) -> Vec<RtpCodecCapability> {
        match self {
            Self::Opus(settings) => vec![RtpCodecCapability::Audio {
                mime_type: MimeTypeAudio::Opus,
                preferred_payload_type: None,
                clock_rate: OPUS_CLOCK_HZ,
                channels: TWO_CHANNELS,
                parameters: settings.wanted().into_iter().map(|name| (name, 1_u32.into())).collect(),
                rtcp_feedback: vec![RtcpFeedback::TransportCc],
            }],
            Self::Vp8 => vec![video(MimeTypeVideo::Vp8, RtpCodecParametersParameters::default())],
            Self::Vp9 => {
                vec![video(MimeTypeVideo::Vp9, RtpCodecParametersParameters::from([("profile-id", 0_u32.into())]))]
            }
            Self::H264 => vec![h264(BASELINE)],
            Self::H264High => HIGH.map(h264).into(),
            Self::Av1 => vec![video(MimeTypeVideo::AV1, RtpCodecParametersParameters::default())],
        }
    }
}

impl OpusSettings {
    fn wanted(self) -> impl IntoIterator<Item = &'static str> {
        let of = |wanted: bool, name| wanted.then_some(name);
        [of(self.fec, "useinbandfec"), of(self.dtx, "usedtx"), of(self.stereo, "stereo")].into_iter().flatten()
    }

    /// A sender that follows what it is asked for need not say so, but those who receive have to know: browsers decode
    /// one channel unless they are told of two, and pauses of DTX are not losses.
    pub(super) fn note(self, parameters: &mut RtpParameters) {
        for codec in &mut parameters.codecs {
            let RtpCodecParameters::Audio { mime_type: MimeTypeAudio::Opus, parameters, .. } = codec else { continue };
            for (wanted, name) in [(self.dtx, "usedtx"), (self.stereo, "sprop-stereo")] {
                if wanted && parameters.get(name).is_none() {
                    parameters.insert(name, 1_u32);
                }
            }
        }
    }
}

fn h264(profile_level_id: &'static str) -> RtpCodecCapability {
    let parameters = [
        ("packetization-mode", 1_u32.into()),
        ("profile-level-id", profile_level_id.into()),
        ("level-asymmetry-allowed", 1_u32.into()),
    ];
    video(MimeTypeVideo::H264, RtpCodecParametersParameters::from(parameters))
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
