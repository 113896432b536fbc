//! Coming and going: peers, and what falls with them.

use super::{Ask, State};
use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, PeerId, ProducerId, RouterId, TransportId};
use crate::media::protocol::MediaObject;
use crate::protocol::{ConsumerRef, DataConsumerRef, Event, JoinRoom, Joined, PeerGone, ProducerRef, Reason, Reply};
use crate::rooms::RoomError;
use crate::rooms::admission::admit;
use crate::rooms::any::{AnyConsumer, AnyProducer};
use crate::rooms::command::Output;
use crate::rooms::journal::Happening;
use crate::rooms::peer::Peer;
use std::sync::Arc;
use std::time::Instant;

/// A consumer that is in no book any more.
pub(super) struct Taken {
    /// Where it stands.
    pub router: RouterId,
    what: TakenWhat,
}

enum TakenWhat {
    Track(ConsumerId, ProducerId),
    Data(DataConsumerId, DataProducerId),
}

impl Taken {
    /// For its owner, if it did not close it itself.
    pub fn closed(&self, reason: Reason) -> Event {
        match self.what {
            TakenWhat::Track(consumer_id, producer_id) => {
                Event::ConsumerClosed(ConsumerRef { consumer_id, producer_id, reason })
            }
            TakenWhat::Data(data_consumer_id, data_producer_id) => {
                Event::DataConsumerClosed(DataConsumerRef { data_consumer_id, data_producer_id, reason })
            }
        }
    }
}

impl State {
    pub(super) fn join(&mut self, ask: &Ask, mut request: JoinRoom, now: Instant) -> Result<Reply, RoomError> {
        let Ask { session, fresh, caller, .. } = ask;
        admit(caller, &self.call_id, fresh.at)?;
        let (session, fresh) = (*session, *fresh);
        // What is known of who asks is not the client's to say.
        if let Some(user_id) = &caller.user_id {
            request.user_id = user_id.clone();
        }
        if let Some(name) = &caller.display_name {
            request.display_name = Some(name.clone());
        }
        if request.call_id != self.call_id {
            return Err(RoomError::RoomNotFound);
        }
        if self.sessions.contains_key(&session) {
            return Err(RoomError::AlreadyJoined);
        }
        if let Some(token) = &request.resume_token {
            return self.resume(ask, token, &request, now);
        }
        let caller = &self.remembered.lowered(&request.user_id, caller);
        self.check_door(caller, &request.user_id)?;
        self.replace_older_selves(&request, now);
        if self.peers.len() >= self.max_peers() {
            return Err(RoomError::RoomFull(self.max_peers()));
        }
        let peers = self.others(fresh.peer);
        self.joins += 1;
        let (user_id, name) = (request.user_id, request.display_name);
        let mutes = self.remembered.mutes(&user_id);
        let peer = Peer { mutes, ..Peer::new(fresh, session, user_id, name, Arc::clone(caller), self.joins, now) };
        let announcement = peer.announcement();
        self.record(Happening::Joined {
            peer_id: peer.id,
            user_id: peer.user_id.clone(),
            display_name: peer.display_name.clone(),
            role: peer.role(),
            address: caller.address,
        });
        self.peers.insert(fresh.peer, peer);
        self.sessions.insert(session, fresh.peer);
        self.empty_since = None;
        self.schedule_round(now);
        self.tell_others(fresh.peer, Event::PeerJoined(announcement));
        let (peer_id, resume_token) = (fresh.peer, fresh.token);
        let active_speaker = self.speaker();
        Ok(Reply::Joined(Box::new(Joined {
            peer_id,
            resume_token,
            resumed: false,
            own: None,
            role: caller.role,
            permissions: caller.permissions(&self.settings.roles).into_owned(),
            locked: self.options.locked,
            peers,
            active_speaker,
            messages: self.messages.to_everybody(),
            ice_servers: Arc::default(),
        })))
    }

    /// Takes a peer out with everything it has. Others hear of the consumers and producers first, then of the peer.
    pub(super) fn leave(&mut self, id: PeerId, reason: Reason, now: Instant) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        // Nothing is told to the one who leaves: its own part is over with its session.
        let (session, user_id) = (peer.session.take(), peer.user_id.clone());
        let transports: Vec<_> = peer.transports.keys().copied().collect();
        if let Some(session) = session {
            self.sessions.remove(&session);
        }
        for transport in transports {
            self.remove_transport(id, transport);
        }
        if let Some(peer) = self.peers.remove(&id) {
            self.remembered.leaves(&peer);
        }
        self.messages.forget(id);
        self.record(Happening::Left { peer_id: id, user_id: user_id.clone(), reason });
        self.tell_others(id, Event::PeerLeft(PeerGone { peer_id: id, user_id, reason }));
        self.outputs.extend(session.map(Output::Release));
        if self.peers.is_empty() {
            self.empty_since = Some(now);
        }
    }

    pub(super) fn remove_transport(&mut self, owner: PeerId, id: TransportId) {
        let Some(peer) = self.peers.get(&owner) else { return };
        let Some(router) = peer.transports.get(&id).map(|transport| transport.router) else { return };
        let producers: Vec<_> =
            peer.producers.iter().filter(|(_, producer)| producer.transport == id).map(|(id, _)| *id).collect();
        let data_producers: Vec<_> =
            peer.data_producers.iter().filter(|(_, producer)| producer.transport == id).map(|(id, _)| *id).collect();
        for consumer in peer.consumers_on(id) {
            self.take_consumer(owner, consumer);
        }
        if let Some(peer) = self.peers.get_mut(&owner) {
            peer.transports.remove(&id);
        }
        for producer in producers {
            self.remove_producer(owner, producer);
        }
        for producer in data_producers {
            self.remove_data_producer(owner, producer);
        }
        self.close_media(router, MediaObject::Transport(id));
        self.close_spoke_if_idle(router);
    }

    /// Takes a producer away: its receivers' consumers fall with it.
    pub(super) fn remove_producer(&mut self, owner: PeerId, id: ProducerId) {
        self.end_producer(owner, id, None);
    }

    /// The same; for a reason that its owner did not give, the owner is told as well.
    pub(super) fn end_producer(&mut self, owner: PeerId, id: ProducerId, reason: Option<Reason>) {
        let Some(peer) = self.peers.get_mut(&owner) else { return };
        let Some(producer) = peer.producers.remove(&id) else { return };
        peer.mutes.outlive(&producer);
        let closed = ProducerRef { reason, ..peer.producer_ref(id, &producer) };
        self.owners.remove(&id);
        for (receiver, consumer) in self.receivers.remove(&id).unwrap_or_default() {
            if let Some(peer) = self.peers.get_mut(&receiver) {
                peer.consumers.remove(&consumer);
                let closed = ConsumerRef { consumer_id: consumer, producer_id: id, reason: Reason::ProducerClosed };
                self.tell(receiver, Event::ConsumerClosed(closed));
            }
        }
        for peer in self.peers.values_mut() {
            peer.cannot_consume.remove(&id);
        }
        self.tell_all(|peer| peer.id != owner || reason.is_some(), Event::ProducerClosed(closed));
        self.close_pipes_of(id.into());
        self.heard_no_more(id);
        if let Some(home) = self.home {
            self.close_media(home, MediaObject::Producer(id));
        }
        self.limit_sending(owner, producer.transport);
    }

    /// Takes a consumer out of all books, if it was there.
    pub(super) fn take_consumer(&mut self, owner: PeerId, id: AnyConsumer) -> Option<Taken> {
        let peer = self.peers.get_mut(&owner)?;
        let router = peer.router_of(id)?;
        let (producer, what) = match id {
            AnyConsumer::Track(id) => {
                let producer = peer.consumers.remove(&id)?.producer;
                if let Some(receivers) = self.receivers.get_mut(&producer) {
                    receivers.remove(&(owner, id));
                }
                self.demand_changed.insert(producer);
                (AnyProducer::Track(producer), TakenWhat::Track(id, producer))
            }
            AnyConsumer::Data(id) => {
                let producer = peer.data_consumers.remove(&id)?.producer;
                if let Some(receivers) = self.data_receivers.get_mut(&producer) {
                    receivers.remove(&(owner, id));
                }
                (AnyProducer::Data(producer), TakenWhat::Data(id, producer))
            }
        };
        self.close_pipe_if_idle(router, producer);
        Some(Taken { router, what })
    }

    /// A worker closed a consumer by itself.
    pub(super) fn consumer_lost(&mut self, id: AnyConsumer) {
        let Some(owner) = self.peers.values().find(|peer| peer.receives(id)).map(|peer| peer.id) else { return };
        self.lose_consumer(owner, id);
    }

    /// A consumer went that its owner did not close.
    pub(super) fn lose_consumer(&mut self, owner: PeerId, id: AnyConsumer) {
        if let Some(taken) = self.take_consumer(owner, id) {
            self.tell(owner, taken.closed(Reason::ProducerClosed));
        }
    }
}
