//! How well media gets through: at an interval the room looks at its peers, by one request to each router, and tells
//! everybody whose connection is bad. A look that is slow or fails is passed over; two at a time there are not.

use super::{Op, State, Timer};
use crate::ids::{ConsumerId, PeerId, ProducerId, RouterId, TransportId};
use crate::media::protocol::{MediaError, MediaReply, MediaRequest, Samples, Subjects};
use crate::protocol::{Direction, Event, QualityRecovered, QualityWarning};
use crate::rooms::command::Output;
use crate::rooms::journal::Happening;
use crate::rooms::peer::Peer;
use crate::rooms::quality::{SeenStream, Told};
use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Instant;

/// Objects that are looked at in one round, about; if there are more, the peers take turns.
const MAX_SUBJECTS: usize = 2000;

/// Consumers of a peer that are thought of for one look; if most are paused, it takes more looks to find the others.
const MAX_CANDIDATES: usize = 32;

/// The round of looks under way, and when there will be others.
#[derive(Debug, Default)]
pub(super) struct Round {
    /// Whether the next one has its timer.
    scheduled: bool,
    /// Requests that have no answer yet.
    under_way: usize,
    peers: Vec<PeerId>,
    /// The last peer of the round, for going on behind it.
    cursor: Option<PeerId>,
}

impl Round {
    #[cfg(test)]
    pub fn under_way(&self) -> usize {
        self.under_way
    }
}

/// What one router is asked, and for whom.
type Questions = BTreeMap<RouterId, (Subjects, Vec<PeerId>)>;

impl State {
    /// Somebody is there to look at.
    pub(super) fn schedule_round(&mut self, now: Instant) {
        let interval = self.settings.quality.interval;
        if !interval.is_zero() && !self.round.scheduled {
            self.round.scheduled = true;
            self.timers.insert((now + interval, Timer::Round));
        }
    }

    /// The time for a round has come.
    pub(super) fn begin_round(&mut self, now: Instant) {
        self.round.scheduled = false;
        if self.peers.is_empty() {
            return;
        }
        self.schedule_round(now);
        if self.round.under_way > 0 {
            return;
        }
        let questions = self.questions();
        for (router, (subjects, peers)) in questions {
            self.round.under_way += 1;
            self.run(None, router, Op::Look { peers }, MediaRequest::Sample(Box::new(subjects)));
        }
        if self.round.under_way == 0 {
            self.end_round(now);
        }
    }

    fn questions(&mut self) -> Questions {
        let (mut questions, mut subjects) = (Questions::new(), 0);
        let turn: Vec<_> = in_turn(&self.peers, self.round.cursor).collect();
        self.round.peers.clear();
        for id in turn {
            if subjects >= MAX_SUBJECTS {
                break;
            }
            self.watch(id);
            let Some(peer) = self.peers.get_mut(&id) else { continue };
            peer.health.begin();
            let watched: Vec<_> = peer.health.watched().collect();
            self.round.peers.push(id);
            self.round.cursor = Some(id);
            for (transport, on) in &peer.transports {
                let (asked, peers) = questions.entry(on.router).or_default();
                asked.transports.push(*transport);
                peers.push(id);
                asked.producers.extend(sent_over(peer, *transport));
                asked.consumers.extend(watched.iter().filter(|of| peer.consumers[of].transport == *transport));
            }
            subjects += peer.transports.len() + peer.producers.len() + watched.len();
        }
        questions
    }

    /// Chooses the consumers of a peer that are looked at this time, among those that carry something.
    fn watch(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get(&id) else { return };
        let worth = |consumer: &ConsumerId| {
            let consumer = peer.consumers.get(consumer);
            consumer.is_some_and(|consumer| !consumer.paused && !self.paused(consumer.producer))
        };
        let others = in_turn(&peer.consumers, peer.health.cursor()).take(MAX_CANDIDATES);
        let others: Vec<_> = others.map(|id| (id, worth(&id))).collect();
        let still: Vec<_> = peer.health.watched().filter(worth).collect();
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.health.watch(&still, &others);
        }
    }

    /// A router's worker answered, or did not.
    pub(super) fn looked(&mut self, peers: &[PeerId], result: Result<MediaReply, MediaError>, now: Instant) {
        match result {
            Ok(MediaReply::Samples(samples)) => self.take_samples(peers, *samples),
            Ok(_) | Err(_) => {
                for id in peers {
                    if let Some(peer) = self.peers.get_mut(id) {
                        peer.health.spoil();
                    }
                }
            }
        }
        self.round.under_way -= 1;
        if self.round.under_way == 0 {
            self.end_round(now);
        }
    }

    /// Puts what was seen to whom it concerns; of what has gone or was paused meanwhile nothing is made.
    fn take_samples(&mut self, peers: &[PeerId], samples: Samples) {
        let own = || peers.iter().filter_map(|id| self.peers.get(id));
        let transports: BTreeMap<TransportId, (PeerId, Direction)> =
            own().flat_map(|peer| peer.transports.iter().map(|(id, on)| (*id, (peer.id, on.direction)))).collect();
        let consumers: BTreeMap<ConsumerId, PeerId> =
            own().flat_map(|peer| peer.health.watched().map(|id| (id, peer.id))).collect();
        for (id, sample) in samples.transports {
            let Some((peer, direction)) = transports.get(&id) else { continue };
            let Some(look) = self.peers.get_mut(peer).and_then(|peer| peer.health.look()) else { continue };
            match direction {
                Direction::Send => look.sending.transports.push((id, sample)),
                Direction::Recv => look.receiving.transports.push((id, sample)),
            }
        }
        for (id, sample) in samples.producers {
            let Some(peer) = self.owners.get(&id).and_then(|owner| self.peers.get_mut(owner)) else { continue };
            let Some(producer) = peer.producers.get(&id).filter(|producer| !producer.paused) else { continue };
            let seen = SeenStream { track: id.into(), kind: producer.kind, fed: true, sample };
            if let Some(look) = peer.health.look() {
                look.sending.streams.push(seen);
            }
        }
        for (id, sample) in samples.consumers {
            let Some(peer) = consumers.get(&id).and_then(|peer| self.peers.get(peer)) else { continue };
            let Some(consumer) = peer.consumers.get(&id).filter(|consumer| !consumer.paused) else { continue };
            let (peer, kind, fed) = (peer.id, consumer.kind, self.flows(consumer.producer));
            if let Some(look) = self.peers.get_mut(&peer).and_then(|peer| peer.health.look()) {
                look.receiving.streams.push(SeenStream { track: id.into(), kind, fed, sample });
            }
        }
    }

    /// Whether something arrives of a producer that its owner has not paused.
    fn flows(&self, id: ProducerId) -> bool {
        let owner = self.owners.get(&id).and_then(|owner| self.peers.get(owner));
        owner.is_some_and(|owner| owner.health.sends(id.into())) && !self.paused(id)
    }

    /// All that were asked have answered.
    fn end_round(&mut self, now: Instant) {
        let mut all_notes = Vec::new();
        for id in std::mem::take(&mut self.round.peers) {
            let Some(peer) = self.peers.get_mut(&id) else { continue };
            let (told, notes) = peer.health.judge(now, &self.settings.quality);
            all_notes.extend(notes);
            let user_id = peer.user_id.clone();
            for told in told {
                let user_id = user_id.clone();
                let event = match told {
                    Told::Warning(warning) => {
                        let warning = QualityWarning { peer_id: id, user_id, warning };
                        self.record(Happening::Quality(warning.clone()));
                        Event::QualityWarning(warning)
                    }
                    Told::Recovered(r#type) => {
                        Event::QualityRecovered(QualityRecovered { peer_id: id, user_id, r#type })
                    }
                };
                self.tell_all(|_| true, event);
            }
        }
        if !all_notes.is_empty() {
            self.outputs.push(Output::Noted(all_notes));
        }
    }
}

/// What a peer sends over a transport.
fn sent_over(peer: &Peer, transport: TransportId) -> impl Iterator<Item = ProducerId> {
    let over = peer.producers.iter().filter(move |(_, producer)| producer.transport == transport && !producer.paused);
    over.map(|(id, _)| *id)
}

/// All keys once, from the one behind the cursor on.
fn in_turn<K: Copy + Ord, V>(map: &BTreeMap<K, V>, cursor: Option<K>) -> impl Iterator<Item = K> {
    let behind = map.range((cursor.map_or(Bound::Unbounded, Bound::Excluded), Bound::Unbounded));
    let before = cursor.into_iter().flat_map(|cursor| map.range(..=cursor));
    behind.chain(before).map(|(key, _)| *key)
}
