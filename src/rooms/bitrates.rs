//! How much a client may send: what each of its tracks needs, by kind, source and layers.

use crate::media::protocol::{MediaKind, RtpParameters};
use crate::protocol::Source;

/// Bits per second that a client is told to send at most, by what it publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bitrates {
    /// Over a transport at least, whatever it carries.
    pub floor: u32,
    /// A microphone.
    pub microphone: u32,
    /// The sound of a shared screen.
    pub screen_audio: u32,
    /// A camera in one layer.
    pub camera: u32,
    /// A camera in several spatial layers, together.
    pub camera_layers: u32,
    /// A screen in one layer.
    pub screen: u32,
    /// A screen in several spatial layers, together.
    pub screen_layers: u32,
}

impl Bitrates {
    /// What one track needs. What says nothing of its source counts as camera or microphone.
    pub fn of(&self, kind: MediaKind, source: Source, top_layer: u8) -> u32 {
        match (kind, source, top_layer) {
            (MediaKind::Audio, Source::Person, _) => self.microphone,
            (MediaKind::Audio, Source::Screen, _) => self.screen_audio,
            (MediaKind::Video, Source::Person, 0) => self.camera,
            (MediaKind::Video, Source::Person, _) => self.camera_layers,
            (MediaKind::Video, Source::Screen, 0) => self.screen,
            (MediaKind::Video, Source::Screen, _) => self.screen_layers,
        }
    }

    /// What a transport needs for all its tracks.
    pub fn ceiling(&self, tracks: impl Iterator<Item = u32>) -> u32 {
        tracks.fold(0, u32::saturating_add).max(self.floor)
    }
}

/// The highest spatial layer of a track, from 0: of simulcast there is one for each encoding, of SVC they are in one.
pub fn top_layer(parameters: &RtpParameters) -> u8 {
    let layers = match &parameters.encodings[..] {
        [one] => one.scalability_mode.spatial_layers().get(),
        several => u8::try_from(several.len()).unwrap_or(u8::MAX),
    };
    layers.saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn parameters(encodings: serde_json::Value) -> RtpParameters {
        let value = json!({
            "mid": null, "codecs": [], "headerExtensions": [], "encodings": encodings,
            "rtcp": { "cname": null, "reducedSize": true },
        });
        serde_json::from_value(value).expect("rtpParameters")
    }

    #[test]
    fn layers_are_counted_over_encodings_or_within_one() {
        assert_eq!(top_layer(&parameters(json!([]))), 0);
        assert_eq!(top_layer(&parameters(json!([{ "ssrc": 1 }]))), 0);
        assert_eq!(top_layer(&parameters(json!([{ "ssrc": 1, "scalabilityMode": "L3T3_KEY" }]))), 2);
        assert_eq!(top_layer(&parameters(json!([{ "ssrc": 1, "scalabilityMode": "L1T3" }]))), 0);
        let three = json!([{ "rid": "l" }, { "rid": "m" }, { "rid": "h", "scalabilityMode": "L1T3" }]);
        assert_eq!(top_layer(&parameters(three)), 2);
    }

    #[test]
    fn a_ceiling_is_what_all_tracks_need_and_never_below_the_floor() {
        let bitrates = Bitrates {
            floor: 100,
            microphone: 1,
            screen_audio: 2,
            camera: 30,
            camera_layers: 400,
            screen: 50,
            screen_layers: 600,
        };
        let camera = bitrates.of(MediaKind::Video, Source::Person, 2);
        let microphone = bitrates.of(MediaKind::Audio, Source::Person, 0);
        assert_eq!(bitrates.ceiling([camera, microphone].into_iter()), 401);
        assert_eq!(bitrates.ceiling([bitrates.of(MediaKind::Video, Source::Screen, 0)].into_iter()), 100);
        assert_eq!(bitrates.ceiling([u32::MAX, 1].into_iter()), u32::MAX);
    }
}
