//! What is said between a room and a worker: requests, replies and events, plain data that could as well go over a
//! socket. The data types of RTP, ICE and DTLS are mediasoup's own; its handles are not here.

mod error;
mod event;
mod load;
mod reply;
mod request;

pub use super::sample::{Samples, StreamSample, Subjects, TransportSample};
pub use error::{MediaError, MediaObjectKind};
pub use event::{AudioLevel, MediaEvent, Subject};
pub use load::WorkerLoad;
pub use reply::MediaReply;
pub use request::MediaRequest;

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

use crate::ids::{ConsumerId, DataConsumerId, DataProducerId, ProducerId, RouterId, TransportId};
use serde::{Deserialize, Serialize};

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
