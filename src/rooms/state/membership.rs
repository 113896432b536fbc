//! Coming and going: peers, and what falls with them.

use super::State;
use crate::ids::{ConsumerId, PeerId, ProducerId, SessionId, TransportId};
use crate::media::protocol::MediaObject;
use crate::protocol::{ConsumerRef, Event, JoinRoom, Joined, PeerGone, Reason, Reply, ResumeToken};
use crate::rooms::RoomError;
use crate::rooms::command::Output;
use crate::rooms::peer::Peer;
use std::time::Instant;

impl State {
    pub(super) fn join(&mut self, session: SessionId, fresh: PeerId, request: JoinRoom) -> Result<Reply, RoomError> {
        if request.call_id != self.call_id {
            return Err(RoomError::RoomNotFound);
        }
        if self.sessions.contains_key(&session) {
            return Err(RoomError::AlreadyJoined);
        }
        if self.peers.len() >= self.settings.max_peers {
            return Err(RoomError::RoomFull(self.settings.max_peers));
        }
        let mut others: Vec<_> = self.peers.values().collect();
        others.sort_by_key(|peer| peer.joined);
        let peers = others.into_iter().map(Peer::info).collect();
        self.joins += 1;
        let peer = Peer::new(fresh, session, request.user_id, request.display_name, self.joins);
        let announcement = peer.announcement();
        self.peers.insert(fresh, peer);
        self.sessions.insert(session, fresh);
        self.empty_since = None;
        self.tell_others(fresh, Event::PeerJoined(announcement));
        let ice_servers = self.settings.ice_servers.clone();
        Ok(Reply::Joined(Joined {
            peer_id: fresh,
            resume_token: ResumeToken::random(fresh),
            resumed: false,
            own: None,
            peers,
            ice_servers,
        }))
    }

    pub(super) fn disconnected(&mut self, session: SessionId, now: Instant) {
        if let Some(peer) = self.sessions.get(&session).copied() {
            self.leave(peer, Reason::Disconnected, now);
        }
    }

    /// Takes a peer out with everything it has. Others hear of the consumers and producers first, then of the peer.
    pub(super) fn leave(&mut self, id: PeerId, reason: Reason, now: Instant) {
        let Some(peer) = self.peers.get(&id) else { return };
        let (session, user_id) = (peer.session, peer.user_id.clone());
        let transports: Vec<_> = peer.transports.keys().copied().collect();
        // Nothing is told to the one who leaves: its own part is over with its session.
        self.sessions.remove(&session);
        for transport in transports {
            self.remove_transport(id, transport);
        }
        self.peers.remove(&id);
        self.tell_others(id, Event::PeerLeft(PeerGone { peer_id: id, user_id, reason }));
        self.outputs.push(Output::Release(session));
        if self.peers.is_empty() {
            self.empty_since = Some(now);
        }
    }

    pub(super) fn remove_transport(&mut self, owner: PeerId, id: TransportId) {
        let Some(peer) = self.peers.get_mut(&owner) else { return };
        if peer.transports.remove(&id).is_none() {
            return;
        }
        let producers: Vec<_> =
            peer.producers.iter().filter(|(_, producer)| producer.transport == id).map(|(id, _)| *id).collect();
        let consumers: Vec<_> =
            peer.consumers.iter().filter(|(_, consumer)| consumer.transport == id).map(|(id, _)| *id).collect();
        for consumer in consumers {
            self.take_consumer(owner, consumer);
        }
        for producer in producers {
            self.remove_producer(owner, producer);
        }
        self.close_media(MediaObject::Transport(id));
    }

    /// Takes a producer away: its receivers' consumers fall with it.
    pub(super) fn remove_producer(&mut self, owner: PeerId, id: ProducerId) {
        let Some(peer) = self.peers.get_mut(&owner) else { return };
        let Some(producer) = peer.producers.remove(&id) else { return };
        let closed = peer.producer_ref(id, &producer);
        self.owners.remove(&id);
        for (receiver, consumer) in self.receivers.remove(&id).unwrap_or_default() {
            if let Some(peer) = self.peers.get_mut(&receiver) {
                peer.consumers.remove(&consumer);
                let session = peer.session;
                let closed = ConsumerRef { consumer_id: consumer, producer_id: id, reason: Reason::ProducerClosed };
                self.tell(session, Event::ConsumerClosed(closed));
            }
        }
        self.tell_others(owner, Event::ProducerClosed(closed));
        self.close_media(MediaObject::Producer(id));
    }

    /// Takes a consumer out of all books; true if it was there.
    pub(super) fn take_consumer(&mut self, owner: PeerId, id: ConsumerId) -> bool {
        let Some(consumer) = self.peers.get_mut(&owner).and_then(|peer| peer.consumers.remove(&id)) else {
            return false;
        };
        if let Some(receivers) = self.receivers.get_mut(&consumer.producer) {
            receivers.remove(&(owner, id));
        }
        true
    }

    /// The worker closed a consumer by itself.
    pub(super) fn consumer_lost(&mut self, id: ConsumerId, reason: Reason) {
        let Some(peer) = self.peers.values().find(|peer| peer.consumers.contains_key(&id)) else { return };
        let (owner, session, producer_id) = (peer.id, peer.session, peer.consumers[&id].producer);
        self.take_consumer(owner, id);
        self.tell(session, Event::ConsumerClosed(ConsumerRef { consumer_id: id, producer_id, reason }));
    }
}
