//! *Reserve*: what a request is checked for, and what it asks of the worker.

use super::ceilings::is_screen;
use super::permissions::to_publish;
use super::pipes::{Waiting, Wanted};
use super::{Ask, Asker, Moderator, Op, Phase, State};
use crate::ids::{ConsumerId, PeerId, ProducerId, RouterId, TransportId};
use crate::limits::Limit;
use crate::media::protocol::{ConsumerLayers, MediaKind, MediaObject, MediaRequest};
use crate::protocol::{
    CallId, ConnectTransport, Consume, CreateRoom, Direction, Permission, PreferredLayers, Produce, Producers, Reason,
    Reply, Request, RoomInfo, Source,
};
use crate::rooms::RoomError;
use crate::rooms::command::{Fresh, Output};
use crate::rooms::peer::{Connection, Peer};
use std::sync::Arc;
use std::time::Instant;

/// Either the answer, or the worker was asked and the answer comes with its own.
pub(super) type Step = Result<Option<Reply>, RoomError>;

impl State {
    pub(super) fn request(&mut self, ask: Ask, request: Request, now: Instant) {
        let Ask { ticket, session, fresh, .. } = ask;
        let joining = matches!(request, Request::JoinRoom(_));
        let step = match request {
            Request::CreateRoom(request) => self.create(&request, now).map(Some),
            _ if !self.open() => Err(RoomError::RoomClosed),
            Request::JoinRoom(request) => self.join(&ask, *request, now).map(Some),
            request => match self.sessions.get(&session).copied() {
                Some(peer) => self.of_peer(Asker { ticket, peer }, fresh, request, now),
                None => Err(RoomError::NotJoined),
            },
        };
        // A join that was refused leaves the session outside, unless it was the second of one that is inside.
        if joining && step.is_err() && !self.sessions.contains_key(&session) {
            self.outputs.push(Output::Release(session));
        }
        let anew = matches!(&step, Ok(Some(Reply::Joined(joined))) if !joined.resumed);
        match step {
            Ok(Some(reply)) => self.answer(ticket, Ok(reply)),
            Ok(None) => {}
            Err(error) => self.answer(ticket, Err(error)),
        }
        // Who comes back may have missed that its media was lost, or what of it is wanted.
        if joining && let Some(peer) = self.sessions.get(&session).copied() {
            self.tell_of_reset(peer);
            self.repeat_demand(peer);
            if anew {
                self.repeat_mutes(peer);
            }
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

    fn of_peer(&mut self, asker: Asker, fresh: Fresh, request: Request, now: Instant) -> Step {
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
            Request::SendMessage(request) => self.send_message(asker.peer, fresh, request, now).map(Some),
            Request::Moderate(action) => {
                let by = Moderator { caller: Arc::clone(&peer.caller), peer: Some(asker.peer) };
                self.moderate(&by, action, now).map(Some)
            }
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
            Request::PauseConsumer(id) => self.pause_consumer(asker, id, true),
            Request::ResumeConsumer(id) => self.pause_consumer(asker, id, false),
            Request::CloseConsumer(id) => self.close_consumer(asker, id),
            Request::ProduceData(request) => self.produce_data(asker, request),
            Request::CloseDataProducer(id) => self.close_data_producer(asker, id),
            Request::ConsumeData(request) => self.consume_data(asker, request),
            Request::CloseDataConsumer(id) => self.close_data_consumer(asker, id),
            Request::GetTransportStats(id) => self.transport_stats(asker, id),
            Request::GetProducerStats(id) => self.producer_stats(asker, id),
            Request::GetConsumerStats(id) => self.consumer_stats(asker, id),
            Request::SetConsumerPreferredLayers(request) => self.prefer_layers(asker, request),
            Request::SetConsumerPriority(consumer, priority) => {
                self.adjust(asker, consumer, MediaRequest::SetPriority { consumer, priority })
            }
            Request::RequestConsumerKeyFrame(id) => self.adjust(asker, id, MediaRequest::RequestKeyFrame(id)),
        }
    }

    pub(super) fn peer(&mut self, id: PeerId) -> Result<&mut Peer, RoomError> {
        self.peers.get_mut(&id).ok_or(RoomError::NotJoined)
    }

    fn create_transport(&mut self, asker: Asker, direction: Direction, now: Instant) -> Step {
        let max = self.settings.max_transports_per_peer;
        self.check_direction(asker.peer, direction)?;
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

    fn produce(&mut self, asker: Asker, mut request: Box<Produce>) -> Step {
        let (settings, kind, source) = (&self.settings, request.kind, Source::of(&request.app_data));
        self.check(asker.peer, to_publish(kind, source))?;
        let max_app_data = settings.max_app_data_bytes;
        let (limit, max) = match kind {
            MediaKind::Audio => (Limit::AudioProducers, settings.max_audio_producers_per_peer),
            MediaKind::Video => (Limit::VideoProducers, settings.max_video_producers_per_peer),
        };
        let (screens, max_screens) = (self.screens(), self.settings.max_screens);
        let peer = self.peer(asker.peer)?;
        let router = usable(peer, request.transport_id, Direction::Send)?;
        if request.app_data.bytes() > max_app_data {
            return Err(RoomError::AppDataTooLarge(max_app_data));
        }
        let there = peer.producers.values().filter(|producer| producer.kind == kind).count();
        let reserved = peer.reserved.producers(kind);
        within(limit, there + *reserved, max)?;
        if is_screen(kind, source) {
            within(Limit::Screens, screens, max_screens)?;
        }
        *reserved += 1;
        request.paused |= peer.mutes.hold(kind, source);
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
        self.check(asker.peer, Permission::Subscribe)?;
        let peer = self.peer(asker.peer)?;
        usable(peer, transport, Direction::Recv)?;
        match owner {
            None => return Err(RoomError::ProducerNotFound),
            Some(owner) if owner == asker.peer => return Err(RoomError::OwnProducer),
            Some(_) => {}
        }
        within(Limit::Consumers, peer.consumers.len() + peer.reserved.consumers, max)?;
        peer.reserved.consumers += 1;
        let wanted = Wanted::Track(producer, Box::new(rtp_capabilities));
        self.start_consumer(Waiting { asker, transport, wanted });
        Ok(None)
    }

    fn pause_producer(&mut self, asker: Asker, id: ProducerId, paused: bool) -> Step {
        let router = self.own_producer(asker.peer, id)?;
        if !paused && self.peer(asker.peer)?.producers.get(&id).is_some_and(|producer| producer.muted) {
            return Err(RoomError::Muted);
        }
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
    pub(super) fn own_producer(&mut self, peer: PeerId, id: ProducerId) -> Result<RouterId, RoomError> {
        let peer = self.peer(peer)?;
        let transport = peer.producers.get(&id).ok_or(RoomError::ProducerNotFound)?.transport;
        peer.transports.get(&transport).map(|transport| transport.router).ok_or(RoomError::TransportNotFound)
    }

    fn pause_consumer(&mut self, asker: Asker, id: ConsumerId, paused: bool) -> Step {
        let router = self.peer(asker.peer)?.router_of(id).ok_or(RoomError::ConsumerNotFound)?;
        let request = if paused { MediaRequest::PauseConsumer(id) } else { MediaRequest::ResumeConsumer(id) };
        self.run(Some(asker), router, Op::PauseConsumer { consumer: id, paused }, request);
        Ok(None)
    }

    fn prefer_layers(&mut self, asker: Asker, request: PreferredLayers) -> Step {
        let PreferredLayers { consumer_id: consumer, spatial_layer, temporal_layer } = request;
        let router = self.video_consumer(asker.peer, consumer)?;
        let layers = ConsumerLayers { spatial_layer, temporal_layer };
        let request = MediaRequest::SetPreferredLayers { consumer, layers };
        self.run(Some(asker), router, Op::PreferLayers { consumer, spatial_layer }, request);
        Ok(None)
    }

    fn adjust(&mut self, asker: Asker, consumer: ConsumerId, request: MediaRequest) -> Step {
        let router = self.video_consumer(asker.peer, consumer)?;
        self.run(Some(asker), router, Op::Adjust { consumer }, request);
        Ok(None)
    }

    /// Where an own consumer of video stands; sound has no layers, no key frames and no share in the bandwidth.
    fn video_consumer(&mut self, peer: PeerId, id: ConsumerId) -> Result<RouterId, RoomError> {
        let peer = self.peer(peer)?;
        match peer.consumers.get(&id).ok_or(RoomError::ConsumerNotFound)?.kind {
            MediaKind::Video => peer.router_of(id).ok_or(RoomError::ConsumerNotFound),
            MediaKind::Audio => Err(RoomError::NotVideo),
        }
    }

    fn close_consumer(&mut self, asker: Asker, id: ConsumerId) -> Step {
        let taken = self.take_consumer(asker.peer, id.into()).ok_or(RoomError::ConsumerNotFound)?;
        self.close_media(taken.router, MediaObject::Consumer(id));
        Ok(Some(Reply::Done))
    }

    fn producers(&self, asker: Asker, call_id: &CallId) -> Step {
        // Only who is in a room learns what is in it.
        if *call_id != self.call_id {
            return Err(RoomError::NotJoined);
        }
        let mut others: Vec<_> = self.peers.values().filter(|peer| peer.id != asker.peer).collect();
        others.sort_by_key(|peer| peer.joined);
        let producers = others.iter().flat_map(|peer| peer.producer_summaries()).collect();
        let data_producers = others.iter().flat_map(|peer| peer.data_producer_refs()).collect();
        Ok(Some(Reply::Producers(Producers { producers, data_producers })))
    }
}

/// The router of an own transport that carries media that way.
pub(super) fn usable(peer: &Peer, transport: TransportId, direction: Direction) -> Result<RouterId, RoomError> {
    match peer.transports.get(&transport) {
        None => Err(RoomError::TransportNotFound),
        Some(transport) if transport.direction != direction => Err(RoomError::WrongDirection(direction)),
        Some(transport) => Ok(transport.router),
    }
}

pub(super) fn within(limit: Limit, count: usize, max: usize) -> Result<(), RoomError> {
    if count < max { Ok(()) } else { Err(RoomError::LimitExceeded { limit, max }) }
}
