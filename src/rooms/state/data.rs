//! Data channels: who has which open, and who receives them.

use super::commit::Done;
use super::pipes::{Waiting, Wanted};
use super::requests::{Step, usable, within};
use super::{Asker, Op, State};
use crate::ids::{DataConsumerId, DataProducerId, PeerId, TransportId};
use crate::limits::Limit;
use crate::media::protocol::{MediaObject, MediaReply, MediaRequest};
use crate::protocol::{
    ConsumeData, DataConsumed, DataConsumerRef, DataProduced, DataProducerRef, Direction, Event, Permission,
    ProduceData, Reason, Reply,
};
use crate::rooms::RoomError;
use crate::rooms::peer::{DataConsumer, DataProducer};

impl State {
    pub(super) fn produce_data(&mut self, asker: Asker, request: Box<ProduceData>) -> Step {
        let settings = &self.settings;
        let (max, max_app_data) = (settings.max_data_producers_per_peer, settings.max_app_data_bytes);
        self.has_data()?;
        self.check(asker.peer, Permission::PublishData)?;
        let peer = self.peer(asker.peer)?;
        let transport = request.transport_id;
        let router = usable(peer, transport, Direction::Send)?;
        if request.app_data.bytes() > max_app_data {
            return Err(RoomError::AppDataTooLarge(max_app_data));
        }
        within(Limit::DataProducers, peer.data_producers.len() + peer.reserved.data_producers, max)?;
        peer.reserved.data_producers += 1;
        let media = MediaRequest::ProduceData {
            transport,
            producer: None,
            sctp_stream_parameters: request.sctp_stream_parameters,
            label: request.label.to_string(),
            protocol: request.protocol.to_string(),
        };
        self.run(Some(asker), router, Op::ProduceData { request }, media);
        Ok(None)
    }

    pub(super) fn consume_data(&mut self, asker: Asker, request: ConsumeData) -> Step {
        let ConsumeData { transport_id: transport, data_producer_id: producer } = request;
        let (owner, max) = (self.data_owners.get(&producer).copied(), self.settings.max_data_consumers_per_peer);
        self.has_data()?;
        self.check(asker.peer, Permission::Subscribe)?;
        let peer = self.peer(asker.peer)?;
        usable(peer, transport, Direction::Recv)?;
        match owner {
            None => return Err(RoomError::DataProducerNotFound),
            Some(owner) if owner == asker.peer => return Err(RoomError::OwnDataProducer),
            Some(_) => {}
        }
        within(Limit::DataConsumers, peer.data_consumers.len() + peer.reserved.data_consumers, max)?;
        peer.reserved.data_consumers += 1;
        self.start_consumer(Waiting { asker, transport, wanted: Wanted::Data(producer) });
        Ok(None)
    }

    fn has_data(&self) -> Result<(), RoomError> {
        if self.settings.data { Ok(()) } else { Err(RoomError::NoData) }
    }

    pub(super) fn close_data_producer(&mut self, asker: Asker, id: DataProducerId) -> Step {
        if !self.peer(asker.peer)?.data_producers.contains_key(&id) {
            return Err(RoomError::DataProducerNotFound);
        }
        self.remove_data_producer(asker.peer, id);
        Ok(Some(Reply::Done))
    }

    pub(super) fn close_data_consumer(&mut self, asker: Asker, id: DataConsumerId) -> Step {
        let taken = self.take_consumer(asker.peer, id.into()).ok_or(RoomError::DataConsumerNotFound)?;
        self.close_media(taken.router, MediaObject::DataConsumer(id));
        Ok(Some(Reply::Done))
    }

    pub(super) fn data_producer_made(
        &mut self,
        peer_id: PeerId,
        request: ProduceData,
        result: Done,
    ) -> Result<Reply, RoomError> {
        let peer = self.peers.get_mut(&peer_id).ok_or(RoomError::NotJoined)?;
        peer.reserved.data_producers -= 1;
        let MediaReply::DataProducer { producer: id } = result? else { return Err(RoomError::Fault) };
        self.check(peer_id, Permission::PublishData)?;
        let peer = self.peer(peer_id)?;
        let ProduceData { transport_id: transport, label, protocol, app_data, .. } = request;
        if !peer.transports.contains_key(&transport) {
            return Err(RoomError::TransportNotFound);
        }
        let producer = DataProducer { transport, label, protocol, app_data };
        let announcement = peer.data_producer_ref(id, &producer);
        peer.data_producers.insert(id, producer);
        self.data_owners.insert(id, peer_id);
        self.tell_others(peer_id, Event::NewDataProducer(announcement));
        Ok(Reply::DataProduced(DataProduced { data_producer_id: id, id }))
    }

    pub(super) fn data_consumer_made(
        &mut self,
        peer_id: PeerId,
        transport: TransportId,
        producer_id: DataProducerId,
        result: Done,
    ) -> Result<Reply, RoomError> {
        let peer = self.peers.get_mut(&peer_id).ok_or(RoomError::NotJoined)?;
        peer.reserved.data_consumers -= 1;
        let MediaReply::DataConsumer { consumer: id, sctp_stream_parameters, .. } = result? else {
            return Err(RoomError::Fault);
        };
        self.check(peer_id, Permission::Subscribe)?;
        let peer = self.peer(peer_id)?;
        if !peer.transports.contains_key(&transport) {
            return Err(RoomError::TransportNotFound);
        }
        let owner = *self.data_owners.get(&producer_id).ok_or(RoomError::DataProducerNotFound)?;
        let producer = self.peers.get(&owner).and_then(|owner| owner.data_producers.get(&producer_id));
        let producer = producer.ok_or(RoomError::DataProducerNotFound)?;
        let consumed = DataConsumed {
            id,
            data_consumer_id: id,
            data_producer_id: producer_id,
            sctp_stream_parameters,
            label: producer.label.clone(),
            protocol: producer.protocol.clone(),
            app_data: producer.app_data.clone(),
            peer_id: owner,
        };
        let peer = self.peers.get_mut(&peer_id).ok_or(RoomError::NotJoined)?;
        peer.data_consumers.insert(id, DataConsumer { transport, producer: producer_id });
        self.data_receivers.entry(producer_id).or_default().insert((peer_id, id));
        Ok(Reply::DataConsumed(Box::new(consumed)))
    }

    /// Takes a data producer away: its receivers' data consumers fall with it.
    pub(super) fn remove_data_producer(&mut self, owner: PeerId, id: DataProducerId) {
        self.end_data_producer(owner, id, None);
    }

    /// The same; for a reason that its owner did not give, the owner is told as well.
    pub(super) fn end_data_producer(&mut self, owner: PeerId, id: DataProducerId, reason: Option<Reason>) {
        let Some(peer) = self.peers.get_mut(&owner) else { return };
        let Some(producer) = peer.data_producers.remove(&id) else { return };
        let closed = DataProducerRef { reason, ..peer.data_producer_ref(id, &producer) };
        self.data_owners.remove(&id);
        for (receiver, consumer) in self.data_receivers.remove(&id).unwrap_or_default() {
            if let Some(peer) = self.peers.get_mut(&receiver) {
                peer.data_consumers.remove(&consumer);
                let reason = Reason::ProducerClosed;
                let closed = DataConsumerRef { data_consumer_id: consumer, data_producer_id: id, reason };
                self.tell(receiver, Event::DataConsumerClosed(closed));
            }
        }
        self.tell_all(|peer| peer.id != owner || reason.is_some(), Event::DataProducerClosed(closed));
        self.close_pipes_of(id.into());
        if let Some(home) = self.home {
            self.close_media(home, MediaObject::DataProducer(id));
        }
    }
}
