//! A router on a worker, asked directly: the media plane without rooms and signaling.

use super::call::{Incoming, Link, Published};
use super::capabilities::Capabilities;
use super::endpoint::{DtlsRole, Endpoint};
use super::socket::Protocol;
use super::stream::{Kind, StreamSpec};
use crate::support::DEADLINE;
use colloquy::ids::{ConsumerId, ProducerId, RouterId, TransportId};
use colloquy::media::protocol::{
    MediaError, MediaEvent, MediaKind, MediaObject, MediaReply, MediaRequest, RtpParameters,
};
use colloquy::media::{
    Codec, Isolation, MediaLogLevel, OpusSettings, Placement, Pool, PoolSettings, RouterEvents, Supervision,
    TransportSettings, WorkerHandle, WorkerProgram,
};
use serde_json::{Value, json};
use std::str::FromStr;
use std::time::Duration;
use uuid::Uuid;

/// Of a worker's process, which logs little.
const ARGUMENTS: [&str; 7] =
    ["media-worker", "--log-level", "error", "--log-format", "text", "--max-media-lines-per-s", "20"];

/// Settings for a pool of processes on loopback, on whatever ports are free.
pub fn settings(workers: usize) -> PoolSettings {
    PoolSettings {
        workers,
        isolation: Isolation::Process(WorkerProgram {
            path: env!("CARGO_BIN_EXE_colloquy").into(),
            arguments: ARGUMENTS.map(Into::into).into(),
            variables: Vec::new(),
        }),
        supervision: Supervision {
            heartbeat_interval: Duration::from_millis(200),
            heartbeat_misses: 5,
            max_failures: 5,
            min_uptime: Duration::from_secs(5),
        },
        log_level: MediaLogLevel::Warn,
        deadline: DEADLINE,
        listen_ip: [127, 0, 0, 1].into(),
        announced_address: None,
        first_port: 0,
        codecs: vec![Codec::Opus(OpusSettings::default()), Codec::Vp8],
        speakers: None,
        transport: TransportSettings {
            enable_udp: true,
            enable_tcp: true,
            prefer_udp: true,
            initial_outgoing_bitrate_bps: 1_000_000,
            max_outgoing_bitrate_bps: 0,
            max_incoming_bitrate_bps: 1_500_000,
            ice_consent_timeout_s: 30,
            max_data_message_bytes: Some(262_144),
        },
    }
}

/// A router with all that it takes to use it.
pub struct Site {
    placement: Placement,
    router: RouterId,
    pub events: RouterEvents,
    rtp_capabilities: Value,
}

impl Site {
    /// A router on the least loaded of the other workers.
    pub async fn on(pool: &Pool, apart_from: &[usize]) -> Self {
        let placement = pool.place(apart_from).expect("a worker that serves");
        let router = RouterId::random();
        let events = placement.worker().listen(router);
        let reply = placement.worker().call(MediaRequest::CreateRouter { router }).await;
        let Ok(MediaReply::Router { rtp_capabilities }) = reply else { panic!("{reply:?}") };
        let rtp_capabilities = serde_json::to_value(rtp_capabilities).expect("plain data");
        Self { placement, router, events, rtp_capabilities }
    }

    /// Its worker.
    pub fn worker(&self) -> &WorkerHandle {
        self.placement.worker()
    }

    /// Its process.
    pub fn pid(&self, pool: &Pool) -> u32 {
        pool.reports()[self.worker().index()].pid.expect("it serves")
    }

    /// Its router.
    pub fn router(&self) -> RouterId {
        self.router
    }

    /// Asks the worker.
    pub async fn ask(&self, request: MediaRequest) -> Result<MediaReply, MediaError> {
        self.worker().call(request).await
    }

    /// Asks the worker for what has no answer but that it is done.
    pub async fn done(&self, request: MediaRequest) {
        let reply = self.ask(request).await;
        assert!(matches!(reply, Ok(MediaReply::Done)), "{reply:?}");
    }

    /// Closes something.
    pub async fn close(&self, object: MediaObject) {
        self.done(MediaRequest::Close(object)).await;
    }

    /// The next event that fits, whatever comes before it.
    pub async fn event(&mut self, what: &str, fits: impl Fn(&MediaEvent) -> bool) -> MediaEvent {
        let fitting = async {
            loop {
                let event = self.events.next().await;
                if fits(&event) {
                    return event;
                }
            }
        };
        tokio::time::timeout(DEADLINE, fitting).await.unwrap_or_else(|_| panic!("no {what} in time"))
    }

    /// A connected transport.
    pub async fn open(&self, protocol: Protocol) -> Link {
        let reply = self.ask(MediaRequest::CreateTransport { router: self.router }).await;
        let Ok(MediaReply::Transport { transport, ice_parameters, ice_candidates, dtls_parameters, .. }) = reply else {
            panic!("{reply:?}")
        };
        let info = json!({
            "iceParameters": ice_parameters, "iceCandidates": ice_candidates, "dtlsParameters": dtls_parameters,
        });
        let mut endpoint = Endpoint::new(Capabilities::of_router(&self.rtp_capabilities), DtlsRole::Client);
        let dtls_parameters = read(json!(endpoint.dtls_parameters()));
        self.done(MediaRequest::ConnectTransport { transport, dtls_parameters }).await;
        Link { id: transport.to_string(), peer: endpoint.connect(&read(info), protocol).await }
    }

    /// Produces, and sends from now on.
    pub async fn publish(&self, link: &Link, spec: StreamSpec) -> Published {
        let published = self.produce(link, &spec).await;
        link.peer.send(spec);
        published
    }

    /// Produces, and sends nothing.
    pub async fn produce(&self, link: &Link, spec: &StreamSpec) -> Published {
        let kind = match spec.kind {
            Kind::Audio => MediaKind::Audio,
            Kind::Video => MediaKind::Video,
        };
        let rtp_parameters = read(Capabilities::of_router(&self.rtp_capabilities).rtp_parameters(spec));
        let request = MediaRequest::Produce { transport: id(&link.id), kind, rtp_parameters, paused: false };
        let reply = self.ask(request).await;
        let Ok(MediaReply::Producer { producer }) = reply else { panic!("{reply:?}") };
        Published { producer: producer.to_string(), ssrc: spec.ssrc }
    }

    /// Consumes and resumes, with an endpoint that expects the stream.
    pub async fn receive(&self, link: &Link, published: &Published) -> Incoming {
        let producer: ProducerId = id(&published.producer);
        let rtp_capabilities = read(self.rtp_capabilities.clone());
        let reply = self.ask(MediaRequest::Consume { transport: id(&link.id), producer, rtp_capabilities }).await;
        let Ok(MediaReply::Consumer { consumer, rtp_parameters, .. }) = reply else { panic!("{reply:?}") };
        let ssrc = link.peer.expect(&json!(rtp_parameters));
        self.done(MediaRequest::ResumeConsumer(consumer)).await;
        Incoming { consumer: consumer.to_string(), ssrc }
    }

    /// Joins two routers: gives this end and the other.
    pub async fn pipe_to(&self, other: &Self) -> (TransportId, TransportId) {
        let (mut ends, mut addresses) = (Vec::new(), Vec::new());
        for site in [self, other] {
            let reply = site.ask(MediaRequest::CreatePipeTransport { router: site.router }).await;
            let Ok(MediaReply::PipeTransport { transport, local }) = reply else { panic!("{reply:?}") };
            assert!(local.ip().is_loopback() && local.port() > 0, "{local}");
            ends.push(transport);
            addresses.push(local);
        }
        self.done(MediaRequest::ConnectPipeTransport { transport: ends[0], remote: addresses[1] }).await;
        other.done(MediaRequest::ConnectPipeTransport { transport: ends[1], remote: addresses[0] }).await;
        (ends[0], ends[1])
    }

    /// Sends a producer into a pipe: what the other end needs to receive it.
    pub async fn send_into(
        &self,
        end: TransportId,
        published: &Published,
    ) -> (ConsumerId, MediaKind, Box<RtpParameters>) {
        let request = MediaRequest::PipeConsume { transport: end, producer: id(&published.producer) };
        let reply = self.ask(request).await;
        let Ok(MediaReply::PipeConsumer { consumer, kind, rtp_parameters, producer_paused: false }) = reply else {
            panic!("{reply:?}")
        };
        (consumer, kind, rtp_parameters)
    }
}

/// An id as a client knows it.
pub fn id<T: From<Uuid>>(text: &str) -> T {
    Uuid::from_str(text).expect("an id").into()
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> T {
    serde_json::from_value(value).expect("the parameters of that type")
}
