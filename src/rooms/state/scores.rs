//! How well tracks arrive, and in which layers. A consumer's score comes with its producer's, which on a spoke is only that of the link:
//! there the home router's word is put in its place.

use super::State;
use crate::ids::{ConsumerId, PeerId, ProducerId, RouterId};
use crate::media::protocol::{ConsumerLayers, ConsumerScore, ProducerScore};
use crate::protocol::Event;

impl State {
    pub(super) fn producer_scored(&mut self, router: RouterId, id: ProducerId, score: Vec<ProducerScore>) {
        if self.home != Some(router) {
            return;
        }
        let Some(owner) = self.owners.get(&id).copied() else { return };
        let Some(producer) = self.peers.get_mut(&owner).and_then(|owner| owner.producers.get_mut(&id)) else { return };
        producer.score.clone_from(&score);
        self.tell(owner, Event::ProducerScore { producer_id: id, score });
        // Home tells of its own consumers by itself.
        let receivers: Vec<_> = self.receivers.get(&id).into_iter().flatten().copied().collect();
        for (receiver, consumer) in receivers {
            if self.peers[&receiver].router_of(consumer) != self.home {
                self.tell_consumer_score(receiver, consumer);
            }
        }
    }

    pub(super) fn consumer_scored(&mut self, id: ConsumerId, score: ConsumerScore) {
        let Some(peer) = self.peers.values_mut().find(|peer| peer.consumers.contains_key(&id)) else { return };
        let owner = peer.id;
        if let Some(consumer) = peer.consumers.get_mut(&id) {
            consumer.score = Some(score);
        }
        self.tell_consumer_score(owner, id);
    }

    pub(super) fn layers_changed(&mut self, id: ConsumerId, layers: Option<ConsumerLayers>) {
        let Some(peer) = self.peers.values_mut().find(|peer| peer.consumers.contains_key(&id)) else { return };
        let owner = peer.id;
        if let Some(consumer) = peer.consumers.get_mut(&id) {
            consumer.layers = layers;
        }
        self.tell(owner, Event::ConsumerLayersChanged { consumer_id: id, layers });
    }

    fn tell_consumer_score(&mut self, owner: PeerId, id: ConsumerId) {
        let peer = &self.peers[&owner];
        let consumer = &peer.consumers[&id];
        let Some(mut score) = consumer.score.clone() else { return };
        if peer.router_of(id) != self.home {
            let at_home = self.owners.get(&consumer.producer).and_then(|owner| self.peers.get(owner));
            let at_home = at_home.and_then(|owner| owner.producers.get(&consumer.producer));
            let scores = at_home.map_or(&[][..], |producer| &producer.score);
            if !scores.is_empty() {
                score.producer_scores = scores.iter().map(|score| score.score).collect();
                score.producer_score = score.producer_scores.iter().copied().max().unwrap_or(0);
            }
        }
        self.tell(owner, Event::ConsumerScore { consumer_id: id, score });
    }
}
