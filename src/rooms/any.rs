//! Tracks and data channels where it makes no difference which of the two something is.

use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, ProducerId};
use crate::media::protocol::MediaObject;

/// What a peer publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AnyProducer {
    Track(ProducerId),
    Data(DataProducerId),
}

/// What a peer receives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum AnyConsumer {
    Track(ConsumerId),
    Data(DataConsumerId),
}

impl From<ProducerId> for AnyProducer {
    fn from(id: ProducerId) -> Self {
        Self::Track(id)
    }
}

impl From<DataProducerId> for AnyProducer {
    fn from(id: DataProducerId) -> Self {
        Self::Data(id)
    }
}

impl From<ConsumerId> for AnyConsumer {
    fn from(id: ConsumerId) -> Self {
        Self::Track(id)
    }
}

impl From<DataConsumerId> for AnyConsumer {
    fn from(id: DataConsumerId) -> Self {
        Self::Data(id)
    }
}

impl From<AnyProducer> for MediaObject {
    fn from(producer: AnyProducer) -> Self {
        match producer {
            AnyProducer::Track(id) => Self::Producer(id),
            AnyProducer::Data(id) => Self::DataProducer(id),
        }
    }
}

impl From<AnyConsumer> for MediaObject {
    fn from(consumer: AnyConsumer) -> Self {
        match consumer {
            AnyConsumer::Track(id) => Self::Consumer(id),
            AnyConsumer::Data(id) => Self::DataConsumer(id),
        }
    }
}
