//! What an endpoint has seen so far.

use super::channel::Heard;
use super::payload;
use super::stream::Kind;
use std::collections::HashMap;
use std::sync::Arc;
use str0m::rtp::RtpPacket;

/// How far the connection is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Phase {
    /// ICE or DTLS is under way.
    #[default]
    Connecting,
    /// DTLS is done and SRTP has its keys.
    Connected,
    /// Over, and why.
    Closed(Arc<str>),
}

/// A stream that was sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Sent {
    /// Packets without retransmissions.
    pub packets: u64,
    /// The number in the last packet, counted from 0.
    pub last_number: Option<u64>,
    /// Key frames among them.
    pub key_frames: u64,
    /// How often the server asked for a key frame (PLI or FIR).
    pub key_frame_requests: u64,
    /// Packets that the server asked for again; known with a delay.
    pub nacks: u64,
}

/// A stream that was received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Received {
    /// Distinct packets.
    pub packets: u64,
    /// Of their payloads.
    pub bytes: u64,
    /// Of the last packet.
    pub payload_type: u8,
    /// The highest, extended to more than 16 bits.
    pub last_sequence_number: u64,
    /// The number that the sender wrote into the packet with the highest one.
    pub last_number: Option<u64>,
    /// Key frames among them.
    pub key_frames: u64,
    /// Packets that are not as any sender builds them.
    pub damaged: u64,
    /// Sequence numbers that were left out when the next one came.
    pub gaps: u64,
}

impl Received {
    /// Packets that the sender has sent before the last one, and that are not here.
    pub fn missing(&self) -> u64 {
        self.last_number.map_or(0, |last| last + 1).saturating_sub(self.packets)
    }

    pub(super) fn count(&mut self, kind: Kind, packet: &RtpPacket) {
        if self.packets > 0 {
            self.gaps += (*packet.seq_no).saturating_sub(self.last_sequence_number + 1);
        }
        self.packets += 1;
        self.bytes += packet.payload.len() as u64;
        self.payload_type = *packet.header.payload_type;
        self.last_sequence_number = self.last_sequence_number.max(*packet.seq_no);
        match payload::read(kind, &packet.payload) {
            Some(contents) => {
                self.last_number = self.last_number.max(Some(contents.number));
                self.key_frames += u64::from(contents.key_frame);
            }
            None => self.damaged += 1,
        }
    }
}

/// All of it, by SSRC.
#[derive(Debug, Clone, Default)]
pub struct Snapshot {
    /// How far the connection is.
    pub phase: Phase,
    /// Streams that the endpoint sends.
    pub(super) sent: HashMap<u32, Sent>,
    /// Streams that it expects.
    pub(super) received: HashMap<u32, (Kind, Received)>,
    /// Data channels, by stream.
    pub(super) channels: HashMap<u16, Heard>,
}

impl Snapshot {
    /// What was sent so far.
    pub fn sent(&self, ssrc: u32) -> Sent {
        self.sent.get(&ssrc).copied().unwrap_or_default()
    }

    /// What came over a data channel so far.
    pub fn heard(&self, stream: u16) -> Heard {
        self.channels.get(&stream).cloned().unwrap_or_default()
    }

    /// What was received so far.
    pub fn received(&self, ssrc: u32) -> Received {
        self.received.get(&ssrc).map(|(_, received)| *received).unwrap_or_default()
    }
}
