//! What a room looks at regularly to know how well media gets through: the few of mediasoup's numbers that tell it, for
//! many objects at once. Most are counters since the object was made; two samples make a rate.

use crate::ids::{ConsumerId, ProducerId, TransportId};
use serde::{Deserialize, Serialize};

/// What to look at.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subjects {
    /// Transports of clients.
    pub transports: Vec<TransportId>,
    /// What clients send.
    pub producers: Vec<ProducerId>,
    /// What clients receive.
    pub consumers: Vec<ConsumerId>,
}

/// What was seen; nothing of what was gone by then.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Samples {
    /// Of transports.
    pub transports: Vec<(TransportId, TransportSample)>,
    /// Of what clients send: one for each stream that has arrived.
    pub producers: Vec<(ProducerId, StreamSample)>,
    /// Of what clients receive.
    pub consumers: Vec<(ConsumerId, StreamSample)>,
}

/// Of a transport.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TransportSample {
    /// Bytes that have arrived, of whatever kind.
    pub bytes_received: u64,
    /// Bytes of media that have arrived.
    pub media_received: u64,
    /// Bytes of media that were sent.
    pub media_sent: u64,
    /// To the client and back, in milliseconds.
    pub round_trip_ms: Option<f32>,
    /// What the path to the client is estimated to carry, in bit/s.
    pub available_bps: Option<u64>,
}

/// Of one stream, either way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct StreamSample {
    /// Which.
    pub ssrc: u32,
    /// Packets that have arrived (repaired ones included) or were sent.
    pub packets: u64,
    /// Packets that should have arrived, retransmissions aside.
    pub expected: u64,
    /// Those of them that did not, whether they were repaired or not.
    pub lost: u64,
    /// Interarrival jitter (RFC 3550), in milliseconds.
    pub jitter_ms: f32,
    /// From 0 to 10.
    pub score: u8,
}
