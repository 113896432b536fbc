//! From a request to the future that does it. What is looked up is looked up before the future is made, so that
//! requests reach the worker in the order in which they came.

use super::failures::{consume_failed, failed, produce_failed, request_failed};
use super::kept::Made;
use super::{Service, settings};
use crate::ids::{ConsumerId, ProducerId, TransportId};
use crate::media::objects::AnyTransport;
use crate::media::protocol::{MediaError, MediaKind, MediaObjectKind, MediaReply, MediaRequest};
use crate::media::speakers::Speakers;
use crate::media::validate;
use futures_util::future::BoxFuture;
use mediasoup::consumer::{Consumer, ConsumerOptions};
use mediasoup::prelude::{
    PipeTransport, PipeTransportRemoteParameters, Router, RouterOptions, RtpCapabilities, WebRtcTransport,
    WebRtcTransportRemoteParameters,
};
use mediasoup::producer::{Producer, ProducerOptions};
use mediasoup::worker::RequestError;
use std::future::Future;

pub(super) type Work = BoxFuture<'static, Result<Made, MediaError>>;

impl Service {
    /// The future that does it, or nothing for what is done already.
    pub(super) fn work(&mut self, request: &MediaRequest) -> Result<Option<Work>, MediaError> {
        let work: Work = match request {
            MediaRequest::CreateRouter { router } => {
                let (id, worker) = (*router, self.parts.worker.clone());
                let options = RouterOptions::new(self.parts.codecs.clone());
                let (speakers, callbacks) = (self.parts.speakers, self.callbacks.clone());
                Box::pin(async move {
                    let router = worker.create_router(options).await.map_err(|error| failed(&error))?;
                    let speakers = match speakers {
                        Some(settings) => Some(Speakers::observe(id, &router, settings, &callbacks).await),
                        None => None,
                    };
                    Ok(Made::Router(id, router, speakers.transpose().map_err(request_failed)?))
                })
            }
            MediaRequest::CreateTransport { router: id } => {
                let (id, router) = (*id, self.router(*id)?);
                let options = self.parts.transport.webrtc(self.parts.server.clone());
                let max_outgoing = u64::from(self.parts.transport.max_outgoing_bitrate_bps);
                Box::pin(async move {
                    let transport = router.create_webrtc_transport(options).await.map_err(|error| failed(&error))?;
                    if max_outgoing > 0 {
                        transport.set_max_outgoing_bitrate(max_outgoing).await.map_err(request_failed)?;
                    }
                    Ok(Made::Transport(id, transport))
                })
            }
            MediaRequest::ConnectTransport { transport, dtls_parameters } => {
                validate::dtls(dtls_parameters)?;
                let (transport, dtls_parameters) = (self.webrtc(*transport)?, dtls_parameters.clone());
                done(async move { transport.connect(WebRtcTransportRemoteParameters { dtls_parameters }).await })
            }
            MediaRequest::RestartIce(transport) => {
                let transport = self.webrtc(*transport)?;
                Box::pin(async move {
                    let ice_parameters = transport.restart_ice().await.map_err(request_failed)?;
                    Ok(Made::Nothing(MediaReply::IceParameters(ice_parameters)))
                })
            }
            MediaRequest::CreatePipeTransport { router: id } => {
                let (id, router) = (*id, self.router(*id)?);
                let options = self.parts.transport.pipe();
                Box::pin(async move {
                    let transport = router.create_pipe_transport(options).await;
                    Ok(Made::Pipe(id, transport.map_err(|error| failed(&error))?))
                })
            }
            MediaRequest::ConnectPipeTransport { transport, remote } => {
                let (transport, remote) = (self.pipe(*transport)?, *remote);
                done(async move {
                    let (ip, port) = (remote.ip(), remote.port());
                    transport.connect(PipeTransportRemoteParameters { ip, port, srtp_parameters: None }).await
                })
            }
            MediaRequest::PipeConsume { transport, producer } => {
                let pipe = AnyTransport::Pipe(self.pipe(*transport)?);
                let options = ConsumerOptions::new(self.producer(*producer)?.id(), RtpCapabilities::default());
                consume(*transport, pipe, *producer, options)
            }
            MediaRequest::PipeProduce { transport, producer, kind, rtp_parameters, paused } => {
                let pipe = AnyTransport::Pipe(self.pipe(*transport)?);
                // The worker has one name space for all its routers.
                if self.objects.producers.contains_key(producer) {
                    return Err(MediaError::Failed("a producer of that id exists".to_owned()));
                }
                let id = producer.to_string().parse().map_err(|error| failed(&error))?;
                let mut options = ProducerOptions::new_pipe_transport(id, *kind, (**rtp_parameters).clone());
                options.paused = *paused;
                // Who speaks is heard where the publisher is.
                produce(*transport, pipe, options, None)
            }
            MediaRequest::Produce { transport, kind, rtp_parameters, paused } => {
                validate::sending(*kind, rtp_parameters)?;
                let webrtc = AnyTransport::WebRtc(self.webrtc(*transport)?);
                let mut rtp_parameters = (**rtp_parameters).clone();
                self.parts.opus.note(&mut rtp_parameters);
                // Clients write an empty one for simulcast, whose SDP has none; without any, the worker makes one up.
                rtp_parameters.rtcp.cname = rtp_parameters.rtcp.cname.filter(|cname| !cname.is_empty());
                let mut options = ProducerOptions::new(*kind, rtp_parameters);
                options.paused = *paused;
                options.key_frame_request_delay = settings::KEY_FRAME_REQUEST_DELAY_MS;
                let speakers = self.speakers(*transport).filter(|_| *kind == MediaKind::Audio);
                produce(*transport, webrtc, options, speakers)
            }
            MediaRequest::Consume { transport, producer, rtp_capabilities } => {
                let webrtc = AnyTransport::WebRtc(self.webrtc(*transport)?);
                let producer_id = self.producer(*producer)?.id();
                if !webrtc.get().router().can_consume(&producer_id, rtp_capabilities) {
                    return Err(MediaError::CannotConsume);
                }
                let mut options = ConsumerOptions::new(producer_id, (**rtp_capabilities).clone());
                options.paused = true;
                consume(*transport, webrtc, *producer, options)
            }
            MediaRequest::ProduceData { transport, producer, sctp_stream_parameters, label, protocol } => {
                self.produce_data(*transport, *producer, *sctp_stream_parameters, label, protocol)?
            }
            MediaRequest::ConsumeData { transport, producer } => self.consume_data(*transport, *producer)?,
            MediaRequest::PauseProducer(id) => {
                let producer = self.producer(*id)?;
                done(async move { producer.pause().await })
            }
            MediaRequest::ResumeProducer(id) => {
                let producer = self.producer(*id)?;
                done(async move { producer.resume().await })
            }
            MediaRequest::PauseConsumer(id) => {
                let consumer = self.consumer(*id)?;
                done(async move { consumer.pause().await })
            }
            MediaRequest::ResumeConsumer(id) => {
                let consumer = self.consumer(*id)?;
                done(async move { consumer.resume().await })
            }
            MediaRequest::SetPreferredLayers { consumer, layers } => {
                let (consumer, layers) = (self.consumer(*consumer)?, *layers);
                done(async move { consumer.set_preferred_layers(layers).await })
            }
            MediaRequest::SetPriority { consumer, priority } => {
                let (consumer, priority) = (self.consumer(*consumer)?, *priority);
                done(async move { consumer.set_priority(priority).await })
            }
            MediaRequest::RequestKeyFrame(id) => {
                let consumer = self.consumer(*id)?;
                done(async move { consumer.request_key_frame().await })
            }
            MediaRequest::SetMaxIncomingBitrate { transport, bps } => {
                let (transport, bps) = (self.webrtc(*transport)?, u64::from(*bps));
                done(async move { transport.set_max_incoming_bitrate(bps).await })
            }
            MediaRequest::Stats(object) => self.stats(*object)?,
            MediaRequest::Sample(subjects) => self.sample(subjects),
            MediaRequest::Close(object) => {
                self.close(*object);
                return Ok(None);
            }
        };
        Ok(Some(work))
    }

    fn router(&self, id: crate::ids::RouterId) -> Result<Router, MediaError> {
        let entry = self.objects.routers.get(&id).ok_or(MediaError::NotFound(MediaObjectKind::Router))?;
        Ok(entry.router.clone())
    }

    /// Who listens on the router of a transport.
    fn speakers(&self, id: TransportId) -> Option<Speakers> {
        let router = self.objects.transports.get(&id)?.router;
        self.objects.routers.get(&router)?.speakers.clone()
    }

    pub(super) fn webrtc(&self, id: TransportId) -> Result<WebRtcTransport, MediaError> {
        match self.objects.transports.get(&id).map(|entry| &entry.transport) {
            Some(AnyTransport::WebRtc(transport)) => Ok(transport.clone()),
            Some(AnyTransport::Pipe(_)) | None => Err(MediaError::NotFound(MediaObjectKind::Transport)),
        }
    }

    fn pipe(&self, id: TransportId) -> Result<PipeTransport, MediaError> {
        match self.objects.transports.get(&id).map(|entry| &entry.transport) {
            Some(AnyTransport::Pipe(transport)) => Ok(transport.clone()),
            Some(AnyTransport::WebRtc(_)) | None => Err(MediaError::NotFound(MediaObjectKind::Transport)),
        }
    }

    pub(super) fn producer(&self, id: ProducerId) -> Result<Producer, MediaError> {
        let entry = self.objects.producers.get(&id).ok_or(MediaError::NotFound(MediaObjectKind::Producer))?;
        Ok(entry.producer.clone())
    }

    pub(super) fn consumer(&self, id: ConsumerId) -> Result<Consumer, MediaError> {
        let entry = self.objects.consumers.get(&id).ok_or(MediaError::NotFound(MediaObjectKind::Consumer))?;
        Ok(entry.consumer.clone())
    }
}

/// What makes nothing and has nothing to tell.
fn done(work: impl Future<Output = Result<(), RequestError>> + Send + 'static) -> Work {
    Box::pin(async move { work.await.map(|()| Made::Nothing(MediaReply::Done)).map_err(request_failed) })
}

fn produce(id: TransportId, transport: AnyTransport, options: ProducerOptions, speakers: Option<Speakers>) -> Work {
    Box::pin(async move {
        let producer = transport.get().produce(options).await.map_err(produce_failed)?;
        if let Some(speakers) = &speakers
            && let Err(error) = speakers.hear(producer.id()).await
        {
            speakers.clone().part_with(producer).await;
            return Err(request_failed(error));
        }
        Ok(Made::Producer(id, producer, speakers))
    })
}

fn consume(id: TransportId, transport: AnyTransport, producer: ProducerId, options: ConsumerOptions) -> Work {
    Box::pin(async move {
        let consumer = transport.get().consume(options).await.map_err(consume_failed)?;
        Ok(Made::Consumer(id, producer, consumer))
    })
}
