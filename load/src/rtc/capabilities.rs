//! What was agreed on with the server: payload types and header extension ids.

use super::error::RtcError;
use serde_json::{Value, json};
use str0m::RtcConfig;
use str0m::format::{Codec, FormatParams};
use str0m::media::Frequency;
use str0m::rtp::Extension;

pub(super) const MID_URI: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
pub(super) const AUDIO_LEVEL_URI: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";
pub(super) const TRANSPORT_CC_URI: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// With what mediasoup marks packets that only try how much gets through: without an answer to them it does not learn
/// that more would.
pub(super) const PROBE_SSRC: u32 = 1234;
pub(super) const PROBE_MID: &str = "probator";
const PROBE_PAYLOAD_TYPE: u8 = 127;

/// A codec with the payload types by which it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PayloadTypes {
    pub media: u8,
    /// Of its retransmissions.
    pub rtx: Option<u8>,
}

/// A router's payload types and header extensions, which endpoints use as they are, in both directions.
#[derive(Debug, Clone)]
pub struct Capabilities {
    pub(super) opus: Option<PayloadTypes>,
    pub(super) vp8: Option<PayloadTypes>,
    pub(super) vp9: Option<PayloadTypes>,
    extensions: Vec<(&'static str, u8)>,
    shown: Value,
}

impl Capabilities {
    /// Reads the `rtpCapabilities` of a router.
    ///
    /// # Errors
    /// [`RtcError::Parameters`] when they hold none of Opus, VP8 and VP9 (profile 0).
    pub fn of_router(rtp_capabilities: &Value) -> Result<Self, RtcError> {
        let codecs = || rtp_capabilities["codecs"].as_array().into_iter().flatten();
        let find = |mime_type: &str| {
            let fits = |codec: &&Value| {
                codec["mimeType"].as_str().is_some_and(|found| found.eq_ignore_ascii_case(mime_type))
                    && codec["parameters"]["profile-id"].as_u64().unwrap_or(0) == 0
            };
            let media = codecs().find(fits).and_then(|codec| small(&codec["preferredPayloadType"]))?;
            let mut all = codecs();
            let rtx = all.find(|codec| codec["parameters"]["apt"] == media);
            Some(PayloadTypes { media, rtx: rtx.and_then(|codec| small(&codec["preferredPayloadType"])) })
        };
        let (opus, vp8, vp9) = (find("audio/opus"), find("video/VP8"), find("video/VP9"));
        let used: Vec<u8> =
            [opus, vp8, vp9].into_iter().flatten().flat_map(|it| [Some(it.media), it.rtx]).flatten().collect();
        if used.is_empty() {
            let why = "neither Opus nor VP8 nor VP9".to_owned();
            return Err(RtcError::Parameters { what: "rtpCapabilities", why });
        }
        let listed = || rtp_capabilities["headerExtensions"].as_array().into_iter().flatten();
        let known = [MID_URI, AUDIO_LEVEL_URI, TRANSPORT_CC_URI].into_iter();
        let extensions = known.filter_map(|uri| {
            let extension = listed().find(|extension| extension["uri"] == uri)?;
            Some((uri, small(&extension["preferredId"])?))
        });
        let extensions: Vec<_> = extensions.collect();
        let uses = |codec: &&Value| small(&codec["preferredPayloadType"]).is_some_and(|it| used.contains(&it));
        let knows = |extension: &&Value| extensions.iter().any(|(uri, _)| extension["uri"] == *uri);
        let shown = json!({
            "codecs": codecs().filter(uses).collect::<Vec<_>>(),
            "headerExtensions": listed().filter(knows).collect::<Vec<_>>(),
        });
        Ok(Self { opus, vp8, vp9, extensions, shown })
    }

    /// For receivers that give no feedback (`light`) and must not promise any: a server keeps what it sent to them until
    /// it hears of it.
    pub fn without_feedback(mut self) -> Self {
        if let Some(extensions) = self.shown["headerExtensions"].as_array_mut() {
            extensions.retain(|extension| extension["uri"] != TRANSPORT_CC_URI);
        }
        self
    }

    /// What an endpoint can receive: the `rtpCapabilities` of `joinRoom` and `consume`.
    pub fn rtp_capabilities(&self) -> &Value {
        &self.shown
    }

    /// The `headerExtensions` with which a track is sent.
    pub(super) fn header_extensions(&self, audio: bool) -> Value {
        let sent = self.extensions.iter().filter(|(uri, _)| audio || *uri != AUDIO_LEVEL_URI);
        sent.map(|(uri, id)| json!({ "uri": uri, "id": id, "encrypt": false, "parameters": {} })).collect()
    }

    /// Whether probes for bandwidth can be told from media.
    fn probed(&self) -> bool {
        let mut all = [self.opus, self.vp8, self.vp9].into_iter().flatten().flat_map(|it| [Some(it.media), it.rtx]);
        all.all(|used| used != Some(PROBE_PAYLOAD_TYPE))
    }

    pub(super) fn configure(&self, config: RtcConfig) -> RtcConfig {
        let mut config = config.clear_codecs().clear_extension_map();
        for (uri, id) in &self.extensions {
            let extension = match *uri {
                MID_URI => Extension::RtpMid,
                AUDIO_LEVEL_URI => Extension::AudioLevel,
                _ => Extension::TransportSequenceNumber,
            };
            config = config.set_extension(*id, extension);
        }
        let codecs = config.codec_config();
        let probes = PayloadTypes { media: PROBE_PAYLOAD_TYPE, rtx: None };
        let probes = self.probed().then_some(probes);
        for (payload_types, codec, clock, channels) in [
            (self.opus, Codec::Opus, Frequency::FORTY_EIGHT_KHZ, Some(2)),
            (self.vp8, Codec::Vp8, Frequency::NINETY_KHZ, None),
            (self.vp9, Codec::Vp9, Frequency::NINETY_KHZ, None),
            // Last, so that it is never taken for the codec's own.
            (probes, Codec::Vp8, Frequency::NINETY_KHZ, None),
        ] {
            if let Some(PayloadTypes { media, rtx }) = payload_types {
                codecs.add_config(media.into(), rtx.map(Into::into), codec, clock, channels, FormatParams::default());
            }
        }
        config
    }
}

fn small(value: &Value) -> Option<u8> {
    value.as_u64().and_then(|number| u8::try_from(number).ok())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// As this server's routers have them.
    pub fn of_a_router() -> Value {
        json!({
            "codecs": [
                { "kind": "audio", "mimeType": "audio/opus", "preferredPayloadType": 100, "parameters": {} },
                { "kind": "video", "mimeType": "video/VP8", "preferredPayloadType": 101, "parameters": {} },
                { "kind": "video", "mimeType": "video/rtx", "preferredPayloadType": 102, "parameters": { "apt": 101 } },
                { "kind": "video", "mimeType": "video/VP9", "preferredPayloadType": 103, "parameters": { "profile-id": 2 } },
                { "kind": "video", "mimeType": "video/VP9", "preferredPayloadType": 105, "parameters": { "profile-id": 0 } },
                { "kind": "video", "mimeType": "video/H264", "preferredPayloadType": 107, "parameters": {} },
            ],
            "headerExtensions": [
                { "uri": MID_URI, "preferredId": 1 },
                { "uri": "urn:ietf:params:rtp-hdrext:toffset", "preferredId": 2 },
                { "uri": TRANSPORT_CC_URI, "preferredId": 5 },
                { "uri": AUDIO_LEVEL_URI, "preferredId": 10 },
            ],
        })
    }

    #[test]
    fn payload_types_are_the_routers() {
        let capabilities = Capabilities::of_router(&of_a_router()).expect("is in order");
        assert_eq!(capabilities.opus, Some(PayloadTypes { media: 100, rtx: None }));
        assert_eq!(capabilities.vp8, Some(PayloadTypes { media: 101, rtx: Some(102) }));
        assert_eq!(capabilities.vp9, Some(PayloadTypes { media: 105, rtx: None }));
    }

    #[test]
    fn what_is_not_understood_is_not_shown() {
        let shown = Capabilities::of_router(&of_a_router()).expect("is in order").shown;
        let codecs: Vec<_> =
            shown["codecs"].as_array().expect("is a list").iter().map(|it| &it["preferredPayloadType"]).collect();
        assert_eq!(codecs, [100, 101, 102, 105]);
        assert_eq!(shown["headerExtensions"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn who_gives_no_feedback_promises_none_and_sends_as_before() {
        let all = Capabilities::of_router(&of_a_router()).expect("is in order");
        let light = all.clone().without_feedback();
        assert!(!light.rtp_capabilities().to_string().contains(TRANSPORT_CC_URI));
        assert_eq!(light.header_extensions(true), all.header_extensions(true));
    }

    #[test]
    fn a_router_without_any_codec_is_of_no_use() {
        assert!(Capabilities::of_router(&json!({})).is_err());
    }
}
