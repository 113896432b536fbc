//! What was agreed on with the server: payload types and header extension ids.

use super::stream::{Kind, StreamSpec};
use serde_json::{Value, json};
use str0m::RtcConfig;
use str0m::format::{Codec, FormatParams};
use str0m::media::Frequency;
use str0m::rtp::Extension;

const MID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
const AUDIO_LEVEL_URI: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
const TRANSPORT_CC_URI: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// A router's payload types and header extensions, which the endpoint uses as they are, in both directions.
#[derive(Debug, Clone, Copy)]
pub struct Capabilities {
    opus: u8,
    vp8: u8,
    rtx: u8,
    mid: u8,
    transport_cc: u8,
    audio_level: u8,
}

impl Capabilities {
    /// Reads the `rtpCapabilities` of a router.
    ///
    /// # Panics
    /// When Opus, VP8, its RTX or a header extension is not among them.
    pub fn of_router(rtp_capabilities: &Value) -> Self {
        let small = |value: &Value| value.as_u64().and_then(|number| u8::try_from(number).ok());
        let codec = |mime_type: &str, fits: &dyn Fn(&Value) -> bool| {
            let mut codecs = rtp_capabilities["codecs"].as_array().into_iter().flatten();
            let codec = codecs.find(|codec| codec["mimeType"] == mime_type && fits(codec));
            codec.and_then(|codec| small(&codec["preferredPayloadType"])).unwrap_or_else(|| panic!("no {mime_type}"))
        };
        let extension = |uri: &str| {
            let mut extensions = rtp_capabilities["headerExtensions"].as_array().into_iter().flatten();
            let extension = extensions.find(|extension| extension["uri"] == uri);
            extension.and_then(|extension| small(&extension["preferredId"])).unwrap_or_else(|| panic!("no {uri}"))
        };
        let vp8 = codec("video/VP8", &|_| true);
        Self {
            opus: codec("audio/opus", &|_| true),
            vp8,
            rtx: codec("video/rtx", &|codec| codec["parameters"]["apt"] == vp8),
            mid: extension(MID_URI),
            transport_cc: extension(TRANSPORT_CC_URI),
            audio_level: extension(AUDIO_LEVEL_URI),
        }
    }

    /// The payload type of a stream of this kind.
    pub fn payload_type(self, kind: Kind) -> u8 {
        match kind {
            Kind::Audio => self.opus,
            Kind::Video => self.vp8,
        }
    }

    /// The `rtpParameters` with which to `produce` a stream.
    pub fn rtp_parameters(self, spec: &StreamSpec) -> Value {
        let (codecs, encoding) = match spec.kind {
            Kind::Audio => (
                json!([{
                    "mimeType": "audio/opus", "payloadType": self.opus, "clockRate": 48_000, "channels": 2,
                    "parameters": {}, "rtcpFeedback": [{ "type": "transport-cc" }],
                }]),
                json!({ "ssrc": spec.ssrc }),
            ),
            Kind::Video => (
                json!([{
                    "mimeType": "video/VP8", "payloadType": self.vp8, "clockRate": 90_000, "parameters": {},
                    "rtcpFeedback": [
                        { "type": "nack" }, { "type": "nack", "parameter": "pli" },
                        { "type": "ccm", "parameter": "fir" }, { "type": "transport-cc" },
                    ],
                }, {
                    "mimeType": "video/rtx", "payloadType": self.rtx, "clockRate": 90_000,
                    "parameters": { "apt": self.vp8 }, "rtcpFeedback": [],
                }]),
                json!({ "ssrc": spec.ssrc, "rtx": { "ssrc": spec.rtx_ssrc() } }),
            ),
        };
        let mut extensions = vec![(MID_URI, self.mid), (TRANSPORT_CC_URI, self.transport_cc)];
        extensions.extend((spec.kind == Kind::Audio).then_some((AUDIO_LEVEL_URI, self.audio_level)));
        let extensions = extensions.into_iter();
        let extensions: Vec<_> =
            extensions.map(|(uri, id)| json!({ "uri": uri, "id": id, "encrypt": false, "parameters": {} })).collect();
        json!({
            "mid": spec.mid,
            "codecs": codecs,
            "headerExtensions": extensions,
            "encodings": [encoding],
            "rtcp": { "cname": "endpoint", "reducedSize": true },
        })
    }

    pub(super) fn configure(self, config: RtcConfig) -> RtcConfig {
        let mut config = config
            .clear_codecs()
            .clear_extension_map()
            .set_extension(self.mid, Extension::RtpMid)
            .set_extension(self.audio_level, Extension::AudioLevel)
            .set_extension(self.transport_cc, Extension::TransportSequenceNumber);
        let (codecs, no_format) = (config.codec_config(), FormatParams::default());
        codecs.add_config(self.opus.into(), None, Codec::Opus, Frequency::FORTY_EIGHT_KHZ, Some(2), no_format);
        codecs.add_config(
            self.vp8.into(),
            Some(self.rtx.into()),
            Codec::Vp8,
            Frequency::NINETY_KHZ,
            None,
            FormatParams::default(),
        );
        config
    }
}
