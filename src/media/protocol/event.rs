//! What a worker says unasked.

use super::{ConsumerLayers, ConsumerScore, MediaObject, ProducerScore};
use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, RouterId, TransportId};
use serde::{Deserialize, Serialize};

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
