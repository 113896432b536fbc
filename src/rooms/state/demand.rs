//! Nobody pays for what nobody watches: the owner of a producer is told the highest spatial layer that anybody receives
//! of it, so that it need not send more. What is wanted is wanted at once; what is wanted no more is told after a while,
//! because the next one to want it is often near.

use super::{State, Timer};
use crate::ids::{PeerId, ProducerId};
use crate::protocol::Event;
use crate::rooms::peer::{Demand, Producer};
use std::time::Instant;

impl State {
    /// Looks at the producers whose receivers changed since the last look.
    pub(super) fn settle_demand(&mut self, now: Instant) {
        for id in std::mem::take(&mut self.demand_changed) {
            let wanted = self.wanted(id);
            let release_at = now + self.settings.layers_release;
            let Some(owner) = self.owners.get(&id).copied() else { continue };
            let Some(Producer { demand, .. }) = self.producer_mut(id) else { continue };
            if wanted >= demand.told {
                let raised = wanted > demand.told;
                *demand = Demand { told: wanted, release_at: None };
                if raised {
                    self.tell_demand(owner, id);
                }
            } else if demand.release_at.is_none() {
                demand.release_at = Some(release_at);
                self.timers.insert((release_at, Timer::Release(id)));
            }
        }
    }

    /// The time has come to tell that less is wanted, unless it is wanted again.
    pub(super) fn release_layers(&mut self, id: ProducerId, now: Instant) {
        let wanted = self.wanted(id);
        let Some(owner) = self.owners.get(&id).copied() else { return };
        let Some(Producer { demand, .. }) = self.producer_mut(id) else { return };
        if demand.release_at.is_some_and(|at| at <= now) {
            *demand = Demand { told: wanted, release_at: None };
            self.tell_demand(owner, id);
        }
    }

    /// What the owner was told, told again: it may have missed it while its socket was gone.
    pub(super) fn repeat_demand(&mut self, owner: PeerId) {
        let producers = self.peers.get(&owner).map(|peer| peer.producers.keys().copied().collect::<Vec<_>>());
        for id in producers.unwrap_or_default() {
            self.tell_demand(owner, id);
        }
    }

    fn tell_demand(&mut self, owner: PeerId, id: ProducerId) {
        let producer = self.peers.get(&owner).and_then(|peer| peer.producers.get(&id));
        if let Some(Producer { demand, .. }) = producer {
            let event = Event::ProducerLayersWanted { producer_id: id, spatial_layer: demand.told };
            self.tell(owner, event);
        }
    }

    /// The highest spatial layer of a producer that somebody receives.
    pub(super) fn wanted(&self, id: ProducerId) -> Option<u8> {
        let top = self.owners.get(&id).and_then(|owner| self.peers.get(owner)?.producers.get(&id))?.top_layer;
        let consumers = self.receivers.get(&id).into_iter().flatten();
        let consumers = consumers.filter_map(|(peer, consumer)| self.peers.get(peer)?.consumers.get(consumer));
        let layers = consumers.filter(|consumer| !consumer.paused);
        layers.map(|consumer| consumer.preferred.map_or(top, |(_, layer)| layer.min(top))).max()
    }

    fn producer_mut(&mut self, id: ProducerId) -> Option<&mut Producer> {
        let owner = self.owners.get(&id)?;
        self.peers.get_mut(owner)?.producers.get_mut(&id)
    }
}
