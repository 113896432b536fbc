//! *Commit*: what becomes of the worker's answer, if what it was asked for is still wanted.

use super::permissions::to_publish;
use super::stats::stats_told;
use super::{Op, State};
use crate::ids::{ConsumerId, PeerId, ProducerId, RouterId, TransportId};
use crate::media::protocol::{MediaError, MediaObjectKind, MediaReply};
use crate::protocol::{
    Consumed, ConsumerRef, Direction, Event, IceRestarted, Permission, Produce, Produced, Reason, Reply, Source,
    TransportInfo,
};
use crate::rooms::RoomError;
use crate::rooms::any::AnyProducer;
use crate::rooms::bitrates::top_layer;
use crate::rooms::command::OpId;
use crate::rooms::peer::{Connection, Consumer, Demand, Path, Producer, Transport};
use std::sync::Arc;
use std::time::Instant;

pub(super) type Done = Result<MediaReply, MediaError>;

impl State {
    pub(super) fn commit(
        &mut self,
        id: OpId,
        router: RouterId,
        peer: PeerId,
        op: Op,
        result: Done,
        now: Instant,
    ) -> Result<Reply, RoomError> {
        let made = result.as_ref().ok().and_then(MediaReply::created);
        let consumed = if let Op::Consume { producer, .. } = &op { Some(*producer) } else { None };
        let answer = self.commit_made(id, router, peer, op, result, now);
        if answer.is_err() {
            // What was made and not taken into the books is closed again: nothing is left behind.
            if let Some(object) = made {
                self.close_media(router, object);
            }
            if let Some(producer) = consumed {
                self.close_pipe_if_idle(router, producer);
            }
            self.close_spoke_if_idle(router);
        }
        answer
    }

    fn commit_made(
        &mut self,
        id: OpId,
        router: RouterId,
        peer: PeerId,
        op: Op,
        result: Done,
        now: Instant,
    ) -> Result<Reply, RoomError> {
        if self.closed() {
            return Err(RoomError::RoomClosed);
        }
        if !self.peers.contains_key(&peer) {
            return Err(RoomError::NotJoined);
        }
        match op {
            Op::OpenHome
            | Op::OpenSpoke
            | Op::MakeEnd(..)
            | Op::ConnectEnd(_)
            | Op::PipeOut(..)
            | Op::Look { .. }
            | Op::Mute { .. }
            | Op::PipeIn { .. } => Err(RoomError::Fault),
            Op::CreateTransport { direction } => self.transport_made(router, peer, direction, result),
            Op::Connect { transport } => self.transport_connected(peer, transport, result),
            Op::Stats => stats_told(result),
            Op::RestartIce { transport } => self.ice_restarted(peer, transport, result, now),
            Op::Produce { request } => self.producer_made(peer, *request, result),
            Op::Consume { transport, producer, pipe } => {
                let piped = self.still_piped(router, producer, pipe);
                let result =
                    if piped { result } else { result.and(Err(MediaError::NotFound(MediaObjectKind::Producer))) };
                match producer {
                    AnyProducer::Track(producer) => self.consumer_made(peer, transport, producer, result),
                    AnyProducer::Data(producer) => self.data_consumer_made(peer, transport, producer, result),
                }
            }
            Op::ProduceData { request } => self.data_producer_made(peer, *request, result),
            Op::PauseProducer { producer, paused } => self.producer_paused(id, peer, producer, paused, result),
            Op::PauseConsumer { consumer, paused } => {
                let consumer = self.consumer_done(peer, consumer, result)?;
                if consumer.paused_by <= Some(id) {
                    (consumer.paused, consumer.paused_by) = (paused, Some(id));
                    let producer = consumer.producer;
                    self.demand_changed.insert(producer);
                }
                Ok(Reply::Done)
            }
            Op::PreferLayers { consumer, spatial_layer } => {
                let consumer = self.consumer_done(peer, consumer, result)?;
                if consumer.preferred.is_none_or(|(by, _)| by <= id) {
                    consumer.preferred = Some((id, spatial_layer));
                    let producer = consumer.producer;
                    self.demand_changed.insert(producer);
                }
                Ok(Reply::Done)
            }
            Op::Adjust { consumer } => self.consumer_done(peer, consumer, result).map(|_| Reply::Done),
        }
    }

    fn transport_made(
        &mut self,
        router: RouterId,
        peer: PeerId,
        direction: Direction,
        result: Done,
    ) -> Result<Reply, RoomError> {
        let peer = self.peers.get_mut(&peer).ok_or(RoomError::NotJoined)?;
        peer.reserved.transports -= 1;
        let MediaReply::Transport { transport: id, ice_parameters, ice_candidates, dtls_parameters, sctp_parameters } =
            result?
        else {
            return Err(RoomError::Fault);
        };
        let (connection, path, ceiling) = (Connection::New, Path::NotYet, self.settings.bitrates.floor);
        peer.transports.insert(id, Transport { router, direction, connection, path, ceiling });
        let ice_servers = Arc::default();
        let info = TransportInfo { id, ice_parameters, ice_candidates, dtls_parameters, sctp_parameters, ice_servers };
        Ok(Reply::Transport(Box::new(info)))
    }

    fn transport_connected(&mut self, peer: PeerId, id: TransportId, result: Done) -> Result<Reply, RoomError> {
        let peer = self.peers.get_mut(&peer).ok_or(RoomError::NotJoined)?;
        let transport = peer.transports.get_mut(&id).ok_or(RoomError::TransportNotFound)?;
        transport.connection = if result.is_ok() { Connection::Connected } else { Connection::New };
        result?;
        Ok(Reply::Done)
    }

    fn ice_restarted(&mut self, peer: PeerId, id: TransportId, result: Done, now: Instant) -> Result<Reply, RoomError> {
        let MediaReply::IceParameters(ice_parameters) = result? else { return Err(RoomError::Fault) };
        let peer = self.peers.get_mut(&peer).ok_or(RoomError::NotJoined)?;
        let transport = peer.transports.get_mut(&id).ok_or(RoomError::TransportNotFound)?;
        // The client has as long as anybody to find the new path.
        if let Path::LostSince(since) = &mut transport.path {
            *since = now;
        }
        Ok(Reply::IceRestarted(IceRestarted { ice_parameters, ice_servers: Arc::default() }))
    }

    fn producer_made(&mut self, peer_id: PeerId, request: Produce, result: Done) -> Result<Reply, RoomError> {
        let peer = self.peers.get_mut(&peer_id).ok_or(RoomError::NotJoined)?;
        *peer.reserved.producers(request.kind) -= 1;
        let MediaReply::Producer { producer: id } = result? else { return Err(RoomError::Fault) };
        // Its role may have changed meanwhile.
        self.check(peer_id, to_publish(request.kind, Source::of(&request.app_data)))?;
        let peer = self.peer(peer_id)?;
        let top_layer = top_layer(&request.rtp_parameters);
        let Produce { transport_id: transport, kind, app_data, paused, .. } = request;
        let source = Source::of(&app_data);
        if !peer.transports.contains_key(&transport) {
            return Err(RoomError::TransportNotFound);
        }
        let muted = peer.mutes.take(kind, source);
        let producer = Producer {
            transport,
            kind,
            app_data,
            paused,
            paused_by: None,
            score: Vec::new(),
            source,
            muted,
            top_layer,
            // Somebody is about to receive it, most likely.
            demand: Demand { told: Some(top_layer), release_at: None },
        };
        let announcement = peer.producer_ref(id, &producer);
        peer.producers.insert(id, producer);
        self.owners.insert(id, peer_id);
        self.demand_changed.insert(id);
        self.limit_sending(peer_id, transport);
        self.tell_others(peer_id, Event::NewProducer(announcement));
        if muted && !paused {
            self.pause_muted(peer_id, id);
        }
        Ok(Reply::Produced(Produced { producer_id: id, id, paused: paused || muted, muted }))
    }

    fn consumer_made(
        &mut self,
        peer_id: PeerId,
        transport: TransportId,
        producer_id: ProducerId,
        result: Done,
    ) -> Result<Reply, RoomError> {
        let peer = self.peers.get_mut(&peer_id).ok_or(RoomError::NotJoined)?;
        peer.reserved.consumers -= 1;
        // The producer may be gone by the time that this is answered.
        if matches!(result, Err(MediaError::CannotConsume)) && self.owners.contains_key(&producer_id) {
            peer.cannot_consume.insert(producer_id);
        }
        let MediaReply::Consumer { consumer: id, kind, rtp_parameters, r#type } = result? else {
            return Err(RoomError::Fault);
        };
        self.check(peer_id, Permission::Subscribe)?;
        let peer = self.peer(peer_id)?;
        if !peer.transports.contains_key(&transport) {
            return Err(RoomError::TransportNotFound);
        }
        let owner = *self.owners.get(&producer_id).ok_or(RoomError::ProducerNotFound)?;
        let producer = self.peers.get(&owner).and_then(|owner| owner.producers.get(&producer_id));
        let producer = producer.ok_or(RoomError::ProducerNotFound)?;
        let consumed = Consumed {
            id,
            consumer_id: id,
            producer_id,
            kind,
            rtp_parameters: *rtp_parameters,
            r#type,
            producer_paused: producer.paused,
            app_data: producer.app_data.clone(),
            peer_id: owner,
        };
        let peer = self.peers.get_mut(&peer_id).ok_or(RoomError::NotJoined)?;
        let consumer = Consumer {
            transport,
            producer: producer_id,
            kind,
            score: None,
            layers: None,
            paused: true,
            paused_by: None,
            preferred: None,
        };
        peer.consumers.insert(id, consumer);
        peer.cannot_consume.remove(&producer_id);
        self.receivers.entry(producer_id).or_default().insert((peer_id, id));
        Ok(Reply::Consumed(Box::new(consumed)))
    }

    pub(super) fn producer_paused(
        &mut self,
        op: OpId,
        owner: PeerId,
        id: ProducerId,
        paused: bool,
        result: Done,
    ) -> Result<Reply, RoomError> {
        let peer = self.peers.get_mut(&owner).ok_or(RoomError::NotJoined)?;
        let producer = peer.producers.get_mut(&id).ok_or(RoomError::ProducerNotFound)?;
        result?;
        // A later request has been answered first: what it set holds.
        if producer.paused_by > Some(op) {
            return Ok(Reply::Done);
        }
        producer.paused_by = Some(op);
        if std::mem::replace(&mut producer.paused, paused) == paused {
            return Ok(Reply::Done);
        }
        let peer = &self.peers[&owner];
        let changed = peer.producer_ref(id, &peer.producers[&id]);
        let receivers: Vec<_> = self.receivers.get(&id).into_iter().flatten().copied().collect();
        for (receiver, consumer_id) in receivers {
            let reason = if paused { Reason::ProducerPaused } else { Reason::ProducerResumed };
            let consumer = ConsumerRef { consumer_id, producer_id: id, reason };
            let event = if paused { Event::ConsumerPaused(consumer) } else { Event::ConsumerResumed(consumer) };
            self.tell(receiver, event);
        }
        self.pause_piped(id, paused);
        self.tell_others(owner, if paused { Event::ProducerPaused(changed) } else { Event::ProducerResumed(changed) });
        Ok(Reply::Done)
    }

    /// The consumer of which something was set, if it is still there.
    fn consumer_done(&mut self, peer: PeerId, id: ConsumerId, result: Done) -> Result<&mut Consumer, RoomError> {
        let peer = self.peers.get_mut(&peer).ok_or(RoomError::NotJoined)?;
        let consumer = peer.consumers.get_mut(&id).ok_or(RoomError::ConsumerNotFound)?;
        result.map(|_| consumer).map_err(RoomError::from)
    }
}
