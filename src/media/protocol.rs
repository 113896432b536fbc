//! What is said between a room and a worker: requests, replies and events, plain data that could as well go over a
//! socket. The data types of RTP, ICE and DTLS are mediasoup's own; its handles are not here.

pub use super::sample::{Samples, StreamSample, Subjects, TransportSample};
use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, RouterId, TransportId};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::net::SocketAddr;

pub use mediasoup::consumer::{ConsumerLayers, ConsumerScore, ConsumerType};
/// A router's capabilities, with the payload types it settled on: what `device.load` takes.
pub use mediasoup::prelude::RtpCapabilitiesFinalized as RouterRtpCapabilities;
pub use mediasoup::prelude::RtpCodecCapability;
pub use mediasoup::prelude::{
    DtlsParameters, IceCandidate, IceParameters, MediaKind, RtpCapabilities, RtpHeaderExtensionUri, RtpParameters,
};
pub use mediasoup::producer::ProducerScore;
pub use mediasoup_types::rtp_parameters::MimeType;
pub use mediasoup_types::sctp_parameters::{SctpParameters, SctpStreamParameters};

/// What a worker is asked to do.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum MediaRequest {
    /// Makes a router with the pool's codecs.
    CreateRouter {
        /// The id it shall have.
        router: RouterId,
    },
    /// Makes a WebRTC transport on a router.
    CreateTransport {
        /// Where.
        router: RouterId,
    },
    /// Starts DTLS with the client's fingerprints.
    ConnectTransport {
        /// Which transport.
        transport: TransportId,
        /// The client's side.
        #[serde(deserialize_with = "super::dtls::read")]
        dtls_parameters: DtlsParameters,
    },
    /// Gives a WebRTC transport new ICE credentials.
    RestartIce(TransportId),
    /// Makes one end of a pipe to a router elsewhere, on loopback.
    CreatePipeTransport {
        /// Where.
        router: RouterId,
    },
    /// Tells one end of a pipe where the other is.
    ConnectPipeTransport {
        /// This end.
        transport: TransportId,
        /// The other end's address.
        remote: SocketAddr,
    },
    /// Sends a producer with all its layers into a pipe.
    PipeConsume {
        /// This end.
        transport: TransportId,
        /// Which producer.
        producer: ProducerId,
    },
    /// Receives a producer from a pipe, under the id that it has on the other side.
    PipeProduce {
        /// This end.
        transport: TransportId,
        /// The producer's id.
        producer: ProducerId,
        /// Audio or video.
        kind: MediaKind,
        /// As the other end sends, from its reply.
        rtp_parameters: Box<RtpParameters>,
        /// Whether it starts paused.
        paused: bool,
    },
    /// Receives a client's track.
    Produce {
        /// Over which transport.
        transport: TransportId,
        /// Audio or video.
        kind: MediaKind,
        /// How the client sends.
        rtp_parameters: Box<RtpParameters>,
        /// Whether it starts paused.
        paused: bool,
    },
    /// Sends a producer's track to a client; starts paused.
    Consume {
        /// Over which transport.
        transport: TransportId,
        /// Which producer.
        producer: ProducerId,
        /// What the client can receive.
        rtp_capabilities: Box<RtpCapabilities>,
    },
    /// Receives a data channel: of a client, or out of a pipe.
    ProduceData {
        /// Over which transport.
        transport: TransportId,
        /// Out of a pipe: the producer's id on the other side.
        producer: Option<DataProducerId>,
        /// On which stream it comes, and how reliably.
        sctp_stream_parameters: SctpStreamParameters,
        /// Its name.
        label: String,
        /// The name of what is spoken on it.
        protocol: String,
    },
    /// Sends a data channel on, to a client or into a pipe.
    ConsumeData {
        /// Over which transport.
        transport: TransportId,
        /// Which producer.
        producer: DataProducerId,
    },
    /// Forwards nothing of a producer until it is resumed.
    PauseProducer(ProducerId),
    /// Forwards it again.
    ResumeProducer(ProducerId),
    /// Sends nothing to a consumer until it is resumed.
    PauseConsumer(ConsumerId),
    /// Sends again; for video a key frame is asked for.
    ResumeConsumer(ConsumerId),
    /// Sends these layers of simulcast or SVC at most, as bandwidth allows; a track without layers takes it, too.
    SetPreferredLayers {
        /// Which consumer.
        consumer: ConsumerId,
        /// At most.
        layers: ConsumerLayers,
    },
    /// Which consumer of a transport gets bandwidth first, from 1 (the least, and what all begin with) to 255.
    SetPriority {
        /// Which consumer.
        consumer: ConsumerId,
        /// Its place.
        priority: u8,
    },
    /// Asks the publisher for a key frame.
    RequestKeyFrame(ConsumerId),
    /// What a client is told to send at most over a transport.
    SetMaxIncomingBitrate {
        /// Which transport.
        transport: TransportId,
        /// In bit/s.
        bps: u32,
    },
    /// Tells a transport's, a producer's or a consumer's statistics as mediasoup has them.
    Stats(MediaObject),
    /// Looks at many objects of one router.
    Sample(Box<Subjects>),
    /// Closes an object and all below it. Closing what is gone is no error.
    Close(MediaObject),
}

/// Something in a worker that can be closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum MediaObject {
    /// A router with its transports.
    Router(RouterId),
    /// A transport with its producers and consumers.
    Transport(TransportId),
    /// A producer with the consumers that receive it.
    Producer(ProducerId),
    /// A consumer.
    Consumer(ConsumerId),
    /// A data producer with the data consumers that receive it.
    DataProducer(DataProducerId),
    /// A data consumer.
    DataConsumer(DataConsumerId),
}

/// What a worker answers.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum MediaReply {
    /// Done, and nothing to tell.
    Done,
    /// The router is there.
    Router {
        /// For the clients' `device.load`.
        rtp_capabilities: Box<RouterRtpCapabilities>,
    },
    /// The transport is there.
    Transport {
        /// Its id.
        transport: TransportId,
        /// The server's side of ICE.
        ice_parameters: IceParameters,
        /// Where the server listens.
        ice_candidates: Vec<IceCandidate>,
        /// The server's side of DTLS.
        #[serde(deserialize_with = "super::dtls::read")]
        dtls_parameters: DtlsParameters,
        /// The server's side of SCTP, if it carries data channels.
        sctp_parameters: Option<SctpParameters>,
    },
    /// The transport's new credentials.
    IceParameters(IceParameters),
    /// The end of a pipe is there.
    PipeTransport {
        /// Its id.
        transport: TransportId,
        /// Where it listens.
        local: SocketAddr,
    },
    /// The producer goes into the pipe.
    PipeConsumer {
        /// Its id.
        consumer: ConsumerId,
        /// Audio or video.
        kind: MediaKind,
        /// How it is sent.
        rtp_parameters: Box<RtpParameters>,
        /// Whether the producer is paused.
        producer_paused: bool,
    },
    /// The producer is there.
    Producer {
        /// Its id.
        producer: ProducerId,
    },
    /// The consumer is there, paused.
    Consumer {
        /// Its id.
        consumer: ConsumerId,
        /// Audio or video.
        kind: MediaKind,
        /// How it will be sent.
        rtp_parameters: Box<RtpParameters>,
        /// Simple, simulcast or SVC.
        r#type: ConsumerType,
    },
    /// The data producer is there.
    DataProducer {
        /// Its id.
        producer: DataProducerId,
    },
    /// The data consumer is there.
    DataConsumer {
        /// Its id.
        consumer: DataConsumerId,
        /// On which stream it is sent, and how reliably.
        sctp_stream_parameters: SctpStreamParameters,
        /// The producer's name.
        label: String,
        /// The name of what is spoken on it.
        protocol: String,
    },
    /// Statistics.
    Stats {
        /// A list of objects, as JSON text: mediasoup's types for it are many, and nobody here reads them.
        json: String,
    },
    /// What was looked at.
    Samples(Box<Samples>),
}

impl MediaReply {
    /// What the request made, if it made something: to be closed again when nobody waits for it any more.
    pub fn created(&self) -> Option<MediaObject> {
        match self {
            Self::Done | Self::Router { .. } | Self::IceParameters(_) | Self::Stats { .. } | Self::Samples(_) => None,
            Self::Transport { transport, .. } | Self::PipeTransport { transport, .. } => {
                Some(MediaObject::Transport(*transport))
            }
            Self::Producer { producer } => Some(MediaObject::Producer(*producer)),
            Self::Consumer { consumer, .. } | Self::PipeConsumer { consumer, .. } => {
                Some(MediaObject::Consumer(*consumer))
            }
            Self::DataProducer { producer } => Some(MediaObject::DataProducer(*producer)),
            Self::DataConsumer { consumer, .. } => Some(MediaObject::DataConsumer(*consumer)),
        }
    }
}

/// What a worker says unasked, to the room whose router it concerns.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaEvent {
    /// A consumer was closed from below, not by a request.
    ConsumerClosed(ConsumerId),
    /// A producer was closed from below.
    ProducerClosed(ProducerId),
    /// A data consumer was closed from below.
    DataConsumerClosed(DataConsumerId),
    /// A data producer was closed from below.
    DataProducerClosed(DataProducerId),
    /// A transport was closed from below.
    TransportClosed(TransportId),
    /// A client's path to its transport broke (its ICE consent ran out), or is there (again).
    IceConnected {
        /// The transport.
        transport: TransportId,
        /// Whether there is a path.
        connected: bool,
    },
    /// How well a client's track arrives here; the latest of several.
    ProducerScore {
        /// The producer.
        producer: ProducerId,
        /// One for each encoding.
        score: Vec<ProducerScore>,
    },
    /// How well a track arrives at a client; the latest of several.
    ConsumerScore {
        /// The consumer.
        consumer: ConsumerId,
        /// With that of the producer as this worker sees it.
        score: ConsumerScore,
    },
    /// Which layers a consumer gets now, none while it gets nothing; the latest of several.
    ConsumerLayers {
        /// The consumer.
        consumer: ConsumerId,
        /// They.
        layers: Option<ConsumerLayers>,
    },
    /// Somebody else on the router speaks now.
    ActiveSpeaker {
        /// Where.
        router: RouterId,
        /// The speaker's track.
        producer: ProducerId,
    },
    /// Who is how loud on the router; the latest of several.
    AudioLevels {
        /// Where.
        router: RouterId,
        /// The loudest first; empty in silence.
        levels: Vec<AudioLevel>,
    },
    /// The worker is gone, and the router with it.
    WorkerLost,
}

/// How loud a track is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct AudioLevel {
    /// The track.
    pub producer: ProducerId,
    /// From -127 (silence) to 0 (as loud as can be), in dBov (RFC 6464 §3).
    pub dbov: i8,
}

/// What an event reports on that changes again and again: of two reports on the same thing only the later matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Subject {
    Path(TransportId),
    ProducerScore(ProducerId),
    ConsumerScore(ConsumerId),
    ConsumerLayers(ConsumerId),
    ActiveSpeaker(RouterId),
    AudioLevels(RouterId),
}

impl Subject {
    /// The object that it is a property of.
    pub fn object(self) -> MediaObject {
        match self {
            Self::Path(id) => MediaObject::Transport(id),
            Self::ProducerScore(id) => MediaObject::Producer(id),
            Self::ConsumerScore(id) | Self::ConsumerLayers(id) => MediaObject::Consumer(id),
            Self::ActiveSpeaker(id) | Self::AudioLevels(id) => MediaObject::Router(id),
        }
    }
}

impl MediaEvent {
    /// The object was closed from below; a router only goes with its worker.
    pub fn closed(object: MediaObject) -> Self {
        match object {
            MediaObject::Router(_) => Self::WorkerLost,
            MediaObject::Transport(id) => Self::TransportClosed(id),
            MediaObject::Producer(id) => Self::ProducerClosed(id),
            MediaObject::Consumer(id) => Self::ConsumerClosed(id),
            MediaObject::DataProducer(id) => Self::DataProducerClosed(id),
            MediaObject::DataConsumer(id) => Self::DataConsumerClosed(id),
        }
    }

    /// What this reports on, if a later report makes it superfluous.
    pub fn reports_on(&self) -> Option<Subject> {
        match self {
            Self::IceConnected { transport, .. } => Some(Subject::Path(*transport)),
            Self::ProducerScore { producer, .. } => Some(Subject::ProducerScore(*producer)),
            Self::ConsumerScore { consumer, .. } => Some(Subject::ConsumerScore(*consumer)),
            Self::ConsumerLayers { consumer, .. } => Some(Subject::ConsumerLayers(*consumer)),
            Self::ActiveSpeaker { router, .. } => Some(Subject::ActiveSpeaker(*router)),
            Self::AudioLevels { router, .. } => Some(Subject::AudioLevels(*router)),
            Self::ConsumerClosed(_)
            | Self::ProducerClosed(_)
            | Self::DataConsumerClosed(_)
            | Self::DataProducerClosed(_)
            | Self::TransportClosed(_)
            | Self::WorkerLost => None,
        }
    }
}

/// Why a worker could not do it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum MediaError {
    /// The object, or what it stands on, is not there (any more).
    #[error("no such {0}")]
    NotFound(MediaObjectKind),
    /// A codec that the router doesn't have.
    #[error("{0}")]
    Unsupported(String),
    /// The parameters contradict themselves or the standard.
    #[error("{0}")]
    InvalidParameters(String),
    /// The receiver's capabilities don't fit the producer.
    #[error("the rtpCapabilities don't allow this producer to be consumed")]
    CannotConsume,
    /// A transport's streams of data are numbered only so far.
    #[error("transportId: it has had 1024 data consumers, as many as browsers number: make another")]
    StreamsUsedUp,
    /// No answer within the deadline.
    #[error("the worker did not answer in time")]
    Deadline,
    /// The worker is gone, or its queue is.
    #[error("the worker is gone")]
    WorkerLost,
    /// The worker refused; its words are for the log only.
    #[error("the worker failed: {0}")]
    Failed(String),
}

/// What kind of object was not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the names say it")]
pub enum MediaObjectKind {
    Router,
    Transport,
    Producer,
    Consumer,
    DataProducer,
    DataConsumer,
}

impl fmt::Display for MediaObjectKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Router => "router",
            Self::Transport => "transport",
            Self::Producer => "producer",
            Self::Consumer => "consumer",
            Self::DataProducer => "data producer",
            Self::DataConsumer => "data consumer",
        })
    }
}

/// How many objects of clients live in a worker; pipes between routers don't count.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct WorkerLoad {
    /// Routers.
    pub routers: u32,
    /// WebRTC transports.
    pub transports: u32,
    /// Producers.
    pub producers: u32,
    /// Consumers.
    pub consumers: u32,
    /// Data producers.
    pub data_producers: u32,
    /// Data consumers.
    pub data_consumers: u32,
}

impl WorkerLoad {
    /// How busy the worker is, for placing the next room: consumers cost the most (each packet is encrypted and sent
    /// for each), a producer's packets are decrypted once, data channels are quiet most of the time, the rest is
    /// bookkeeping.
    pub fn weight(self) -> u64 {
        let data = u64::from(self.data_consumers) + u64::from(self.data_producers);
        let rest = u64::from(self.transports) + u64::from(self.routers);
        10 * u64::from(self.consumers) + 5 * u64::from(self.producers) + data + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn consumers_weigh_more_than_what_carries_them() {
        let consumers = WorkerLoad { consumers: 2, ..WorkerLoad::default() };
        let transports = WorkerLoad { transports: 4, producers: 2, routers: 1, ..WorkerLoad::default() };
        assert!(consumers.weight() > transports.weight());
    }
}
