//! What a worker answers.

use super::{
    ConsumerType, DtlsParameters, IceCandidate, IceParameters, MediaKind, MediaObject, RouterRtpCapabilities,
    RtpParameters, Samples, SctpParameters, SctpStreamParameters,
};
use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, TransportId};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;

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
        #[serde(deserialize_with = "crate::media::dtls::read")]
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
