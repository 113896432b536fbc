//! *Reserve*: what a request is checked for, and what it asks of the worker.

use super::pipes::Waiting;
use super::{Asker, Op, Phase, State};
use crate::ids::{ConsumerId, PeerId, ProducerId, RouterId, SessionId, TransportId};
use crate::limits::Limit;
use crate::media::protocol::{MediaKind, MediaObject, MediaRequest};
use crate::protocol::{
    CallId, ConnectTransport, Consume, CreateRoom, Direction, Produce, Producers, Reason, Reply, Request, RoomInfo,
};
use crate::rooms::RoomError;
use crate::rooms::command::{Fresh, Output, Ticket};
use crate::rooms::peer::{Connection, Peer};
use std::sync::Arc;
use std::time::Instant;

/// Either the answer, or the worker was asked and the answer comes with its own.
type Step = Result<Option<Reply>, RoomError>;

impl State {
    pub(super) fn request(&mut self, ticket: Ticket, session: SessionId, fresh: Fresh, request: Request, now: Instant) {
        let joining = matches!(request, Request::JoinRoom(_));
        let step = match request {
            Request::CreateRoom(request) => self.create(&request, now).map(Some),
            _ if !self.open() => Err(RoomError::RoomClosed),
            Request::JoinRoom(request) => self.join(session, fresh, *request, now).map(Some),
            request => match self.sessions.get(&session).copied() {
                Some(peer) => self.of_peer(Asker { ticket, peer }, request, now),
                None => Err(RoomError::NotJoined),
            },
        };
        // A join that was refused leaves the session outside, unless it was the second of one that is inside.
        if joining && step.is_err() && !self.sessions.contains_key(&session) {
            self.outputs.push(Output::Release(session));
        }
        match step {
            Ok(Some(reply)) => self.answer(ticket, Ok(reply)),
            Ok(None) => {}
            Err(error) => self.answer(ticket, Err(error)),
        }
        // Who comes back may have missed that its media was lost.
        if joining && let Some(peer) = self.sessions.get(&session).copied() {
            self.tell_of_reset(peer);
        }
    }

    fn create(&mut self, request: &CreateRoom, now: Instant) -> Result<Reply, RoomError> {
        let Phase::Open { rtp_capabilities } = &self.phase else { return Err(RoomError::RoomClosed) };
        if request.call_id != self.call_id {
            return Err(RoomError::RoomNotFound);
        }
        let rtp_capabilities = Arc::clone(rtp_capabilities);
        let created = !std::mem::replace(&mut self.announced, true);
        // Whoever asks for the room is about to join: the time to do so starts anew.
        self.empty_since = self.empty_since.map(|_| now);
        Ok(Reply::Room(RoomInfo { call_id: request.call_id.clone(), rtp_capabilities, created }))
    }

    fn of_peer(&mut self, asker: Asker, request: Request, now: Instant) -> Step {
        let peer = self.peer(asker.peer)?;
        peer.heard = now;
        let lost = peer.reset;
        match request {
            Request::CreateRoom(_) | Request::JoinRoom(_) => Err(RoomError::AlreadyJoined),
            Request::LeaveRoom => {
                self.leave(asker.peer, Reason::Left, now);
                Ok(Some(Reply::Done))
            }
            Request::GetProducers(call_id) => self.producers(asker, &call_id),
            // What it is about is gone, as the peer will hear in a moment.
            _ if lost => Err(RoomError::MediaResetting),
            Request::CreateTransport(direction) => self.create_transport(asker, direction, now),
            Request::ConnectTransport(request) => self.connect_transport(asker, request),
            Request::RestartIce(id) => self.restart_ice(asker, id),
            Request::Produce(request) => self.produce(asker, request),
            Request::PauseProducer(id) => self.pause_producer(asker, id, true),
            Request::ResumeProducer(id) => self.pause_producer(asker, id, false),
            Request::CloseProducer(id) => self.close_producer(asker, id),
            Request::Consume(request) => self.consume(asker, *request),
            Request::PauseConsumer(id) => self.pause_consumer(asker, id, MediaRequest::PauseConsumer(id)),
            Request::ResumeConsumer(id) => self.pause_consumer(asker, id, MediaRequest::ResumeConsumer(id)),
            Request::CloseConsumer(id) => self.close_consumer(asker, id),
        }
    }

    fn peer(&mut self, id: PeerId) -> Result<&mut Peer, RoomError> {
        self.peers.get_mut(&id).ok_or(RoomError::NotJoined)
    }

    fn create_transport(&mut self, asker: Asker, direction: Direction, now: Instant) -> Step {
        let max = self.settings.max_transports_per_peer;
        let peer = self.peer(asker.peer)?;
        within(Limit::Transports, peer.transports.len() + peer.reserved.transports, max)?;
        peer.reserved.transports += 1;
        self.place_transport(asker, direction, now);
        Ok(None)
    }

    fn connect_transport(&mut self, asker: Asker, request: ConnectTransport) -> Step {
        let ConnectTransport { transport_id: id, dtls_parameters } = request;
        let transport = self.peer(asker.peer)?.transports.get_mut(&id).ok_or(RoomError::TransportNotFound)?;
        if transport.connection != Connection::New {
            return Err(RoomError::TransportAlreadyConnected);
        }
        transport.connection = Connection::Connecting;
        let router = transport.router;
        let request = MediaRequest::ConnectTransport { transport: id, dtls_parameters };
        self.run(Some(asker), router, Op::Connect { transport: id }, request);
        Ok(None)
    }

    fn restart_ice(&mut self, asker: Asker, id: TransportId) -> Step {
        let router = self.peer(asker.peer)?.transports.get(&id).ok_or(RoomError::TransportNotFound)?.router;
        self.run(Some(asker), router, Op::RestartIce { transport: id }, MediaRequest::RestartIce(id));
        Ok(None)
    }

    fn produce(&mut self, asker: Asker, request: Box<Produce>) -> Step {
        let (settings, kind) = (&self.settings, request.kind);
        let max_app_data = settings.max_app_data_bytes;
        let (limit, max) = match kind {
            MediaKind::Audio => (Limit::AudioProducers, settings.max_audio_producers_per_peer),
            MediaKind::Video => (Limit::VideoProducers, settings.max_video_producers_per_peer),
        };
        let peer = self.peer(asker.peer)?;
        let router = usable(peer, request.transport_id, Direction::Send)?;
        if request.app_data.bytes() > max_app_data {
            return Err(RoomError::AppDataTooLarge(max_app_data));
        }
        let there = peer.producers.values().filter(|producer| producer.kind == kind).count();
        let reserved = peer.reserved.producers(kind);
        within(limit, there + *reserved, max)?;
        *reserved += 1;
        let media = MediaRequest::Produce {
            transport: request.transport_id,
            kind,
            rtp_parameters: Box::new(request.rtp_parameters.clone()),
            paused: request.paused,
        };
        self.run(Some(asker), router, Op::Produce { request }, media);
        Ok(None)
    }

    fn consume(&mut self, asker: Asker, request: Consume) -> Step {
        let Consume { transport_id: transport, producer_id: producer, rtp_capabilities } = request;
        let (owner, max) = (self.owners.get(&producer).copied(), self.settings.max_consumers_per_peer);
        let peer = self.peer(asker.peer)?;
        usable(peer, transport, Direction::Recv)?;
        match owner {
            None => return Err(RoomError::ProducerNotFound),
            Some(owner) if owner == asker.peer => return Err(RoomError::OwnProducer),
            Some(_) => {}
        }
        within(Limit::Consumers, peer.consumers.len() + peer.reserved.consumers, max)?;
        peer.reserved.consumers += 1;
        let rtp_capabilities = Box::new(rtp_capabilities);
        self.start_consumer(producer, Waiting { asker, transport, rtp_capabilities });
        Ok(None)
    }

    fn pause_producer(&mut self, asker: Asker, id: ProducerId, paused: bool) -> Step {
        let router = self.own_producer(asker.peer, id)?;
        let request = if paused { MediaRequest::PauseProducer(id) } else { MediaRequest::ResumeProducer(id) };
        self.run(Some(asker), router, Op::PauseProducer { producer: id, paused }, request);
        Ok(None)
    }

    fn close_producer(&mut self, asker: Asker, id: ProducerId) -> Step {
        self.own_producer(asker.peer, id)?;
        self.remove_producer(asker.peer, id);
        Ok(Some(Reply::Done))
    }

    /// Where an own producer stands.
    fn own_producer(&mut self, peer: PeerId, id: ProducerId) -> Result<RouterId, RoomError> {
        let peer = self.peer(peer)?;
        let transport = peer.producers.get(&id).ok_or(RoomError::ProducerNotFound)?.transport;
        peer.transports.get(&transport).map(|transport| transport.router).ok_or(RoomError::TransportNotFound)
    }

    fn pause_consumer(&mut self, asker: Asker, id: ConsumerId, request: MediaRequest) -> Step {
        let router = self.peer(asker.peer)?.router_of(id).ok_or(RoomError::ConsumerNotFound)?;
        self.run(Some(asker), router, Op::PauseConsumer { consumer: id }, request);
        Ok(None)
    }

    fn close_consumer(&mut self, asker: Asker, id: ConsumerId) -> Step {
        let router = self.take_consumer(asker.peer, id).ok_or(RoomError::ConsumerNotFound)?;
        self.close_media(router, MediaObject::Consumer(id));
        Ok(Some(Reply::Done))
    }

    fn producers(&self, asker: Asker, call_id: &CallId) -> Step {
        // Only who is in a room learns what is in it.
        if *call_id != self.call_id {
            return Err(RoomError::NotJoined);
        }
        let mut others: Vec<_> = self.peers.values().filter(|peer| peer.id != asker.peer).collect();
        others.sort_by_key(|peer| peer.joined);
        let producers = others.into_iter().flat_map(Peer::producer_summaries).collect();
        Ok(Some(Reply::Producers(Producers { producers })))
    }
}

/// The router of an own transport that carries media that way.
fn usable(peer: &Peer, transport: TransportId, direction: Direction) -> Result<RouterId, RoomError> {
    match peer.transports.get(&transport) {
        None => Err(RoomError::TransportNotFound),
        Some(transport) if transport.direction != direction => Err(RoomError::WrongDirection(direction)),
        Some(transport) => Ok(transport.router),
    }
}

fn within(limit: Limit, count: usize, max: usize) -> Result<(), RoomError> {
    if count < max { Ok(()) } else { Err(RoomError::LimitExceeded { limit, max }) }
}
