//! The service around one mediasoup worker: takes requests of the media protocol, owns the handles, answers.
//!
//! Requests run at the same time, but reach the worker in the order in which they came: the futures are first polled in
//! the order in which they were pushed. None is cancelled, because the worker would go on with it: what arrives after
//! its asker has gone is closed again.

use super::callbacks::{self, Notice};
use super::handle::Job;
use super::objects::Objects;
use super::protocol::{MediaError, MediaEvent, MediaObject, MediaObjectKind, MediaReply, MediaRequest, WorkerLoad};
use super::queue;
use super::validate;
use crate::ids::{ProducerId, RouterId, TransportId};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use futures_util::{FutureExt as _, StreamExt as _};
use mediasoup::consumer::{Consumer, ConsumerOptions};
use mediasoup::ortc::RtpParametersMappingError;
use mediasoup::prelude::{
    ConsumeError, ProduceError, Router, RouterOptions, RtpCodecCapability, Transport as _, WebRtcServer,
    WebRtcTransport, WebRtcTransportOptions, WebRtcTransportRemoteParameters, Worker,
};
use mediasoup::producer::{Producer, ProducerOptions};
use mediasoup::worker::RequestError;
use std::panic::AssertUnwindSafe;
use tokio::sync::{mpsc, watch};

/// What every transport of a worker has in common.
#[derive(Debug, Clone)]
pub struct TransportSettings {
    /// Whether clients may come over UDP.
    pub enable_udp: bool,
    /// Whether clients may come over TCP.
    pub enable_tcp: bool,
    /// Whether UDP is preferred where both are there.
    pub prefer_udp: bool,
    /// Where the estimate of the bandwidth to a client starts, in bit/s.
    pub initial_outgoing_bitrate_bps: u32,
    /// What a client is told to send at most over one transport, in bit/s.
    pub max_incoming_bitrate_bps: u32,
    /// Seconds without an ICE consent check (RFC 7675) until the transport counts as disconnected.
    pub ice_consent_timeout_s: u8,
}

/// What a service needs besides its queue.
pub(super) struct Parts {
    pub worker: Worker,
    pub server: WebRtcServer,
    pub codecs: Vec<RtpCodecCapability>,
    pub transport: TransportSettings,
    pub load: watch::Sender<WorkerLoad>,
    pub events: mpsc::UnboundedSender<(RouterId, MediaEvent)>,
}

enum Made {
    Router(RouterId, Router),
    Transport(RouterId, WebRtcTransport),
    Producer(TransportId, Producer),
    Consumer(TransportId, ProducerId, Consumer),
    Nothing,
}

struct Finished {
    job: Job,
    result: Result<Made, MediaError>,
}

/// Serves requests until the worker is dead or the last handle is gone; then everything in the worker closes.
pub(super) async fn run(parts: Parts, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let (notices, mut noticed) = queue::bounded_by_objects();
    let _registrations = callbacks::of_worker(&parts.worker, &notices);
    let mut service = Service { parts, objects: Objects::default(), notices };
    let mut running = FuturesUnordered::new();
    loop {
        tokio::select! {
            biased;
            Some(notice) = noticed.recv() => {
                if notice == Notice::WorkerDead {
                    break;
                }
                service.closed_below(notice);
            }
            Some(finished) = running.next() => service.finish(finished),
            job = jobs.recv() => match job {
                Some(job) => {
                    if let Some(future) = service.start(job) {
                        running.push(future);
                    }
                }
                None => break,
            },
        }
    }
    for router in service.objects.routers.keys() {
        drop(service.parts.events.send((*router, MediaEvent::WorkerLost)));
    }
    service.parts.load.send_replace(WorkerLoad::default());
}

struct Service {
    parts: Parts,
    objects: Objects,
    notices: mpsc::UnboundedSender<Notice>,
}

impl Service {
    /// Begins a request; what can be answered at once is, and leaves no future.
    fn start(&mut self, job: Job) -> Option<BoxFuture<'static, Finished>> {
        let work = match self.work(job.request()) {
            Ok(Some(work)) => work,
            Ok(None) => {
                job.answer(Ok(MediaReply::Done));
                return None;
            }
            Err(error) => {
                job.answer(Err(error));
                return None;
            }
        };
        // A panic in the parameter mathematics of the library is an answer as well, not the end of the worker.
        let work = AssertUnwindSafe(work).catch_unwind();
        Some(Box::pin(async move {
            let result = work.await.unwrap_or_else(|_| Err(MediaError::Failed("panicked".to_owned())));
            Finished { job, result }
        }))
    }

    /// The future that does it, or nothing for what is done already.
    fn work(
        &mut self,
        request: &MediaRequest,
    ) -> Result<Option<BoxFuture<'static, Result<Made, MediaError>>>, MediaError> {
        let work: BoxFuture<'static, Result<Made, MediaError>> = match request {
            MediaRequest::CreateRouter { router } => {
                let (id, worker) = (*router, self.parts.worker.clone());
                let options = RouterOptions::new(self.parts.codecs.clone());
                Box::pin(async move {
                    let router = worker.create_router(options).await.map_err(|error| failed(&error))?;
                    Ok(Made::Router(id, router))
                })
            }
            MediaRequest::CreateTransport { router: id } => {
                let id = *id;
                let entry = self.objects.routers.get(&id).ok_or(MediaError::NotFound(MediaObjectKind::Router))?;
                let (router, options) = (entry.router.clone(), self.transport_options());
                Box::pin(async move {
                    let transport = router.create_webrtc_transport(options).await.map_err(|error| failed(&error))?;
                    Ok(Made::Transport(id, transport))
                })
            }
            MediaRequest::ConnectTransport { transport, dtls_parameters } => {
                validate::dtls(dtls_parameters)?;
                let (transport, dtls_parameters) = (self.transport(*transport)?, dtls_parameters.clone());
                Box::pin(async move {
                    let remote = WebRtcTransportRemoteParameters { dtls_parameters };
                    transport.connect(remote).await.map_err(request_failed)?;
                    Ok(Made::Nothing)
                })
            }
            MediaRequest::Produce { transport: id, kind, rtp_parameters, paused } => {
                validate::sending(*kind, rtp_parameters)?;
                let (id, transport) = (*id, self.transport(*id)?);
                let mut options = ProducerOptions::new(*kind, (**rtp_parameters).clone());
                options.paused = *paused;
                Box::pin(async move {
                    let producer = transport.produce(options).await.map_err(produce_failed)?;
                    Ok(Made::Producer(id, producer))
                })
            }
            MediaRequest::Consume { transport: id, producer: producer_id, rtp_capabilities } => {
                let (id, producer_id, transport) = (*id, *producer_id, self.transport(*id)?);
                let producer = self.producer(producer_id)?.id();
                if !transport.router().can_consume(&producer, rtp_capabilities) {
                    return Err(MediaError::CannotConsume);
                }
                let mut options = ConsumerOptions::new(producer, (**rtp_capabilities).clone());
                options.paused = true;
                Box::pin(async move {
                    let consumer = transport.consume(options).await.map_err(consume_failed)?;
                    Ok(Made::Consumer(id, producer_id, consumer))
                })
            }
            MediaRequest::PauseProducer(id) => {
                let producer = self.producer(*id)?;
                Box::pin(async move { producer.pause().await.map(|()| Made::Nothing).map_err(request_failed) })
            }
            MediaRequest::ResumeProducer(id) => {
                let producer = self.producer(*id)?;
                Box::pin(async move { producer.resume().await.map(|()| Made::Nothing).map_err(request_failed) })
            }
            MediaRequest::PauseConsumer(id) => {
                let consumer = self.consumer(*id)?;
                Box::pin(async move { consumer.pause().await.map(|()| Made::Nothing).map_err(request_failed) })
            }
            MediaRequest::ResumeConsumer(id) => {
                let consumer = self.consumer(*id)?;
                Box::pin(async move { consumer.resume().await.map(|()| Made::Nothing).map_err(request_failed) })
            }
            MediaRequest::RestartIce(_)
            | MediaRequest::CreatePipeTransport { .. }
            | MediaRequest::ConnectPipeTransport { .. }
            | MediaRequest::PipeConsume { .. }
            | MediaRequest::PipeProduce { .. } => return Err(MediaError::Unsupported("not yet".to_owned())),
            MediaRequest::Close(object) => {
                self.close(*object);
                return Ok(None);
            }
        };
        Ok(Some(work))
    }

    fn transport(&self, id: TransportId) -> Result<WebRtcTransport, MediaError> {
        let entry = self.objects.transports.get(&id).ok_or(MediaError::NotFound(MediaObjectKind::Transport))?;
        Ok(entry.transport.clone())
    }

    fn producer(&self, id: ProducerId) -> Result<Producer, MediaError> {
        let entry = self.objects.producers.get(&id).ok_or(MediaError::NotFound(MediaObjectKind::Producer))?;
        Ok(entry.producer.clone())
    }

    fn consumer(&self, id: crate::ids::ConsumerId) -> Result<Consumer, MediaError> {
        let entry = self.objects.consumers.get(&id).ok_or(MediaError::NotFound(MediaObjectKind::Consumer))?;
        Ok(entry.consumer.clone())
    }

    fn transport_options(&self) -> WebRtcTransportOptions {
        let settings = &self.parts.transport;
        let mut options = WebRtcTransportOptions::new_with_server(self.parts.server.clone());
        options.enable_udp = settings.enable_udp;
        options.enable_tcp = settings.enable_tcp;
        options.prefer_udp = settings.prefer_udp;
        options.prefer_tcp = !settings.prefer_udp;
        options.initial_available_outgoing_bitrate = u64::from(settings.initial_outgoing_bitrate_bps);
        options.max_incoming_bitrate = Some(u64::from(settings.max_incoming_bitrate_bps));
        options.ice_consent_timeout = settings.ice_consent_timeout_s;
        options
    }

    /// Keeps what was made and answers; closes it again if its parent or its asker has gone meanwhile.
    fn finish(&mut self, Finished { job, result }: Finished) {
        let reply = result.and_then(|made| self.keep(made));
        let made = reply.as_ref().ok().and_then(|reply| created(job.request(), reply));
        if !job.answer(reply)
            && let Some(object) = made
        {
            self.objects.close(object);
        }
        self.publish_load();
    }

    fn keep(&mut self, made: Made) -> Result<MediaReply, MediaError> {
        match made {
            Made::Nothing => Ok(MediaReply::Done),
            Made::Router(id, router) => {
                let rtp_capabilities = Box::new(router.rtp_capabilities());
                self.objects.add_router(id, router);
                Ok(MediaReply::Router { rtp_capabilities })
            }
            Made::Transport(router, transport) => {
                let (ice_parameters, ice_candidates, dtls_parameters) = (
                    transport.ice_parameters().clone(),
                    transport.ice_candidates().clone(),
                    transport.dtls_parameters(),
                );
                let id = TransportId::from(uuid::Uuid::from(transport.id()));
                let registrations = callbacks::of_transport(id, &transport, &self.notices);
                self.objects
                    .add_transport(router, id, transport, registrations)
                    .ok_or(MediaError::NotFound(MediaObjectKind::Router))?;
                Ok(MediaReply::Transport { transport: id, ice_parameters, ice_candidates, dtls_parameters })
            }
            Made::Producer(transport, producer) => {
                let id = ProducerId::from(uuid::Uuid::from(producer.id()));
                let registrations = callbacks::of_producer(id, &producer, &self.notices);
                self.objects
                    .add_producer(transport, id, producer, registrations)
                    .ok_or(MediaError::NotFound(MediaObjectKind::Transport))?;
                Ok(MediaReply::Producer { producer: id })
            }
            Made::Consumer(transport, producer, consumer) => {
                let id = crate::ids::ConsumerId::from(uuid::Uuid::from(consumer.id()));
                let reply = MediaReply::Consumer {
                    consumer: id,
                    kind: consumer.kind(),
                    rtp_parameters: Box::new(consumer.rtp_parameters().clone()),
                    r#type: consumer.r#type(),
                };
                let registrations = callbacks::of_consumer(id, &consumer, &self.notices);
                self.objects
                    .add_consumer(transport, producer, id, consumer, registrations)
                    .ok_or(MediaError::NotFound(MediaObjectKind::Producer))?;
                Ok(reply)
            }
        }
    }

    fn close(&mut self, object: MediaObject) {
        self.objects.close(object);
        self.publish_load();
    }

    /// Something closed that nobody here asked to close: forget it, and tell its room.
    fn closed_below(&mut self, notice: Notice) {
        let (object, event) = match notice {
            Notice::ConsumerClosed(id) => (MediaObject::Consumer(id), MediaEvent::ConsumerClosed(id)),
            Notice::ProducerClosed(id) => (MediaObject::Producer(id), MediaEvent::ProducerClosed(id)),
            Notice::TransportClosed(id) => (MediaObject::Transport(id), MediaEvent::TransportClosed(id)),
            Notice::WorkerDead => return,
        };
        // What a request of ours closed is no longer in the maps by now, and says nothing.
        if let Some(router) = self.objects.router_of(object) {
            self.close(object);
            drop(self.parts.events.send((router, event)));
        }
    }

    fn publish_load(&self) {
        let load = self.objects.load();
        self.parts.load.send_if_modified(|current| std::mem::replace(current, load) != load);
    }
}

/// What the answered request has made, to be closed if nobody took the answer.
fn created(request: &MediaRequest, reply: &MediaReply) -> Option<MediaObject> {
    match (request, reply) {
        (MediaRequest::CreateRouter { router }, MediaReply::Router { .. }) => Some(MediaObject::Router(*router)),
        (_, reply) => reply.created(),
    }
}

fn failed(error: &dyn std::error::Error) -> MediaError {
    MediaError::Failed(error.to_string())
}

fn request_failed(error: RequestError) -> MediaError {
    match error {
        RequestError::ChannelClosed => MediaError::WorkerLost,
        error => failed(&error),
    }
}

fn produce_failed(error: ProduceError) -> MediaError {
    match error {
        ProduceError::FailedRtpParametersMapping(RtpParametersMappingError::UnsupportedCodec { mime_type, .. }) => {
            MediaError::Unsupported(format!(
                "rtpParameters.codecs: rooms here don't carry {} as offered",
                mime_type.as_str()
            ))
        }
        ProduceError::FailedRtpParametersMapping(error) => MediaError::InvalidParameters(error.to_string()),
        ProduceError::IncorrectRtpParameters(error) => MediaError::InvalidParameters(error.to_string()),
        ProduceError::AlreadyExists(_) => MediaError::Failed("a producer of that id exists".to_owned()),
        // The worker refuses what only it can see, such as an SSRC or MID that another producer has.
        ProduceError::Request(RequestError::Response { reason }) => {
            MediaError::InvalidParameters(format!("the worker refused the rtpParameters ({reason})"))
        }
        ProduceError::Request(error) => request_failed(error),
    }
}

fn consume_failed(error: ConsumeError) -> MediaError {
    match error {
        ConsumeError::ProducerNotFound(_) => MediaError::NotFound(MediaObjectKind::Producer),
        ConsumeError::FailedRtpCapabilitiesValidation(error) => MediaError::InvalidParameters(error.to_string()),
        ConsumeError::BadConsumerRtpParameters(_) => MediaError::CannotConsume,
        ConsumeError::Request(error) => request_failed(error),
    }
}
