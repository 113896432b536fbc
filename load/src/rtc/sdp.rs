//! Signaling by SDP: offers and answers, made by str0m, and what streams they bring.

mod described;

use super::error::RtcError;
use super::link::{StreamId, SubscribeOptions};
use super::machine::Machine;
use super::receive::{Counters, Expected};
use super::send::{Outgoing, media_kind};
use super::track::Track;
use described::Described;
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpOffer, SdpPendingOffer};
use str0m::media::{Direction, Mid, Simulcast, SimulcastLayer};

/// An offer that waits for its answer.
pub(super) struct Offered {
    pending: SdpPendingOffer,
    tracks: Vec<(Track, Mid)>,
}

impl Machine {
    /// Offers tracks.
    pub(super) fn offer(&mut self, tracks: Vec<Track>) -> Result<String, RtcError> {
        let mut changes = self.rtc.sdp_api();
        let add = |track: Track| {
            let layers: Vec<_> = track.rids().into_iter().flatten().map(|rid| SimulcastLayer::new(&rid)).collect();
            let simulcast = (!layers.is_empty()).then(|| Simulcast { send: layers, recv: Vec::new() });
            let mid = changes.add_media(media_kind(track.kind()), Direction::SendOnly, None, None, simulcast);
            (track, mid)
        };
        let tracks = tracks.into_iter().map(add).collect();
        let (offer, pending) = changes.apply().ok_or_else(|| RtcError::Sdp("nothing to offer".into()))?;
        self.offered = Some(Offered { pending, tracks });
        Ok(offer.to_sdp_string())
    }

    /// Takes in the answer, and sends the tracks.
    pub(super) fn accept_answer(&mut self, answer: &str, now: Instant) -> Result<(), RtcError> {
        let Offered { pending, tracks } = self.offered.take().ok_or_else(|| RtcError::Sdp("no offer".into()))?;
        let answer = SdpAnswer::from_sdp_string(answer).map_err(|error| RtcError::Sdp(error.to_string()))?;
        self.rtc.sdp_api().accept_answer(pending, answer)?;
        for (track, mid) in tracks {
            let payload_type = self.payload_type(&track)?;
            self.outgoing.push(Outgoing::new(&track, mid, payload_type, &mut self.rtc.direct_api(), now));
        }
        Ok(())
    }

    /// Answers an offer, and counts what it brings.
    pub(super) fn answer(
        &mut self,
        offer: &str,
        options: SubscribeOptions,
        counters: &mut Counters,
        now: Instant,
    ) -> Result<(String, Vec<StreamId>), RtcError> {
        let described = Described::all(offer);
        let offer = SdpOffer::from_sdp_string(offer).map_err(|error| RtcError::Sdp(error.to_string()))?;
        let answer = self.rtc.sdp_api().accept_offer(offer)?.to_sdp_string();
        for gone in self.inbox.all().filter(|ssrc| described.iter().all(|it| it.ssrc != *ssrc)).collect::<Vec<_>>() {
            self.inbox.forget(gone, now, counters);
        }
        let streams = described.iter().map(|it| StreamId(it.ssrc)).collect();
        for Described { codec, mid, ssrc, rtx } in described {
            if self.inbox.find(ssrc).is_some() {
                continue;
            }
            if options.light
                && let Some(stream) = self.rtc.direct_api().stream_rx(&ssrc.into())
            {
                stream.suppress_nack(true);
            }
            let freeze = Duration::from_millis(options.freeze_ms);
            self.inbox.expect(Expected { codec, ssrc, rtx, mid, light: options.light, freeze }, now);
        }
        Ok((answer, streams))
    }
}
