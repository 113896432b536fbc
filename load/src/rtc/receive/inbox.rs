//! All streams that a link receives.

use super::freeze::Frozen;
use super::stream::{Expected, Stream, Via};
use crate::measure::Tally;
use std::collections::HashMap;
use std::time::Instant;

/// Layers of each kind that are told apart.
const LAYERS: usize = 8;

/// What a link counts, until it is taken.
#[derive(Debug, Default)]
pub(in crate::rtc) struct Counters {
    pub tally: Tally,
    /// Packets by spatial and temporal layer.
    layers: [[u64; LAYERS]; LAYERS],
}

impl Counters {
    pub(super) fn layer(&mut self, spatial: u8, temporal: u8) {
        self.layers[usize::from(spatial) % LAYERS][usize::from(temporal) % LAYERS] += 1;
    }

    pub(super) fn froze(&mut self, Frozen { freezes, time }: Frozen) {
        self.tally.freezes += freezes;
        self.tally.freeze_ms += time.as_millis() as u64;
    }

    /// What was counted since the last call.
    pub fn take(&mut self) -> Tally {
        let Self { mut tally, layers } = std::mem::take(self);
        for (spatial, temporals) in layers.iter().enumerate() {
            for (temporal, packets) in temporals.iter().enumerate().filter(|(_, packets)| **packets > 0) {
                tally.layers.insert(format!("s{spatial}t{temporal}"), *packets);
            }
        }
        tally
    }
}

/// The streams, by their numbers.
#[derive(Default)]
pub(in crate::rtc) struct Inbox {
    streams: HashMap<u32, Stream>,
    /// Whose retransmissions come under a number.
    retransmissions: HashMap<u32, u32>,
    heavy: usize,
}

impl Inbox {
    /// Counts a stream from now on.
    pub fn expect(&mut self, expected: Expected, now: Instant) {
        if let Some(rtx) = expected.rtx {
            self.retransmissions.insert(rtx, expected.ssrc);
        }
        self.heavy += usize::from(!expected.light);
        self.streams.insert(expected.ssrc, Stream::new(expected, now));
    }

    /// Counts a stream no more; gives what was expected of it.
    pub fn forget(&mut self, ssrc: u32, now: Instant, counters: &mut Counters) -> Option<Expected> {
        let mut stream = self.streams.remove(&ssrc)?;
        stream.look(now, counters);
        self.heavy -= usize::from(!stream.expected.light);
        if let Some(rtx) = stream.expected.rtx {
            self.retransmissions.remove(&rtx);
        }
        Some(stream.expected)
    }

    /// The numbers of all streams.
    pub fn all(&self) -> impl Iterator<Item = u32> {
        self.streams.keys().copied()
    }

    /// Whose packet has this number, and how it comes.
    pub fn find(&mut self, ssrc: u32) -> Option<(&mut Stream, Via)> {
        let (ssrc, via) = match self.retransmissions.get(&ssrc) {
            Some(media) => (*media, Via::Retransmission),
            None => (ssrc, Via::Media),
        };
        Some((self.streams.get_mut(&ssrc)?, via))
    }

    /// Whether nothing that is received is decrypted as a whole.
    pub fn is_light(&self) -> bool {
        self.heavy == 0 && !self.streams.is_empty()
    }

    /// A stream brings nothing until its next packet, and that is as it should be.
    pub fn rest(&mut self, ssrc: u32) {
        if let Some(stream) = self.streams.get_mut(&ssrc) {
            stream.rest();
        }
    }

    /// Once a second, and at the end.
    pub fn look(&mut self, now: Instant, counters: &mut Counters) {
        self.streams.values_mut().for_each(|stream| stream.look(now, counters));
    }
}
