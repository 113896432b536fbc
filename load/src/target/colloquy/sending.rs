//! What a participant publishes.

use super::signaling::Signaling;
use super::transport::{Equipment, Transport};
use crate::measure::{Step, Tally};
use crate::rtc::{Kind, RtcError, Track, TrackId};
use crate::scenario::Publish;
use crate::target::TargetError;
use serde_json::{Value, json};
use std::time::Instant;

/// A transport and the tracks on it.
pub struct Sending {
    pub transport: Transport,
    tracks: Vec<Sent>,
}

struct Sent {
    producer: String,
    track: TrackId,
    kind: Kind,
}

impl Sending {
    /// Publishes everything; `number` tells others whose it is.
    pub async fn start(
        signaling: &Signaling,
        equipment: &Equipment,
        publish: &Publish,
        number: u32,
    ) -> Result<(Self, Tally), TargetError> {
        let mut tally = Tally::default();
        let transport = Transport::open(signaling, equipment, "send", &mut tally).await?;
        let mut sending = Self { transport, tracks: Vec::new() };
        let tracks = [publish.audio.as_ref().map(Track::audio), publish.video.as_ref().map(Track::video)];
        for track in tracks.into_iter().flatten() {
            let began = Instant::now();
            let request = json!({
                "transportId": sending.transport.id,
                "kind": track.kind().name(),
                "rtpParameters": track.rtp_parameters(&equipment.capabilities)?,
                "appData": { "number": number },
            });
            let answer = signaling.ask("produce", &request).await?;
            tally.step(Step::Produce, began.elapsed());
            let producer = answer["producerId"].as_str().unwrap_or_default().to_owned();
            sending.tracks.push(Sent { producer, track: track.id(), kind: track.kind() });
            sending.transport.link.publish(track)?;
        }
        if publish.audio.as_ref().is_some_and(|audio| audio.speakers.is_some()) {
            sending.speak(false)?;
        }
        sending.transport.until_connected(&mut tally).await?;
        Ok((sending, tally))
    }

    /// Speaks, or is silent.
    pub fn speak(&self, aloud: bool) -> Result<(), RtcError> {
        let mut audio = self.tracks.iter().filter(|sent| sent.kind == Kind::Audio);
        audio.try_for_each(|sent| self.transport.link.speak(sent.track, aloud))
    }

    /// Sends of a track what is of use to anybody: `producerLayersWanted`.
    pub fn layers_wanted(&self, payload: &Value) -> Result<(), RtcError> {
        let Some(sent) = self.tracks.iter().find(|sent| payload["producerId"] == sent.producer) else { return Ok(()) };
        let layers = payload["spatialLayer"].as_u64().map(|layer| u8::try_from(layer + 1).unwrap_or(u8::MAX));
        let link = &self.transport.link;
        match (sent.kind, layers) {
            (Kind::Video, layers) => link.send_layers(sent.track, layers.unwrap_or(0)),
            (Kind::Audio, Some(_)) => link.resume(sent.track),
            (Kind::Audio, None) => link.pause(sent.track),
        }
    }
}
