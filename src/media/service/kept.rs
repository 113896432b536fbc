//! What a request has made: goes into the books of the worker's objects, and its description into the reply.

use super::Service;
use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, RouterId, TransportId};
use crate::media::objects::AnyTransport;
use crate::media::protocol::{ConsumerType, MediaError, MediaObject, MediaObjectKind, MediaReply, MediaRequest};
use crate::media::speakers::Speakers;
use mediasoup::consumer::Consumer;
use mediasoup::data_consumer::DataConsumer;
use mediasoup::data_producer::DataProducer;
use mediasoup::prelude::{PipeTransport, Router, Transport as _, WebRtcTransport};
use mediasoup::producer::Producer;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use uuid::Uuid;

pub(super) enum Made {
    Router(RouterId, Router, Option<Speakers>),
    Transport(RouterId, WebRtcTransport),
    Pipe(RouterId, PipeTransport),
    Producer(TransportId, Producer, Option<Speakers>),
    Consumer(TransportId, ProducerId, Consumer),
    DataProducer(TransportId, DataProducer),
    DataConsumer(TransportId, DataProducerId, DataConsumer),
    Nothing(MediaReply),
}

impl Service {
    /// Keeps it; if what it stands on has gone meanwhile, it is dropped, and so closed.
    pub(super) fn keep(&mut self, made: Made) -> Result<MediaReply, MediaError> {
        match made {
            Made::Nothing(reply) => Ok(reply),
            Made::Router(id, router, speakers) => {
                let rtp_capabilities = Box::new(router.rtp_capabilities());
                self.objects.add_router(id, router, speakers);
                Ok(MediaReply::Router { rtp_capabilities })
            }
            Made::Transport(router, transport) => {
                let id = TransportId::from(Uuid::from(transport.id()));
                let reply = MediaReply::Transport {
                    transport: id,
                    ice_parameters: transport.ice_parameters().clone(),
                    ice_candidates: transport.ice_candidates().clone(),
                    dtls_parameters: transport.dtls_parameters(),
                    sctp_parameters: transport.sctp_parameters(),
                };
                let registrations = self.callbacks.of_webrtc_transport(id, &transport);
                self.objects
                    .add_transport(router, id, AnyTransport::WebRtc(transport), registrations)
                    .ok_or(MediaError::NotFound(MediaObjectKind::Router))?;
                Ok(reply)
            }
            Made::Pipe(router, transport) => {
                let id = TransportId::from(Uuid::from(transport.id()));
                let local = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), transport.tuple().local_port());
                let registrations = self.callbacks.of_pipe_transport(id, &transport);
                self.objects
                    .add_transport(router, id, AnyTransport::Pipe(transport), registrations)
                    .ok_or(MediaError::NotFound(MediaObjectKind::Router))?;
                Ok(MediaReply::PipeTransport { transport: id, local })
            }
            Made::Producer(transport, producer, heard_by) => {
                let id = ProducerId::from(Uuid::from(producer.id()));
                let registrations = self.callbacks.of_producer(id, &producer);
                self.objects
                    .add_producer(transport, id, producer, heard_by, registrations)
                    .ok_or(MediaError::NotFound(MediaObjectKind::Transport))?;
                Ok(MediaReply::Producer { producer: id })
            }
            Made::Consumer(transport, producer, consumer) => {
                let id = ConsumerId::from(Uuid::from(consumer.id()));
                let reply = consumer_reply(id, &consumer);
                let registrations = self.callbacks.of_consumer(id, &consumer);
                self.objects
                    .add_consumer(transport, producer, id, consumer, registrations)
                    .ok_or(MediaError::NotFound(MediaObjectKind::Producer))?;
                Ok(reply)
            }
            Made::DataProducer(transport, producer) => {
                let id = DataProducerId::from(Uuid::from(producer.id()));
                let registrations = self.callbacks.of_data_producer(id, &producer);
                self.objects
                    .add_data_producer(transport, id, producer, registrations)
                    .ok_or(MediaError::NotFound(MediaObjectKind::Transport))?;
                Ok(MediaReply::DataProducer { producer: id })
            }
            Made::DataConsumer(transport, producer, consumer) => {
                let id = DataConsumerId::from(Uuid::from(consumer.id()));
                let reply = data_consumer_reply(id, &consumer)?;
                let registrations = self.callbacks.of_data_consumer(id, &consumer);
                self.objects
                    .add_data_consumer(transport, producer, id, consumer, registrations)
                    .ok_or(MediaError::NotFound(MediaObjectKind::DataProducer))?;
                Ok(reply)
            }
        }
    }
}

fn consumer_reply(id: ConsumerId, consumer: &Consumer) -> MediaReply {
    let (kind, rtp_parameters) = (consumer.kind(), Box::new(consumer.rtp_parameters().clone()));
    match consumer.r#type() {
        ConsumerType::Pipe => {
            let producer_paused = consumer.producer_paused();
            MediaReply::PipeConsumer { consumer: id, kind, rtp_parameters, producer_paused }
        }
        r#type => MediaReply::Consumer { consumer: id, kind, rtp_parameters, r#type },
    }
}

fn data_consumer_reply(id: DataConsumerId, consumer: &DataConsumer) -> Result<MediaReply, MediaError> {
    let without = || MediaError::Failed("a data consumer without a stream".to_owned());
    Ok(MediaReply::DataConsumer {
        consumer: id,
        sctp_stream_parameters: consumer.sctp_stream_parameters().ok_or_else(without)?,
        label: consumer.label().clone(),
        protocol: consumer.protocol().clone(),
    })
}

/// What the answered request has made, to be closed if nobody took the answer.
pub(in crate::media) fn created(request: &MediaRequest, reply: &MediaReply) -> Option<MediaObject> {
    match (request, reply) {
        (MediaRequest::CreateRouter { router }, MediaReply::Router { .. }) => Some(MediaObject::Router(*router)),
        (_, reply) => reply.created(),
    }
}
