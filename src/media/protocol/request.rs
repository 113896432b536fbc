//! What a worker is asked.

use super::{
    ConsumerLayers, DtlsParameters, MediaKind, MediaObject, RtpCapabilities, RtpParameters, SctpStreamParameters,
    Subjects,
};
use crate::ids::{ConsumerId, DataProducerId, ProducerId, RouterId, TransportId};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

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
        #[serde(deserialize_with = "crate::media::dtls::read")]
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
