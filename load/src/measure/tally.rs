//! What happened, in sums that add up: over participants, over seconds, over processes.

use super::Distribution;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// A step of coming in, in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Until the signaling connection is open.
    Connect,
    /// Until the room is there.
    CreateRoom,
    /// Until the room is entered.
    JoinRoom,
    /// Until a transport is made on the server.
    CreateTransport,
    /// From the first check of ICE until SRTP may flow.
    IceAndDtls,
    /// Until a track is published.
    Produce,
    /// Until a track is subscribed to and resumed.
    Consume,
    /// All of it: from connecting until everything is published and subscribed to.
    Whole,
}

/// An error's code as the server says it, or this program's own word in small letters.
pub type ErrorCode = String;

/// What happened in some time, somewhere. Cumulative counters are for the time, not since the beginning.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tally {
    /// Who came in.
    pub joined: u64,
    /// Who left in order.
    pub left: u64,
    /// How long the steps of coming in took, in microseconds.
    pub steps: BTreeMap<Step, Distribution>,
    /// Requests that were not media's: signaling scenarios. Microseconds until the answer.
    pub requests: Distribution,
    /// What went wrong, by code.
    pub errors: BTreeMap<ErrorCode, u64>,
    /// RTP packets sent, retransmissions not counted.
    pub packets_sent: u64,
    /// Bytes of UDP payload sent in them.
    pub bytes_sent: u64,
    /// RTP packets received, retransmissions and duplicates not counted.
    pub packets_received: u64,
    /// Bytes of UDP payload received, in whatever packets.
    pub bytes_received: u64,
    /// Packets that the numbers say were sent to here (RFC 3550, A.3), so that `packets_expected - packets_received`
    /// were lost on the way.
    pub packets_expected: u64,
    /// Of those lost at first, how many came as retransmissions.
    pub packets_repaired: u64,
    /// Packets that were received twice.
    pub duplicates: u64,
    /// Requests for retransmission that were sent (NACK, RFC 4585), each for up to 17 packets.
    pub nacks_sent: u64,
    /// Requests for a key frame that were received.
    pub key_frame_requests: u64,
    /// Microseconds from a packet's sending until its arrival, by a time stamp that it carries; only between endpoints
    /// on one machine.
    pub latency: Distribution,
    /// Interarrival jitter (RFC 3550, 6.4.1) of each stream once a second, in microseconds.
    pub jitter: Distribution,
    /// Microseconds from a subscription until its first packet.
    pub first_packet: Distribution,
    /// Microseconds from a subscription of video until its first key frame.
    pub first_key_frame: Distribution,
    /// Times that a received video stood still for longer than the limit of the scenario.
    pub freezes: u64,
    /// How long it stood still then, in milliseconds.
    pub freeze_ms: u64,
    /// Video packets received, by layer: `"s0t1"`, as spatial and temporal layer, where it can be told.
    pub layers: BTreeMap<String, u64>,
}

impl Tally {
    /// Takes in all of another.
    pub fn add(&mut self, other: &Self) {
        let Self {
            joined,
            left,
            steps,
            requests,
            errors,
            packets_sent,
            bytes_sent,
            packets_received,
            bytes_received,
            packets_expected,
            packets_repaired,
            duplicates,
            nacks_sent,
            key_frame_requests,
            latency,
            jitter,
            first_packet,
            first_key_frame,
            freezes,
            freeze_ms,
            layers,
        } = other;
        steps.iter().for_each(|(step, times)| self.steps.entry(*step).or_default().add(times));
        errors.iter().for_each(|(code, count)| *self.errors.entry(code.clone()).or_default() += count);
        layers.iter().for_each(|(layer, count)| *self.layers.entry(layer.clone()).or_default() += count);
        for (mine, theirs) in [
            (&mut self.requests, requests),
            (&mut self.latency, latency),
            (&mut self.jitter, jitter),
            (&mut self.first_packet, first_packet),
            (&mut self.first_key_frame, first_key_frame),
        ] {
            mine.add(theirs);
        }
        for (mine, theirs) in [
            (&mut self.joined, joined),
            (&mut self.left, left),
            (&mut self.packets_sent, packets_sent),
            (&mut self.bytes_sent, bytes_sent),
            (&mut self.packets_received, packets_received),
            (&mut self.bytes_received, bytes_received),
            (&mut self.packets_expected, packets_expected),
            (&mut self.packets_repaired, packets_repaired),
            (&mut self.duplicates, duplicates),
            (&mut self.nacks_sent, nacks_sent),
            (&mut self.key_frame_requests, key_frame_requests),
            (&mut self.freezes, freezes),
            (&mut self.freeze_ms, freeze_ms),
        ] {
            *mine += theirs;
        }
    }

    /// Takes in how long a step took.
    pub fn step(&mut self, step: Step, time: Duration) {
        self.steps.entry(step).or_default().record(time);
    }

    /// Counts an error.
    pub fn error(&mut self, code: impl Into<ErrorCode>) {
        *self.errors.entry(code.into()).or_default() += 1;
    }

    /// The share of packets that were lost on the way, repaired or not, `0.0` to `1.0`.
    pub fn loss(&self) -> f64 {
        self.share_missing(self.packets_received)
    }

    /// The share of packets that did not arrive in any form, not as a retransmission either, `0.0` to `1.0`.
    pub fn loss_after_repair(&self) -> f64 {
        self.share_missing(self.packets_received.saturating_add(self.packets_repaired))
    }

    fn share_missing(&self, arrived: u64) -> f64 {
        // At least one, so that of nothing nothing is missing.
        self.packets_expected.saturating_sub(arrived) as f64 / self.packets_expected.max(1) as f64
    }
}
