//! Bandwidth that is there again and that nobody notices.
//!
//! What a client could receive shows only in what it is sent, so a worker sends short bursts to find out. It does so
//! while it sends less than 65 % of what it thinks a client can take; but it thinks so of no more than one and a half
//! times what the client does receive, that is 67 %: a picture that has become small stays so for good. And if packets
//! were lost, what a burst has shown counts for nothing until the estimate has come up to it, which it cannot.
//!
//! A transport's maximum being raised lets the worker send a burst as well. So where a client gets less than it prefers,
//! the maximum is lowered to the estimate and raised twice: a little, so that the burst shows no more than the estimate,
//! and the loss is forgotten; then a lot. What comes of it the worker judges. It may be wrong, because a burst can pass
//! where a stream cannot: then the client gets too much for a moment, and is not tried again so soon.

mod search;

use super::Service;
use crate::ids::TransportId;
use crate::media::objects::{AnyTransport, ConsumerEntry};
use futures_util::future::{BoxFuture, try_join_all};
use mediasoup::consumer::{Consumer, ConsumerType};
use mediasoup::prelude::{RtcpFeedback, TransportGeneric as _, WebRtcTransport};
use search::{Next, Search};
use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

/// Between two looks at who gets less than it prefers.
pub(super) const LOOK: Duration = Duration::from_secs(1);

/// For the first burst, and for what the client says of it.
const FIRST_BURST: Duration = Duration::from_millis(700);

/// How much more than there seems to be is looked for.
const REACH: u64 = 4;

/// Bursts of some 15 ms each that look for it, one right behind the other: one alone is over before a queue on the way
/// has noticed. A link that is as slow as it seems to be takes a quarter of a second for all.
const BURSTS: u64 = 4;

/// The clients that got less than they prefer of late.
#[derive(Default)]
pub(super) struct Probing(HashMap<TransportId, Search>);

/// What a probe began with, in bit/s: what there seemed to be.
pub(super) type Probed = (TransportId, Option<u64>);

impl Service {
    /// Lets the worker look for more bandwidth to every client that gets less than it prefers and is due.
    pub(super) fn probes(&self, probing: &mut Probing) -> Vec<BoxFuture<'static, Probed>> {
        let (now, max) = (Instant::now(), u64::from(self.parts.transport.max_outgoing_bitrate_bps));
        let starved = self.objects.consumers.values().filter(|entry| starved(entry));
        let starved: HashSet<_> = starved.map(|entry| entry.transport).collect();
        for id in &starved {
            probing.0.entry(*id).or_insert_with(|| Search::begin(now));
        }
        let mut probes: Vec<BoxFuture<'static, Probed>> = Vec::new();
        probing.0.retain(|id, search| {
            let Some(transport) = self.client(*id) else { return false };
            let (id, next) = (*id, search.next(starved.contains(id), now));
            match next {
                Next::Wait => {}
                Next::Probe => probes.push(Box::pin(async move { (id, probe(&transport, max).await) })),
                Next::End => probes.push(Box::pin(async move {
                    // Who gets all it prefers needs no bound. A transport that has closed meanwhile needs nothing.
                    drop(transport.set_max_outgoing_bitrate(max).await);
                    (id, None)
                })),
            }
            next != Next::End
        });
        probes
    }

    fn client(&self, id: TransportId) -> Option<WebRtcTransport> {
        match &self.objects.transports.get(&id)?.transport {
            AnyTransport::WebRtc(transport) => Some(transport.clone()),
            AnyTransport::Pipe(_) => None,
        }
    }
}

impl Probing {
    /// A probe has begun with that.
    pub fn began(&mut self, (id, estimate): Probed) {
        if let (Some(search), Some(estimate)) = (self.0.get_mut(&id), estimate) {
            search.began(estimate);
        }
    }
}

/// Whether a consumer gets a smaller picture than the one it prefers, although that is there.
fn starved(entry: &ConsumerEntry) -> bool {
    let consumer = &entry.consumer;
    let layered = matches!(consumer.r#type(), ConsumerType::Simulcast | ConsumerType::Svc);
    if !layered || consumer.paused() || consumer.producer_paused() || !tells_of_bursts(consumer) {
        return false;
    }
    let modes = consumer.rtp_parameters().encodings.first().map(|encoding| &encoding.scalability_mode);
    let highest = modes.map_or(1, |mode| mode.spatial_layers().get()) - 1;
    let preferred = consumer.preferred_layers().map_or(highest, |layers| layers.spatial_layer);
    let missing = consumer.current_layers().map_or(0, |layers| layers.spatial_layer + 1);
    let scores = consumer.score().producer_scores;
    let there = |layer: u8| scores.get(usize::from(layer)).is_some_and(|score| *score > 0);
    // Of layers in one stream there is one score.
    (missing..=preferred.min(highest)).any(|layer| scores.len() == 1 || there(layer))
}

/// Whether its client says what arrives: without that nothing comes of a burst, and the estimate grows by itself.
fn tells_of_bursts(consumer: &Consumer) -> bool {
    let tells = |feedback: &RtcpFeedback| matches!(feedback, RtcpFeedback::TransportCc | RtcpFeedback::GoogRemb);
    consumer.rtp_parameters().codecs.iter().any(|codec| codec.rtcp_feedback().iter().any(tells))
}

/// Gives what there seems to be. What fails here fails because the transport is gone. 0 as the maximum is none.
async fn probe(transport: &WebRtcTransport, max: u64) -> Option<u64> {
    let before = estimate(transport).await?;
    let little = before - before / 10;
    set_in_turn(transport, [little - 1, little]).await?;
    tokio::time::sleep(FIRST_BURST).await;
    // The worker remembers what held it back when its estimate changed last, and sends no burst because of that: so it is
    // made to change.
    let after = estimate(transport).await?;
    let lot = if max > 0 { (before * REACH).min(max) } else { before * REACH };
    // Each has to be a raise.
    set_in_turn(transport, [after - 1].into_iter().chain((0..BURSTS).rev().map(|less| lot - less))).await?;
    Some(before)
}

/// What the worker thinks that the client can take, in bit/s; never below what the worker begins with (30 kbit/s).
async fn estimate(transport: &WebRtcTransport) -> Option<u64> {
    transport.get_stats().await.ok()?.first()?.available_outgoing_bitrate
}

/// They reach the worker together, in their order.
async fn set_in_turn(transport: &WebRtcTransport, maxima: impl IntoIterator<Item = u64>) -> Option<()> {
    let set = maxima.into_iter().map(|maximum| transport.set_max_outgoing_bitrate(maximum));
    try_join_all(set).await.ok().map(drop)
}
